import type { ErrorCode } from '../../src/common/error-codes.ts';
import { exitCodes } from '../../src/common/errors.ts';

/** Errors by which a plan says that its scenario is fine, and that this version of Kubernetes cannot express it. */
const unsupported: readonly ErrorCode[] = ['PROFILE_INEXPRESSIBLE', 'VERSION_UNSUPPORTED'];

/**
 * What came of `plan` for a job: it can be run; it is left out, for its version cannot express it; or `plan` failed for
 * another reason, of which nobody may take a missing job for a good one.
 */
export const planOutcome = (exitCode: number | undefined, stderr: string): 'runs' | 'unsupported' | 'failed' => {
  if (exitCode === exitCodes.ok) return 'runs';
  const isKnown = unsupported.some((code) => stderr.split('\n').some((line) => line.startsWith(`${code}  `)));
  return exitCode === exitCodes.usage && isKnown ? 'unsupported' : 'failed';
};
