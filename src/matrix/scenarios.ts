import { formatDuration } from '../common/duration.ts';
import { faultsText, flapsByItself, makePlan, type Plan } from '../plan/index.ts';
import { silentNodeWindows, type UserConfig, userConfigName } from '../profile/index.ts';
import {
  type LoadedScenario,
  type LoadOptions,
  loadScenario,
  type Override,
  parseSet,
  scenarioNames,
} from '../scenario/index.ts';
import type { MatrixCell, MatrixDocument } from './types.ts';

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

/** The profile of a cell as a scenario has it. */
const profileOf = ({ profile }: MatrixCell, userConfig: UserConfig | undefined): unknown =>
  profile === userConfigName ? { name: userConfigName, userConfig } : profile;

type DeadNode = {
  readonly faultMs: number;
  /** How often nodes are to go NotReady: at least once, but where nodes of the profile flap by themselves and it may be so already. */
  readonly losses: { readonly min: number } | { readonly max: number };
  /** How many requests are to time out; null: nothing is expected of them. */
  readonly timeouts: { readonly min: number } | { readonly max: number } | null;
  /** For how many replica-seconds replicas may be missing at most; null: nothing is expected of it. */
  readonly maxMissing: number | null;
};

const deadNode = (
  cell: MatrixCell,
  { faultMs, losses, timeouts, maxMissing }: DeadNode,
  sets: readonly string[],
  userConfig: UserConfig | undefined,
): LoadedScenario =>
  loadScenario(
    'dead-node',
    changed(sets, [
      change(['profile'], profileOf(cell, userConfig)),
      change(['cluster', 'kubernetes'], cell.kubernetesVersion),
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
          { figure: 'nodes.notReadyTransitions', ...losses },
          { figure: 'pods.evicted', min: 1 },
          ...(timeouts === null ? [] : [{ figure: 'requests.timeout', ...timeouts }]),
          ...(maxMissing === null ? [] : [{ figure: 'pods.unavailableSeconds', max: maxMissing }]),
        ],
      ),
    ]),
  );

/** What the formulas say of a node that dies and stays dead; the windows that a pause may be too short to show. */
export const deadNodePrediction = (cell: MatrixCell, userConfig?: UserConfig): Plan['prediction'] =>
  deadNodePlan(cell, userConfig).prediction;

const deadNodePlan = (cell: MatrixCell, userConfig: UserConfig | undefined): Plan =>
  makePlan(
    deadNode(cell, { faultMs: endlessMs, losses: { min: 1 }, timeouts: null, maxMissing: null }, [], userConfig)
      .scenario,
    {
      kubernetesVersion: cell.kubernetesVersion,
    },
  );

/**
 * Settings without a scenario of their own under the disturbance that the profile scenarios share. What is expected of
 * them is what the formulas are sure of; where they are not, it is measured and nothing is expected.
 */
const commonScenario = (
  cell: MatrixCell,
  sets: readonly string[],
  userConfig: UserConfig | undefined,
): LoadedScenario => {
  const whose = cell.profile === userConfigName ? 'What the files pass' : `Profile ${cell.profile}`;
  const own = [
    change(['name'], cell.profile),
    change(['title'], `${whose}, under the common pause`),
    change(['profile'], profileOf(cell, userConfig)),
    change(['cluster', 'kubernetes'], cell.kubernetesVersion),
    change(['expect'], []),
  ];
  const { scenario } = loadScenario('default', changed(sets, own));
  const plan = makePlan(scenario, { kubernetesVersion: cell.kubernetesVersion });
  // A node that a certain fault finds NotReady goes NotReady no more.
  const bounds = flapsByItself(plan)
    ? null
    : { certain: { min: 1 }, impossible: { max: 0 }, possible: null }[plan.prediction.flap];
  const expect = bounds === null ? [] : [{ figure: 'nodes.notReadyTransitions', ...bounds }];
  return loadScenario('default', changed(sets, [...own, change(['expect'], expect)]));
};

/** A node that was lost and came back cannot be lost again within one grace period. */
const lossesAtMost = ({ topology, profile: { effective } }: Plan, ms: number): number =>
  (topology.controlPlanes + topology.workers) *
  Math.floor(ms / Math.max(effective.nodeMonitorPeriodMs, effective.nodeMonitorGracePeriodMs));

/** Where a dead node may have been NotReady before, none need time out: how many may, with what was due in the spare time. */
const lostAtMost = (
  cell: MatrixCell,
  { faultMs, losses }: Pick<DeadNode, 'faultMs' | 'losses'>,
  sets: readonly string[],
  userConfig: UserConfig | undefined,
): DeadNode['timeouts'] => {
  const { scenario } = deadNode(cell, { faultMs, losses, timeouts: null, maxMissing: null }, sets, userConfig);
  const plan = makePlan(scenario, { kubernetesVersion: cell.kubernetesVersion });
  const lost = plan.prediction.requestsLost ?? null;
  return lost === null ? null : { max: Math.ceil(lost[1] + (spareMs / 1000) * plan.load.ratePerSecond) };
};

/**
 * The scenario of a cell. A dead node stays dead for as long as its eviction may take with that profile.
 * @param sets `path=value`, as typed
 * @param userConfig what the profile `given` stands for
 * @throws SkipbeatError of what cannot be set, or the version cannot express (exit 64)
 */
export const scenarioOf = (cell: MatrixCell, sets: readonly string[], userConfig?: UserConfig): LoadedScenario => {
  if (cell.disturbance === 'pause') {
    if (!scenarioNames().includes(cell.profile)) return commonScenario(cell, sets, userConfig);
    return loadScenario(cell.profile, changed(sets, [change(['cluster', 'kubernetes'], cell.kubernetesVersion)]));
  }
  const plan = deadNodePlan(cell, userConfig);
  const { prediction, profile } = plan;
  // Where a bug of the version may spoil the eviction it is waited for all the same.
  const latestMs =
    prediction.evictionAfterMs?.[1] ?? silentNodeWindows(profile.effective, cell.kubernetesVersion).eviction[1];
  const faultMs = Math.ceil((latestMs + spareMs) / 1000) * 1000;
  if (!flapsByItself(plan)) {
    return deadNode(cell, { faultMs, losses: { min: 1 }, timeouts: { min: 1 }, maxMissing: null }, sets, userConfig);
  }
  const losses = { max: lossesAtMost(plan, steadyMs + faultMs + recoverMs) };
  const timeouts = lostAtMost(cell, { faultMs, losses }, sets, userConfig);
  // As many as there are, while the node is dead.
  const maxMissing = (plan.workload.replicas * faultMs) / 1000;
  return deadNode(cell, { faultMs, losses, timeouts, maxMissing }, sets, userConfig);
};

/**
 * The pause that the profile scenarios share, read from one of them.
 * @param sets `path=value`, as typed
 */
export const commonPauseMs = (sets: readonly string[]): number =>
  loadScenario('default', changed(sets, [])).scenario.phases.reduce(
    (maxMs, phase) => (phase.kind === 'fault' ? Math.max(maxMs, phase.durationMs) : maxMs),
    0,
  );

/** What is done to the clusters of a matrix, but for its dead nodes: one clause, or more where scenarios differ. */
export const injectedInto = ({ cells, sets, userConfig }: MatrixDocument): readonly string[] => {
  const texts = cells
    .filter(({ disturbance }) => disturbance === 'pause')
    .map((cell) => {
      const { scenario } = scenarioOf(cell, sets, userConfig);
      const { phases } = makePlan(scenario, { kubernetesVersion: cell.kubernetesVersion });
      const faults = phases.flatMap((phase) =>
        phase.kind === 'fault' ? [`${formatDuration(phase.durationMs)} of ${faultsText(phase)}`] : [],
      );
      return faults.length === 0 ? 'no fault' : faults.join(', then ');
    });
  return [...new Set(texts)];
};

/** How long the phases of a cell take at most, without the recovery, which ends as soon as all is well. */
export const phasesMs = ({ scenario }: LoadedScenario): number =>
  scenario.phases.reduce((sum, phase) => sum + (phase.kind === 'recover' ? 0 : phase.durationMs), 0);
