import { exitCodes } from '../../src/common/errors.ts';

/** What `skipbeat run` ended with, as the action's output `verdict` says it. */
export type ActionVerdict =
  | 'pass'
  | 'measured'
  | 'fail'
  | 'inconclusive'
  | 'usage-error'
  | 'bug'
  | 'environment-not-ready'
  | 'interrupted';

const verdicts: Readonly<Record<number, ActionVerdict>> = {
  [exitCodes.ok]: 'pass',
  [exitCodes.notMet]: 'fail',
  [exitCodes.inconclusive]: 'inconclusive',
  [exitCodes.usage]: 'usage-error',
  [exitCodes.bug]: 'bug',
  [exitCodes.environment]: 'environment-not-ready',
  [exitCodes.interrupted]: 'interrupted',
  [exitCodes.terminated]: 'interrupted',
};

/**
 * Each exit code in a word of its own; a code that `run` does not have is a bug.
 * @param expected how many expectations the run had, where it was judged: of one without any, nothing could fail
 */
export const verdictOf = (exitCode: number, expected: number | null = null): ActionVerdict =>
  exitCode === exitCodes.ok && expected === 0 ? 'measured' : (verdicts[exitCode] ?? 'bug');
