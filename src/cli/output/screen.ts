import type { SummaryOptions } from '../../report/index.ts';

/** A terminal's own width; 80 elsewhere. Colour on a terminal alone, never with `--no-color`, NO_COLOR or TERM=dumb. */
export const screenOf = (
  stream: NodeJS.WriteStream,
  colourWanted: boolean,
): Pick<SummaryOptions, 'columns' | 'colour'> => ({
  columns: stream.isTTY && stream.columns > 0 ? stream.columns : 80,
  colour: colourWanted && stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
});
