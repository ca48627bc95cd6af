import type { Plan } from '../../plan/index.ts';
import type { ConditionalMilestoneName, Milestone, Window } from '../document.ts';

/** What there is to know of one milestone, apart from how it is observed (`milestonesOf`). */
type MilestoneTraits = {
  /** As people read it. */
  readonly name: string;
  /** The same beside a chart, where there is little room. */
  readonly short: string;
  /** Programs that act one after the other until it is seen. */
  readonly programs: number;
  /** From when its window counts: the start of the fault, or the start of its undo. */
  readonly since: 'fault' | 'undo';
  /** As the plan has it, in ms; null where no formula knows it, or an older skipbeat made the plan. */
  readonly window: (plan: Plan) => Window | null;
  /** Whether it rests on how fast the program in the pods starts and ends, which is known of the shipped one alone. */
  readonly ofProgram: boolean;
  /** Whether it rests on where the pods are and who makes them anew: not known of a Service that stood there before. */
  readonly ofPods: boolean;
  /** The milestone of a node, a pod or clients that is the same event, predicted from what was seen before it; null: none is. */
  readonly conditional: ConditionalMilestoneName | null;
};

/** Every milestone, in the order in which one leads to the next: the one place that says what there is to know of it. */
const traits = {
  lastLease: {
    name: 'last lease',
    short: 'last lease',
    programs: 1,
    since: 'fault',
    // A renewal ago at the most.
    window: ({ profile: { effective } }) => [-effective.leaseRenewIntervalMs * (1 + effective.leaseJitter), 0],
    ofProgram: false,
    ofPods: false,
    conditional: null,
  },
  notReady: {
    name: 'first node NotReady',
    short: 'node NotReady',
    programs: 1,
    since: 'fault',
    window: ({ prediction }) => prediction.notReadyAfterMs,
    ofProgram: false,
    ofPods: false,
    conditional: 'notReady',
  },
  lastNotReady: {
    name: 'last node NotReady',
    short: 'last NotReady',
    programs: 1,
    since: 'fault',
    window: ({ prediction }) => prediction.lastNotReadyAfterMs ?? null,
    ofProgram: false,
    ofPods: false,
    conditional: 'notReady',
  },
  tainted: {
    name: 'first NoExecute taint',
    short: 'NoExecute taint',
    programs: 2,
    since: 'fault',
    window: ({ prediction }) => prediction.taintedAfterMs ?? null,
    ofProgram: false,
    ofPods: false,
    conditional: 'tainted',
  },
  endpointLost: {
    name: 'first endpoint lost',
    short: 'endpoint lost',
    programs: 2,
    since: 'fault',
    window: ({ prediction }) => prediction.endpointLostAfterMs ?? null,
    ofProgram: false,
    ofPods: true,
    conditional: 'endpointLost',
  },
  endpointsEmpty: {
    name: 'no endpoint left',
    short: 'no endpoint left',
    programs: 2,
    since: 'fault',
    window: ({ prediction }) => prediction.endpointsEmptyAfterMs ?? null,
    ofProgram: true,
    ofPods: true,
    conditional: null,
  },
  refused: {
    name: 'first refused',
    short: 'first refused',
    programs: 3,
    since: 'fault',
    window: ({ prediction }) => prediction.refusedAfterMs ?? null,
    ofProgram: true,
    ofPods: true,
    conditional: 'refused',
  },
  evicted: {
    name: 'first pod evicted',
    short: 'pod evicted',
    programs: 2,
    since: 'fault',
    window: ({ prediction }) => prediction.evictionAfterMs,
    ofProgram: false,
    ofPods: true,
    conditional: 'evicted',
  },
  replaced: {
    name: 'first replacement Ready',
    short: 'new pod Ready',
    // The eviction, the ReplicaSet, the scheduler, the kubelet.
    programs: 4,
    since: 'fault',
    window: ({ prediction }) => prediction.replacedAfterMs ?? null,
    ofProgram: true,
    ofPods: true,
    conditional: null,
  },
  allReady: {
    name: 'all nodes Ready again',
    short: 'all Ready again',
    programs: 2,
    since: 'undo',
    window: ({ prediction }) => prediction.allReadyAfterUndoMs ?? null,
    ofProgram: false,
    ofPods: false,
    conditional: 'ready',
  },
  lastRefused: {
    name: 'last refused',
    short: 'last refused',
    programs: 4,
    since: 'undo',
    window: ({ prediction }) => prediction.lastRefusedAfterUndoMs ?? null,
    ofProgram: true,
    ofPods: true,
    conditional: 'lastRefused',
  },
} as const satisfies Readonly<Record<Milestone, MilestoneTraits>>;

/** The milestones in the order in which one leads to the next. */
export const milestoneNames = Object.keys(traits) as readonly Milestone[];

export const milestoneTraitsOf = (milestone: Milestone): MilestoneTraits => traits[milestone];

const each = <T>(value: (milestone: MilestoneTraits) => T): Readonly<Record<Milestone, T>> =>
  Object.fromEntries(milestoneNames.map((milestone) => [milestone, value(milestoneTraitsOf(milestone))])) as Record<
    Milestone,
    T
  >;

/** As people read them. */
export const milestoneLabels: Readonly<Record<Milestone, string>> = each(({ name }) => name);

export const countsFromUndo = (milestone: Milestone): boolean => milestoneTraitsOf(milestone).since === 'undo';

/** Whether the model knows how fast a milestone comes: of somebody's own program, and of pods that are nobody's here, it does not. */
export const isModelled = (milestone: Milestone, { workload }: Pick<Plan, 'workload'>): boolean =>
  (workload.manifest === undefined || !milestoneTraitsOf(milestone).ofProgram) &&
  (workload.existingService === undefined || !milestoneTraitsOf(milestone).ofPods);

/** Windows as the plan has them: since the fault, or since its undo. */
export const plannedWindows = (plan: Plan): Readonly<Record<Milestone, Window | null>> =>
  each(({ window }) => window(plan));
