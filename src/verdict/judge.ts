import { computed, figureShapes, readyChanges, type Seen } from '../figures/index.ts';
import { defaultGracePeriodMs, nodesOf, type Plan, type PlannedRepeat } from '../plan/index.ts';
import { ofType, type TimelineEvent } from '../timeline/index.ts';
import { detectionOf } from './detection/detection.ts';
import type { Conditions, RepeatResult, RunDocument } from './document.ts';
import { blindTimes } from './evidence/blind-times.ts';
import { clockFigures } from './evidence/clock.ts';
import { clusterClassOf, injectorOf } from './evidence/cluster-class.ts';
import { sealedEvidence } from './evidence/evidence.ts';
import { assessFaults } from './evidence/faults/faults.ts';
import { watchFrozenPods } from './evidence/faults/frozen-pods.ts';
import { stepsWithoutBlind, withoutBlind } from './evidence/hidden-figures.ts';
import { watchOutages } from './evidence/outages/outages.ts';
import { seesNodesAtEnd } from './evidence/watch-gaps.ts';
import { expectationResults } from './expectations.ts';
import { type RequestSource, requestFigures } from './figures/requests.ts';
import { settingsResult } from './figures/settings.ts';
import { knownWays } from './figures/ways.ts';
import { calibrate, checkRequestsLost } from './findings/calibration.ts';
import { findingsOf } from './findings/findings.ts';
import { faultSpan, milestonesOf } from './findings/milestones.ts';
import type { JudgeContext } from './judge-context.ts';
import { type MeasurementWindow, measurementWindow } from './measurement-window.ts';
import { stepResults } from './steps.ts';
import { decide } from './verdict.ts';

/** What a plan says of the conditions of its run, without what the run alone knows. */
type PlannedConditions = Pick<RunDocument, 'profile' | 'topology'> & {
  readonly conditions: Omit<Conditions, 'machine' | 'cluster'>;
};

/** The conditions of a run as its plan has them, which stand in its document as they are here. Pure. */
export const plannedConditions = ({ profile, topology, load, workload, phases }: Plan): PlannedConditions => {
  const { apiServerPort: _, ...place } = topology;
  return {
    profile: { name: profile.name, reading: profile.reading },
    topology: place,
    conditions: {
      load,
      workload,
      phases,
      settings: {
        'kube-controller-manager': profile.controllerManagerArgs,
        'kube-apiserver': profile.apiServerArgs,
        kubelet: profile.kubeletConfiguration,
      },
      ...(profile.notInRun === undefined ? {} : { notInRun: profile.notInRun }),
    },
  };
};

const repeatResult = (
  planned: PlannedRepeat,
  events: readonly TimelineEvent[],
  { faultStartMs }: MeasurementWindow,
): RepeatResult => {
  const renewals = ofType(events, 'lease.renewed').filter(
    ({ node, atMs }) => node === planned.heartbeatOf && faultStartMs !== null && atMs <= faultStartMs,
  );
  const last = renewals.at(-1);
  return {
    ...planned,
    leaseAgeAtFaultMs: last === undefined || faultStartMs === null ? null : Math.round(faultStartMs - last.atMs),
  };
};

/**
 * The result document of a run: a pure function of its plan and its timeline, cut off anywhere or whole.
 * Both streams are read once, events first. Memory grows with the events of the cluster, not with the requests.
 * @param events in any order; what a watch delivered late is put where it arrived
 * @throws only what the two streams throw
 */
export const judge = async (
  plan: Plan,
  events: Iterable<TimelineEvent> | AsyncIterable<TimelineEvent>,
  requests: RequestSource,
): Promise<RunDocument> => {
  const ordered: TimelineEvent[] = [];
  for await (const event of events) ordered.push(event);
  ordered.sort((a, b) => a.atMs - b.atMs);
  const window = measurementWindow(plan, ordered);
  const changes = readyChanges(ordered);
  const outages = watchOutages(plan, ordered, window);
  const frozen = watchFrozenPods(plan, ordered);
  const requestsSeen = await requestFigures(requests, plan, window, (request, entrance) => {
    outages.add(request, entrance);
    frozen.add(request);
  });
  const span = faultSpan(plan, ordered);
  const times = blindTimes(plan, ordered, requestsSeen.requests, outages.unseen(), window);
  const faults = assessFaults(plan, ordered, times, frozen.answered());
  const seen: Seen = {
    events: ordered,
    window,
    changes,
    seesNodesAtEnd: seesNodesAtEnd(ordered, window),
    nodes: nodesOf(plan).length,
    replicas: plan.workload.replicas,
    terminationGracePeriodMs: plan.workload.terminationGracePeriodMs ?? defaultGracePeriodMs,
    nodeStatusReportFrequencyMs: plan.profile.effective.nodeStatusReportFrequencyMs,
  };
  const part = <P extends 'nodes' | 'pods' | 'timing' | 'writes' | 'durationMs'>(name: P): RunDocument[P] =>
    computed(figureShapes[name], name, seen, requestsSeen.declared) as RunDocument[P];
  const writes = part('writes');
  const timing = part('timing');
  const unblinded = withoutBlind(
    {
      nodes: part('nodes'),
      requests: requestsSeen.requests,
      pods: part('pods'),
      timing,
      writes,
      milestones: span === null ? null : milestonesOf(plan, ordered, changes, window, timing, span),
      lost: span === null ? null : { requests: requestsSeen.lost },
      repeat: plan.repeat === undefined ? null : repeatResult(plan.repeat, ordered, window),
    },
    times,
    window,
    writes.apiServer,
  );
  const { milestones, lost, repeat, ...known } = unblinded.figures;
  const seenFigures = { ...known, requests: knownWays(known.requests) };
  const { steps, unknown } = stepsWithoutBlind(stepResults(ordered, changes), times);
  const figures = {
    settings: settingsResult(plan, ordered),
    faults: faults.map(({ result }) => result),
    steps,
    ...seenFigures,
    unknown: [...unblinded.unknown, ...unknown],
    prediction: plan.prediction,
    calibration: span === null || milestones === null ? [] : calibrate(plan, milestones, span),
    requestsLost: span === null || lost === null ? null : checkRequestsLost(plan, lost.requests, span),
  };
  const clock = clockFigures(ordered);
  const context: JudgeContext = { plan, events: ordered, window, changes, blindTimes: times };
  const durationMs = part('durationMs');
  const expectations = expectationResults(plan, { durationMs, ...figures }, figures.unknown);
  const planned = plannedConditions(plan);
  const detection = window.started?.predicted === true ? null : detectionOf(plan, ordered, changes, span, times);
  return {
    schemaVersion: 1,
    scenario: plan.scenario,
    title: plan.title,
    profile: planned.profile,
    backend: window.started?.backend ?? null,
    predicted: window.started?.predicted ?? false,
    kubernetesVersion: plan.kubernetesVersion,
    topology: planned.topology,
    seed: plan.seed,
    startedAt: window.started?.startedAt ?? null,
    durationMs,
    ...decide(
      context,
      { ...figures, requests: requestsSeen.requests, load: requestsSeen, clock },
      faults,
      expectations,
    ),
    evidence: sealedEvidence,
    findings: findingsOf(context, { ...figures, requests: requestsSeen.requests, clock }),
    expectations,
    ...figures,
    ...(detection === null ? {} : { detection }),
    clock,
    conditions: {
      ...planned.conditions,
      machine: ofType(ordered, 'run.place')[0]?.machine ?? null,
      ...clusterClassOf(ordered),
      ...injectorOf(ordered),
    },
    ...(repeat === null ? {} : { repeat }),
  };
};
