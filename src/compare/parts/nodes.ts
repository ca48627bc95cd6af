import type { RunDocument } from '../../verdict/index.ts';
import { figureNamed } from '../figures.ts';
import { entryOf, namesIn, type Part } from './part.ts';

/** Of clusters with more nodes those whose means differ most are looked at. */
const maxNodes = 100;

/** Where more of them are lost in some runs of the base and in others not, which ones of them are is chance. */
const maxUnsteady = 10;

const meanOf = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length;

/** How often, and for how long, each node was NotReady. */
const eachNode = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly Part[] => {
  const names = namesIn([...base, ...candidate], ({ nodes }) => nodes.byNode);
  const readOf =
    (name: string, field: 'notReadyTransitions' | 'notReadySeconds') =>
    ({ nodes }: RunDocument): number | null => {
      // A node that a document does not name was Ready all the time, where that was seen at all.
      const none = nodes.notReadyTransitions === null ? null : 0;
      const own = entryOf(nodes.byNode, name);
      return own === undefined ? none : (own[field] ?? null);
    };
  const more = (name: string, field: 'notReadyTransitions' | 'notReadySeconds'): number =>
    meanOf(candidate.map(readOf(name, field))) - meanOf(base.map(readOf(name, field)));
  const top = (field: 'notReadyTransitions' | 'notReadySeconds'): readonly string[] =>
    names.toSorted((one, other) => more(other, field) - more(one, field)).slice(0, maxNodes / 2);
  const chosen =
    names.length <= maxNodes ? names : [...new Set([...top('notReadyTransitions'), ...top('notReadySeconds')])];
  const unsteady = names.filter((name) => {
    const lost = base.filter((run) => (readOf(name, 'notReadyTransitions')(run) ?? 0) > 0).length;
    return lost > 0 && lost < base.length;
  });
  const many = unsteady.length > maxUnsteady ? { isOneOfMany: true as const } : {};
  return chosen.flatMap((name): readonly Part[] => [
    {
      figure: 'nodes.notReadyTransitions',
      name: `${name}.notReadyTransitions`,
      value: readOf(name, 'notReadyTransitions'),
      ...many,
    },
    {
      figure: 'nodes.notReadyNodeSeconds',
      name: `${name}.notReadySeconds`,
      value: readOf(name, 'notReadySeconds'),
      ...many,
    },
  ]);
};

/** How many nodes were lost at all; null: not known of one. */
const lostNodes = ({ nodes }: RunDocument): number | null =>
  nodes.notReadyTransitions === null
    ? null
    : Object.values(nodes.byNode).reduce<number | null>(
        (lost, { notReadyTransitions }) =>
          lost === null || notReadyTransitions == null ? null : lost + Number(notReadyTransitions > 0),
        0,
      );

/** When the last fault was over; null where there was none, or it did not come to its end. */
const lastFaultEndMs = ({ steps }: RunDocument): number | null =>
  steps.findLast(({ kind }) => kind === 'fault')?.endMs ?? null;

/** Of an instant that counts from the first fault on: how long after the last one it was. */
const sinceLastFault =
  (figure: 'sinceFault.lastReadyMs' | 'sinceFault.lastRefusedMs', name: 'lastReadyMs' | 'lastRefusedMs') =>
  (run: RunDocument): number | null => {
    const total = figureNamed(figure)?.value(run) ?? null;
    if (total === null || total === 0 || !Number.isFinite(total)) return total;
    const [atMs, endMs] = [run.timing[name], lastFaultEndMs(run)];
    return atMs === null || endMs === null ? null : Math.max(0, atMs - endMs);
  };

/** What nodes came to in each step, and how long each recovery with lost nodes took, but for the last one: that is seen by the node. */
const eachStep = (runs: readonly RunDocument[]): readonly Part[] => {
  const names = (of: (kind: string) => boolean): readonly string[] => [
    ...new Set(runs.flatMap(({ steps }) => steps.flatMap(({ name, kind }) => (of(kind) ? [name] : [])))),
  ];
  const stepOf = ({ steps }: RunDocument, name: string) => steps.find((step) => step.name === name);
  return [
    ...names((kind) => kind === 'steady' || kind === 'fault' || kind === 'recover').map(
      (name): Part => ({
        figure: 'nodes.notReadyTransitions',
        name: `${name}.maxNotReady`,
        value: (run) => stepOf(run, name)?.maxNotReady ?? null,
      }),
    ),
    ...names((kind) => kind === 'recover')
      .slice(0, -1)
      .map(
        (name): Part => ({
          figure: 'sinceFault.lastReadyMs',
          name: `${name}.durationMs`,
          value: (run) => {
            const { startMs, endMs = null, outcome, maxNotReady = null } = stepOf(run, name) ?? {};
            if (startMs === undefined || endMs === null || maxNotReady === null) return null;
            if (outcome === 'timedOut') return Number.POSITIVE_INFINITY;
            return maxNotReady === 0 ? 0 : endMs - startMs;
          },
        }),
      ),
  ];
};

/** What was seen of nodes: of each, of how many, at once, in each step, and how long they took to come back. */
export const nodeParts = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly Part[] => [
  ...eachNode(base, candidate),
  { figure: 'nodes.notReadyTransitions', name: 'nodes that were lost', value: lostNodes },
  { figure: 'nodes.notReadyTransitions', name: 'nodes.maxNotReady', value: ({ nodes }) => nodes.maxNotReady ?? null },
  ...eachStep([...base, ...candidate]),
  {
    figure: 'sinceFault.lastReadyMs',
    name: 'lastReadyMs since the last fault',
    value: sinceLastFault('sinceFault.lastReadyMs', 'lastReadyMs'),
  },
  {
    figure: 'sinceFault.lastRefusedMs',
    name: 'lastRefusedMs since the last fault',
    value: sinceLastFault('sinceFault.lastRefusedMs', 'lastRefusedMs'),
  },
];
