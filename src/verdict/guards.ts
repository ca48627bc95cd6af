import { disruptionOf, flapsByItself, hitsControlPlane, mutesApiServer } from '../plan/index.ts';
import { requestOutcomes } from '../timeline/index.ts';
import type { RunDocument } from './document.ts';
import type { Seen } from './findings.ts';
import { measuredGaps } from './gaps.ts';
import { isLoss } from './nodes.ts';
import { ofType, plannedFaults } from './outline.ts';
import { listText, percentText, secondsText } from './text.ts';

/** Of the requests of a phase in which nothing is done, at most this share may fail without a node being NotReady. */
export const unsteadyBound = 0.01;

/** A watch without a stream for longer than this means that the API server was not there: it is reopened at once. */
const lostMs = 5000;

/** Phases in which nothing is done, before the first fault, in which requests failed although every node was Ready. */
const unsteady = ({ plan, outline, changes }: Seen, { byPhase }: RunDocument['requests']): string[] => {
  const firstFault = plan.phases.findIndex(({ kind }) => kind === 'fault');
  const before = plan.phases.slice(0, firstFault === -1 ? undefined : firstFault);
  return before.flatMap(({ kind, name }) => {
    const phase = byPhase[name];
    const span = outline.phases.find((one) => one.name === name);
    if (kind !== 'steady' || phase === undefined || span === undefined) return [];
    const lost = changes.some(
      ({ to, atMs }) => to !== 'True' && atMs >= span.startMs && atMs < (span.endMs ?? atMs + 1),
    );
    // What the generator did not send says nothing about the cluster, and is judged apart.
    const failures = requestOutcomes.filter((outcome) => outcome !== 'ok' && outcome !== 'dropped');
    const failed = failures.reduce((sum, outcome) => sum + phase[outcome], 0);
    if (lost || failed <= unsteadyBound * phase.offered) return [];
    return [
      `${name} was not steady: ${percentText(failed, phase.offered)} of its requests failed with every node Ready, at most ${percentText(unsteadyBound, 1)} is tolerated`,
    ];
  });
};

/** Nodes that were lost though no fault targets them, none reaches the control plane, and the profile does not flap. */
const unexplained = ({ plan, outline, changes }: Seen): string[] => {
  const { countFromMs, measuredToMs } = outline;
  const faults = plannedFaults(plan);
  if (countFromMs === null || flapsByItself(plan) || faults.some(hitsControlPlane)) return [];
  const targets = new Set(faults.flatMap((fault) => fault.targets));
  const lost = changes.filter(
    (change) =>
      isLoss(change) &&
      !targets.has(change.node) &&
      change.atMs >= countFromMs &&
      change.atMs <= (measuredToMs ?? change.atMs),
  );
  // Without a fault, a lost node is what the run was to find out.
  if (faults.length === 0 || lost.length === 0) return [];
  return [
    `${listText([...new Set(lost.map(({ node }) => node))])} went NotReady, which no fault of the plan explains: none targets it or the control plane, and the profile does not flap by itself`,
  ];
};

/** The API server was away for longer than a watch takes to be reopened, and no fault explains it. */
const lostControlPlane = ({ plan, events, outline }: Seen): string[] => {
  if (plannedFaults(plan).some(hitsControlPlane)) return [];
  const longest = measuredGaps(events, outline)
    .toSorted((one, other) => other.atMs - other.fromMs - (one.atMs - one.fromMs))
    .at(0);
  if (longest === undefined || longest.atMs - longest.fromMs <= lostMs) return [];
  return [
    `the API server was out of reach for ${secondsText(longest.atMs - longest.fromMs)} from ${secondsText(longest.fromMs)} on, which no fault of the plan explains (${longest.reason})`,
  ];
};

/** What makes a run prove nothing although all of it ran: something else than its faults was at work. */
export const guardReasons = (seen: Seen, { requests }: Pick<RunDocument, 'requests'>): string[] => [
  ...unsteady(seen, requests),
  ...unexplained(seen),
  ...lostControlPlane(seen),
];

/** What masks a figure without making it wrong: a controller that evicts nobody, an API server that could not tell. */
export const maskings = ({ plan, events }: Seen, { nodes }: Pick<RunDocument, 'nodes'>): string[] => {
  const most = nodes.maxNotReady ?? 0;
  const disruption = disruptionOf(plan, most);
  const muted = plannedFaults(plan).filter((fault) => mutesApiServer(plan, fault));
  const spans = muted.flatMap(({ kind, occurrences }) =>
    occurrences.flatMap(({ id }) => {
      const from = ofType(events, 'fault.injected').find(({ fault }) => fault === id);
      const to = ofType(events, 'fault.undone').find(({ fault }) => fault === id);
      return from === undefined ? [] : [{ kind, fromMs: from.atMs, toMs: to?.atMs ?? null }];
    }),
  );
  return [
    ...(disruption === 'normal'
      ? []
      : [
          `${most} nodes were NotReady at once: the controller sees a ${disruption} disruption and holds evictions back, so what was evicted says little about fewer nodes`,
        ]),
    ...spans.map(
      ({ kind, fromMs, toMs }) =>
        `under ${kind} no API server spoke from ${secondsText(fromMs)}${toMs === null ? ' on' : ` to ${secondsText(toMs)}`}: what changed then was seen after it`,
    ),
  ];
};
