import { failures } from '../../timeline/index.ts';
import type { RunDocument } from '../../verdict/index.ts';
import { figureNamed } from '../figures.ts';
import { entryOf, namesIn, type Part } from './part.ts';

/** Of clusters with more nodes those are looked at whose means differ most; where chance decides which are lost, those that the base never lost, and those that are lost for longest. */
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
  const lostIn = (runs: readonly RunDocument[], name: string): number =>
    runs.filter((run) => (readOf(name, 'notReadyTransitions')(run) ?? 0) > 0).length;
  const unsteady = names.filter((name) => lostIn(base, name) > 0 && lostIn(base, name) < base.length);
  const isByChance = unsteady.length > maxUnsteady;
  const meanIn = (runs: readonly RunDocument[], name: string): number =>
    meanOf(runs.map(readOf(name, 'notReadySeconds')));
  const isNew = (name: string): boolean => lostIn(base, name) === 0 && lostIn(candidate, name) > 0;
  // What is held against chance must not be chosen by what it shows; a node that the base never lost is another matter.
  const weightOf = (name: string): number => {
    if (!isByChance) return meanIn(candidate, name) - meanIn(base, name);
    return isNew(name) ? Number.POSITIVE_INFINITY : meanIn([...base, ...candidate], name);
  };
  const weights = new Map(names.map((name) => [name, weightOf(name)]));
  const chosen = names
    .toSorted((one, other) => Math.sign((weights.get(other) ?? 0) - (weights.get(one) ?? 0)) || 0)
    .slice(0, maxNodes);
  const chanceOf = (name: string): Pick<Part, 'onlyWhere'> =>
    isByChance ? { onlyWhere: isNew(name) ? 'often' : 'significant' } : {};
  return chosen.flatMap((name): readonly Part[] => [
    {
      figure: 'nodes.notReadyTransitions',
      name: `${name}.notReadyTransitions`,
      value: readOf(name, 'notReadyTransitions'),
      ...chanceOf(name),
    },
    {
      figure: 'nodes.notReadyNodeSeconds',
      name: `${name}.notReadySeconds`,
      value: readOf(name, 'notReadySeconds'),
      ...chanceOf(name),
    },
  ]);
};

/** What is no share of its figure has to be the same by its own tolerance. */
const byItself: Pick<Part, 'mayBeMore'> = { mayBeMore: (own) => own };

/** node-monitor-period by default: a controller that looks so often sees a node as much later by chance. */
const monitorPeriodMs = 5000;

/** The longer a fault, the more its end hides; what is back within one look of the controller is as soon. */
const sinceEnd: Pick<Part, 'mayBeMore'> = {
  mayBeMore: (own, total) => Math.min(total, Math.max(own, monitorPeriodMs)),
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
  (
    figure: 'sinceFault.lastReadyMs' | 'sinceFault.lastRefusedMs',
    name: 'lastReadyMs' | 'lastRefusedMs',
  ): Part['value'] =>
  (run: RunDocument): number | null => {
    const total = figureNamed(figure)?.value(run) ?? null;
    if (total === null || total === 0 || !Number.isFinite(total)) return total;
    const [atMs, endMs] = [run.timing[name], lastFaultEndMs(run)];
    return atMs === null || endMs === null ? null : Math.max(0, atMs - endMs);
  };

/**
 * What nodes came to in each step, and how long each recovery with harm took: by the settings, too, so that a little more is
 * chance. The last one is seen by the nodes and the requests.
 */
const eachStep = (runs: readonly RunDocument[]): readonly Part[] => {
  const names = (kinds: readonly string[]): readonly string[] => [
    ...new Set(runs.flatMap(({ steps }) => steps.flatMap(({ name, kind }) => (kinds.includes(kind) ? [name] : [])))),
  ];
  const stepOf = ({ steps }: RunDocument, name: string) => steps.find((step) => step.name === name);
  return [
    ...names(['steady', 'fault', 'recover']).map(
      (name): Part => ({
        figure: 'nodes.notReadyTransitions',
        name: `${name}.maxNotReady`,
        value: (run) => stepOf(run, name)?.maxNotReady ?? null,
        ...byItself,
      }),
    ),
    ...names(['recover'])
      .slice(0, -1)
      .map(
        (name): Part => ({
          figure: 'sinceFault.lastReadyMs',
          name: `${name}.durationMs`,
          value: (run) => {
            const { startMs, endMs = null, outcome, maxNotReady = null } = stepOf(run, name) ?? {};
            const counts = entryOf(run.requests.byPhase, name);
            if (startMs === undefined || endMs === null || maxNotReady === null || counts === undefined) return null;
            if (outcome === 'timedOut') return Number.POSITIVE_INFINITY;
            return maxNotReady > 0 || failures.some((failure) => (counts[failure] ?? 0) > 0) ? endMs - startMs : 0;
          },
          onlyWhere: 'often',
        }),
      ),
  ];
};

/** 1 for a run in which the Service had no endpoint left; null: not known. */
const hadNoEndpoint = ({ timing, unknown = [] }: RunDocument): number | null =>
  unknown.some(({ figure }) => figure === 'timing.firstEndpointsEmptyMs')
    ? null
    : Number(timing.firstEndpointsEmptyMs !== null);

/** 1 for a run in which anybody came to harm: rare ones of several kinds are as many runs together; null: not known. */
const hadHarm = ({ nodes, pods, requests }: RunDocument): number | null => {
  const counts = [nodes.notReadyTransitions, pods.evicted, ...failures.map((outcome) => requests[outcome])];
  if (counts.some((count) => count !== null && count > 0)) return 1;
  return counts.includes(null) ? null : 0;
};

/** What was seen of nodes: of each, of how many, at once, in each step, and how long they took to come back. */
export const nodeParts = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly Part[] => [
  ...eachNode(base, candidate),
  { figure: 'nodes.notReadyTransitions', name: 'nodes that were lost', value: lostNodes, ...byItself },
  {
    figure: 'nodes.notReadyTransitions',
    name: 'nodes.maxNotReady',
    value: ({ nodes }) => nodes.maxNotReady ?? null,
    ...byItself,
  },
  ...eachStep([...base, ...candidate]),
  { figure: 'nodes.notReadyTransitions', name: 'any harm', value: hadHarm, ...byItself },
  { figure: 'pods.unavailableSeconds', name: 'no endpoint left', value: hadNoEndpoint, ...byItself },
  {
    figure: 'sinceFault.lastReadyMs',
    name: 'lastReadyMs since the last fault',
    value: sinceLastFault('sinceFault.lastReadyMs', 'lastReadyMs'),
    ...sinceEnd,
  },
  {
    figure: 'sinceFault.lastRefusedMs',
    name: 'lastRefusedMs since the last fault',
    value: sinceLastFault('sinceFault.lastRefusedMs', 'lastRefusedMs'),
    ...sinceEnd,
  },
  {
    figure: 'sinceFault.lastRefusedMs',
    name: 'lastFailedMs since the last fault',
    value: (run) => {
      const { lastFailedMs } = run.timing;
      const endMs = lastFaultEndMs(run);
      if (lastFailedMs === undefined || endMs === null) return null;
      return lastFailedMs === null ? 0 : Math.max(0, lastFailedMs - endMs);
    },
    ...sinceEnd,
  },
];
