import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Delays, noDelay, type Relay, startRelay } from '../src/relay/index.ts';
import { quantilesOf } from './load/measure.ts';
import type { PeerAnswer, PeerTask } from './relay-peer.ts';

// The relay on loopback, both of its ends in a process of their own: how much it carries at no delay and on how much of
// a core, and how exact an added delay is, beside a plain proxy that adds none: what a proxy and a busy machine cost anyway
// is no part of the delay. Both are asked in turns, so that both meet the same neighbours. Exit code 1 if a byte was lost; figures of time are shown beside their goals,
// and judged by whoever reads them, for a busy machine spoils them.
//   node bench/relay.ts

const megabytes = 400;
const goals = { megabitsPerSecond: 200, exactMs: 1 } as const;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const verdict = (holds: boolean): string => (holds ? 'met' : 'missed');

/** Ends that wait for the processor would be seen as a relay that is late; only root may let them go first. */
const begin = (): ChildProcess => {
  const child = fork(fileURLToPath(new URL('./relay-peer.ts', import.meta.url)));
  if (process.getuid?.() === 0 && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_HIGH);
  return child;
};
const peer = begin();
const between = begin();
const ask = async <T extends PeerAnswer>(task: PeerTask, of = peer): Promise<T> => {
  of.send(task);
  return (await once(of, 'message'))[0] as T;
};
const listen = async (how: 'echo' | 'sink'): Promise<number> =>
  (await ask<{ port: number }>({ what: 'listen', how })).port;
const through = async (port: number, delays: Delays): Promise<{ relay: Relay; port: number }> => {
  const routes = [{ target: { host: '127.0.0.1', port }, clients: null }] as const;
  const relay = await startRelay({ host: '127.0.0.1', routes, delays, seed: 1 });
  return { relay, port: relay.ports[0] ?? 0 };
};

const carry = async (): Promise<boolean> => {
  const bytes = megabytes * 1_000_000;
  const { relay, port } = await through(await listen('sink'), { up: noDelay, down: noDelay });
  const before = process.cpuUsage();
  const { sentBytes, seconds } = await ask<{ sentBytes: number; seconds: number }>({ what: 'send', port, bytes });
  const { user, system } = process.cpuUsage(before);
  const { up, lostBytes } = await relay.close();
  const megabits = (bytes * 8) / seconds / 1e6;
  const cores = (user + system) / 1e6 / seconds;
  print(
    `at no delay       ${megabits.toFixed(0)} Mbit/s on ${cores.toFixed(2)} of a core (goal ${goals.megabitsPerSecond} on one: ${verdict(megabits / Math.max(1, cores) >= goals.megabitsPerSecond)})`,
  );
  return sentBytes === bytes && up.bytesOut === bytes && lostBytes === 0;
};

/** Trips of one connection after the other's, with a pause between rounds: so many rounds of each path, in turns. */
const rounds = 10;

const exactness = async (): Promise<void> => {
  const echo = await listen('echo');
  const proxy = await ask<{ port: number }>({ what: 'proxy', port: echo }, between);
  print('one way, in ms    plain proxy p50, p99    relay less the delay p50, p99    late by its own clock, p99');
  for (const delayMs of [0, 1, 20, 200]) {
    const { relay, port } = await through(echo, { up: { delayMs, jitterMs: 0 }, down: noDelay });
    const trips = delayMs < 100 ? 40 : 8;
    const plainMs: number[] = [];
    const relayedMs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const task = { what: 'trips', connections: 8, trips } as const;
      plainMs.push(...(await ask<{ tripsMs: number[] }>({ ...task, port: proxy.port, pauseMs: delayMs })).tripsMs);
      relayedMs.push(...(await ask<{ tripsMs: number[] }>({ ...task, port })).tripsMs);
    }
    const { up } = await relay.close();
    const plain = quantilesOf(plainMs);
    const relayed = quantilesOf(relayedMs.map((ms) => ms - delayMs));
    const soonest = Math.min(...relayedMs) - delayMs;
    const beyond = relayed.p99 - plain.p99;
    const cell = (ms: number): string => ms.toFixed(3).padStart(9);
    print(
      `${String(delayMs).padEnd(14)}${cell(plain.p50)}${cell(plain.p99)}          ${cell(relayed.p50)}${cell(relayed.p99)}` +
        `          ${cell(up.lateP99Ms ?? Number.NaN)}     ${(relayed.p99 / plain.p99).toFixed(2)} times, ${beyond < 0 ? '-' : '+'} ${Math.abs(beyond).toFixed(3)} ms at p99; soonest + ${soonest.toFixed(3)} (goal ${goals.exactMs} ms: ${verdict(beyond <= goals.exactMs && soonest >= 0)})`,
    );
  }
};

const manyConnections = async (): Promise<void> => {
  const echo = await listen('echo');
  const { relay, port } = await through(echo, {
    up: { delayMs: 50, jitterMs: 0 },
    down: { delayMs: 50, jitterMs: 0 },
  });
  const before = process.memoryUsage.rss();
  const seen = await ask<{ tripsMs: number[] }>({ what: 'trips', port, connections: 1000, trips: 10 });
  const grown = (process.memoryUsage.rss() - before) / 1e6;
  const { up, accepted } = await relay.close();
  const { p50, p99 } = quantilesOf(seen.tripsMs);
  print(
    `1,000 connections ${p50.toFixed(1)} ms there and back at the median, ${p99.toFixed(1)} ms at p99 (asked 100), ${accepted} taken, ${up.bytesOut} bytes up, ${grown.toFixed(0)} MB more memory`,
  );
};

const entire = await carry();
await exactness();
await manyConnections();
peer.kill();
between.kill();
if (!entire) {
  print('bytes were lost');
  process.exitCode = 1;
}
