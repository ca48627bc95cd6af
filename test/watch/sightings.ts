import type { Known } from '../../src/watch/document.ts';
import { createWatchCounters } from '../../src/watch/seen/counters.ts';
import type { CounterState } from '../../src/watch/seen/counters-state.ts';
import type { Notable } from '../../src/watch/seen/notable.ts';
import { unknownSetting } from '../../src/watch/seen/said.ts';
import type { LeaseSight, NodeSight, Sighting } from '../../src/watch/seen/sighting.ts';

/** 2026-01-01T00:00:00Z */
export const startMs = 1_767_225_600_000;

/** What is known of a cluster beside what is seen of it. */
export const known = (changes: Partial<Known> = {}): Known => ({
  context: 'staging',
  server: 'https://10.0.0.1',
  clusterUid: 'uid-1',
  kubernetesVersion: 'v1.34.4',
  firstMs: startMs,
  sittings: [{ fromMs: startMs, toMs: startMs + 100_000, ended: 'for' }],
  margin: 0.5,
  statedGrace: null,
  missing: [],
  sameUnknown: null,
  ...changes,
});

export const stampOf = (seconds: number): string => new Date(startMs + seconds * 1000).toISOString().slice(0, 19);

export const node = (name: string, changes: Partial<NodeSight> = {}): NodeSight => ({
  node: name,
  uid: `uid-${name}`,
  ready: 'True',
  reason: 'KubeletReady',
  message: '',
  hasReady: true,
  heartbeat: stampOf(0),
  transition: stampOf(-1000),
  taints: [],
  zone: null,
  bootId: 'boot-1',
  kubeletVersion: 'v1.34.4',
  unschedulable: false,
  ...changes,
});

/** @param renewSeconds by the kubelet's clock, since the start */
export const lease = (name: string, renewSeconds: number, changes: Partial<LeaseSight> = {}): LeaseSight => ({
  node: name,
  uid: `lease-${name}`,
  renewMs: startMs + renewSeconds * 1000,
  durationSeconds: 40,
  ...changes,
});

export const silent = (name: string, changes: Partial<NodeSight> = {}): NodeSight =>
  node(name, { ready: 'Unknown', reason: 'NodeStatusUnknown', transition: stampOf(1), ...changes });

type Timed<T> = T extends { readonly atMs: number } ? Omit<T, 'atMs'> : never;

/** @param seconds since the start */
export const at = (seconds: number, sighting: Timed<Sighting>): Sighting =>
  ({ ...sighting, atMs: startMs + seconds * 1000 }) as Sighting;

/** The pod of kube-controller-manager says so. */
export const saysGrace = (seconds: number, graceSeconds: number, monitorPeriodSeconds = 5): Sighting => {
  const from = 'pod kube-controller-manager-cp';
  return at(seconds, {
    type: 'controller',
    grace: { ms: graceSeconds * 1000, source: 'manifest', from },
    monitorPeriod: { ms: monitorPeriodSeconds * 1000, source: 'manifest', from },
    problem: null,
  });
};

/** The control plane does not say its settings. */
export const saysNothing = (seconds: number, problem: string): Sighting =>
  at(seconds, { type: 'controller', grace: unknownSetting, monitorPeriod: unknownSetting, problem });

/** Who leads, every ten seconds from one moment to another. @param renewed of its lease; as of a leader that is well, where nothing is said */
export const leads = (
  holder: string,
  fromSeconds: number,
  toSeconds = fromSeconds,
  renewed?: string | null,
): readonly Sighting[] => {
  const made: Sighting[] = [];
  for (let second = fromSeconds; second <= toSeconds; second += 10) {
    made.push(
      at(second, {
        type: 'leader',
        holder,
        renewTime: renewed === undefined ? `at ${second}` : renewed,
        leaseSeconds: 15,
        askedMs: startMs + second * 1000,
      }),
    );
  }
  return made;
};

export const inOrder = (...sightings: readonly Sighting[]): readonly Sighting[] =>
  sightings.toSorted((a, b) => a.atMs - b.atMs);

/** A renewal every ten seconds that comes at once, from one moment to another. */
export const renewals = (name: string, fromSeconds: number, toSeconds: number): readonly Sighting[] => {
  const made: Sighting[] = [];
  for (let second = fromSeconds; second <= toSeconds; second += 10) {
    made.push(at(second, { type: 'lease', lease: lease(name, second) }));
  }
  return made;
};

export type Played = { readonly state: CounterState; readonly notes: readonly Notable[] };

/** Takes all of them, in the order in which they stand. */
export const play = (sightings: readonly Sighting[], toSeconds: number, from: CounterState | null = null): Played => {
  const notes: Notable[] = [];
  const counters = createWatchCounters({ from, note: (notable) => notes.push(notable) });
  for (const sighting of sightings) counters.take(sighting);
  return { state: counters.state(startMs + toSeconds * 1000), notes };
};
