import { once } from 'node:events';
import { createServer } from 'node:http';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { SkipbeatError } from '../common/errors.ts';
import { endSleepsOnTime, sleepUntil } from '../common/host/precise-sleep.ts';
import { moduleBeside } from '../common/package.ts';
import { entranceOf } from '../timeline/index.ts';
import { createBatchWriter } from './batch.ts';
import { ownCodes } from './http/outcome.ts';
import { createRequestSender, type RequestSender } from './http/request.ts';
import type { LoadPlan } from './options.ts';
import type { PacerPlan, ToPacer } from './pacer.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { createRunClock } from './run-clock.ts';
import { connectionOf, dueOnRunClockMs, integerMicroseconds } from './schedule.ts';

const atMostMs = 1000;
const timeoutMs = 1000;
/** The higher the rate, the more requests are late while the compiler still works; one after the other they take less time. */
const requestsFor = (ratePerSecond: number): number => Math.min(1500, Math.max(50, Math.ceil(ratePerSecond * 1.5)));

/**
 * Sends requests to a server of its own in this very thread, one after the other, so that code is loaded and compiled
 * before the first request that counts: in a cold thread that one takes some 15 ms, and those due meanwhile are late.
 * What becomes of these requests is of no account; their number and their time are bounded.
 */
const warmUp = async (ratePerSecond: number): Promise<void> => {
  const server = createServer((_request, response) => response.end('ok'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const sender = createRequestSender({ host: '127.0.0.1', port, path: '/' }, timeoutMs);
  const requests = requestsFor(ratePerSecond);
  const untilMs = performance.now() + atMostMs;
  for (let request = 0; request < requests && performance.now() < untilMs; request += 1) {
    await new Promise((resolve) => sender.send(connectionOf(request, 'both'), resolve));
  }
  sender.close();
  server.close();
};

// The generator's own thread: a late listener, a long parse or a collection on the main thread cannot make it late.

const leadMs = 5;
const batchEveryMs = 250;
/** Four seconds of a service that hangs at the highest rate; a client has some 28,000 ports to one address. */
const defaultMaxInFlight = 20_000;
/** How long this thread may sleep in between: a stop and the batches have to wait for its end. */
const maxRestMs = 20;
/** After a hold-up, sockets are polled between so many overdue requests, so that responses are not stamped late too. */
const overdueAtOnce = 8;

if (parentPort === null) throw new SkipbeatError('LOAD_NO_PARENT', 'src/load/worker.ts runs only as a worker thread.');
const port = parentPort;
endSleepsOnTime();
const plan = workerData as LoadPlan;
const maxInFlight = plan.maxInFlight ?? defaultMaxInFlight;
const senders = plan.targets.map((target) => createRequestSender(target, plan.timeoutMs));
const batch = createBatchWriter();
const pacerPlan: PacerPlan = {
  runStartNs: plan.runStartNs,
  ratePerSecond: plan.ratePerSecond,
  woken: new Int32Array(new SharedArrayBuffer(4)),
};
const pacer = new Worker(moduleBeside('./pacer', import.meta.url), { workerData: pacerPlan, execArgv: [] });
const onPacerExit = (code: number): void => {
  throw new SkipbeatError('LOAD_PACER_DIED', `The thread that says when a request is due ended (exit code ${code}).`);
};
pacer.on('exit', onPacerExit);

const post = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);
const nowMs = createRunClock(plan.runStartNs);

await Promise.all([warmUp(plan.ratePerSecond), once(pacer, 'message')]);
const startedAtMs = integerMicroseconds(plan.startAtMs ?? nowMs() + leadMs);
/** No request is due at or after this; an earlier stop moves it. */
let endsAtMs = integerMicroseconds(startedAtMs + plan.maxDurationMs);
let scheduled = true;
let stopAsked = false;
let offered = 0;
/** The next request of this generator's share. */
let nextSeq = -1;
const entranceAt = (seq: number): number => entranceOf(seq, plan.connection, senders.length);
const advance = (): void => {
  do nextSeq += 1;
  while (plan.share !== undefined && entranceAt(nextSeq) !== plan.share.index);
};
advance();
let inFlight = 0;
/** A turn of the event loop is to come that offers more. */
let behind = false;
/** A turn of the event loop is to come in which this thread may rest. */
let restAhead = false;

const deliver = (): void => {
  const taken = batch.take();
  if (taken !== null) post({ type: 'batch', batch: taken }, [taken.rows.buffer]);
};
const delivery = setInterval(deliver, batchEveryMs);

const offer = (): void => {
  const seq = nextSeq;
  advance();
  offered += 1;
  const sentMs = nowMs();
  if (inFlight >= maxInFlight) {
    batch.add(seq, null, sentMs, { outcome: 'dropped', status: null, code: ownCodes.inFlightLimit });
    return;
  }
  inFlight += 1;
  const sender = senders[entranceAt(seq)] as RequestSender;
  sender.send(connectionOf(seq, plan.connection), (ending) => {
    inFlight -= 1;
    batch.add(seq, ending.outcome === 'dropped' ? null : sentMs, nowMs(), ending);
    if (inFlight === 0) restSoon();
    // Many answers may come at once; what is due meanwhile does not wait for all of them.
    else if (plan.connection === 'fresh' && !behind && nextDueMs() <= nowMs()) offerDue();
    endIfDone();
  });
};

const nextDueMs = (): number => Math.min(dueOnRunClockMs(startedAtMs, nextSeq, plan.ratePerSecond), endsAtMs);

const restSoon = (): void => {
  if (restAhead || !scheduled) return;
  restAhead = true;
  setImmediate(rest);
};

/**
 * While nothing is in flight no answer can come, so this thread needs no other to wake it: it sleeps itself until the next
 * request is due. What servers did to pooled connections meanwhile is seen before one is used.
 */
const rest = (): void => {
  restAhead = false;
  if (inFlight > 0 || behind || !scheduled) return;
  const nextMs = nextDueMs();
  if (nextMs > nowMs() + maxRestMs) return;
  Atomics.store(pacerPlan.woken, 0, 1);
  sleepUntil(nextMs, nowMs);
  if (plan.connection === 'fresh') offerDue();
  else {
    behind = true;
    setImmediate(offerDue);
  }
};

/** Offers what is due by now. */
const offerDue = (): void => {
  behind = false;
  Atomics.store(pacerPlan.woken, 0, 0);
  for (let sent = 0; sent < overdueAtOnce && scheduled; sent += 1) {
    const nextMs = nextDueMs();
    if (nextMs > nowMs()) return;
    if (nextMs < endsAtMs) offer();
    else endSchedule();
  }
  behind = scheduled;
  if (behind) setImmediate(offerDue);
};

const endSchedule = (): void => {
  scheduled = false;
  pacer.off('exit', onPacerExit);
  void pacer.terminate();
  endIfDone();
};

const endIfDone = (): void => {
  if (scheduled || !stopAsked || inFlight > 0) return;
  clearInterval(delivery);
  for (const sender of senders) sender.close();
  deliver();
  post({ type: 'ended', summary: { offered, startedAtMs, endedAtMs: endsAtMs } });
  port.close();
};

port.on('message', ({ atMs }: ToWorker) => {
  stopAsked = true;
  // What was due before now is offered already.
  endsAtMs = Math.max(startedAtMs, Math.min(endsAtMs, Math.max(nowMs(), atMs ?? 0)));
  if (!scheduled) endIfDone();
  else if (!behind) offerDue();
});

pacer.on('message', () => {
  if (!behind) offerDue();
});
post({ type: 'started', startedAtMs });
const begin: ToPacer = { startedAtMs };
pacer.postMessage(begin);
