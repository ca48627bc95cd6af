import { SkipbeatError } from '../../src/common/errors.ts';

/** How an act is refused. A test of a refusal fails where there is none; any other error is thrown on. */
export const refusalOf = (act: () => unknown): SkipbeatError => {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) return thrown;
    throw thrown;
  }
  throw new Error('expected a refusal');
};
