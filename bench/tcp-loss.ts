import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer } from 'node:http2';
import { fileURLToPath } from 'node:url';
import { createClock } from '../src/backend/model/engine/clock.ts';
import { createRngSource } from '../src/backend/model/engine/random.ts';
import { createConversation, type Path } from '../src/backend/model/network/tcp.ts';

// Requests on standing HTTP/2 connections while packets are lost, over this kernel's TCP between two network namespaces and
// by the model: one every 10 s on each connection, as heartbeats are sent. Later than 10 s is too late for one. Needs root,
// ip and iptables with its statistic match; nothing outside of the two namespaces is touched.
//   node bench/tcp-loss.ts [SECONDS [CONNECTIONS]]

const everyMs = 10_000;
/** Those sent at the end have no time to be late. */
const restMs = 30_000;
const losses = [
  { up: 0.01, down: 0.01 },
  { up: 0.1, down: 0.1 },
  { up: 0.5, down: 0 },
  { up: 0.5, down: 0.5 },
  { up: 0.7, down: 0.7 },
  { up: 1, down: 1 },
] as const;
type Loss = (typeof losses)[number];

const own = fileURLToPath(import.meta.url);
const port = 8080;
const run = (command: string, ...args: readonly string[]): void => void execFileSync(command, args, { stdio: 'pipe' });
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** ms that each request took; null for one that was not answered. */
type Took = readonly (number | null)[];

const serve = (host: string): void => {
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => stream.destroy());
    stream.on('end', () => stream.end('x'.repeat(400)));
    stream.resume();
  });
  server.listen(port, host, () => process.send?.('listening'));
};

const ask = async (session: ClientHttp2Session): Promise<void> => {
  const request = session.request({ ':method': 'PUT', ':path': '/' });
  request.end('y'.repeat(400));
  request.resume();
  await once(request, 'end');
};

/** Connects, waits until packets are lost, and sends. */
const send = async (host: string, ms: number, connections: number): Promise<void> => {
  const sessions: ClientHttp2Session[] = [];
  for (let count = 0; count < connections; count += 1) {
    const session = connect(`http://${host}:${port}`);
    await once(session, 'connect');
    for (let warm = 0; warm < 3; warm += 1) await ask(session);
    sessions.push(session);
  }
  process.send?.('connected');
  await once(process, 'message');
  const took: (number | null)[] = [];
  const beginMs = performance.now();
  const beat = (session: ClientHttp2Session): void => {
    const sentMs = performance.now();
    if (sentMs - beginMs > ms - restMs) return;
    const place = took.push(null) - 1;
    const answered = (): void => {
      took[place] = performance.now() - sentMs;
    };
    // One that fails was never answered, and stays so.
    ask(session).then(answered, () => undefined);
    setTimeout(beat, everyMs, session);
  };
  for (const session of sessions) setTimeout(beat, Math.random() * everyMs, session);
  setTimeout(() => process.send?.(took, () => process.exit(0)), ms);
};

const inNamespace = (namespace: string, ...args: readonly string[]) =>
  spawn('ip', ['netns', 'exec', namespace, process.execPath, own, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

const drop = (namespace: string, share: number): void => {
  if (share === 0) return;
  const match = ['-m', 'statistic', '--mode', 'random', '--probability', String(share)];
  run(
    'ip',
    'netns',
    'exec',
    namespace,
    'iptables',
    '-t',
    'raw',
    '-A',
    'PREROUTING',
    '-p',
    'tcp',
    ...match,
    '-j',
    'DROP',
  );
};

const measure = async ({ up, down }: Loss, place: number, ms: number, connections: number): Promise<Took> => {
  const names = ['client', 'server'].map((role) => `skipbeat-loss-${process.pid}-${place}-${role}`);
  const [client = '', server = ''] = names;
  const addresses = [`10.253.${place}.1`, `10.253.${place}.2`];
  try {
    for (const name of names) run('ip', 'netns', 'add', name);
    run('ip', 'link', 'add', 'loss0', 'netns', client, 'type', 'veth', 'peer', 'name', 'loss0', 'netns', server);
    for (const [index, name] of names.entries()) {
      run('ip', '-n', name, 'addr', 'add', `${addresses[index]}/24`, 'dev', 'loss0');
      run('ip', '-n', name, 'link', 'set', 'loss0', 'up');
    }
    const host = addresses[1] ?? '';
    const serving = inNamespace(server, 'serve', host);
    try {
      await once(serving, 'message');
      const sending = inNamespace(client, 'send', host, String(ms), String(connections));
      await once(sending, 'message');
      drop(server, up);
      drop(client, down);
      sending.send('begin');
      const [took] = (await once(sending, 'message')) as [Took];
      return took;
    } finally {
      serving.kill();
    }
  } finally {
    for (const name of names) run('ip', 'netns', 'del', name);
  }
};

const roundTripUs = 1000;

const model = (loss: Loss, ms: number, connections: number): Took => {
  const clock = createClock();
  const streams = createRngSource(1);
  const took: (number | null)[] = [];
  for (let count = 0; count < connections; count += 1) {
    const stream = streams.next();
    const path: Path = {
      passes: (way) => stream.below(1000) >= loss[way] * 1000,
      delayUs: () => roundTripUs / 2,
      roundTripUs: () => roundTripUs,
    };
    const made = createConversation(clock, path, () => made.end());
    const beat = (sentUs: number): void => {
      if (sentUs > (ms - restMs) * 1000) return;
      const place = took.push(null) - 1;
      const answered = (): void => {
        took[place] = (clock.now() - sentUs) / 1000;
      };
      made.send('up', () => made.send('down', answered));
      clock.at(sentUs + everyMs * 1000, beat, sentUs + everyMs * 1000);
    };
    const firstUs = stream.below(everyMs * 1000);
    clock.at(firstUs, beat, firstUs);
  }
  clock.at(ms * 1000, clock.stop, undefined);
  while (clock.advance(1_000_000));
  return took;
};

const text = (took: Took): string => {
  const known = took.map((ms) => ms ?? Number.POSITIVE_INFINITY).toSorted((one, other) => one - other);
  const at = (share: number): number => known[Math.floor(share * known.length)] ?? Number.NaN;
  const late = known.filter((ms) => ms > everyMs).length / known.length;
  const seconds = (ms: number): string => (Number.isFinite(ms) ? `${(ms / 1000).toFixed(2)} s` : 'never');
  return `p50 ${seconds(at(0.5)).padStart(8)}  p99 ${seconds(at(0.99)).padStart(8)}  too late ${(100 * late).toFixed(1).padStart(5)} %`;
};

const [role, host = '', ms, connections] = process.argv.slice(2);
if (role === 'serve') {
  serve(host);
} else if (role === 'send') {
  await send(host, Number(ms), Number(connections));
} else {
  const seconds = Number(role ?? 300);
  const count = Number(process.argv[3] ?? 100);
  // Side by side: each pair of namespaces has a path of its own, and next to nothing to do.
  const measured = await Promise.all(losses.map((loss, place) => measure(loss, place, seconds * 1000, count)));
  for (const [place, loss] of losses.entries()) {
    print(`lost there ${(100 * loss.up).toFixed(0)} %, back ${(100 * loss.down).toFixed(0)} %`);
    print(`  measured  ${text(measured[place] ?? [])}`);
    print(`  model     ${text(model(loss, seconds * 1000, count))}`);
  }
}
