import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { contradictions } from './contradictions.ts';
import { type SweepDocument, sweepShape } from './types.ts';

const refuse = (file: string, found: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('SWEEP_FILE_INVALID', `${file}: expected the JSON of a sweep (schemaVersion 1), ${found}`, {
    exitCode: exitCodes.usage,
    next: skipbeat('sweep --shard 1/2 --out FILE.json'),
    cause,
  });

/**
 * Reads the JSON of a sweep or a shard.
 * @param file its name, for error texts
 * @throws SkipbeatError SWEEP_FILE_INVALID (exit 64), naming the first thing that is not as it should be, or contradicts another
 */
export const readDocument = (text: string, file: string): SweepDocument => {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (thrown) {
    throw refuse(file, 'received something that is no JSON', thrown);
  }
  const read = sweepShape.safeParse(data);
  if (read.success) {
    const [problem] = contradictions(read.data);
    if (problem === undefined) return read.data;
    throw refuse(file, `found ${problem}`);
  }
  const issue = read.error.issues[0];
  throw refuse(file, `found at ${issue?.path.join('.') || 'the top'}: ${issue?.message ?? 'not as expected'}`);
};
