import {
  type CompiledProfile,
  flapOf,
  latePassesMs,
  maxSafePauseMs,
  mayFlapByItself,
  predictPause,
  zoneState,
} from '../profile/index.ts';
import { isHollow, nodeCount, type Scenario } from '../scenario/index.ts';
import { lossesByZone, type Zoned } from './cluster/zones.ts';
import {
  escapesFormulas,
  type FaultPhase,
  freezes,
  hitsJudge,
  hitsOnlyNodeObjects,
  isFault,
  isSilencing,
  maxPodsBeside,
  mayBearWorkload,
  shutsDown,
  silencedIn,
  silencingIn,
  surelyBearsPods,
} from './fault-effects.ts';
import { boots, type FaultTime, returnMsOf, silentMs, surelySilent } from './fault-times.ts';
import { emptyNodes } from './impact.ts';
import { ownNotReady } from './own-not-ready.ts';
import type { PlannedFault, PlannedPhase, Prediction } from './types.ts';

type Window = Prediction['evictionAfterMs'];

/** When the first fault of a phase is over, since the first of them began. */
const firstEndMs = ({ inject }: FaultPhase): number => {
  const all = inject.flatMap(({ occurrences }) => occurrences);
  return Math.min(...all.map(({ endMs }) => endMs)) - Math.min(...all.map(({ startMs }) => startMs));
};

/**
 * When the first pod is evicted. By the controller it surely is only where that is over before a kubelet may go on, which
 * takes away what it waits for. @param isTimed false where a kubelet may bring an eviction at a time that no formula knows
 */
const firstOf = (controller: Window, own: Window, isTimed: boolean, phase: FaultPhase | undefined): Window => {
  if (controller !== null && phase !== undefined && controller[1] <= firstEndMs(phase)) return controller;
  if (!isTimed) return null;
  if (controller === null || own === null) return controller ?? own;
  return [Math.min(controller[0], own[0]), Math.max(controller[1], own[1])];
};

/** Whether all that silences nodes in a phase begins at one time. */
const isAtOnce = (phase: FaultPhase): boolean =>
  new Set(silencingIn(phase).flatMap(({ occurrences }) => occurrences.map(({ startMs }) => startMs))).size <= 1;

/**
 * What a kubelet may say of its own node makes nothing certain, and nothing that it can do is impossible.
 * @param controller what the controller does, who gives a node up for want of heartbeats, and what follows from it
 */
export const withOwnNotReady = (
  controller: Prediction,
  profile: CompiledProfile,
  phases: readonly PlannedPhase[],
  cluster: Zoned,
): Prediction => {
  const { notReadyByKubelet, isTimed, ...own } = ownNotReady(profile, phases, cluster);
  const flap = controller.flap === 'impossible' && notReadyByKubelet !== null ? 'possible' : controller.flap;
  const whose = {
    flap,
    notReadyByKubelet,
    ...(notReadyByKubelet === null ? {} : { flapByController: controller.flap }),
  };
  // A controller that a fault hits taints and evicts whenever it is back.
  const first = phases.find(isFault);
  if (controller.flap === 'impossible') {
    return first?.inject.some(hitsJudge) === true ? { ...controller, ...whose } : { ...controller, ...own, ...whose };
  }
  // What the controller does at times that no formula knows may come before anything that a kubelet says: so it is where so
  // many nodes are silent that it stops to evict, for it may have begun before it found the last of them.
  const losses = first === undefined ? [] : lossesByZone(cluster, silencedIn(first));
  const isKnown =
    controller.notReadyAfterMs !== null &&
    (controller.evictionAfterMs !== null || first === undefined || isAtOnce(first)) &&
    losses.every((loss) => zoneState(loss, profile.effective) === 'normal');
  // Pods that go by their kubelet's own word, at its time or at none that a formula knows, take their endpoints with them.
  const ownWay = own.evictionAfterMs !== null || !isTimed;
  const isFirst = controller.flap === 'certain' || notReadyByKubelet === null || !ownWay;
  return {
    ...controller,
    endpointLostAfterMs: isFirst ? (controller.endpointLostAfterMs ?? null) : null,
    evictionAfterMs: isKnown ? firstOf(controller.evictionAfterMs, own.evictionAfterMs, isTimed, first) : null,
    allReadyAfterUndoMs: controller.allReadyAfterUndoMs ?? null,
    ...whose,
  };
};

const lengthsOf = (faults: readonly PlannedFault[]): readonly number[] =>
  faults.flatMap(({ occurrences }) => occurrences.map(({ startMs, endMs }) => endMs - startMs));

type PausePrediction = Pick<Prediction, 'notReadyAfterMs' | 'evictionAfterMs' | 'flap' | 'noFormula'>;

/** Whether heartbeats may come late for a fault though it does not stand long enough to cost a node by itself. */
const mayComeLate = (fault: PlannedFault): boolean =>
  !hitsOnlyNodeObjects(fault.kind) && (!freezes(fault) || hitsJudge(fault));

/** Whether all such faults together are shorter than what the grace bears. */
const areBorne = ({ effective, kubernetesVersion }: CompiledProfile, phases: readonly PlannedPhase[]): boolean =>
  silentMs(phases, mayComeLate) < maxSafePauseMs(effective, kubernetesVersion);

/** Whether a fault costs no node by its length alone. */
const isShort = ({ effective, kubernetesVersion }: CompiledProfile, fault: PlannedFault): boolean =>
  lengthsOf([fault]).every((ms) => flapOf(effective, kubernetesVersion, ms) === 'impossible');

/**
 * Whether faults beside freezes may cost a node, which is so unless all of them together are shorter than what the grace
 * bears. `noFormula`: ids of those whose effect is then not known, since heartbeats come late, who judges them is hit, or only
 * a machine's own boot makes it so long.
 */
const flapOfOthers = (
  profile: CompiledProfile,
  phases: readonly PlannedPhase[],
): Required<Pick<Prediction, 'flap' | 'noFormula'>> => {
  const others = phases.filter(isFault).flatMap(({ inject }) => inject.filter(mayComeLate));
  const isBorne = areBorne(profile, phases);
  // A kubelet whose node is shut down in order says NotReady, however soon it is back.
  if (others.length === 0 || (isBorne && !others.some(({ kind }) => shutsDown(kind))))
    return { flap: 'impossible', noFormula: [] };
  const unknown = others.filter(
    (fault) => !isSilencing(fault) || hitsJudge(fault) || (boots(fault) && !isBorne && isShort(profile, fault)),
  );
  return { flap: 'possible', noFormula: unknown.map(({ id }) => id) };
};

const noWindows = { notReadyAfterMs: null, evictionAfterMs: null } as const;

const strongest = (flaps: readonly PausePrediction['flap'][]): PausePrediction['flap'] =>
  (['certain', 'possible', 'impossible'] as const).find((flap) => flaps.includes(flap)) ?? 'impossible';

/**
 * Times since the first silence of a phase in which nodes may be lost, and the starts of those in which one surely is; ms.
 * `othersMs`: starts of faults that keep no node silent, and may cost one at a time that no formula knows.
 */
type LossTimes = {
  readonly may: readonly { readonly startMs: number; readonly endMs: number }[];
  readonly mustMs: readonly number[];
  readonly othersMs: readonly number[];
};

/**
 * Windows that count from one silence, as ones that count from the first of several. Which of them is the first to cost a node
 * hangs on where heartbeats stood, so NotReady may follow any of them up to the first that surely costs one, and what else begins
 * before that one. An eviction may follow a later one, and tokens and taints of those before it decide when: it has no window but
 * where the first surely brings it.
 */
const ofAnyTime = (
  { notReadyAfterMs, evictionAfterMs }: Pick<Prediction, 'notReadyAfterMs' | 'evictionAfterMs'>,
  { may, mustMs, othersMs }: LossTimes,
): Pick<Prediction, 'notReadyAfterMs' | 'evictionAfterMs'> => {
  if (othersMs.length > 0 && mustMs.length === 0) return noWindows;
  const startsMs = [...may.map(({ startMs }) => startMs), ...othersMs];
  const [firstMs, lastMs] = [Math.min(...startsMs), Math.min(Math.max(...startsMs), ...mustMs)];
  const shifted = (window: Window, byMs: number): Window =>
    window === null ? null : [window[0] + firstMs, window[1] + byMs];
  const evictsAtFirst =
    mustMs.includes(firstMs) &&
    may.some(({ startMs, endMs }) => startMs === firstMs && firstMs + (evictionAfterMs?.[1] ?? 0) <= endMs);
  const areAtOnce = startsMs.every((startMs) => startMs === firstMs);
  return {
    notReadyAfterMs: shifted(notReadyAfterMs, lastMs),
    evictionAfterMs: areAtOnce || evictsAtFirst ? shifted(evictionAfterMs, firstMs) : null,
  };
};

/** From the earliest to the latest of both; null where one of them is. */
const either = (one: Window, other: Window): Window =>
  one === null || other === null ? null : [Math.min(one[0], other[0]), Math.max(one[1], other[1])];

/** What the formulas say of a phase in which nodes are silenced; nothing certain where the judge of nodes is hit, too. */
const predictPhase = (
  profile: CompiledProfile,
  phases: readonly PlannedPhase[],
  phase: FaultPhase,
  cluster: Scenario['cluster'],
  replicas: number,
): PausePrediction => {
  const silenced = silencedIn(phase);
  const nodes = nodeCount(cluster);
  const maxMs = Math.max(...lengthsOf(silencingIn(phase)));
  const pauseOf = (names: readonly string[]): PausePrediction =>
    predictPause(profile.effective, profile.kubernetesVersion, maxMs, {
      paused: names.length,
      nodes,
      zones: lossesByZone(cluster, names),
      emptyNodes: emptyNodes(names, { ...cluster, replicas }),
      replicas,
      podsPerNode: maxPodsBeside(cluster),
      hollow: names.filter(isHollow).length,
      returnMs: Math.max(...silencingIn(phase).map(returnMsOf)),
    });
  const paused = pauseOf(silenced);
  const evicts = silenced.some((node) => mayBearWorkload(node, cluster) || surelyBearsPods(node, cluster));
  const formula = evicts ? paused : { ...paused, evictionAfterMs: null };
  const { all, beside, sure } = surelySilent(phases, phase);
  const costs = (ms: number): PausePrediction['flap'] => flapOf(profile.effective, profile.kubernetesVersion, ms);
  const isSure = (lateMs: number): boolean => sure.some(({ ms }) => costs(ms - lateMs) === 'certain');
  // Else one fault cuts another short, or what it held back may arrive within the other.
  if (formula.flap === 'certain' && !isSure(0))
    return { ...noWindows, flap: 'possible', noFormula: silencingIn(phase).map(({ id }) => id) };
  const isHit = phase.inject.some(escapesFormulas);
  const isInTime = !isHit && isSure(latePassesMs(profile.effective, nodes));
  const flap = formula.flap === 'certain' && !isInTime ? 'possible' : formula.flap;
  if (isHit || formula.notReadyAfterMs === null) return { ...formula, ...(isHit ? noWindows : {}), flap };
  const zeroMs = Math.min(...all.map(({ startMs }) => startMs));
  const from = (startMs: number): number => startMs - zeroMs;
  const isBorne = areBorne(profile, phases);
  // A kubelet that is not received again at once is silent for longer than its fault stands, and into the next.
  const mayCost = ({ startMs, endMs }: FaultTime): boolean => !isBorne || costs(endMs - startMs) !== 'impossible';
  const others = isBorne ? [] : beside.filter(({ fault }) => mayComeLate(fault));
  const lateMs = latePassesMs(profile.effective, nodes);
  const certain = sure.filter(({ ms }) => costs(ms - lateMs) === 'certain');
  // Where faults that keep no node silent cost one all the same, it counts with the others: it may end all evictions, or be the first.
  const mayBeLost = [...new Set([...silenced, ...others.flatMap(({ fault }) => fault.targets)])];
  const silencedByZone = lossesByZone(cluster, silenced);
  // On the way from those alone to all of them a zone may hold back its evictions, for as long as some of them are not lost.
  const mayHoldBack = lossesByZone(cluster, mayBeLost).some((ofZone, zone) => {
    const surely = silencedByZone[zone]?.paused ?? 0;
    const between = Array.from({ length: ofZone.paused - surely }, (_, more) => surely + more);
    return (
      surely > 0 && between.some((lost) => zoneState({ ...ofZone, paused: lost }, profile.effective) === 'partial')
    );
  });
  const evictionAfterMs = mayHoldBack ? null : either(formula.evictionAfterMs, pauseOf(mayBeLost).evictionAfterMs);
  const windows = { notReadyAfterMs: formula.notReadyAfterMs, evictionAfterMs };
  return {
    ...ofAnyTime(windows, {
      may: all.filter(mayCost).map(({ startMs, endMs }) => ({ startMs: from(startMs), endMs: from(endMs) })),
      othersMs: others.map(({ startMs }) => from(startMs)),
      mustMs: certain.map(({ startMs }) => from(startMs)),
    }),
    flap,
  };
};

/** Whether what begins first in a phase is a fault that silences nodes: from then on the windows count. */
const beginsSilent = (phase: FaultPhase): boolean => {
  const startOf = (faults: readonly PlannedFault[]): number =>
    Math.min(...faults.flatMap(({ occurrences }) => occurrences.map(({ startMs }) => startMs)));
  return startOf(silencingIn(phase)) <= startOf(phase.inject);
};

/** A judge of nodes that a fault has hit may begin anew in a later phase, so that nothing is certain from then on; nor is it after a clock was set. */
const notCertainAfter = (earlier: readonly FaultPhase[], one: PausePrediction): PausePrediction =>
  one.flap === 'certain' && earlier.some(({ inject }) => inject.some(escapesFormulas))
    ? { ...one, flap: 'possible' }
    : one;

/** Over all phases; the windows are those of the first, where it silences nodes, and null where a later one does. */
export const predict = (
  profile: CompiledProfile,
  phases: readonly PlannedPhase[],
  cluster: Scenario['cluster'],
  replicas: number,
): PausePrediction => {
  const faulty = phases.filter(isFault);
  const silent = faulty.filter((phase) => silencingIn(phase).length > 0);
  const predicted = silent.map((phase) =>
    notCertainAfter(faulty.slice(0, faulty.indexOf(phase)), predictPhase(profile, phases, phase, cluster, replicas)),
  );
  const itself = mayFlapByItself(profile.effective, profile.kubernetesVersion) ? 'possible' : 'impossible';
  const others = flapOfOthers(profile, phases);
  const flap = strongest([itself, others.flap, ...predicted.map((one) => one.flap)]);
  const noFormula = [...new Set([...others.noFormula, ...predicted.flatMap((one) => one.noFormula ?? [])])];
  const unknown = flap === 'certain' || noFormula.length === 0 ? {} : { noFormula };
  const [first] = silent;
  const [own] = predicted;
  const counts = first !== undefined && own !== undefined && first === faulty[0] && beginsSilent(first);
  const { notReadyAfterMs, evictionAfterMs } = counts ? own : noWindows;
  return { notReadyAfterMs, evictionAfterMs, flap, ...unknown };
};
