import { quoteCommand } from '../../common/command.ts';
import { skipbeat } from '../../common/invocation.ts';
import { hang, table } from '../../common/layout.ts';
import { counted } from '../../common/text/counted.ts';
import { flapsByItself, flapsOften, hitsOnlyNodeObjects, type Plan } from '../../plan/index.ts';
import { exactVersion, statusFirst } from '../../profile/index.ts';
import {
  chanceText,
  countsFromUndo,
  milestoneLabels,
  milestoneNames,
  numberText,
  plannedWindows,
} from '../../verdict/index.ts';

/** In the order in which they come to pass; the last lease is no prediction, it follows from the settings alone. */
const milestones = milestoneNames.filter((milestone) => milestone !== 'lastLease');

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

/** Whose word a NotReady can be, where a kubelet that stood still may say it itself. */
const ownLines = ({ prediction, kubernetesVersion }: Plan, columns: number): readonly string[] => {
  const own = prediction.notReadyByKubelet ?? null;
  if (own === null) return [];
  const measured = statusFirst(exactVersion(kubernetesVersion)).measured;
  const { flapByController, notReadyAfterMs } = prediction;
  const when =
    notReadyAfterMs === null
      ? `${flapByController ?? prediction.flap}, at times that no formula knows`
      : 'see the windows below';
  const controller = `by the controller, for want of heartbeats: ${flapByController === 'impossible' ? 'impossible' : when}`;
  const evicts =
    own.evictionAfterUndoMs === null
      ? 'no pod is marked or evicted by it'
      : `no pod is marked by it, but pods may be evicted from ${seconds(own.evictionAfterUndoMs[0])} s on`;
  return [
    ...hang('    ', controller, columns),
    ...hang(
      '    ',
      `by a kubelet itself (Ready=False) as it goes on: a chance of ${chanceText(own.chance)} in a run, ` +
        `${chanceText(own.chanceEach)} each time; for ${seconds(own.heldMs[0])} to ${seconds(own.heldMs[1])} s, ${evicts}` +
        (measured ? '' : '; not measured on this version, so anything up to what others show'),
      columns,
    ),
  ];
};

/** How often a node went NotReady in simulations. */
type SimulatedLosses = { readonly count: number; readonly trials: number };

/** What else is known beside a plan. */
export type Beside = {
  /** The command as it was typed, after the program's name: `plan`, the scenario, options. */
  readonly typed: readonly string[];
  /** Of simulations of the plan; null where none were made. */
  readonly losses: SimulatedLosses | null;
};

/** The same command with simulations; behind `--` stands no option. */
const simulateText = (typed: readonly string[]): string => {
  const at = typed.indexOf('--');
  const end = at === -1 ? typed.length : at;
  return skipbeat(quoteCommand([...typed.slice(0, end), '--simulate', '200', ...typed.slice(end)]));
};

/** Whether a node goes NotReady: by formula, or where there is none by simulation. */
const flapText = (plan: Plan, { typed, losses }: Beside): string => {
  const { prediction } = plan;
  const { flap, noFormula = [] } = prediction;
  if (noFormula.length === 0) {
    const found = flap === 'certain' && flapsByItself(plan) ? ', if the fault does not find one NotReady already' : '';
    return `NotReady of a node that the fault hits: ${flap}${found}`;
  }
  const simulated =
    losses === null
      ? `ask simulations: ${simulateText(typed)}`
      : `by simulation: in ${losses.count} of ${counted(losses.trials, 'run')}, see below`;
  return `NotReady of a node: no formula for ${noFormula.join(', ')}; ${simulated}`;
};

/** What a profile that loses nodes with no fault at all makes of windows; empty where it loses none. */
const byItselfText = (plan: Plan, hasWindows: boolean, { typed, losses }: Beside): string => {
  if (flapsOften(plan)) {
    const ask = losses === null ? `: ask simulations, ${simulateText(typed)}` : '';
    return `no formula: nodes flap by themselves so often that windows of the fault do not hold${ask}`;
  }
  return flapsByItself(plan) && hasWindows
    ? 'windows hold where every node is Ready as the fault begins, and none is lost but by it'
    : '';
};

const lostText = ([min, max]: readonly [number, number]): string =>
  max === 0
    ? 'none of those due since the first fault'
    : `${numberText(min)} to ${numberText(max)} of those due since the first fault get no answer`;

/** Whether somebody changes what the API server has of a node: then pods may go from one that stays Ready. */
const touchesNodeObjects = ({ phases }: Plan): boolean =>
  phases.some((phase) => phase.kind === 'fault' && phase.inject.some(({ kind }) => hitsOnlyNodeObjects(kind)));

/**
 * Every window that closed formulas have for a plan, each with the moment from which it counts, under the names that a
 * run's calibration has for them; and what has none, so that nobody takes a missing row for a promise.
 */
export const predictionLines = (plan: Plan, columns: number, beside: Beside): readonly string[] => {
  const { flap } = plan.prediction;
  const windows = plannedWindows(plan);
  const rows = milestones.flatMap((milestone) => {
    const window = windows[milestone];
    if (window === null) return [];
    const zero = countsFromUndo(milestone) ? 'its undo' : 'the first fault';
    return [{ zero, cells: [milestoneLabels[milestone], seconds(window[0]), seconds(window[1])] }];
  });
  const cells = table([['seconds', 'from', 'to'], ...rows.map((row) => row.cells)]);
  const lost = plan.prediction.requestsLost ?? null;
  const without = [
    ...milestones.filter((milestone) => windows[milestone] === null).map((milestone) => milestoneLabels[milestone]),
    ...(lost === null ? ['requests lost'] : []),
  ];
  const elsewhere = beside.losses === null ? '' : '; by simulation: see below';
  return [
    ...hang('  ', flapText(plan, beside), columns),
    ...ownLines(plan, columns),
    ...hang('  ', byItselfText(plan, rows.length > 0 || lost !== null, beside), columns),
    ...(rows.length === 0
      ? []
      : cells.map(
          (line, index) => `  ${line}   ${index === 0 ? 'after the start of' : (rows[index - 1]?.zero ?? '')}`,
        )),
    ...(lost === null ? [] : hang('  requests lost: ', lostText(lost), columns)),
    ...((flap === 'impossible' && !touchesNodeObjects(plan)) || without.length === 0
      ? []
      : hang('  no window for: ', `${without.join(', ')}${elsewhere}`, columns)),
  ];
};
