import { counted } from '../../../common/text/counted.ts';
import { isHollow } from '../../../plan/index.ts';
import { ofType, type ReadyStatus, type TimelineEvent } from '../../../timeline/index.ts';
import type { HtmlInput } from '../input.ts';

/** A span of a lane, ms since the run's start. */
export type Span<T> = { readonly fromMs: number; readonly toMs: number; readonly value: T };

export type NodeLane = {
  readonly node: string;
  readonly ready: readonly Span<ReadyStatus>[];
  readonly noSchedule: readonly Span<string>[];
  readonly noExecute: readonly Span<string>[];
  readonly leases: readonly number[];
  readonly posts: readonly number[];
};

/** What of the nodes a page shows, and what it does not, in words. */
export type Lanes = { readonly nodes: readonly NodeLane[]; readonly leftOut: readonly string[] };

/** More lanes than this are no picture; what they showed is said in words and stands in events.ndjson. */
const maxLanes = 24;
/** More heartbeats than this are a grey band, and hundreds of kilobytes. */
const maxBeats = 20_000;

const byName = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

const readySpans = (events: readonly TimelineEvent[], node: string, endMs: number): Span<ReadyStatus>[] => {
  const own = ofType(events, 'node.ready').filter((event) => event.node === node);
  const changes = own.filter((event, index) => index === 0 || own[index - 1]?.status !== event.status);
  return changes.map(({ atMs, status }, index) => ({
    fromMs: atMs,
    toMs: changes[index + 1]?.atMs ?? endMs,
    value: status,
  }));
};

/** @see kubernetes k8s.io/api/core/v1, TaintNodeNotReady and TaintNodeUnreachable */
const lossTaints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

const taintSpans = (events: readonly TimelineEvent[], node: string, effect: string, endMs: number): Span<string>[] => {
  const open = new Map<string, number>();
  const spans: Span<string>[] = [];
  for (const event of ofType(events, 'node.taint')) {
    if (event.node !== node || event.effect !== effect || !lossTaints.includes(event.key)) continue;
    const fromMs = open.get(event.key);
    if (event.change === 'added') open.set(event.key, fromMs ?? event.atMs);
    else if (fromMs !== undefined) {
      spans.push({ fromMs, toMs: event.atMs, value: event.key });
      open.delete(event.key);
    }
  }
  for (const [value, fromMs] of open) spans.push({ fromMs, toMs: endMs, value });
  return spans;
};

const statusText = (statuses: ReadonlySet<ReadyStatus>): string =>
  statuses.size === 1 && statuses.has('True') ? 'Ready throughout' : 'with changes, see the table of nodes';

/** Lanes of nodes that changed or were a fault's target come first where there are too many to draw. */
export const lanesOf = ({ events, document }: Pick<HtmlInput, 'events' | 'document'>, endMs: number): Lanes => {
  const statuses = new Map<string, Set<ReadyStatus>>();
  for (const { node, status } of ofType(events, 'node.ready')) {
    statuses.set(node, (statuses.get(node) ?? new Set<ReadyStatus>()).add(status));
  }
  const targets = new Set(document.faults.flatMap((fault) => fault.targets));
  const weight = (node: string): number => ((statuses.get(node)?.size ?? 0) > 1 ? 2 : 0) + (targets.has(node) ? 1 : 0);
  const seen = [...statuses.keys()].toSorted(byName);
  const hollow = seen.filter(isHollow);
  const all = seen.filter((node) => !isHollow(node));
  const shown = all.length <= maxLanes ? all : all.toSorted((a, b) => weight(b) - weight(a)).slice(0, maxLanes);
  const hidden = all.filter((node) => !shown.includes(node));
  const hiddenStatuses = new Set(hidden.flatMap((node) => [...(statuses.get(node) ?? [])]));

  const leases = Map.groupBy(ofType(events, 'lease.renewed'), ({ node }) => node);
  const posts = Map.groupBy(ofType(events, 'node.statusPosted'), ({ node }) => node);
  const beats = shown.reduce((sum, node) => sum + (leases.get(node)?.length ?? 0) + (posts.get(node)?.length ?? 0), 0);
  const drawBeats = beats <= maxBeats;
  const times = (of: typeof leases | typeof posts, node: string): number[] =>
    drawBeats ? (of.get(node) ?? []).map(({ atMs }) => atMs) : [];

  return {
    nodes: shown.toSorted(byName).map((node) => ({
      node,
      ready: readySpans(events, node, endMs),
      noSchedule: taintSpans(events, node, 'NoSchedule', endMs),
      noExecute: taintSpans(events, node, 'NoExecute', endMs),
      leases: times(leases, node),
      posts: times(posts, node),
    })),
    leftOut: [
      ...(hollow.length === 0
        ? []
        : [
            `${counted(hollow.length, 'hollow node stands', 'hollow nodes stand')} in a map of ${hollow.length === 1 ? 'its' : 'their'} own.`,
          ]),
      ...(hidden.length === 0
        ? []
        : [
            `${counted(hidden.length, 'more node has', 'more nodes have')} no lane of ${hidden.length === 1 ? 'its' : 'their'} own: ${statusText(hiddenStatuses)}.`,
          ]),
      ...(drawBeats ? [] : [`${beats} heartbeats are too many to draw; they stand in events.ndjson.`]),
    ],
  };
};
