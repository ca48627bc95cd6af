import { errnoOf, SkipbeatError } from '../../../src/common/errors.ts';
import { assertOffer } from '../../../src/load/index.ts';

// Sees once whether a load can be offered, in a process that its parent may hold up. Argument: how many requests a second.
process.send?.('ready');
try {
  await assertOffer({ ratePerSecond: Number(process.argv[2]), connection: 'fresh' }, 1);
  process.send?.({ offers: true });
} catch (thrown) {
  if (!(thrown instanceof SkipbeatError)) throw thrown;
  const { message, exitCode, next } = thrown;
  process.send?.({ offers: false, code: errnoOf(thrown), message, exitCode, next });
}
process.disconnect();
