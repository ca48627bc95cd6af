import { formatDuration } from '../../common/duration.ts';
import type { NotInRun } from '../../common/not-in-run.ts';
import { bugSentence } from '../../known-bugs/index.ts';
import { defaultMaxPods } from '../../profile/index.ts';
import { numberText } from '../../verdict/index.ts';
import {
  type Candidate,
  candidatesFor,
  evictionBugs,
  namedCandidates,
  type OwnSettings,
  ownCandidate,
} from './candidates.ts';
import { isSmall, mildest, type OwnWord, ownWordAfter } from './own-word.ts';
import { paretoFront } from './pareto-front.ts';

/** What settings have to keep to; null = no limit. */
export type Limits = {
  readonly maxDetectMs: number | null;
  readonly survivePauseMs: number | null;
  readonly maxWritesPerMinute: number | null;
  readonly maxEvictMs: number | null;
  readonly minAnswerMs: number | null;
};

export type Recommendation = {
  readonly kubernetesVersion: string;
  readonly nodes: number;
  /** On a node that dies, at most. */
  readonly podsPerNode: number;
  readonly limits: Limits;
  /** How many settings were searched. */
  readonly tried: number;
  /** How many of them keep to the limits, and make healthy nodes NotReady by themselves; none is recommended. */
  readonly flapping: number;
  /**
   * The settings on the Pareto front that keep to the limits: fewest writes first. Where `keepsOwnWord` is false they keep the
   * controller to them, and kubelets call their nodes NotReady themselves.
   */
  readonly front: readonly Candidate[];
  /** Of `survivePauseMs`, by the setting of the front that does best; null where no pause was named, or none can say NotReady. */
  readonly ownWord: OwnWord | null;
  /** Whether the chance of that is so small that the pause is survived. */
  readonly keepsOwnWord: boolean;
  /** Where nothing does: which limits exclude each other, one sentence each. */
  readonly conflicts: readonly string[];
  /** Bugs of the version by which evictions of some of these settings may never come, one sentence each. */
  readonly bugs: readonly string[];
  /** What the files of somebody's own settings say and no figure knows, see `UserConfig`. */
  readonly notInRun: readonly NotInRun[];
  /** What somebody runs, where that is known, the five named profiles, and which limits each breaks: detect, survive, writes, evict, answer. */
  readonly named: readonly { readonly candidate: Candidate; readonly breaks: readonly string[] }[];
};

type Limit = {
  readonly option: string;
  readonly holds: (candidate: Candidate) => boolean;
  /** The best value among some candidates, in words. */
  readonly best: (candidates: readonly Candidate[]) => string;
};

const min = (candidates: readonly Candidate[], figure: (one: Candidate) => number): number =>
  Math.min(...candidates.map(figure));

const duration = (ms: number): string => formatDuration(Math.round(ms));

const limitsOf = ({
  maxDetectMs,
  survivePauseMs,
  maxWritesPerMinute,
  maxEvictMs,
  minAnswerMs,
}: Limits): readonly Limit[] => [
  ...(maxDetectMs === null
    ? []
    : [
        {
          option: `--max-detect ${formatDuration(maxDetectMs)}`,
          holds: ({ detectMs }: Candidate) => detectMs <= maxDetectMs,
          best: (all: readonly Candidate[]) =>
            `the soonest certain detection is ${duration(min(all, ({ detectMs }) => detectMs))}`,
        },
      ]),
  ...(survivePauseMs === null
    ? []
    : [
        {
          option: `--survive-pause ${formatDuration(survivePauseMs)}`,
          holds: ({ surviveMs }: Candidate) => surviveMs > survivePauseMs,
          best: (all: readonly Candidate[]) =>
            `pauses are surely survived below ${duration(-min(all, ({ surviveMs }) => -surviveMs))}`,
        },
      ]),
  ...(maxWritesPerMinute === null
    ? []
    : [
        {
          option: `--max-writes ${maxWritesPerMinute}`,
          holds: ({ writesPerMinute }: Candidate) => writesPerMinute <= maxWritesPerMinute,
          best: (all: readonly Candidate[]) =>
            `the fewest writes are ${numberText(Math.ceil(min(all, ({ writesPerMinute }) => writesPerMinute)))} a minute`,
        },
      ]),
  ...(maxEvictMs === null
    ? []
    : [
        {
          option: `--max-evict ${formatDuration(maxEvictMs)}`,
          holds: ({ evictMs }: Candidate) => evictMs !== null && evictMs <= maxEvictMs,
          best: (all: readonly Candidate[]) =>
            `the soonest certain eviction is ${duration(min(all, ({ evictMs }) => evictMs ?? Number.POSITIVE_INFINITY))}`,
        },
      ]),
  ...(minAnswerMs === null
    ? []
    : [
        {
          option: `--min-answer ${formatDuration(minAnswerMs)}`,
          holds: ({ answerMs }: Candidate) => answerMs >= minAnswerMs,
          best: (all: readonly Candidate[]) =>
            `all nodes stay Ready with answers of up to ${duration(-min(all, ({ answerMs }) => -answerMs))}`,
        },
      ]),
];

/** The limits as they were typed. */
export const limitNames = (limits: Limits): readonly string[] => limitsOf(limits).map(({ option }) => option);

/** Subsets of the limits, the smaller first. */
const subsets = (limits: readonly Limit[]): readonly (readonly Limit[])[] =>
  Array.from({ length: 2 ** limits.length - 1 }, (_, mask) =>
    limits.filter((_limit, index) => (((mask + 1) >> index) & 1) === 1),
  ).toSorted((one, other) => one.length - other.length);

/** The smallest sets of limits that nothing meets together, each with how near the rest of the set lets one come. */
const conflictsOf = (limits: readonly Limit[], candidates: readonly Candidate[]): readonly string[] => {
  const found: (readonly Limit[])[] = [];
  for (const set of subsets(limits)) {
    const isNew = !found.some((smaller) => smaller.every((limit) => set.includes(limit)));
    if (isNew && !candidates.some((candidate) => set.every(({ holds }) => holds(candidate)))) found.push(set);
  }
  return found.map((set) => {
    const names = set.map(({ option }) => option).join(' and ');
    const hints = set.map((limit) => {
      const others = set.filter((other) => other !== limit);
      const left = candidates.filter((candidate) => others.every(({ holds }) => holds(candidate)));
      const under = others.length === 0 ? '' : `under ${others.map(({ option }) => option).join(' and ')} `;
      return `${under}${limit.best(left)}`;
    });
    return `${names}: ${hints.join('; ')}`;
  });
};

/**
 * Searches settings for those that keep to limits and that nothing beats, by the closed formulas: predictions, for
 * nothing is simulated or run. Settings by which healthy nodes go NotReady are none, whatever limits they keep to. Those by
 * which a kubelet's own word breaks `survivePauseMs` are given only where that is so of all that keep to the limits else.
 * @param kubernetesVersion exact
 * @param podsPerNode on a node that dies, at most
 * @param own settings that somebody runs, to be held against the limits too
 */
export const recommend = (
  kubernetesVersion: string,
  nodes: number,
  limits: Limits,
  own: OwnSettings | null = null,
  podsPerNode: number = defaultMaxPods,
): Recommendation => {
  const grid = { kubernetesVersion, nodes, podsPerNode };
  const asked = limitsOf(limits);
  const keeps = (candidate: Candidate): boolean => asked.every(({ holds }) => holds(candidate));
  const candidates = candidatesFor({ ...grid, maxEvictMs: limits.maxEvictMs });
  const steady = candidates.filter(({ keepsReady }) => keepsReady);
  const kept = steady.filter(keeps);
  const wordOf = ({ compiled }: Candidate): OwnWord | null =>
    limits.survivePauseMs === null
      ? null
      : ownWordAfter(compiled.effective, kubernetesVersion, nodes, limits.survivePauseMs);
  const surviving = kept.filter((candidate) => isSmall(wordOf(candidate)));
  const front = paretoFront(surviving.length > 0 ? surviving : kept);
  const ownWord = mildest(front.map(wordOf));
  const named = [...(own === null ? [] : [ownCandidate(own, grid)]), ...namedCandidates(grid)];
  return {
    ...grid,
    limits,
    tried: candidates.length,
    flapping: candidates.filter((candidate) => !candidate.keepsReady && keeps(candidate)).length,
    front,
    ownWord,
    keepsOwnWord: isSmall(ownWord),
    conflicts: front.length > 0 ? [] : conflictsOf(asked, steady),
    bugs: [
      ...new Set(
        [...front, ...named].flatMap(({ compiled }) =>
          evictionBugs(compiled, kubernetesVersion).map((bug) => bugSentence(bug, kubernetesVersion)),
        ),
      ),
    ],
    notInRun: own?.userConfig.notInRun ?? [],
    named: named.map((candidate) => ({
      candidate,
      breaks: asked
        .filter(({ holds }) => !holds(candidate))
        .map(({ option }) => option.replace(/^--(?:max-|min-)?(\w+).*$/, '$1')),
    })),
  };
};
