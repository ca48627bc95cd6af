import type { TimelineEvent } from '../../timeline/index.ts';

/** What a node says of itself, and when it was seen; ms since the run's start. */
export type Sign = {
  readonly atMs: number;
  readonly kind: 'lease' | 'status';
  /** Of a lease that the watch listed as it began: it was renewed at some time before. */
  readonly isListed?: boolean;
};

/** Signs of life of every node, each list in the order of their time. */
export const signsOfLife = (
  events: readonly TimelineEvent[],
  withoutLeases: boolean,
): ReadonlyMap<string, readonly Sign[]> => {
  const signs = new Map<string, Sign[]>();
  const add = (node: string, sign: Sign): void => {
    const known = signs.get(node);
    if (known === undefined) signs.set(node, [sign]);
    else known.push(sign);
  };
  const withLease = new Set<string>();
  for (const event of events) {
    const { atMs } = event;
    if (event.type === 'lease.renewed' && !withoutLeases) {
      add(event.node, { atMs, kind: 'lease', isListed: !withLease.has(event.node) });
      withLease.add(event.node);
    }
    if (event.type === 'node.statusPosted') add(event.node, { atMs, kind: 'status' });
  }
  return signs;
};

/** A time in which a node said nothing. */
export type Silence = {
  readonly node: string;
  /** The last sign before it. */
  readonly since: Sign;
  /** The last lease up to `since`; null where none was seen. */
  readonly leaseMs: number | null;
  /** Status posts since that lease, up to `since`; none where that is a lease. */
  readonly postsMs: readonly number[];
  /** The last status post up to `since`, whenever that was; null where none was seen. */
  readonly postMs: number | null;
  /** The next sign; null where none came before the end of the record. */
  readonly until: Sign | null;
  /** The next lease; null where none came before the end of the record. */
  readonly nextLeaseMs: number | null;
};

/**
 * Every silence of a node, between two moments at which it said something and after the last one. None since a sign that was
 * listed: nobody saw when that was given.
 */
export const silencesOf = (node: string, signs: readonly Sign[]): readonly Silence[] => {
  const silences: Silence[] = [];
  let leaseMs: number | null = null;
  let postsMs: readonly number[] = [];
  let postMs: number | null = null;
  const nextLeasesMs: (number | null)[] = [];
  for (const [index, { atMs, kind }] of [...signs.entries()].toReversed())
    nextLeasesMs[index] = kind === 'lease' ? atMs : (nextLeasesMs[index + 1] ?? null);
  for (const [index, since] of signs.entries()) {
    if (since.kind === 'lease') leaseMs = since.isListed === true ? null : since.atMs;
    postsMs = since.kind === 'lease' ? [] : [...postsMs, since.atMs];
    if (since.kind === 'status') postMs = since.atMs;
    const until = signs[index + 1] ?? null;
    const nextLeaseMs = nextLeasesMs[index + 1] ?? null;
    if (since.isListed === true) continue;
    if (until === null || until.atMs > since.atMs)
      silences.push({ node, since, leaseMs, postsMs, postMs, until, nextLeaseMs });
  }
  return silences;
};
