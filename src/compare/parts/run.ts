import type { RunDocument } from '../../verdict/index.ts';
import { otherOutcomes } from '../../verdict/index.ts';
import { figureNamed } from '../figures.ts';
import { byItself, entryOf, type Part } from './part.ts';

/** node-monitor-period by default: a controller that looks so often sees a node as much later by chance. */
const monitorPeriodMs = 5000;

/** The longer a fault, the more its end hides; what is back within one look of the controller is as soon. */
const sinceEnd: Pick<Part, 'mayBeMore'> = {
  mayBeMore: (own, total) => Math.min(total, Math.max(own, monitorPeriodMs)),
};

/** How many requests failed in any way; null: not known of one of them. */
const failedOf = (counts: Parameters<typeof otherOutcomes>[0]): number | null =>
  otherOutcomes(counts, ['ok', 'dropped']);

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
            return maxNotReady > 0 || (failedOf(counts) ?? 1) > 0 ? endMs - startMs : 0;
          },
          onlyWhere: 'often',
        }),
      ),
  ];
};

/** An instant of a run, null where it never came. @returns undefined: not known, or not in a document of an older skipbeat */
const instantOf = (
  { timing, unknown = [] }: RunDocument,
  name: 'firstEndpointsEmptyMs' | 'lastFailedMs',
): number | null | undefined => (unknown.some(({ figure }) => figure === `timing.${name}`) ? undefined : timing[name]);

/** 1 for a run in which the Service had no endpoint left; null: not known. */
const hadNoEndpoint = (run: RunDocument): number | null => {
  const atMs = instantOf(run, 'firstEndpointsEmptyMs');
  return atMs === undefined ? null : Number(atMs !== null);
};

/** How long after the last fault the last request failed; 0 where none did later, null: not known. */
const failedSinceLastFault = (run: RunDocument): number | null => {
  const [atMs, endMs] = [instantOf(run, 'lastFailedMs'), lastFaultEndMs(run)];
  if (atMs === undefined || endMs === null) return null;
  return atMs === null ? 0 : Math.max(0, atMs - endMs);
};

/** 1 for a run in which anybody came to harm: rare ones of several kinds are as many runs together; null: not known. */
const hadHarm = ({ nodes, pods, requests }: RunDocument): number | null => {
  const counts = [nodes.notReadyTransitions, pods.evicted, failedOf(requests)];
  if (counts.some((count) => count !== null && count > 0)) return 1;
  return counts.includes(null) ? null : 0;
};

/** What was seen of a run as a whole: in each step, of any harm, and how long after the last fault it went on. */
export const runParts = (runs: readonly RunDocument[]): readonly Part[] => [
  ...eachStep(runs),
  { figure: 'nodes.notReadyTransitions', name: 'any harm', value: hadHarm, ...byItself },
  { figure: 'pods.unavailableSeconds', name: 'no endpoint left', value: hadNoEndpoint, ...byItself },
  // Where each run has a way of its own, each way is rare.
  {
    figure: 'requests.refused',
    name: 'requests that failed in any way',
    value: ({ requests }) => failedOf(requests),
    ...byItself,
  },
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
    value: failedSinceLastFault,
    ...sinceEnd,
  },
];
