import type { CommandResult } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import {
  type Attestation,
  createFence,
  type FaultSite,
  faultKind,
  type NodeFault,
  type Verifier,
} from '../fault/index.ts';
import type { NodeCommand, NodeExec } from '../node/index.ts';
import type { PlannedFault } from '../plan/index.ts';
import { type Act, type Argv, assertAct, verifyCodes } from './act.ts';
import type { AgentStep } from './evidence.ts';

/**
 * Kinds that an agent can make, each with a pattern of sh for what its probe prints while the fault stands. The probe is
 * the kind's own; a node that nobody can ask has to know by itself whether it is undone.
 */
const standsPattern: Readonly<Partial<Record<PlannedFault['kind'], string>>> = {
  // proc(5): T is stopped by a signal.
  'kubelet-pause': "[0-9]*' T'*",
  // systemctl(1): active, or on its way to it, is the kubelet's own business.
  'kubelet-stop': '[!a]*|a[!c]*|activ[!e]*',
};

export type AgentKind = 'kubelet-pause' | 'kubelet-stop';

export const agentKinds = Object.keys(standsPattern) as readonly AgentKind[];

/** Why a kind cannot be made in a cluster that was not made for it. */
const refusals: Readonly<Partial<Record<PlannedFault['kind'], string>>> = {
  'node-pause': "freezes the node's container, which takes the container engine under the node",
  'node-stop': "takes the node's power, which takes the container engine or the machine under the node",
  'apiserver-pause': 'stops a process of the control plane, which no fault here may touch',
  'etcd-pause': 'stops a process of the control plane, which no fault here may touch',
  'controller-manager-pause': 'stops a process of the control plane, which no fault here may touch',
  'controller-manager-kill': 'ends a process of the control plane, which no fault here may touch',
  'apiserver-latency': 'is laid on a control-plane node, which no fault here may touch',
  'etcd-latency': 'is laid on a control-plane node, which no fault here may touch',
  'etcd-disk-latency': 'is laid on a control-plane node, which no fault here may touch',
  'taints-removed': 'is written with the rights of a control-plane node, which no fault here may touch',
};

/** @throws SkipbeatError FAULT_NOT_FOR_CONTEXT (exit 64) for a fault that no agent makes, with the reason */
export const assertAgentCan = ({ kind, id }: Pick<PlannedFault, 'kind' | 'id'>): void => {
  if ((agentKinds as readonly string[]).includes(kind)) return;
  throw new SkipbeatError(
    'FAULT_NOT_FOR_CONTEXT',
    `${id}: expected ${agentKinds.join(' or ')} on a cluster of --context, received ${kind}, which ${refusals[kind] ?? 'no agent makes yet'}.`,
    { exitCode: exitCodes.usage, next: `run it on a cluster of its own: ${skipbeat('run SCENARIO --backend kind')}` },
  );
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
  /** The same after an undo: `absent` means that the node is as before. */
  readonly attestUndone: (step: AgentStep) => Promise<Attestation>;
  /** Whether the fault is over when its undo is asked for, not when that has ended. */
  readonly endsWhenAsked: boolean;
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
  readonly signal: AbortSignal;
};

const actOf = async (
  kind: AgentKind,
  fault: NodeFault,
  target: string,
  undone: Verifier,
  { id, lengthMs, maxMs, nodeOf }: ActOptions,
): Promise<PreparedAct> => {
  if (fault.apply === null || fault.ready !== undefined) return notHere();
  const fence = createFence(id);
  const probe = await commandOf(fault.attest);
  const act: Act = {
    id,
    node: nodeOf(target),
    kind,
    apply: fence.command(fault.apply).argv,
    undo: fence.undo(fault.undo).argv,
    verify: ['sh', '-c', verifyScript(standsPattern[kind] ?? ''), 'skipbeat-verify', ...probe.argv] as Argv,
    lengthMs,
    maxMs,
  };
  assertAct(act);
  return {
    act,
    target,
    attest: judgeWith(fault.attest),
    attestUndone: judgeWith(undone),
    endsWhenAsked: fault.endsWhenAsked === true,
  };
};

/**
 * What one fault of a plan is on each of its nodes, as acts: the commands are those of kind, behind the same fence.
 * Touches nothing.
 * @throws SkipbeatError FAULT_NOT_FOR_CONTEXT (exit 64)
 */
export const actsOf = async (planned: PlannedFault, options: ActOptions): Promise<readonly PreparedAct[]> => {
  assertAgentCan(planned);
  const { prepare, verifyUndone } = faultKind(planned.kind);
  const site: FaultSite = {
    ...{ cluster: '', incarnation: '', run: options.id },
    nodes: planned.targets.map((node) => ({ node, container: options.nodeOf(node), role: 'worker', address: '' })),
    exec: notHere,
    hold: notHere,
    host: notHere,
  };
  const { nodes } = await prepare(planned, site, options.signal);
  const many = nodes.length > 1;
  return Promise.all(
    nodes.map((fault, index) => {
      const id = many ? `${options.id}-${index + 1}` : options.id;
      return actOf(planned.kind as AgentKind, fault, planned.targets[index] ?? '', verifyUndone(fault.undo), {
        ...options,
        id,
      });
    }),
  );
};
