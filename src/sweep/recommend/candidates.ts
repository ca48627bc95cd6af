import { formatDuration } from '../../common/duration.ts';
import { type BugOf, bugsThatMatter } from '../../known-bugs/index.ts';
import {
  type CompiledProfile,
  compileProfile,
  hasEvictionBudget,
  maxBorneAnswerMs,
  mayFlapByItself,
  type Profile,
  predictPause,
  profileOfUserConfig,
  profiles,
  type Reading,
  type UserConfig,
  unsupportedSettings,
  writesPerNodeMinute,
} from '../../profile/index.ts';
import type { Objectives } from './pareto-front.ts';

/** Settings that could be shipped, with what the closed formulas say of them. */
export type Candidate = Objectives & {
  /** One of the named profiles, or `S/P/G` in words. */
  readonly name: string;
  readonly profile: Profile;
  readonly compiled: CompiledProfile;
  /** Latest eviction of a dead node's first pod, ms after its death; null where there may be none, or nobody knows. */
  readonly evictMs: number | null;
  /** Longest answer of an API server with which every node stays Ready, see `maxBorneAnswerMs`. */
  readonly answerMs: number;
  /** Whether healthy nodes stay Ready by these settings, with nothing that goes wrong. */
  readonly keepsReady: boolean;
};

// What an operator would write; G beyond whole periods gains nothing, so only multiples of P are tried.
const updatesMs = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40, 60].map((seconds) => seconds * 1000);
const periodsMs = [1, 2, 5, 10].map((seconds) => seconds * 1000);
const gracesMs = [
  4, 5, 6, 8, 10, 12, 15, 16, 18, 20, 24, 25, 28, 30, 32, 35, 36, 40, 45, 50, 55, 60, 70, 75, 80, 90, 100, 110, 120,
  150, 180, 210, 240, 300, 600,
].map((seconds) => seconds * 1000);
/** From the mildest to the sharpest; null leaves the version's default. */
const evictionsMs = [null, 240, 180, 120, 60, 30, 20, 10, 5, 0].map((seconds) =>
  seconds === null ? null : seconds * 1000,
);

type Grid = {
  readonly kubernetesVersion: string;
  readonly nodes: number;
  /** On a node that dies, at most: to v1.33 they are marked, one after another, before the first of them is evicted. */
  readonly podsPerNode: number;
  readonly maxEvictMs: number | null;
};

/** Far beyond every grace. */
const forGoodMs = 24 * 3_600_000;

const judged = (profile: Profile, reading: Reading, { kubernetesVersion, nodes, podsPerNode }: Grid): Candidate => {
  const compiled = compileProfile(profile, reading, kubernetesVersion);
  const paused = { paused: 1, nodes, replicas: 0, podsPerNode };
  const { notReadyAfterMs, evictionAfterMs } = predictPause(compiled.effective, kubernetesVersion, forGoodMs, paused);
  const isEvictionKnown =
    hasEvictionBudget(compiled.effective) && evictionBugs(compiled, kubernetesVersion).length === 0;
  const [surviveMs, detectMs] = notReadyAfterMs ?? [0, Number.POSITIVE_INFINITY];
  return {
    name: profile.name,
    profile,
    compiled,
    detectMs,
    surviveMs,
    writesPerMinute: writesPerNodeMinute(compiled.effective) * nodes,
    evictMs: isEvictionKnown ? (evictionAfterMs?.[1] ?? null) : null,
    answerMs: maxBorneAnswerMs(compiled.effective, kubernetesVersion),
    keepsReady: surviveMs > 0 && !mayFlapByItself(compiled.effective, kubernetesVersion),
  };
};

/** Bugs of the version by which an eviction may never come. */
export const evictionBugs = (
  { effective }: Pick<CompiledProfile, 'effective'>,
  kubernetesVersion: string,
): readonly BugOf[] =>
  bugsThatMatter({
    kubernetesVersion,
    faults: null,
    evictsByTolerations: effective.eviction.kind === 'tolerations',
  }).filter(({ bug }) => bug.hides === 'eviction');

/** The same settings with the mildest eviction that is soon enough, or, where none is, with the sharpest. */
const withEviction = (profile: Profile, reading: Reading, grid: Grid): Candidate => {
  const { maxEvictMs } = grid;
  if (maxEvictMs === null) return judged(profile, reading, grid);
  const withStep = (step: number): Candidate =>
    judged({ ...profile, evictionAfterMs: evictionsMs[step] ?? null }, reading, grid);
  let min = 0;
  let max = evictionsMs.length - 1;
  while (min < max) {
    const middle = Math.floor((min + max) / 2);
    const { evictMs } = withStep(middle);
    if (evictMs !== null && evictMs <= maxEvictMs) max = middle;
    else min = middle + 1;
  }
  return withStep(min);
};

const gridProfiles: readonly Profile[] = updatesMs.flatMap((updateMs) =>
  periodsMs.flatMap((periodMs) =>
    gracesMs
      .filter((graceMs) => graceMs % periodMs === 0 && graceMs >= 2 * periodMs)
      .map((graceMs) => ({
        name: [updateMs, periodMs, graceMs].map(formatDuration).join('/'),
        nodeStatusUpdateFrequencyMs: updateMs,
        nodeMonitorPeriodMs: periodMs,
        nodeMonitorGracePeriodMs: graceMs,
        evictionAfterMs: null,
        evictionBy: null,
      })),
  ),
);

/** Without an update frequency both readings pass the same. */
const readingsOf = ({ nodeStatusUpdateFrequencyMs }: Profile): readonly Reading[] =>
  nodeStatusUpdateFrequencyMs === null ? ['literal'] : ['literal', 'equivalent'];

/** Settings that somebody runs; `isEvictionKnown` is false where something of them that is not modelled decides evictions. */
export type OwnSettings = { readonly userConfig: UserConfig; readonly isEvictionKnown: boolean };

/** Those settings as they are. */
export const ownCandidate = (
  { userConfig, isEvictionKnown }: OwnSettings,
  grid: Omit<Grid, 'maxEvictMs'>,
): Candidate => {
  const candidate = judged(profileOfUserConfig(userConfig), 'literal', { ...grid, maxEvictMs: null });
  return isEvictionKnown ? candidate : { ...candidate, evictMs: null };
};

/** The five named profiles as they are, in both readings where these differ and the version can express them. */
export const namedCandidates = (grid: Omit<Grid, 'maxEvictMs'>): readonly Candidate[] =>
  profiles.flatMap((profile) =>
    readingsOf(profile)
      .filter((reading) => unsupportedSettings(profile, reading, grid.kubernetesVersion).length === 0)
      .map((reading) => judged(profile, reading, { ...grid, maxEvictMs: null })),
  );

/**
 * Every setting of the grid that the version can express, after the version's own defaults; each with the mildest
 * eviction that is soon enough for `maxEvictMs`, or the version's own where that is null.
 */
export const candidatesFor = (grid: Grid): readonly Candidate[] => {
  const own = profiles.filter(({ name }) => name === 'default');
  return [...own, ...gridProfiles].flatMap((profile) =>
    readingsOf(profile)
      .filter((reading) => unsupportedSettings(profile, reading, grid.kubernetesVersion).length === 0)
      .map((reading) => withEviction(profile, reading, grid)),
  );
};
