import { readFileSync } from 'node:fs';
import { writePrivately } from '../common/host/text-file.ts';
import { type Delays, noDelay } from './delay.ts';
import type { PortRange } from './protocol.ts';
import { startRelay } from './relay.ts';

// A relay in a process of its own: it outlives whoever started it, and anybody who may signal it can ask it, so that a
// dead-man's switch finds it there.

/** What it is passed at its start, as JSON in its last argument. */
type Order = {
  readonly target: { readonly host: string; readonly port: number };
  readonly localPorts: PortRange;
  readonly seed: number;
  /** Where it writes its port; where it reads what is asked of it at SIGHUP; where it writes its answer. */
  readonly files: { readonly port: string; readonly ask: string; readonly answer: string };
};

const order = JSON.parse(process.argv.at(-1) ?? '') as Order;
const { target, localPorts, seed, files } = order;

let delays: Delays = { up: noDelay, down: noDelay };
const relay = await startRelay({
  host: '127.0.0.1',
  routes: [{ target, clients: null }],
  delays,
  seed,
  localPorts,
});

const isPlain = ({ up, down }: Delays): boolean =>
  [up, down].every(({ delayMs, jitterMs }) => delayMs === 0 && jitterMs === 0);

/** The ask: a line that comes back with the answer, then the delays, or an empty line where they stay as they are. */
const answer = async (): Promise<void> => {
  const [token = '', asked = ''] = readFileSync(files.ask, 'utf8').split('\n');
  if (asked !== '') {
    delays = JSON.parse(asked) as Delays;
    relay.setDelays(delays);
    // What was asked for before is over: it holds back nothing any more. At a step of a ramp what waits keeps its time, for
    // whatever came sooner than its way lets it would be taken for what went another way.
    if (isPlain(delays)) relay.release();
  }
  const counts = await relay.counts();
  writePrivately(files.answer, `${token}\n${JSON.stringify({ delays, counts })}\n`);
};

let answering: Promise<void> = Promise.resolve();
process.on('SIGHUP', () => {
  answering = answering.then(answer);
});
process.on('SIGTERM', () => process.exit(0));
writePrivately(files.port, `${relay.ports[0] ?? 0}\n`);
