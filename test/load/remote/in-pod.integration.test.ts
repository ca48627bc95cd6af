import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import {
  bridgeCommand,
  bundleVariable,
  createLink,
  generatorBundle,
  generatorCommand,
  type RemoteChannel,
  remoteGenerator,
} from '../../../src/load/index.ts';
import type { RequestRecord } from '../../../src/timeline/index.ts';
import { expectConserved } from '../support/recording.ts';
import { startServer } from '../support/servers.ts';

const argvOf = ([, ...args]: readonly [string, ...string[]]) => [process.execPath, args] as const;

/** The generator as a pod runs it, of its own bundle in an empty folder, and ways to it as an exec would make them. */
const inPod = () => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-in-pod-'));
  const env = { [bundleVariable]: generatorBundle() };
  const pod = execa(...argvOf(generatorCommand(folder)), { env, reject: false, all: true });
  onTestFinished(async () => {
    pod.kill('SIGTERM');
    await pod;
    rmSync(folder, { recursive: true });
  });
  let take: (line: string) => void = () => undefined;
  const link = createLink((line) => take(line));
  const bridge = () => {
    const child = execa(...argvOf(bridgeCommand(folder)), { reject: false });
    const receive = link.attach((text) => child.stdin.write(text));
    createInterface({ input: child.stdout }).on('line', receive);
    return child;
  };
  const channel: RemoteChannel = {
    send: link.send,
    onLine: (next) => {
      take = next;
    },
    ended: pod.then(({ exitCode, signal, all }) => `exit code ${exitCode ?? signal} ${all}`),
  };
  /** As one that is there yet: the program needs a moment to listen. */
  const connect = async () => {
    for (;;) {
      const child = bridge();
      const first = await Promise.race([
        new Promise<'there'>((resolve) => child.stdout.once('data', () => resolve('there'))),
        child.then(() => 'away'),
      ]);
      // In an object: it is awaited itself else.
      if (first === 'there') return { child };
    }
  };
  return { pod, channel, connect, detach: link.detach };
};

test('the bundle of a run is its generator: what it offers while nobody reaches it comes with the next way, each record once', async () => {
  const server = await startServer(() => 'answer');
  const { channel, connect, detach, pod } = inPod();
  const { child: first } = await connect();
  const generator = remoteGenerator(channel);
  const target = { host: '127.0.0.1', port: server.port, path: '/', entrance: 'worker2' };
  expect(await generator.ask(target)).toEqual({ problem: null, isSent: true });
  expect(await generator.ask({ ...target, port: 1 })).toEqual({
    problem: 'connect ECONNREFUSED 127.0.0.1:1',
    isSent: false,
  });
  const records: RequestRecord[] = [];
  const load = await generator.start({
    ...{ targets: [target], ratePerSecond: 100, connection: 'fresh', timeoutMs: 1000, maxDurationMs: 60_000 },
    runStartNs: process.hrtime.bigint(),
    onBatch: (batch) => records.push(...batch),
  });
  await expect.poll(() => records.length, { timeout: 10_000 }).toBeGreaterThan(20);
  detach();
  first.kill('SIGKILL');
  await first;
  const without = records.length;
  await connect();
  await expect.poll(() => records.length, { timeout: 10_000 }).toBeGreaterThan(without + 20);
  const summary = await load.stop();
  expectConserved(records, summary, 100);
  expect(records.length).toBe(summary.offered);
  expect(new Set(records.map(({ seq }) => seq)).size).toBe(records.length);
  pod.kill('SIGTERM');
  expect((await pod).exitCode).toBe(0);
}, 60_000);

test('a pod that ends in the middle fails the load by name, as inconclusive', async () => {
  const server = await startServer(() => 'answer');
  const { channel, connect, pod } = inPod();
  await connect();
  const load = await remoteGenerator(channel, 'look at the node').start({
    ...{ targets: [{ host: '127.0.0.1', port: server.port, path: '/' }], ratePerSecond: 50, connection: 'fresh' },
    ...{ timeoutMs: 1000, maxDurationMs: 60_000, runStartNs: process.hrtime.bigint(), onBatch: () => undefined },
  });
  pod.kill('SIGKILL');
  await expect(load.failed).rejects.toMatchObject({
    code: 'LOAD_CONTAINER_DIED',
    exitCode: 2,
    next: 'look at the node',
  });
}, 60_000);

test('a kubelet finds nothing to expand in what it starts', () => {
  expect([...generatorCommand(), ...bridgeCommand(), generatorBundle()].join('')).not.toContain('$');
});
