import { createInterface } from 'node:readline';
import { messageOf, SkipbeatError } from '../../common/errors.ts';
import { bootId } from '../../common/host/process.ts';
import { startLoad } from '../load.ts';
import type { Load } from '../supervise.ts';
import type { FromRemote, RemotePlan, ToRemote } from './remote-protocol.ts';

// The generator as a program of its own, for a place from which the target can be reached.

const send = (message: FromRemote): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};
const fail = (thrown: unknown): void => {
  const code = thrown instanceof SkipbeatError ? thrown.code : 'LOAD_WORKER_DIED';
  send({ type: 'failed', code, message: messageOf(thrown) });
  process.exitCode = 1;
  input.close();
};

let load: Load | null = null;

const start = async ({ runStartNs, ...plan }: RemotePlan): Promise<void> => {
  load = await startLoad({
    ...plan,
    runStartNs: BigInt(runStartNs),
    onBatch: (records) => send({ type: 'records', records }),
  });
  load.failed.catch(fail);
  send({ type: 'started' });
};
const stop = async (): Promise<void> => {
  const summary = await load?.stop();
  if (summary !== undefined) send({ type: 'ended', summary });
};

const take = (message: ToRemote): void => {
  if (message.type === 'clock') send({ type: 'clock', nowNs: String(process.hrtime.bigint()), bootId: bootId() });
  else if (message.type === 'start') start(message.plan).catch(fail);
  else stop().catch(fail);
};

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  try {
    take(JSON.parse(line) as ToRemote);
  } catch (thrown) {
    fail(thrown);
  }
});
// Whoever owned it is gone: nobody would read what else it sends.
input.once('close', () => process.exit());
// Nobody listens any more, which its input says as well.
process.stdout.on('error', () => process.exit(1));
