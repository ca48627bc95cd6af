import { z } from 'zod';
import type { Frozen } from './frozen.ts';

// What somebody's files say and neither a run nor the model has.

const notInRunShape = z.union([
  z.string(),
  z
    .strictObject({ at: z.string().describe('`file:line:column`'), text: z.string() })
    .describe('In words, and where it stands.'),
]);

/** One thing that no run has: with the place that whoever read it found it at, or in words alone, whatever they begin with. */
export type NotInRun = Frozen<z.infer<typeof notInRunShape>>;

/** It as a person reads it, its place before it. */
export const notInRunText = (one: NotInRun): string => (typeof one === 'string' ? one : `${one.at}: ${one.text}`);

/** It without its place. */
export const notInRunWhat = (one: NotInRun): string => (typeof one === 'string' ? one : one.text);

export const notInRunListShape = z.array(notInRunShape);
