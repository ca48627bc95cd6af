import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import type { UndoCommand } from '../../journal/index.ts';
import { failureLine, type NodeCommand, type NodeExec } from '../../node/index.ts';
import type { PlannedFaultOf } from '../../plan/index.ts';
import { type FaultKindOf, type FaultRamp, type FaultSite, type NodeFault, notInjected } from '../fault.ts';
import { containerOf } from '../simple.ts';
import { type NetemAmounts, rampOf } from './arguments.ts';
import { type Attachment, backOf, pasteableAttachment, readBacks, together, undoOf } from './attachments.ts';
import { findAttachments, splitAttachment } from './capabilities.ts';
import { type Argv, applyCommands, changeCommands, markOf, type NetemPlace, removeCommands } from './commands.ts';
import { canaryWaitSeconds, readCanary } from './measure.ts';
import { apiServersOf, canaryTarget, planeNames, surveyNode } from './survey.ts';
import { canaryCommand, verifyNetem, verifyUndone } from './verify.ts';

const timeoutMs = 20_000;

type Planned = PlannedFaultOf<'netem'>;

type Ready = { readonly fault: NodeFault; readonly changes: readonly NodeCommand[] };

const placeOf = (planned: Planned, device: string, peers: NetemPlace['peers']): NetemPlace => ({
  device,
  peers: planned.peer === 'all' ? null : peers,
  mark: markOf(planned.id),
});

const withoutPeer = (container: string): SkipbeatError =>
  new SkipbeatError(
    'NETEM_WITHOUT_PEER',
    `netem on ${container}: expected an API server on another node for peer: api-server, found none.`,
    { exitCode: exitCodes.usage, next: 'choose workers as the target, or peer: all, or kind apiserver-latency' },
  );

const first = (ramp: readonly NetemAmounts[]): NetemAmounts => {
  const [weakest] = ramp;
  if (weakest === undefined) throw new Error('a ramp without steps');
  return weakest;
};

const prepareNode = async (
  planned: Planned,
  container: string,
  { nodes, exec }: FaultSite,
  signal: AbortSignal,
): Promise<Ready> => {
  const { direction } = planned;
  const ramp = rampOf(planned, planned.rampSteps);
  const target = canaryTarget(container, nodes);
  const where = { towards: target?.address ?? null, names: planeNames(container, nodes), direction };
  const { device, listing, servers } = await surveyNode(container, where, exec, signal);
  const place = placeOf(planned, device, apiServersOf(container, nodes, servers));
  if (place.peers?.length === 0) throw withoutPeer(container);
  const entire: Attachment = { place, direction, listing, farIndex: null };
  const attachments = await findAttachments(container, entire, first(ramp), exec, signal);
  const before =
    target === null
      ? null
      : readCanary(await exec(canaryCommand(container, target, canaryWaitSeconds(first(ramp), direction)), signal));
  const toNode = { node: container, timeoutMs };
  return {
    fault: {
      node: container,
      apply: {
        ...toNode,
        ...together(container, attachments, (attachment) =>
          applyCommands(attachment.place, attachment.direction, first(ramp)),
        ),
      },
      undo: { ...toNode, ...undoOf(container, attachments.map(backOf)) },
      // From then on nothing more is delayed or lost; what waits still leaves when it is due.
      endsWhenAsked: true,
      attest: verifyNetem({ node: container, attachments, direction, ramp, target, before }),
    },
    changes: ramp.slice(1).map((amounts) => ({
      ...toNode,
      ...together(container, attachments, (attachment) =>
        changeCommands(attachment.place, attachment.direction, amounts),
      ),
    })),
  };
};

const rampBy = (ready: readonly Ready[], steps: number, exec: NodeExec): FaultRamp => ({
  steps,
  switched: false,
  to: async (step, signal) => {
    const results = await Promise.all(
      ready.flatMap(({ changes }) => {
        const change = changes[step - 2];
        return change === undefined ? [] : [exec(change, signal)];
      }),
    );
    signal.throwIfAborted();
    const failed = results.filter((result) => !succeeded(result));
    if (failed.length > 0) throw notInjected(`netem, step ${step}`, failed.map(failureLine));
  },
});

/** What is run of these parts, for a person to read: all strengths of the ramp, and the undo. */
const shownCommands = (planned: Planned, container: string, attachments: readonly Attachment[]) => {
  const ramp = rampOf(planned, planned.rampSteps);
  const shown = (commandsOf: (place: NetemPlace, direction: Attachment['direction']) => readonly Argv[]) =>
    attachments.flatMap(({ place, direction, farIndex }) =>
      commandsOf(place, direction).map((argv) => pasteableAttachment(container, farIndex, argv)),
    );
  return {
    apply: ramp.flatMap((amounts, step) =>
      shown((place, direction) => (step === 0 ? applyCommands : changeCommands)(place, direction, amounts)),
    ),
    undo: shown(removeCommands),
  };
};

/**
 * Delay, loss and the like by the kernel's own network emulator, in the network namespace of each target; what
 * comes in waits at the host-side veth peer of its device where the kernel has no ifb.
 * @see tc-netem(8), tc-u32(8), tc-mirred(8); net/sched/sch_netem.c
 */
export const netem: FaultKindOf<'netem'> = {
  prepare: async (planned, site, signal) => {
    const ready = await Promise.all(
      planned.targets.map((node) => prepareNode(planned, containerOf(site, node), site, signal)),
    );
    return {
      nodes: ready.map(({ fault }) => fault),
      close: () => Promise.resolve(),
      ...(planned.rampSteps === 1 ? {} : { ramp: rampBy(ready, planned.rampSteps, site.exec) }),
    };
  },
  verifyUndone: ({ node, before }: UndoCommand) => verifyUndone(node, readBacks(before)),
  commands: (planned, container) =>
    planned.targets.map((node) => {
      const place = placeOf(planned, 'eth0', [{ address: '<address of control-plane>', port: 6443 }]);
      const entire: Attachment = { place, direction: planned.direction, listing: '', farIndex: null };
      const inNode = shownCommands(planned, container(node), [entire]);
      if (planned.direction === 'to') return { node, ...inNode };
      const hostPeer = { device: '<host-side peer of its eth0>', index: '', listing: '' };
      const byHostPeer = shownCommands(planned, container(node), splitAttachment(entire, hostPeer));
      return {
        node,
        apply: [...inNode.apply, '# where the kernel has netem and no ifb:', ...byHostPeer.apply],
        undo: [...inNode.undo, '# without ifb:', ...byHostPeer.undo],
      };
    }),
};
