import { formatDuration } from '../common/duration.ts';
import { makePlan, type Plan } from '../plan/index.ts';
import { type LoadedScenario, type LoadOptions, loadScenario, type Override, parseSet } from '../scenario/index.ts';
import type { MatrixCell } from './types.ts';

/** So much longer than an eviction can take is a node left dead. */
const spareMs = 15_000;
const steadyMs = 20_000;
const recoverMs = 180_000;

/** Longer than any detection and eviction that can be asked for: only a plan is made of it. */
const endlessMs = 24 * 3600 * 1000;

const change = (path: readonly string[], value: unknown): Override => ({ origin: 'the matrix', path, value });

/** What a person changes in every scenario; a cell's own changes win. */
const changed = (sets: readonly string[], own: readonly Override[]): LoadOptions => {
  const read = sets.map(parseSet);
  return {
    overrides: [...read.flatMap((set) => ('override' in set ? [set.override] : [])), ...own],
    overrideProblems: read.flatMap((set) => ('problem' in set ? [set.problem] : [])),
  };
};

const deadNode = (
  { profile, kubernetesVersion }: MatrixCell,
  faultMs: number,
  sets: readonly string[],
): LoadedScenario =>
  loadScenario(
    'dead-node',
    changed(sets, [
      change(['profile'], profile),
      change(['cluster', 'kubernetes'], kubernetesVersion),
      change(
        ['phases'],
        [
          { steady: formatDuration(steadyMs) },
          { fault: formatDuration(faultMs), inject: [{ kind: 'node-stop', target: { nodes: ['worker2'] } }] },
          { recover: { within: formatDuration(recoverMs) } },
        ],
      ),
      // Whether clients are refused is what the table is to show: a profile may flap by itself beside the dead node.
      change(
        ['expect'],
        [
          { figure: 'nodes.notReadyTransitions', min: 1 },
          { figure: 'pods.evicted', min: 1 },
        ],
      ),
    ]),
  );

/** What the formulas say of a node that dies and stays dead; the windows that a pause may be too short to show. */
export const deadNodePrediction = (cell: MatrixCell): Plan['prediction'] =>
  makePlan(deadNode(cell, endlessMs, []).scenario, { kubernetesVersion: cell.kubernetesVersion }).prediction;

/**
 * The scenario of a cell. A dead node stays dead for as long as its eviction may take with that profile.
 * @param sets `path=value`, as typed
 * @throws SkipbeatError of what cannot be set, or the version cannot express (exit 64)
 */
export const scenarioOf = (cell: MatrixCell, sets: readonly string[]): LoadedScenario => {
  if (cell.disturbance === 'pause') {
    return loadScenario(cell.profile, changed(sets, [change(['cluster', 'kubernetes'], cell.kubernetesVersion)]));
  }
  const { evictionAfterMs, notReadyAfterMs } = deadNodePrediction(cell);
  const latestMs = evictionAfterMs?.[1] ?? notReadyAfterMs?.[1] ?? 0;
  return deadNode(cell, Math.ceil((latestMs + spareMs) / 1000) * 1000, sets);
};

/**
 * The pause that the profile scenarios share, read from one of them.
 * @param sets `path=value`, as typed
 */
export const commonPauseMs = (sets: readonly string[]): number =>
  loadScenario('default', changed(sets, [])).scenario.phases.reduce(
    (longestMs, phase) => (phase.kind === 'fault' ? Math.max(longestMs, phase.durationMs) : longestMs),
    0,
  );

/** How long the phases of a cell take at most, without the recovery, which ends as soon as all is well. */
export const phasesMs = ({ scenario }: LoadedScenario): number =>
  scenario.phases.reduce((sum, phase) => sum + (phase.kind === 'recover' ? 0 : phase.durationMs), 0);
