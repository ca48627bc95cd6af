import type { CommandResult } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import {
  type ApiServerPlace,
  type Attestation,
  createFence,
  type FaultSite,
  faultKind,
  type NetworkChaosAction,
  type NodeFault,
  type UnattendedFault,
  unattendedFault,
  unattendedKinds,
  type Verifier,
  verifyCodes,
} from '../fault/index.ts';
import type { NodeCommand, NodeExec } from '../node/index.ts';
import { type ContextFaultKind, type PlannedFault, type PlannedFaultOf, whyNotForContext } from '../plan/index.ts';
import { type Act, type Argv, assertAct } from './act.ts';
import { chaosMeshAct, type Injector } from './chaos-mesh.ts';
import type { AgentStep } from './evidence.ts';
import { actFolder } from './scripts.ts';

/**
 * Kinds of which the node asks nothing but one command, each with a pattern of sh for what its probe prints while the fault stands. The probe is
 * the kind's own; a node that nobody can ask has to know by itself whether it is undone. Every kind whose `notForContext` is null
 * is here or in `unattendedKinds`.
 */
const standsPattern = {
  // proc(5): T is stopped by a signal.
  'kubelet-pause': "[0-9]*' T'*",
  // systemctl(1): active, or on its way to it, is the kubelet's own business.
  'kubelet-stop': '[!a]*|a[!c]*|activ[!e]*',
} as const satisfies Readonly<Record<Exclude<ContextFaultKind, (typeof unattendedKinds)[number]>, string>>;

type AskedKind = keyof typeof standsPattern;

/** Kinds that an agent can make. */
export type AgentKind = AskedKind | (typeof unattendedKinds)[number];

export const agentKinds: readonly AgentKind[] = [
  ...(Object.keys(standsPattern) as readonly AskedKind[]),
  ...unattendedKinds,
];

/** What a kind takes, where nothing of it matters: an undo follows from the act's id alone. */
const anyOptions: {
  readonly [K in AgentKind]: Omit<PlannedFaultOf<K>, 'kind' | 'id' | 'targets' | 'occurrences'>;
} = {
  'kubelet-pause': {},
  'kubelet-stop': {},
  partition: { direction: 'both', by: 'drop', traffic: 'control' },
  latency: { delayMs: 1, jitterMs: 0, lossPercent: 0, direction: 'both', rampSteps: 1 },
  netem: {
    ...{ delay: null, loss: null, duplicate: null, corrupt: null, rateBitsPerSecond: null, slot: null },
    ...{ direction: 'both', peer: 'api-server', rampSteps: 1 },
  },
};

/** What of a fault decides whether an agent makes it. */
type Asked = Pick<PlannedFault, 'kind' | 'id'> & Partial<Pick<PlannedFaultOf<'netem'>, 'peer' | 'rampSteps'>>;

const refusalOf = ({ kind, peer, rampSteps = 1 }: Asked): string | null => {
  if (!(agentKinds as readonly string[]).includes(kind)) {
    return `expected one of ${agentKinds.join(', ')} on a cluster of --context, received ${kind}, which ${whyNotForContext(kind) ?? 'no agent makes yet'}`;
  }
  if (peer === 'all')
    return `expected peer: api-server on a cluster of --context, received ${kind} with peer: all, which acts on what others send and get`;
  if (rampSteps === 1) return null;
  return `expected no ramp on a cluster of --context, received ${kind} in ${rampSteps} steps, of which no agent makes but the last`;
};

/** @throws SkipbeatError FAULT_NOT_FOR_CONTEXT (exit 64) for a fault that no agent makes, with the reason */
export const assertAgentCan = (fault: Asked): void => {
  const why = refusalOf(fault);
  if (why === null) return;
  throw new SkipbeatError('FAULT_NOT_FOR_CONTEXT', `${fault.id}: ${why}.`, {
    exitCode: exitCodes.usage,
    next: `run it on a cluster of its own: ${skipbeat('run SCENARIO --backend kind')}`,
  });
};

/** Prints what the probe prints, and ends with what it means. */
const verifyScript = (pattern: string): string => `
seen=$("$@") || exit 2
printf '%s\\n' "$seen"
case "$seen" in '') exit 2 ;; ${pattern}) exit ${verifyCodes.stands} ;; *) exit ${verifyCodes.gone} ;; esac
`;

/** An act, and how what its agent saw is read: by the kind itself, as everywhere. */
export type PreparedAct = {
  readonly act: Act;
  /** In the plan. */
  readonly target: string;
  /** What a step of `verify` found. */
  readonly attest: (step: AgentStep) => Promise<Attestation>;
  /** The same after an undo, and what that came to: `absent` means that the node is as before. */
  readonly attestUndone: (step: AgentStep, undo: AgentStep | null) => Promise<Attestation>;
  /** Whether the fault is over when its undo is asked for, not when that has ended. */
  readonly endsWhenAsked: boolean;
  /** What Chaos Mesh is asked for in its place, by what the node's survey printed; null: the agent makes it. */
  readonly networkChaos: ((surveyed: string) => NetworkChaosAction) | null;
};

const notHere = (): never => {
  throw new Error('this kind of fault needs something beside its node');
};

/** What a command that runs on a node later would have been answered: nothing yet. */
const unanswered = ({ node, argv }: NodeCommand): CommandResult => ({
  node,
  command: argv.join(' '),
  ended: 'notStarted',
  exitCode: null,
  stdout: '',
  stderr: '',
  durationMs: 0,
});

/** The one command that a probe runs. */
const commandOf = async (verifier: Verifier): Promise<NodeCommand> => {
  const asked: NodeCommand[] = [];
  await verifier((command) => {
    asked.push(command);
    return Promise.resolve(unanswered(command));
  });
  const [command] = asked;
  if (command === undefined || asked.length > 1) throw new Error(`a probe of ${asked.length} commands`);
  return command;
};

/** A probe's judgement of what it would have read, had it asked itself. */
const judgeWith =
  (verifier: Verifier) =>
  (step: AgentStep): Promise<Attestation> => {
    const known: readonly number[] = Object.values(verifyCodes);
    const exec: NodeExec = (command) =>
      Promise.resolve({
        ...unanswered(command),
        ended: 'exited',
        exitCode: known.includes(step.code) ? 0 : step.code,
        stdout: step.out,
        stderr: step.err,
        durationMs: step.clockMs - step.beganMs,
      });
    return verifier(exec);
  };

export type ActOptions = {
  /** Of the occurrence in the plan, with what makes it unique in the cluster: `a1b2c3-kubelet-pause-1`. */
  readonly id: string;
  readonly lengthMs: number;
  readonly maxMs: number;
  /** The Node of each target of the plan. */
  readonly nodeOf: (target: string) => string;
  /** As the cluster names them. */
  readonly apiServers: readonly ApiServerPlace[];
  /** The agent, where nobody is named. */
  readonly injector?: Injector;
  readonly signal: AbortSignal;
};

type Made = Pick<PreparedAct, 'attest' | 'attestUndone' | 'endsWhenAsked' | 'networkChaos'> &
  Pick<Act, 'survey' | 'verify' | 'madeElsewhere'> & {
    readonly apply: Argv;
    readonly undo: Argv;
  };

const askedOf = async (kind: AskedKind, fault: NodeFault, undone: Verifier): Promise<Made> => {
  if (fault.apply === null || fault.ready !== undefined) return notHere();
  const probe = await commandOf(fault.attest);
  return {
    survey: null,
    apply: fault.apply.argv,
    undo: fault.undo.argv,
    verify: ['sh', '-c', verifyScript(standsPattern[kind]), 'skipbeat-verify', ...probe.argv],
    attest: judgeWith(fault.attest),
    attestUndone: judgeWith(undone),
    endsWhenAsked: fault.endsWhenAsked === true,
    networkChaos: null,
  };
};

const unattendedOf = (fault: UnattendedFault): Made => ({ ...fault, attestUndone: fault.attest, networkChaos: null });

const actOf = (
  kind: AgentKind,
  target: string,
  { survey, apply, undo, verify, madeElsewhere, ...reading }: Made,
  { id, lengthMs, maxMs, nodeOf }: ActOptions,
): PreparedAct => {
  const fence = createFence(id);
  const node = nodeOf(target);
  const behind = (argv: Argv): NodeCommand => ({ node, argv, timeoutMs: 0 });
  const act: Act = {
    ...{ id, node, kind, survey },
    apply: fence.command(behind(apply)).argv,
    undo: fence.undo(behind(undo)).argv,
    verify,
    lengthMs,
    maxMs,
    ...(madeElsewhere === undefined ? {} : { madeElsewhere }),
  };
  assertAct(act);
  return { act, target, ...reading };
};

/**
 * What one fault of a plan is on each of its nodes, as acts: the commands are those of kind, behind the same fence.
 * Touches nothing.
 * @throws SkipbeatError FAULT_NOT_FOR_CONTEXT, CHAOS_MESH_REFUSED (exit 64)
 */
export const actsOf = async (planned: PlannedFault, options: ActOptions): Promise<readonly PreparedAct[]> => {
  assertAgentCan(planned);
  const kind = planned.kind as AgentKind;
  const idOf = (index: number): string => (planned.targets.length > 1 ? `${options.id}-${index + 1}` : options.id);
  const alone = planned.targets.map((target, index) => {
    const id = idOf(index);
    const site = { id, folder: `${actFolder}/${id}`, apiServers: options.apiServers };
    if (options.injector === 'chaos-mesh') {
      const fault = chaosMeshAct(planned, site, options.lengthMs);
      return actOf(kind, target, { ...fault, attestUndone: fault.attest }, { ...options, id });
    }
    const fault = unattendedFault(planned, site);
    return fault === null ? null : actOf(kind, target, unattendedOf(fault), { ...options, id });
  });
  const made = alone.filter((one) => one !== null);
  if (made.length > 0) return made;
  const { prepare, verifyUndone } = faultKind(kind);
  const site: FaultSite = {
    ...{ cluster: '', incarnation: '', run: options.id },
    nodes: planned.targets.map((node) => ({ node, container: options.nodeOf(node), role: 'worker', address: '' })),
    exec: notHere,
    hold: notHere,
    host: notHere,
  };
  const { nodes } = await prepare(planned, site, options.signal);
  return Promise.all(
    nodes.map(async (fault, index) => {
      const asked = await askedOf(kind as AskedKind, fault, verifyUndone(fault.undo));
      return actOf(kind, planned.targets[index] ?? '', asked, { ...options, id: idOf(index) });
    }),
  );
};

/**
 * An act that may be of a run that is dead, as far as its undo and what verifies it go: made of its kind and its id alone.
 * Touches nothing. @throws Error for a kind that no agent makes
 */
export const actToUndo = async (
  {
    id,
    node,
    kind,
    lengthMs,
    maxMs,
    injector = 'agent',
  }: Pick<Act, 'id' | 'node' | 'kind' | 'lengthMs' | 'maxMs'> & { readonly injector?: Injector | undefined },
  signal: AbortSignal,
): Promise<Act> => {
  const known = agentKinds.find((each) => each === kind);
  if (known === undefined) throw new Error(`no agent makes ${kind}: nothing is run for it`);
  const occurrences = [{ id, startMs: 0, endMs: lengthMs }];
  const oneWay = injector === 'chaos-mesh' ? { direction: 'to' } : {};
  const planned = { kind: known, id, targets: [node], occurrences, ...anyOptions[known], ...oneWay } as PlannedFault;
  const options = { lengthMs, maxMs, nodeOf: (target: string) => target, apiServers: [], injector, signal };
  const [prepared] = await actsOf(planned, { id, ...options });
  if (prepared === undefined) throw new Error(`${kind} has no act`);
  return prepared.act;
};
