import { expect, test } from 'vitest';
import { figureFamilies, figureRegistry, knownFigures } from '../../src/figures/index.ts';
import { phaseNames } from '../../src/scenario/phases.ts';
import type { OutcomeCounts, Quantiles, RunDocument } from '../../src/verdict/index.ts';

const quantiles: Quantiles = { p50: 1, p90: 1, p99: 1, max: 1 };
const counts: OutcomeCounts = {
  offered: 1,
  ok: 1,
  httpError: 1,
  refused: 1,
  reset: 1,
  timeout: 1,
  unreachable: 1,
  otherError: 1,
  dropped: 1,
};

/** The parts of run.json that hold figures; the compiler keeps them complete. */
const figures: Pick<RunDocument, 'durationMs' | 'nodes' | 'requests' | 'pods' | 'timing' | 'writes'> = {
  durationMs: 1,
  nodes: {
    notReadyTransitions: 1,
    notReadyByKubelet: 1,
    notReadyTransitionsBeforeFault: 1,
    maxNotReady: 1,
    notReadyNodeSeconds: 1,
    unrecovered: 1,
    byNode: {
      worker: { notReadyTransitions: 1, notReadyByKubelet: 1, notReadySeconds: 1, firstNotReadyMs: 1, lastReadyMs: 1 },
    },
  },
  requests: {
    ...counts,
    byPhase: { 'fault-2': { ...counts, latencyMs: quantiles, allLatencyMs: quantiles } },
    byEntrance: { worker: { ...counts, latencyMs: quantiles, allLatencyMs: quantiles } },
    latencyMs: quantiles,
    allLatencyMs: quantiles,
    latenessMs: quantiles,
    reusedPort: 1,
  },
  pods: { evicted: 1, unavailableSeconds: 1, stuckTerminating: 1, evictedBeforeFault: 1 },
  timing: {
    faultStartMs: 1,
    firstNotReadyMs: 1,
    firstEndpointLostMs: 1,
    firstEndpointsEmptyMs: 1,
    firstRefusedMs: 1,
    firstEvictionMs: 1,
    firstReplacementReadyMs: 1,
    lastReadyMs: 1,
    lastRefusedMs: 1,
  },
  writes: {
    leasePerNodeMinute: 1,
    statusPerNodeMinute: 1,
    apiServer: {
      fromMs: 1,
      toMs: 1,
      leasePerNodeMinute: 1,
      statusPerNodeMinute: 1,
      leases: { counted: 1, seen: 1 },
      statuses: { counted: 1, seen: 1 },
      tolerance: 1,
    },
  },
};

const paths = (value: unknown, path: string): readonly string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => paths(inner, path === '' ? key : `${path}.${key}`))
    : [path];

test('the known figures are the numbers of run.json, no more and no less', () => {
  expect([...knownFigures(['fault-2'], ['worker'])].sort()).toEqual([...paths(figures, '')].sort());
});

test('phases are named by their kind, with a number from the second of a kind on', () => {
  expect(phaseNames(['steady', 'fault', 'recover', 'fault', 'steady', 'fault'])).toEqual([
    'steady',
    'fault',
    'recover',
    'fault-2',
    'steady-2',
    'fault-3',
  ]);
});

test('no figure stands twice, and none that is judged is one of which nobody can say which way is better', () => {
  const paths = figureRegistry.map(({ path }) => path);
  expect(paths).toEqual([...new Set(paths)]);
  for (const { path, compared, better } of figureRegistry) {
    if (compared === 'harm' || compared === 'cost') expect([path, better]).toEqual([path, 'lower']);
    if (compared === 'timing') expect([path, better]).toEqual([path, 'depends']);
  }
});

test('every family of metrics has a figure, all with the same names in their paths, and ends in its unit', () => {
  for (const [name, { unit, each }] of Object.entries(figureFamilies)) {
    const members = figureRegistry.filter((one) => one.metric?.family === name || one.repeatsMetric?.family === name);
    const prefixes = new Set(members.map(({ path }) => (path.includes('*') ? path.slice(0, path.indexOf('*')) : '')));
    expect([name, prefixes.size]).toEqual([name, 1]);
    expect([name, prefixes.has('')]).toEqual([name, each === undefined]);
    if (unit !== undefined) expect(name.endsWith(`_${unit}`)).toBe(true);
  }
});
