import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { taintLoopUs } from '../../../../src/backend/model/engine/constants.ts';
import type { Tolerations } from '../../../../src/backend/model/engine/state.ts';
import { settingsFor } from '../../../../src/backend/model/index.ts';
import { sampleOf } from '../../../support/sample.ts';
import { us, version } from '../support/clusters.ts';
import { awayFromPasses, differences, inOrderOfTime, meetsRace } from '../support/compare.ts';
import { askOracle, buildOracle } from '../support/oracle.ts';
import { control, replay } from '../support/replay.ts';
import { scriptsOf } from '../support/scripts.ts';
import { type Script, type Trace, type TraceEvent, traceOf } from '../support/traces.ts';

/**
 * How far apart two times may be that mean the same: one tick of the loop that gives NoExecute taints, which a request
 * on one side can make the other miss, and the few requests of some ms that lie between a cause and what follows.
 */
const toleranceUs = taintLoopUs + 10_000;
const guardUs = 50_000;
/**
 * What is chance in the controllers, and in the model is one of its outcomes: in which order they come to their zones (a
 * map's), so they are asked again as they were; which of two requests that are made at one moment has the last token of
 * the budget; and which of two things comes first that fall together, as a tick of the tainting loop and the end of a pass
 * do. Where the controllers themselves do as the model in another try, or once a pass takes this much less or more, or
 * each request this much more by chance, which is far less than requests differ by, nothing speaks against the model; nor
 * where they cannot be run to an end. It has to be rare.
 */
const otherTries: readonly ((trace: Trace) => Partial<Trace>)[] = [
  ...Array.from({ length: 3 }, () => () => ({})),
  ...[-100, -30, 30, 100].map((byUs) => ({ passUs }: Trace) => ({ passUs: passUs + byUs })),
  ...Array.from({ length: 20 }, (_, jitterSeed) => () => ({ jitterUs: jitterSeed % 2 === 0 ? 30 : 300, jitterSeed })),
];
/**
 * By the model's constants a pass asks for a token of the budget at the very moment at which a worker does that was notified
 * by a watch, and the model serves the pass first: for the controllers the watch brings everything so much later.
 */
const behindUs = 20;
const maxUndecided = 0.03;
/** Not made smaller where it fails: that takes many minutes, and what failed can be run again as it is. */
const random = { seed: 20_260_101, numRuns: sampleOf(20, 400), endOnFailure: true };

const traceFor = (script: Script): Trace =>
  awayFromPasses(
    script,
    traceOf(script, (simulation) => control(simulation, script, () => undefined)),
    guardUs,
  );

const tolerating = (stay: number | 'forever' | null): Tolerations => ({ 'not-ready': stay, unreachable: stay });

/** One node of three stops, with more than one pass in which its NoExecute taint can come. */
const oneStops = (minor: number, patch: number): Script => ({
  version: version(minor, patch),
  settings: settingsFor(version(minor, patch), {}),
  seed: 7,
  nodes: 3,
  zones: 1,
  pods: [tolerating(12), tolerating(12)],
  startUs: us(3),
  restarts: [],
  endUs: us(200),
  disturbances: [{ kind: 'freeze', node: 1, from: 40, to: 150 }],
});

/** One node of three stops for good, with a pod of each kind. */
const stays = [null, 0, 5, 10, 300, 'forever'] as const;
const manyStays = (minor: number, patch: number): Script => ({
  ...oneStops(minor, patch),
  pods: stays.map(tolerating),
  endUs: us(420),
  disturbances: [{ kind: 'freeze', node: 1, from: 40, to: 1000 }],
});

/** A kubelet says False and then nothing: the pods that tolerate only one of the two taints meet the other. */
const oneTaintThenTheOther = (minor: number, patch: number): Script => ({
  ...oneStops(minor, patch),
  pods: [
    { 'not-ready': 300, unreachable: null },
    { 'not-ready': 300, unreachable: 12 },
    { 'not-ready': 120, unreachable: 'forever' },
    { 'not-ready': 'forever', unreachable: 31 },
  ],
  endUs: us(250),
  disturbances: [
    { kind: 'false', node: 1, from: 40, to: 1000 },
    { kind: 'freeze', node: 1, from: 41, to: 1000 },
  ],
});

/** The controller manager ends while a timer of a pod on a node that stopped runs, and another leads 16 s later. */
const newLeader = (minor: number, patch: number): Script => ({
  ...oneStops(minor, patch),
  pods: [tolerating(62), tolerating(null), tolerating('forever')],
  restarts: [{ endsUs: us(100), startsUs: us(116) }],
  endUs: us(320),
  disturbances: [{ kind: 'freeze', node: 1, from: 40, to: 1000 }],
});

/**
 * So many pods that their evictions and the marking of the next node's pods wait for the same budget of requests, or
 * each for its own. They tolerate the taint until the next node is found to have stopped.
 */
const manyPods = (minor: number, patch: number, passesToTaint: number, seed: number): Script => ({
  ...oneStops(minor, patch),
  seed,
  nodes: 4,
  pods: Array.from({ length: 30 }, () => tolerating(passesToTaint === 0 ? 5 : 0)),
  disturbances: [
    { kind: 'freeze', node: 1, from: 40, to: 1000 },
    { kind: 'freeze', node: 2, from: 44, to: 1000 },
  ],
});

const first = (events: readonly TraceEvent[], kind: TraceEvent['kind'], what: string): number =>
  events.find((event) => event.kind === kind && event.what.startsWith(what))?.atUs ?? Number.NaN;

describe.each([
  { name: 'v1.34.4', minor: 34, patch: 4, passesToTaint: 0 },
  { name: 'v1.31.0', minor: 31, patch: 0, passesToTaint: 1 },
  // The last minor whose node lifecycle controller evicts by itself, out of the same budget of requests.
  { name: 'v1.28.15', minor: 28, patch: 15, passesToTaint: 1 },
])('the controllers of Kubernetes $name', ({ name, minor, patch, passesToTaint }) => {
  let program = '';
  beforeAll(async () => {
    program = await buildOracle(name);
  }, 1_800_000);

  let undecided = 0;
  type Observed = (events: readonly TraceEvent[]) => readonly TraceEvent[];
  const compare = async (script: Script, seen: Observed = (events) => events): Promise<readonly string[]> => {
    const trace = traceFor(script);
    const model = seen(replay(script, trace));
    const against = async (asked: Trace): Promise<readonly string[] | null> => {
      const asIs = await askOracle(program, { ...asked, watchUs: asked.watchUs + behindUs });
      if (asIs === null) return null;
      const controllers = seen(asIs);
      return differences(model, controllers, { toleranceUs, endUs: script.endUs });
    };
    const found = await against(trace);
    if (found?.length === 0) return [];
    undecided += 1;
    for (const other of otherTries) if ((await against({ ...trace, ...other(trace) }))?.length === 0) return [];
    return found ?? [];
  };

  test('do to a node that stops what the model says: Unknown, taints, deletions, and all of it undone', async () => {
    const script = oneStops(minor, patch);
    expect(await compare(script)).toEqual([]);
  });

  test('delete each pod when what it tolerates is over: at once, in its time, never', async () => {
    const script = manyStays(minor, patch);
    expect(await compare(script)).toEqual([]);
    const events = (await askOracle(program, traceFor(script))) ?? [];
    const taintedUs = first(events, 'taint', 'NoExecute');
    const stayed = stays.map((_, pod) => {
      const deleted = events.find(({ kind, name: of }) => kind === 'delete' && of === `node-001-pod-${pod}`);
      return deleted === undefined ? 'forever' : Math.floor((deleted.atUs - taintedUs) / us(1));
    });
    expect(stayed).toEqual([0, 0, 5, 10, 300, 'forever']);
  });

  test('do what the model says to pods that tolerate one taint and not the other', async () => {
    expect(await compare(oneTaintThenTheOther(minor, patch))).toEqual([]);
  });

  test('forget what they knew when another leads: the taint goes and comes again, timers start from zero', async () => {
    const script = newLeader(minor, patch);
    expect(await compare(script)).toEqual([]);
    const events = (await askOracle(program, traceFor(script))) ?? [];
    const noExecute = events.filter(({ kind, what }) => kind.endsWith('taint') && what.startsWith('NoExecute'));
    expect(noExecute.map(({ kind }) => kind)).toEqual(['taint', 'untaint', 'taint']);
    const [, , again] = noExecute;
    const deleted = events.find(({ kind, name: of }) => kind === 'delete' && of === 'node-001-pod-0');
    expect(Math.floor(((deleted?.atUs ?? 0) - (again?.atUs ?? 0)) / us(1))).toBe(62);
  });

  test.each([
    { nodes: 'one node after the other', seed: 7, passes: 2 },
    { nodes: 'two nodes in one pass', seed: 5, passes: 1 },
  ])('take as long as the model over more pods than the budget of requests allows at once: $nodes', async (of) => {
    const script = manyPods(minor, patch, passesToTaint, of.seed);
    const trace = traceFor(script);
    let passes = 0;
    const foundIn = replay(script, trace).flatMap(({ kind }) => {
      if (kind === 'pass') passes += 1;
      return kind === 'condition' ? [passes] : [];
    });
    expect(new Set(foundIn).size).toBe(of.passes);
    expect(await compare(script, inOrderOfTime)).toEqual([]);
  });

  test(`give the NoExecute taint ${passesToTaint} passes after the condition`, async () => {
    const script = oneStops(minor, patch);
    const events = await askOracle(program, traceFor(script));
    if (events === null) throw new Error('a node that stops changes no rate');
    const between = first(events, 'taint', 'NoExecute') - first(events, 'condition', 'Unknown');
    expect(Math.floor(between / script.settings.monitorPeriodUs)).toBe(passesToTaint);
    expect(first(events, 'delete', '') - first(events, 'taint', 'NoExecute')).toBeGreaterThanOrEqual(us(12));
  });

  test('do what the model says about any series of heartbeats', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(scriptsOf(version(minor, patch)), async (script) => {
        fc.pre(!meetsRace(replay(script, traceFor(script)), script.restarts));
        expect(await compare(script)).toEqual([]);
      }),
      random,
    );
    // Of a small sample one may be, on a busy machine.
    expect(undecided).toBeLessThanOrEqual(Math.max(1, random.numRuns * maxUndecided));
  });
});
