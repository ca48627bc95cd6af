import { secondsText } from '../text.ts';

/** What is predicted from the one before it, in the order in which one leads to the next. */
export const conditionalLinks = ['notReady', 'tainted', 'evicted', 'ready', 'podReady'] as const;

export type ConditionalLinkName = (typeof conditionalLinks)[number];

/** One link of one node or pod, predicted from what was seen before it; instants in ms since the run's start. */
export type ConditionalLink = {
  readonly link: ConditionalLinkName;
  /** A node's short name, or a pod's name. */
  readonly of: string;
  /** What it is predicted from, and when that was seen. */
  readonly given: { readonly what: 'lease' | 'status' | ConditionalLinkName; readonly atMs: number };
  /**
   * Of NotReady: the chance (0 to 1) that it comes before the node is heard again, or the record ends. Of all others null:
   * they are predicted only where they were seen, for whether they come is told by the link before them.
   */
  readonly chance: number | null;
  /** null: it did not come. */
  readonly observedMs: number | null;
  readonly p1Ms: number;
  readonly p5Ms: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /**
   * The share (0 to 1) of what was predicted that lies before what was observed: evenly spread where predictions are right.
   * null where it did not come, and of links that come at once, in which nothing but a machine's pace would show.
   */
  readonly rank: number | null;
  /** Whether it was observed between p1 and p99, give or take the slack of a machine; null where it did not come. */
  readonly fit: 'inside' | 'outside' | null;
};

/** As people read them. */
export const conditionalNames: Readonly<Record<ConditionalLinkName, string>> = {
  notReady: 'NotReady',
  tainted: 'NoExecute taint',
  evicted: 'evicted',
  ready: 'Ready again',
  podReady: 'pod Ready again',
};

const givenNames: Readonly<Record<ConditionalLink['given']['what'], string>> = {
  lease: 'lease',
  status: 'status post',
  ...conditionalNames,
};

/** From when a link counts: `the last lease`, `the first status post since`, `NotReady`. */
export const givenText = ({ link, given: { what } }: Pick<ConditionalLink, 'link' | 'given'>): string => {
  if (what !== 'lease' && what !== 'status') return givenNames[what];
  return link === 'notReady' ? `the last ${givenNames[what]}` : `the first ${givenNames[what]} since`;
};

/** A chance below which, or above whose rest, what happened is worth a sentence. */
const smallChance = 0.01;

/** What came outside of p1 to p99, or though its chance was below 1 %, or did not come though it was above 99 %. */
export const conditionalFindings = (links: readonly ConditionalLink[]): readonly string[] =>
  links.flatMap((one) => {
    const { link, of, given, chance, observedMs, p1Ms, p99Ms, fit } = one;
    const range = `${secondsText(p1Ms - given.atMs).replace(/ s$/, '')} … ${secondsText(p99Ms - given.atMs)}`;
    if (fit === 'outside' && observedMs !== null) {
      return [
        `${of}: ${conditionalNames[link]} ${secondsText(observedMs - given.atMs)} after ${givenText(one)}, outside the ${range} predicted from it`,
      ];
    }
    return observedMs === null && chance !== null && chance > 1 - smallChance
      ? [`${of}: no ${conditionalNames[link]}, though it was predicted ${range} after ${givenText(one)}`]
      : [];
  });
