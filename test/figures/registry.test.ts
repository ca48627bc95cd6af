import { expect, test } from 'vitest';
import { figureFamilies, figureRegistry, knownFigures } from '../../src/figures/index.ts';
import { phaseNames } from '../../src/scenario/phases.ts';
import { judge } from '../../src/verdict/index.ts';
import { at, event, tightRun } from '../verdict/timeline-builder.ts';

const counted = (atMs: number, moment: 'start' | 'end') =>
  event(atMs, {
    ...{ type: 'writes.counted', moment, fromMs: atMs - 5, members: 1 },
    ...{ leases: atMs, statuses: atMs, otherLeasesSeen: 0 },
  });

const paths = (value: unknown, path: string): readonly string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => paths(inner, path === '' ? key : `${path}.${key}`))
    : [path];

test('every figure that is declared is in a run.json that is judged, and no other number', async () => {
  const { plan, events, requests } = tightRun([counted(at.steady + 100, 'start'), counted(at.fault - 100, 'end')]);
  const { durationMs, nodes, requests: asked, pods, timing, writes } = await judge(plan, events, requests);
  const found = paths({ durationMs, nodes, requests: asked, pods, timing, writes }, '');
  const phases = Object.keys(asked.byPhase);
  const names = Object.keys(nodes.byNode);
  const entrances = Object.keys(asked.byEntrance ?? {});
  expect([phases.length, names.length, entrances.length]).toEqual([3, 3, 1]);
  const isNone = (path: string): boolean => {
    const [, node] = /^requests\.byEntrance\.([^.]+)/.exec(path) ?? [];
    return node !== undefined && !entrances.includes(node);
  };
  expect([...found].sort()).toEqual(
    knownFigures(phases, names)
      .filter((path) => !isNone(path))
      .sort(),
  );
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

test('every harm that is judged says what it grows with: counts of requests and extremes of them with what was offered', () => {
  for (const { path, compared, growsWith, unit } of figureRegistry) {
    if (compared !== 'harm') continue;
    expect([path, growsWith]).not.toEqual([path, undefined]);
    if (path.startsWith('nodes.')) expect([path, growsWith]).toEqual([path, 'nodes']);
    if (path.startsWith('pods.')) expect([path, growsWith]).toEqual([path, 'replicas']);
    if (path.startsWith('requests.') && (unit === 'count' || path.endsWith('.max')))
      expect([path, growsWith]).toEqual([path, 'offered']);
  }
  // What is counted by the minute grows with neither.
  for (const { path, compared, growsWith } of figureRegistry)
    if (compared === 'cost') expect([path, growsWith]).toEqual([path, undefined]);
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

/** Figures of which less is better and which `compare` does not judge: what else tells of each. */
const provenBy: readonly (readonly [path: RegExp, by: string])[] = [
  [
    /^nodes\.(?:notReadyByKubelet|byNode\.)/,
    'nodes.notReadyTransitions and notReadyNodeSeconds, of which it is a part',
  ],
  [
    /^nodes\.maxNotReady$/,
    'what it takes from the Service, pods.unavailableSeconds and failures; nodes.notReadyNodeSeconds',
  ],
  [/^nodes\.unrecovered$/, 'sinceFault.lastReadyMs, which is never then'],
  [/^timing\.lastFailedMs$/, 'sinceFault.lastRefusedMs, of which it is a part'],
  [/^requests\.reusedPort$/, 'requests.timeout, of which it is a part'],
  [/^requests\.(?:byPhase|byEntrance)\.\*\.(?!latencyMs|allLatencyMs)/, 'the same of all requests'],
  [
    /\.(?:latencyMs|plannedLatencyMs|allLatencyMs)\./,
    'the greatest of all answers; p50, p90, p99 and the mean in phases of a planned length, of all and of the worst one; requests.slowSeconds; the time-outs',
  ],
  [/^requests\.latenessMs\./, 'nobody: it is of the load itself, and a doubt about the run'],
  [/^writes\.apiServer\./, 'writes.leasePerNodeMinute and statusPerNodeMinute'],
  [/^lost\.requests$/, 'each outcome that is a failure'],
];

test('of every figure of which less is better compare judges it, or another that tells of it', () => {
  const others = figureRegistry.filter(({ better, compared }) => better === 'lower' && compared === undefined);
  expect(others.map(({ path }) => path).filter((path) => !provenBy.some(([pattern]) => pattern.test(path)))).toEqual(
    [],
  );
});

test('how slow most answers are is a harm as much as how slow the slowest are, of all and of each phase', () => {
  const slow = figureRegistry.filter(({ path, compared }) => /latencyMs\./i.test(path) && compared === 'harm');
  expect(slow.map(({ path, minTolerance }) => [path, minTolerance ?? 0])).toEqual([
    ['requests.latencyMs.max', 0],
    ['requests.plannedLatencyMs.p50', 1],
    ['requests.plannedLatencyMs.p90', 1],
    ['requests.plannedLatencyMs.p99', 0],
    ['requests.plannedLatencyMs.mean', 1],
    ['requests.byPhase.*.latencyMs.p50', 1],
    ['requests.byPhase.*.latencyMs.p90', 1],
    ['requests.byPhase.*.latencyMs.p99', 0],
    ['requests.byPhase.*.latencyMs.mean', 1],
  ]);
});
