import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import type { UndoCommand } from '../../journal/index.ts';
import { type Commander, failureLine } from '../../node/index.ts';
import type { PlannedFaultOf } from '../../plan/index.ts';
import type { FaultKindOf, FaultRamp, FaultSite, NodeFault } from '../fault.ts';
import { containerOf, pasteable } from '../simple.ts';
import { type NetemAmounts, rampOf } from './arguments.ts';
import { applyCommands, changeCommands, markOf, type NetemPlace, removeCommands } from './commands.ts';
import { canaryCommand, lookAtNetem, lookAtRemains } from './look.ts';
import { readCanary } from './measure.ts';
import { inTurn, type UndoArguments, undo } from './scripts.ts';
import { apiServersOf, canaryTarget, planeNames, rehearse, surveyNode } from './survey.ts';

const timeoutMs = 20_000;

type Planned = PlannedFaultOf<'netem'>;

type Ready = { readonly fault: NodeFault; readonly changes: readonly (readonly [string, ...string[]])[] };

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
  { nodes, commander }: FaultSite,
  signal: AbortSignal,
): Promise<Ready> => {
  const { direction } = planned;
  const ramp = rampOf(planned, planned.rampSteps);
  const target = canaryTarget(container, nodes);
  const where = { towards: target?.address ?? null, names: planeNames(container, nodes), direction };
  const { device, listing, servers } = await surveyNode(container, where, commander, signal);
  const place = placeOf(planned, device, apiServersOf(container, nodes, servers));
  if (place.peers?.length === 0) throw withoutPeer(container);
  await rehearse(container, applyCommands({ ...place, device: 'lo' }, direction, first(ramp)), commander, signal);
  const before =
    target === null
      ? null
      : readCanary(await commander(canaryCommand(container, target, first(ramp), direction), signal));
  const command = (argv: readonly [string, ...string[]]) => ({ node: container, argv, timeoutMs });
  const back: UndoArguments = { device, ...place.mark, listing };
  return {
    fault: {
      node: container,
      apply: command(inTurn(applyCommands(place, direction, first(ramp)))),
      undo: { ...command(undo(back)), before: JSON.stringify(back) },
      attest: lookAtNetem({ node: container, place, direction, ramp, target, before }),
    },
    changes: ramp.slice(1).map((amounts) => inTurn(changeCommands(place, direction, amounts))),
  };
};

const rampBy = (ready: readonly Ready[], steps: number, commander: Commander): FaultRamp => ({
  steps,
  to: async (step, signal) => {
    const results = await Promise.all(
      ready.flatMap(({ fault: { node }, changes }) => {
        const argv = changes[step - 2];
        return argv === undefined ? [] : [commander({ node, argv, timeoutMs }, signal)];
      }),
    );
    signal.throwIfAborted();
    const failed = results.filter((result) => !succeeded(result));
    if (failed.length === 0) return;
    throw new SkipbeatError('FAULT_NOT_INJECTED', `netem, step ${step}: ${failed.map(failureLine).join('; ')}.`, {
      exitCode: exitCodes.environment,
      next: 'npm run skipbeat -- doctor',
    });
  },
});

/**
 * Delay, loss and the like by the kernel's own network emulator, in the network namespace of each target.
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
      ...(planned.rampSteps === 1 ? {} : { ramp: rampBy(ready, planned.rampSteps, site.commander) }),
    };
  },
  undone: ({ node, before }: UndoCommand) => lookAtRemains(node, JSON.parse(before ?? '{}') as UndoArguments),
  commands: (planned, container) =>
    planned.targets.map((node) => {
      const peers = [{ address: '<address of control-plane>', port: 6443 }];
      const place = placeOf(planned, 'eth0', peers);
      const ramp = rampOf(planned, planned.rampSteps);
      const shown = (argv: readonly [string, ...string[]]): string =>
        pasteable({ node: container(node), argv, timeoutMs });
      const later = ramp.slice(1).flatMap((amounts) => changeCommands(place, planned.direction, amounts));
      return {
        node,
        apply: [...applyCommands(place, planned.direction, first(ramp)), ...later].map(shown),
        undo: removeCommands(place, planned.direction).map(shown),
      };
    }),
};
