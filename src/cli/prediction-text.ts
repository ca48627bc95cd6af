import type { Plan } from '../plan/index.ts';
import { hang, table } from '../report/index.ts';
import { countsFromUndo, linkNames, plannedWindows } from '../verdict/index.ts';

/** In the order in which they come to pass; the last lease is no prediction, it follows from the settings alone. */
const links = ['notReady', 'tainted', 'endpointsEmpty', 'refused', 'evicted', 'allReady', 'lastRefused'] as const;

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

/**
 * Every window that closed formulas have for a plan, each with the moment from which it counts, under the names that a
 * run's calibration has for them; and what has none, so that nobody takes a missing row for a promise.
 */
export const predictionLines = (plan: Plan, columns: number): readonly string[] => {
  const { flap } = plan.prediction;
  const windows = plannedWindows(plan);
  const rows = links.flatMap((link) => {
    const window = windows[link];
    if (window === null) return [];
    const zero = countsFromUndo(link) ? 'its undo' : 'the first fault';
    return [{ zero, cells: [linkNames[link], seconds(window[0]), seconds(window[1])] }];
  });
  const cells = table([['seconds', 'from', 'to'], ...rows.map((row) => row.cells)]);
  const without = links.filter((link) => windows[link] === null).map((link) => linkNames[link]);
  return [
    ...hang('  ', `NotReady of a node that the fault hits: ${flap}`, columns),
    ...(rows.length === 0
      ? []
      : cells.map(
          (line, index) => `  ${line}   ${index === 0 ? 'after the start of' : (rows[index - 1]?.zero ?? '')}`,
        )),
    ...(flap === 'impossible' || without.length === 0 ? [] : hang('  no window for: ', without.join(', '), columns)),
  ];
};
