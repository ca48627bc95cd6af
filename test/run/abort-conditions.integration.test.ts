import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backend, Recorder } from '../../src/backend/index.ts';
import { hostClient } from '../../src/backend/kind/client.ts';
import type { KindRun, RunningCluster } from '../../src/backend/kind/context.ts';
import { runPhases } from '../../src/backend/kind/phases.ts';
import { nodePort } from '../../src/cluster/index.ts';
import type { SkipbeatError } from '../../src/common/errors.ts';
import type { Plan } from '../../src/plan/index.ts';
import { executeRun } from '../../src/run/index.ts';
import type { RunDocument } from '../../src/verdict/index.ts';
import { defaultPlan, tightPlan } from '../verdict/timeline-builder.ts';

// The phases, the load and the abort conditions of a real run, at a service of this machine; there is no cluster behind them.
let folder: string;
let server: Server | null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-guards-'));
  server = null;
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  rmSync(folder, { recursive: true });
});

/** An address of loopback that nobody else of this machine serves at. */
const address = `127.${process.pid % 200}.${(process.pid >> 8) % 200}.7`;

const serve = (): Promise<void> =>
  new Promise((resolve, reject) => {
    server = createServer((_, response) => response.end('ok'));
    server.once('error', reject);
    server.listen(nodePort, address, () => resolve());
  });

const short = (plan: Plan): Plan => ({
  ...plan,
  expectations: [],
  phases: plan.phases.map((phase) => (phase.kind === 'steady' ? { ...phase, durationMs: 1500 } : phase)),
});

/** Commands that were sent to a node. */
let sent: string[];

const cluster = {
  nodes: ['control-plane', 'worker', 'worker2'].map((node) => ({ node, role: 'worker', address })),
  observer: { now: () => ({ otherLeasesSeen: 0 }) },
  client: hostClient,
} as unknown as RunningCluster;

/** Drives the phases as the kind backend does. `before` is called once the phases have begun. */
const phasesBackend = (before: (recorder: Recorder) => void): Backend => ({
  name: 'kind',
  predicted: false,
  run: async (plan, recorder, signal) => {
    sent = [];
    const run = {
      plan,
      recorder,
      signal,
      options: { clusterName: 'skipbeat-none', journal: { run: 'none' } },
      exec: async ({ argv }: { readonly argv: readonly string[] }) => {
        sent.push(argv.join(' '));
        throw new Error('no fault may be injected here');
      },
    } as unknown as KindRun;
    for (const node of ['control-plane', 'worker', 'worker2']) notifyReady(recorder, node, 'True');
    const phases = runPhases(run, cluster);
    before(recorder);
    await phases.catch((thrown: unknown) => {
      signal.throwIfAborted();
      throw thrown;
    });
  },
});

const notifyReady = (recorder: Recorder, node: string, status: 'True' | 'Unknown'): void =>
  recorder.event({ type: 'node.ready', node, status, reason: '', lastTransitionTime: null, resourceVersion: '1' });

const execute = (plan: Plan, backend: Backend) =>
  executeRun({
    plan,
    backend,
    folder,
    scenarioYaml: 'name: x\n',
    startedAt: new Date(),
    listeners: [],
    signal: new AbortController().signal,
  });

const recorded = (): readonly { type: string; atMs: number }[] =>
  readFileSync(join(folder, 'events.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const endedEarly = async (plan: Plan, backend: Backend): Promise<{ document: RunDocument; error: SkipbeatError }> => {
  const { document, error, exitCode } = await execute(plan, backend);
  expect(exitCode).toBe(2);
  expect(document?.verdict).toBe('inconclusive');
  expect(readdirSync(folder).sort()).toEqual([
    ...['events.ndjson', 'junit.xml', 'manifest.json', 'openmetrics.txt', 'plan.json', 'report.html'],
    ...['requests.ndjson.gz', 'run.json', 'scenario.yaml', 'summary.md'],
  ]);
  // Nothing was done to any node.
  expect(sent).toEqual([]);
  expect(recorded().some(({ type }) => type.startsWith('fault.'))).toBe(false);
  return { document: document as RunDocument, error: error as SkipbeatError };
};

/** Waits for the steady phase: the load before it may take its time to begin. */
const onceSteady = (recorder: Recorder, afterMs: number, act: () => void): void => {
  const timer = setInterval(() => {
    if (!recorded().some((one) => one.type === 'step.started') || recorder.nowMs() < startOf('steady') + afterMs)
      return;
    clearInterval(timer);
    act();
  }, 10);
};

describe('a run whose steady phase is not steady ends before any fault:', () => {
  test('the service refuses, and not even the phase is waited for', async () => {
    const plan = { ...short(defaultPlan), load: { ...defaultPlan.load, ratePerSecond: 200 } };
    const long = {
      ...plan,
      phases: plan.phases.map((phase) => (phase.kind === 'steady' ? { ...phase, durationMs: 60_000 } : phase)),
    };
    // 120 of 12,000 may fail.
    const { document, error } = await endedEarly(
      long,
      phasesBackend(() => undefined),
    );
    expect(error.code).toBe('GUARD_TRIPPED');
    expect(error.message.replace(/ \d+\.\d % of/, ' SHARE of')).toBe(
      'default: the run was ended, for it can prove nothing any more: steady was not steady: SHARE of its requests failed with every node Ready, at most 1.0 % is tolerated.',
    );
    expect(document.reasons).toEqual([`steady was interrupted: ${error.message}`]);
    expect(document.requests.refused).toBeGreaterThan(120);
    expect(document.requests.offered).toBeLessThan(12_000);
  });

  test('the service hangs from its last moment on, which shows only after the phase', async () => {
    const plan = { ...short(defaultPlan), load: { ...defaultPlan.load, timeoutMs: 1000 } };
    await serve();
    const { document, error } = await endedEarly(
      plan,
      phasesBackend((recorder) => onceSteady(recorder, 1200, () => void server?.removeAllListeners('request'))),
    );
    expect(error.message.replace(/ \d+\.\d % of/, ' SHARE of')).toBe(
      'default: the run was ended, for it can prove nothing any more: steady was not steady: SHARE of its requests failed with every node Ready, at most 1.0 % is tolerated.',
    );
    expect(document.requests.timeout).toBeGreaterThan(0);
    expect(document.reasons).toEqual([`fault was interrupted: ${error.message}`]);
  });

  test('a node is lost that the profile does not lose by itself', async () => {
    await serve();
    const { document } = await endedEarly(
      short(defaultPlan),
      phasesBackend((recorder) => onceSteady(recorder, 0, () => notifyReady(recorder, 'worker', 'Unknown'))),
    );
    expect(document.reasons).toEqual([
      'steady was interrupted: default: the run was ended, for it can prove nothing any more: steady was not steady: worker went NotReady before any fault, and the profile does not flap by itself.',
    ]);
  });

  test('a node is lost while the load begins', async () => {
    await serve();
    const { document } = await endedEarly(
      short(defaultPlan),
      phasesBackend((recorder) => notifyReady(recorder, 'worker', 'Unknown')),
    );
    expect(document.reasons).toEqual([
      // By whether its event, the load's start or the phase's start was recorded first.
      expect.stringMatching(/: worker (was NotReady when (the load|steady) began|went NotReady before any fault, )/),
    ]);
  });

  test('the API server is gone for 5 s', async () => {
    await serve();
    const [steady, ...rest] = defaultPlan.phases;
    if (steady?.kind !== 'steady') throw new Error('expected a steady phase first');
    const { error } = await endedEarly(
      { ...defaultPlan, expectations: [], phases: [{ ...steady, durationMs: 60_000 }, ...rest] },
      phasesBackend(
        (recorder) =>
          void setTimeout(() => recorder.event({ type: 'watch.lost', resource: 'nodes', reason: 'ECONNREFUSED' }), 500),
      ),
    );
    expect(error.message.replace(/from \d\.\d s/, 'from TIME')).toBe(
      'default: the run was ended, for it can prove nothing any more: the API server was out of reach for 5.0 s from TIME on, which no fault of the plan explains (ECONNREFUSED).',
    );
  });
});

const startOf = (name: string): number =>
  recorded().find((one) => one.type === 'step.started' && (one as { name?: string }).name === name)?.atMs ??
  Number.POSITIVE_INFINITY;

test('a profile that flaps by itself goes on to its fault after a node was lost', async () => {
  await serve();
  const { error } = await execute(
    short(tightPlan),
    phasesBackend((recorder) => {
      setTimeout(() => notifyReady(recorder, 'worker', 'Unknown'), 300);
      setTimeout(() => notifyReady(recorder, 'worker', 'True'), 900);
    }),
  );
  // It came as far as the fault, which has nothing here to be made on.
  expect((error as SkipbeatError).code).not.toBe('GUARD_TRIPPED');
  expect(recorded().some((one) => one.type === 'step.started' && (one as { name?: string }).name === 'fault')).toBe(
    true,
  );
});
