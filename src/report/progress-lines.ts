import { clean, hang, paint, type Screen, wrap } from '../common/layout.ts';
import { countedGrouped } from '../common/text/counted.ts';
import { entranceText, type Plan, type PlannedPhase } from '../plan/index.ts';
import { type EventOf, type RequestOutcome, requestOutcomes } from '../timeline/index.ts';
import {
  millisecondsText,
  nodeList,
  numberText,
  type OutcomeCounts,
  type Quantiles,
  secondsText,
} from '../verdict/index.ts';

const phasePlan = (phase: PlannedPhase): string =>
  phase.kind === 'recover'
    ? `${phase.name} at most ${secondsText(phase.withinMs)}`
    : `${phase.name} ${secondsText(phase.durationMs)}`;

/** Scenario and title; what is going to happen; what to know about the profile on that version. */
export const headLines = (
  plan: Plan,
  { predicted, backend }: Pick<EventOf<'run.started'>, 'predicted' | 'backend'>,
  screen: Screen,
): string[] => {
  const { load } = plan;
  const connections = load.connection === 'both' ? 'fresh and keep-alive' : load.connection;
  const warnings = new Set([...plan.warnings, ...plan.profile.warnings]);
  const wide = (text: string): string[] => wrap(clean(text), screen.columns);
  const repeat = plan.repeat === undefined ? [] : wide(`repeat ${plan.repeat.number} of ${plan.repeat.of}`);
  // What was said before the first repeat holds for all of them.
  if ((plan.repeat?.number ?? 1) > 1) return ['', ...repeat];
  return [
    ...wide(`${plan.scenario}: ${plan.title}`).map((line) => paint(line, 'bold', screen)),
    ...(predicted
      ? wide('predicted, nothing is run: every figure comes from the model').map((line) =>
          paint(line, 'yellow', screen),
        )
      : []),
    ...wide(
      backend === 'cluster'
        ? `Kubernetes ${plan.kubernetesVersion}, a cluster of somebody else`
        : `Kubernetes ${plan.kubernetesVersion}; ${countedGrouped(load.ratePerSecond, 'request')}/s on ${connections} connections ${entranceText(plan)}`,
    ),
    ...wide(plan.phases.map(phasePlan).join(', ')),
    ...[...warnings]
      .flatMap((warning) => hang('! ', clean(warning), screen.columns))
      .map((line) => paint(line, 'yellow', screen)),
    '',
    ...repeat,
  ];
};

/** How long a step may take: phases of fixed length take just that. */
export const budgetText = ({ kind, budgetMs }: EventOf<'step.started'>): string =>
  `${kind === 'steady' || kind === 'fault' ? '' : 'at most '}${secondsText(budgetMs)}`;

const outcomeLabels: Readonly<Record<RequestOutcome, string>> = {
  ok: 'ok',
  httpError: 'HTTP error',
  refused: 'refused',
  reset: 'reset',
  timeout: 'timeout',
  unreachable: 'unreachable',
  otherError: 'other error',
  dropped: 'not sent',
};

/** `1,500 ok, 3 timeout`: what there was, and ok in any case. */
export const countsText = (counts: OutcomeCounts): string =>
  requestOutcomes
    .filter((outcome) => outcome === 'ok' || (counts[outcome] ?? 0) > 0)
    .map((outcome) => `${numberText(counts[outcome])} ${outcomeLabels[outcome]}`)
    .join(', ');

/** What a phase's last line says beside the step's own detail. */
export const phaseText = (
  maxNotReady: number,
  counts: (OutcomeCounts & { readonly latencyMs: Quantiles }) | null,
): string => {
  const parts = [
    ...(maxNotReady > 0 ? [`NotReady ${maxNotReady}`] : []),
    ...(counts === null ? [] : [countsText(counts)]),
    ...(counts === null || counts.latencyMs.p99 === null ? [] : [`p99 ${millisecondsText(counts.latencyMs.p99)}`]),
  ];
  return parts.join(', ');
};

export const readyText = ({ node, status, reason }: EventOf<'node.ready'>): string =>
  `${node} ${status === 'True' ? 'Ready' : 'NotReady'}${reason === '' ? '' : ` (${reason})`}`;

export const faultText = ({ kind, targets }: EventOf<'fault.injecting'>): string => `${kind} on ${nodeList(targets)}`;
