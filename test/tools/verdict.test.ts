import { expect, test } from 'vitest';
import { exitCodes } from '../../src/common/errors.ts';
import { verdictOf } from '../../tools/ci/verdict.ts';

test.each([
  [exitCodes.ok, 'pass'],
  [exitCodes.notMet, 'fail'],
  [exitCodes.inconclusive, 'inconclusive'],
  [exitCodes.usage, 'usage-error'],
  [exitCodes.bug, 'bug'],
  [exitCodes.environment, 'environment-not-ready'],
  [exitCodes.interrupted, 'interrupted'],
  [exitCodes.terminated, 'interrupted'],
  [99, 'bug'],
])('exit code %i of a run is %s', (exitCode, verdict) => expect(verdictOf(exitCode)).toBe(verdict));
