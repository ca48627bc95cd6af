import { parentPort, workerData } from 'node:worker_threads';
import { SkipbeatError } from '../common/errors.ts';
import { entranceOf } from '../timeline/index.ts';
import { createBatchWriter } from './batch.ts';
import type { LoadPlan } from './options.ts';
import { ownCodes } from './outcome.ts';
import type { FromWorker } from './protocol.ts';
import { createRequestSender, type RequestSender } from './request.ts';
import { connectionOf, dueOnRunClockMs, waitFor, wholeMicroseconds } from './schedule.ts';
import { warmUp } from './warm-up.ts';

// The generator's own thread: a late listener, a long parse or a collection on the main thread cannot make it late.

const leadMs = 5;
const batchEveryMs = 250;
const defaultMaxInFlight = 10_000;
/** After a hold-up, sockets are looked at between so many overdue requests, so that responses are not stamped late too. */
const overdueAtOnce = 8;

if (parentPort === null) throw new SkipbeatError('LOAD_NO_PARENT', 'src/load/worker.ts runs only as a worker thread.');
const port = parentPort;
const plan = workerData as LoadPlan;
const maxInFlight = plan.maxInFlight ?? defaultMaxInFlight;
const senders = plan.targets.map((target) => createRequestSender(target, plan.timeoutMs));
const batch = createBatchWriter();
const napCell = new Int32Array(new SharedArrayBuffer(4));

const post = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);
const nowMs = (): number => Number((process.hrtime.bigint() - plan.runStartNs) / 1000n) / 1000;

await warmUp(plan.ratePerSecond);
const startedAtMs = wholeMicroseconds(nowMs() + leadMs);
/** No request is due at or after this; an earlier stop moves it. */
let endsAtMs = wholeMicroseconds(startedAtMs + plan.maxDurationMs);
let scheduled = true;
let stopAsked = false;
let offered = 0;
let inFlight = 0;
/** When a request was last sent or ended. */
let lastActiveMs = startedAtMs;
let wake: NodeJS.Timeout | null = null;

const deliver = (): void => {
  const taken = batch.take();
  if (taken !== null) post({ type: 'batch', batch: taken }, [taken.rows.buffer]);
};
const delivery = setInterval(deliver, batchEveryMs);

const offer = (): void => {
  const seq = offered;
  offered += 1;
  const sentMs = nowMs();
  if (inFlight >= maxInFlight) {
    batch.add(seq, null, sentMs, { outcome: 'dropped', status: null, code: ownCodes.inFlightLimit });
    return;
  }
  inFlight += 1;
  lastActiveMs = sentMs;
  const sender = senders[entranceOf(seq, plan.connection, senders.length)] as RequestSender;
  sender.send(connectionOf(seq, plan.connection), (ending) => {
    inFlight -= 1;
    lastActiveMs = nowMs();
    batch.add(seq, ending.outcome === 'dropped' ? null : sentMs, lastActiveMs, ending);
    endIfDone();
  });
};

const tick = (): void => {
  wake = null;
  for (let sent = 0; sent < overdueAtOnce; sent += 1) {
    const nextMs = Math.min(dueOnRunClockMs(startedAtMs, offered, plan.ratePerSecond), endsAtMs);
    if (nextMs > nowMs()) {
      waitUntil(nextMs);
      return;
    }
    if (nextMs === endsAtMs) {
      scheduled = false;
      endIfDone();
      return;
    }
    offer();
  }
  setImmediate(tick);
};

const waitUntil = (atMs: number): void => {
  const now = nowMs();
  const wait = waitFor(atMs - now, inFlight, now - lastActiveMs);
  if (wait.how === 'timer') {
    wake = setTimeout(tick, wait.ms);
    return;
  }
  if (wait.how === 'nap') Atomics.wait(napCell, 0, 0, wait.ms);
  setImmediate(tick);
};

const endIfDone = (): void => {
  if (scheduled || !stopAsked || inFlight > 0) return;
  clearInterval(delivery);
  for (const sender of senders) sender.close();
  deliver();
  post({ type: 'ended', summary: { offered, startedAtMs, endedAtMs: endsAtMs } });
  port.close();
};

port.on('message', () => {
  stopAsked = true;
  endsAtMs = Math.max(startedAtMs, Math.min(endsAtMs, nowMs()));
  // One turn is always to come while there is a schedule, and it sees the new end; only a timer would be long about it.
  if (wake !== null) {
    clearTimeout(wake);
    setImmediate(tick);
  }
  endIfDone();
});

post({ type: 'started', startedAtMs });
tick();
