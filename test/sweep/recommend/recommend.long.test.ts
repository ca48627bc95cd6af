import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makePlan } from '../../../src/plan/index.ts';
import { compileProfile, findProfile, selfFlapShare } from '../../../src/profile/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { candidatesFor, ownCandidate } from '../../../src/sweep/recommend/candidates.ts';
import { type Objectives, paretoFront } from '../../../src/sweep/recommend/pareto-front.ts';
import { type Limits, type Recommendation, recommend } from '../../../src/sweep/recommend/recommend.ts';
import { kubeadmLines, recommendationJson, recommendationText } from '../../../src/sweep/recommend/recommend-text.ts';

const limits = (some: Partial<Limits>): Limits => ({
  maxDetectMs: null,
  survivePauseMs: null,
  maxWritesPerMinute: null,
  maxEvictMs: null,
  minAnswerMs: null,
  ...some,
});

const asked = limits({ maxDetectMs: 60_000, survivePauseMs: 30_000, maxWritesPerMinute: 20_000 });

/** What is recommended for them. */
const recommended = recommend('v1.34.4', 1000, asked);

const beats = (one: Objectives, other: Objectives): boolean =>
  one.detectMs <= other.detectMs &&
  one.surviveMs >= other.surviveMs &&
  one.writesPerMinute <= other.writesPerMinute &&
  (one.detectMs < other.detectMs || one.surviveMs > other.surviveMs || one.writesPerMinute < other.writesPerMinute);

test('the front holds what nothing beats, and everything else is beaten by, or the same as, something on it', () => {
  const figure = fc.integer({ min: 0, max: 6 });
  const point = fc.record({ detectMs: figure, surviveMs: figure, writesPerMinute: figure });
  fc.assert(
    fc.property(fc.array(point, { maxLength: 40 }), (all) => {
      const front = paretoFront(all);
      expect(front.some((one) => all.some((other) => beats(other, one)))).toBe(false);
      for (const one of all) {
        const same = front.some((other) => JSON.stringify(other) === JSON.stringify(one));
        expect(same || front.some((other) => beats(other, one))).toBe(true);
      }
    }),
  );
});

test('every setting that is recommended keeps to the limits, and none beats another', () => {
  const { front, conflicts, tried } = recommended;
  expect(tried).toBeGreaterThan(1000);
  expect(conflicts).toEqual([]);
  expect(front.length).toBeGreaterThan(5);
  for (const one of front) {
    expect(one.detectMs).toBeLessThanOrEqual(60_000);
    expect(one.surviveMs).toBeGreaterThan(30_000);
    expect(one.writesPerMinute).toBeLessThanOrEqual(20_000);
    expect(front.some((other) => beats(other, one))).toBe(false);
  }
});

test('nothing of the grid that keeps to the limits beats a setting of the front', () => {
  const grid = candidatesFor({ kubernetesVersion: 'v1.34.4', nodes: 1000, podsPerNode: 110, maxEvictMs: null });
  const { front } = recommended;
  expect(front.filter((one) => grid.some((other) => beats(other, one)))).toEqual([]);
});

test('the named profiles say which limits they break', () => {
  const { named } = recommended;
  expect(named.map(({ candidate, breaks }) => [candidate.name, candidate.compiled.reading, ...breaks])).toEqual([
    ['default', 'literal'],
    ['tight-grace', 'literal', 'survive'],
    ['tight-grace', 'equivalent', 'survive'],
    ['fast', 'literal', 'survive', 'writes'],
    ['fast', 'equivalent', 'survive'],
    ['medium', 'literal', 'detect'],
    ['medium', 'equivalent', 'detect'],
    ['slow', 'literal', 'detect'],
    ['slow', 'equivalent', 'detect'],
  ]);
});

test('two limits that exclude each other are named, with how near each lets one come to the other', () => {
  const { front, conflicts } = recommend('v1.34.4', 1000, limits({ maxDetectMs: 20_000, survivePauseMs: 30_000 }));
  expect(front).toEqual([]);
  expect(conflicts).toEqual([
    '--max-detect 20s and --survive-pause 30s: under --survive-pause 30s the soonest certain detection is 34s; under --max-detect 20s pauses are surely survived below 16.96s',
  ]);
});

test('limits that nothing meets even alone are each named, without their sums', () => {
  const { conflicts } = recommend('v1.34.4', 1000, limits({ maxDetectMs: 1000, maxWritesPerMinute: 10 }));
  expect(conflicts).toEqual([
    '--max-detect 1s: the soonest certain detection is 6s',
    '--max-writes 10: the fewest writes are 1,200 a minute',
  ]);
});

test('of evictions that are soon enough the mildest is taken', () => {
  const { front } = recommend('v1.34.4', 1000, { ...asked, maxEvictMs: 180_000 });
  expect(front.length).toBeGreaterThan(5);
  for (const { evictMs, profile, compiled } of front) {
    expect(evictMs).toBeLessThanOrEqual(180_000);
    // The next milder step is a minute longer.
    expect([60_000, 120_000]).toContain(profile.evictionAfterMs);
    expect((evictMs ?? 0) + 60_000).toBeGreaterThan(180_000);
    const seconds = String((profile.evictionAfterMs ?? 0) / 1000);
    expect(compiled.apiServerArgs).toEqual({
      'default-not-ready-toleration-seconds': seconds,
      'default-unreachable-toleration-seconds': seconds,
    });
  }
});

test('an eviction that is sooner than any detection conflicts', () => {
  const { conflicts } = recommend('v1.34.4', 1000, { ...asked, maxEvictMs: 10_000 });
  expect(conflicts.length).toBeGreaterThan(0);
  for (const conflict of conflicts) expect(conflict).toBe('--max-evict 10s: the soonest certain eviction is 16.1s');
});

test('settings come as kubeadm takes them: a map to v1.30, a list since v1.31', () => {
  const profile = findProfile('fast');
  if (profile === null) throw new Error('no fast profile');
  expect(kubeadmLines(compileProfile(profile, 'equivalent', 'v1.30.0')).slice(0, 9)).toEqual([
    'apiVersion: kubeadm.k8s.io/v1beta3',
    'kind: ClusterConfiguration',
    'controllerManager:',
    '  extraArgs:',
    '    node-monitor-period: "2s"',
    '    node-monitor-grace-period: "20s"',
    'apiServer:',
    '  extraArgs:',
    '    default-not-ready-toleration-seconds: "30"',
  ]);
  expect(kubeadmLines(compileProfile(profile, 'equivalent', 'v1.31.0'))).toEqual([
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    'controllerManager:',
    '  extraArgs:',
    '    - name: node-monitor-period',
    '      value: "2s"',
    '    - name: node-monitor-grace-period',
    '      value: "20s"',
    'apiServer:',
    '  extraArgs:',
    '    - name: default-not-ready-toleration-seconds',
    '      value: "30"',
    '    - name: default-unreachable-toleration-seconds',
    '      value: "30"',
    '---',
    'apiVersion: kubelet.config.k8s.io/v1beta1',
    'kind: KubeletConfiguration',
    'nodeStatusUpdateFrequency: 4s',
    'nodeStatusReportFrequency: 5m',
    'nodeLeaseDurationSeconds: 16',
  ]);
});

test.each([
  ['met', asked],
  ['not met', { ...asked, maxDetectMs: 33_000, maxEvictMs: 60_000 }],
])('limits %s: the text fits 80 columns and says that it predicts', (_, some) => {
  const text = recommendationText(recommend('v1.20.2', 1000, some));
  expect(text.split('\n')[0]).toBe('predicted by formula, nothing was run or simulated');
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('the JSON holds every setting of the front with its flags', () => {
  const found = recommended;
  const json = JSON.parse(recommendationJson(found));
  expect(json).toMatchObject({ schemaVersion: 1, predicted: true, by: 'formula', nodes: 1000, conflicts: [] });
  expect(json.front).toHaveLength(found.front.length);
  expect(json.front[0]).toMatchObject({
    reading: 'equivalent',
    settings: { kubeletConfiguration: { nodeLeaseDurationSeconds: expect.any(Number) } },
  });
});

test('where a bug of the version may keep evictions from coming, none is promised, and the bug is said', () => {
  const soon = recommend('v1.20.2', 3, limits({ maxEvictMs: 370_000 }));
  expect(soon.front.filter(({ compiled }) => compiled.effective.eviction.kind === 'tolerations')).toEqual([]);
  const [usual, tight] = soon.named;
  expect(usual).toMatchObject({ candidate: { name: 'default', evictMs: null }, breaks: ['evict'] });
  expect(tight).toMatchObject({ candidate: { name: 'tight-grace', evictMs: 35_500 }, breaks: [] });
  expect(soon.bugs).toEqual([
    'v1.20.2 has kubernetes#94183: the NoExecute taint, which evicts pods, may never come to a NotReady node (fixed in v1.20.5)',
  ]);
  expect(recommendationText(soon).split('\n\n').at(-2)).toBe(
    '  – v1.20.2 has kubernetes#94183: the NoExecute taint, which evicts pods, may\n    never come to a NotReady node (fixed in v1.20.5)',
  );
  const fixed = recommend('v1.20.5', 3, limits({ maxEvictMs: 370_000 }));
  expect(fixed.bugs).toEqual([]);
  expect(fixed.named[0]).toMatchObject({ candidate: { name: 'default', evictMs: 365_500 }, breaks: [] });
});

test('of a version without a lease that follows S, the readings that it can express are shown', () => {
  const { named } = recommend('v1.15.2', 3, limits({ maxDetectMs: 60_000 }));
  expect(named.map(({ candidate }) => [candidate.name, candidate.compiled.reading])).toEqual([
    ['default', 'literal'],
    ['tight-grace', 'literal'],
    ['tight-grace', 'equivalent'],
    ['fast', 'literal'],
    ['medium', 'literal'],
    ['slow', 'literal'],
  ]);
});

test('a heartbeat waits for an answer as long as is asked for, and who waits less is named', () => {
  const few = limits({ maxDetectMs: 20_000, survivePauseMs: 10_000 });
  const min = (front: ReturnType<typeof recommend>['front']): number =>
    Math.min(...front.map(({ answerMs }) => answerMs));
  expect(min(recommend('v1.34.4', 1000, few).front)).toBe(999);
  const found = recommend('v1.34.4', 1000, { ...few, minAnswerMs: 4000 });
  expect(min(found.front)).toBe(4999);
  const unmet = recommend('v1.34.4', 1000, { ...few, minAnswerMs: 30_000 });
  expect(unmet.front).toEqual([]);
  expect(unmet.conflicts.every((each) => each.includes('--min-answer 30s'))).toBe(true);
  expect(
    unmet.named
      .filter(({ breaks }) => !breaks.includes('answer'))
      .map(({ candidate: { name, answerMs } }) => [name, answerMs]),
  ).toEqual([
    ['slow', 39_999],
    ['slow', 59_999],
  ]);
  expect(recommendationText(unmet)).toBe(`predicted by formula, nothing was run or simulated
2,913 settings for 1,000 nodes of v1.34.4, held against
  --max-detect 20s --survive-pause 10s --min-answer 30s

No settings that were searched keep to all of them. What excludes what:

  --max-detect 20s and --min-answer 30s
    - under --min-answer 30s the soonest certain detection is 47s
    - under --max-detect 20s all nodes stay Ready with answers of up to 7.999s

The named profiles (✗: beyond the limit):

               reading     detected  survived  writes/min  evicted     answer
  default      defaults        ✗ 1m     39.6s       6,200  6m10.1s   ✗ 9.999s
  tight-grace  literal          20s      ✗ 0s      12,000    40.1s       ✗ 0s
  tight-grace  equivalent       20s      ✗ 0s       6,200    40.1s       ✗ 0s
  fast         literal        ✗ 24s     11.7s      21,000   1m4.1s   ✗ 3.999s
  fast         equivalent     ✗ 24s     15.8s      15,200   1m4.1s   ✗ 3.999s
  medium       literal      ✗ 2m10s   1m49.6s       9,000  3m20.1s  ✗ 19.999s
  medium       equivalent   ✗ 2m10s   1m39.2s       3,200  3m20.1s  ✗ 19.999s
  slow         literal      ✗ 5m10s   4m49.6s       7,000  6m20.1s    39.999s
  slow         equivalent   ✗ 5m10s   3m57.6s       1,200  6m20.1s    59.999s

detected: longest from the death of a node to its NotReady · survived: for no
shorter pause does the controller call a node NotReady · evicted: longest to a
first eviction of a node with up to 110 pods (--pods-per-node: to v1.33 all
of them are marked first, and the controller’s budget of requests holds that up)
· answer: the longest with which all nodes stay Ready where an API server takes
so long for each (--min-answer): a kubelet waits for it, for S or the lease
where that is shorter, and its next heartbeat is in time.
After a freeze of more than 24.5s a kubelet may call itself NotReady,
whatever these settings are; its pods stay Ready.
A status post as the last sign of life may add one P where F is above S. What a
short P costs the controller is not among the writes.
`);
});

test('settings by which healthy nodes flap are not recommended, whatever limits they keep to', () => {
  for (const some of [
    { maxDetectMs: 60_000 },
    { maxDetectMs: 60_000, minAnswerMs: 10_000 },
    { maxWritesPerMinute: 3000 },
  ]) {
    const { front } = recommend('v1.34.4', 1000, limits(some));
    expect(front.length).toBeGreaterThan(0);
    for (const { compiled, surviveMs } of front) {
      expect(selfFlapShare(compiled.effective, 'v1.34.4')).toBe(0);
      expect(surviveMs).toBeGreaterThan(0);
      expect(compiled.warnings.filter((warning) => warning.includes('flap by themselves'))).toEqual([]);
    }
  }
});

test('where every setting within the limits flaps, that is what is said', () => {
  const some = limits({ maxDetectMs: 20_000, maxWritesPerMinute: 2000 });
  const found = recommend('v1.34.4', 1000, some);
  expect(found.front).toEqual([]);
  expect(found.flapping).toBeGreaterThan(1);
  const [start] = recommendationText(found).split('\n\n').slice(1);
  expect(start?.replaceAll(/\s+/g, ' ')).toBe(
    `No setting within these limits keeps healthy nodes Ready: ${found.flapping} keep to them and nodes flap by themselves. What excludes what among the others:`,
  );
  expect(found.conflicts).toEqual([
    '--max-detect 20s and --max-writes 2000: under --max-writes 2000 the soonest certain detection is 47s; under --max-detect 20s the fewest writes are 4,200 a minute',
  ]);
});

test('settings whose evictions wait for requests are held against no limit of evictions', () => {
  const own = (controllerManagerArgs: Readonly<Record<string, string>>) => {
    const userConfig = { controllerManagerArgs, apiServerArgs: {}, kubeletArgs: {}, kubeletConfiguration: {} };
    return ownCandidate(
      { userConfig, isEvictionKnown: true },
      { kubernetesVersion: 'v1.33.4', nodes: 10, podsPerNode: 110 },
    );
  };
  expect(own({}).evictMs).toBe(375_500);
  expect(own({ 'kube-api-qps': '40' }).evictMs).toBe(370_300);
  expect(own({ 'kube-api-qps': '1', 'kube-api-burst': '1' })).toMatchObject({ evictMs: null, detectMs: 60_000 });
});

describe('an eviction to v1.33, before which all pods of the node are marked', () => {
  const within30s = limits({ maxEvictMs: 30_000 });
  /** What a plan says of a node that dies with so many pods beside the workload, under the first setting that is recommended. */
  const planned = (version: string, podsPerNode: number, { front: [first] }: Recommendation): number => {
    if (first === undefined) throw new Error('expected a setting');
    const { nodeStatusUpdateFrequencyMs, nodeMonitorPeriodMs, nodeMonitorGracePeriodMs, evictionAfterMs } =
      first.profile;
    const profile = {
      nodeStatusUpdateFrequency: `${nodeStatusUpdateFrequencyMs}ms`,
      nodeMonitorPeriod: `${nodeMonitorPeriodMs}ms`,
      nodeMonitorGracePeriod: `${nodeMonitorGracePeriodMs}ms`,
      ...(evictionAfterMs === null ? {} : { evictionAfter: `${evictionAfterMs}ms` }),
    };
    const text = `name: dead
profile: ${JSON.stringify(profile)}
reading: ${first.compiled.reading}
cluster: {topology: single, kubernetes: ${version}, podsPerNode: ${podsPerNode}}
phases:
  - steady: 30s
  - fault: 200s
    inject: [{kind: node-stop, target: {nodes: [worker]}}]
  - recover: {within: 600s}
`;
    const { scenario } = checkScenario(text, 'dead.yaml');
    return makePlan(scenario, { kubernetesVersion: version }).prediction.evictionAfterMs?.[1] ?? Number.NaN;
  };

  test.each(['v1.20.15', 'v1.31.14', 'v1.33.4'])(
    'keeps to the limit on %s with as many pods as a kubelet takes by default',
    (version) => {
      const found = recommend(version, 3, within30s);
      expect(found.podsPerNode).toBe(110);
      if (found.front.length === 0) expect(found.bugs).not.toEqual([]);
      else expect(planned(version, 100, found)).toBeLessThanOrEqual(30_000);
    },
  );

  test('is asked of another number of pods, which the answer says', () => {
    const few = recommend('v1.31.14', 3, within30s, null, 10);
    const max = (found: Recommendation): number => Math.max(...found.front.map(({ evictMs }) => evictMs ?? Infinity));
    expect(max(few)).toBeLessThanOrEqual(30_000);
    // Settings for few pods break the limit with many.
    expect(planned('v1.31.14', 100, few)).toBeGreaterThan(30_000);
    expect(recommendationText(few).split('\n\n').at(-1)?.split(/\s· /)[2]).toBe(
      'evicted: longest to a\nfirst eviction of a node with up to 10 pods (--pods-per-node: to v1.33 all\nof them are marked first, and the controller’s budget of requests holds that up)',
    );
    expect(JSON.parse(recommendationJson(few))).toMatchObject({ podsPerNode: 10 });
  });

  test('hangs on no pods from v1.34 on', () => {
    const of = (podsPerNode: number) => recommend('v1.34.4', 3, within30s, null, podsPerNode).front;
    expect(of(10)).toEqual(of(500));
  });
});
