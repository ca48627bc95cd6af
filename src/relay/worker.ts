import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { errnoOf, messageOf, SkipbeatError } from '../common/errors.ts';
import { createRandoms } from '../common/random.ts';
import { type Connection, joinSockets } from './connection.ts';
import { createTimetable } from './delay.ts';
import { createDirectionCounters } from './direction-counters.ts';
import { createPreciseTimers } from './precise-timers.ts';
import type { FromWorker, RelayCounts, RelayPlan, Route, ToWorker } from './protocol.ts';

// The relay's own thread: a long parse or a collection on the main thread must not add to the delay.

if (parentPort === null)
  throw new SkipbeatError('RELAY_NO_PARENT', 'src/relay/worker.ts runs only as a worker thread.');
const port = parentPort;
const plan = workerData as RelayPlan;
const post = (message: FromWorker): void => port.postMessage(message);

/**
 * Of this thread alone (setpriority(2): on Linux each has its own), where we may: others on a busy machine would be seen
 * as delay. Not all may; the counts tell how late pieces left.
 */
const goFirst = (): void => {
  try {
    setPriority(0, constants.priority.PRIORITY_HIGH);
  } catch (thrown) {
    const code = (thrown as { info?: { code?: string } }).info?.code ?? errnoOf(thrown);
    if (code !== 'EACCES' && code !== 'EPERM') throw thrown;
  }
};

goFirst();
const timers = createPreciseTimers();
const nextRandom = createRandoms(plan.seed);
const counters = { up: createDirectionCounters(), down: createDirectionCounters() };
const open = new Map<Connection, string>();
let { delays } = plan;
let releases = 0;
let accepted = 0;
let turnedAway = 0;
let unreachable = 0;
let lostBytes = 0;
let reset = 0;
let draining: { readonly quietMs: number } | null = null;
let onAllClosed: (() => void) | null = null;

const take = (client: Socket, { target, clients }: Route): void => {
  const address = client.remoteAddress ?? '';
  if ((clients !== null && !clients.includes(address)) || open.size >= plan.maxConnections) {
    turnedAway += 1;
    // Nobody listens for what becomes of it.
    client.on('error', () => client.destroy());
    client.resetAndDestroy();
    return;
  }
  accepted += 1;
  const { localPorts } = plan;
  // One that is in use is refused, and its client dials anew: with the next.
  const from = localPorts === undefined ? {} : { localPort: localPorts.from + (accepted % localPorts.count) };
  const onward = connect({ ...target, ...from, allowHalfOpen: true });
  let reached = false;
  onward.once('connect', () => {
    reached = true;
  });
  onward.once('error', () => {
    if (!reached) unreachable += 1;
  });
  // Who ends before its handshake is answered has given it up: nothing is knocked for any longer, and no port kept.
  if (localPorts !== undefined) {
    client.once('end', () => {
      if (reached) return;
      onward.destroy();
      client.destroy();
    });
  }
  const connection = joinSockets({
    client,
    target: onward,
    timetables: {
      up: createTimetable(
        () => delays.up,
        nextRandom(),
        () => releases,
      ),
      down: createTimetable(
        () => delays.down,
        nextRandom(),
        () => releases,
      ),
    },
    counters,
    timers,
    bufferBytes: plan.bufferBytes,
    onClosed: (end) => {
      lostBytes += end.lostBytes;
      open.delete(connection);
      if (open.size === 0) onAllClosed?.();
    },
  });
  open.set(connection, `${address}:${client.remotePort}`);
  if (draining !== null) connection.drain(draining.quietMs);
};

const listen = (route: Route): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, (client) => take(client, route));
    server.once('error', reject);
    server.listen({ host: plan.host, port: 0, backlog: 1024 }, () => resolve(server));
  });

const counts = (): RelayCounts => ({
  accepted,
  open: open.size,
  turnedAway,
  unreachable,
  up: counters.up.counts(),
  down: counters.down.counts(),
  clients: [...open.values()],
  lostBytes,
  reset,
});

const resetAll = (): void => {
  if (reset > 0) return;
  reset = open.size;
  for (const connection of open.keys()) connection.reset();
};

const end = (servers: readonly Server[], quietMs: number, withinMs: number): void => {
  draining = { quietMs };
  // Clients that are connected for their kernel already, and not yet for us, are taken in before the listener closes: one
  // whole turn of the loop.
  setImmediate(() => setImmediate(() => shut(servers, quietMs, withinMs)));
};

const shut = (servers: readonly Server[], quietMs: number, withinMs: number): void => {
  for (const server of servers) server.close();
  const limit = setTimeout(resetAll, withinMs);
  onAllClosed = () => {
    clearTimeout(limit);
    post({ type: 'ended', counts: counts() });
    port.close();
  };
  if (open.size === 0) onAllClosed();
  else if (withinMs === 0) resetAll();
  else for (const connection of open.keys()) connection.drain(quietMs);
};

try {
  const servers = await Promise.all(plan.routes.map(listen));
  port.on('message', (message: ToWorker) => {
    if (message.type === 'delays') delays = message.delays;
    else if (message.type === 'release') {
      releases += 1;
      for (const connection of open.keys()) connection.release();
    } else if (message.type === 'count') post({ type: 'counts', id: message.id, counts: counts() });
    else if (draining === null) end(servers, message.quietMs, message.withinMs);
    else if (message.withinMs === 0) resetAll();
  });
  post({ type: 'listening', ports: servers.map((server) => (server.address() as AddressInfo).port) });
} catch (thrown) {
  post({ type: 'failed', message: messageOf(thrown) });
  port.close();
}
