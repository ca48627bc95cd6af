import { counted } from '../../../common/text/counted.ts';
import { nodesText } from '../../../plan/index.ts';
import type { NodeClocks } from '../../../timeline/index.ts';
import type { NodeState } from '../engine/state.ts';
import type { Layout } from '../nodes.ts';
import type { Disturbance } from '../recovery.ts';
import type { ActiveFault, FaultTools } from './active-fault.ts';
import { type ModelFault, type ModelOccurrence, makeFault, undoFault } from './kinds.ts';

/** One time that a fault stands. */
export type ActiveEffect = ModelOccurrence & { readonly fault: ModelFault };

export type Injected = {
  readonly id: string;
  /** The nodes that it hits, and where each of them stands. */
  readonly targets: readonly string[];
  readonly indices: Int32Array;
  /** What it made of each of them, in their order. */
  active: readonly ActiveFault[];
  isOver: boolean;
};

/** How faults begin and end, each act with its events as in a real run. */
export type Acts = {
  readonly inject: (effect: ActiveEffect) => Injected;
  /** @returns whether it holds on all of its nodes */
  readonly attest: (injected: Injected, moment: 'start' | 'end') => boolean;
  readonly undo: (injected: Injected) => void;
  /** Who gets no event of a single node reads no thousands of names. */
  readonly namesText: (names: readonly string[]) => string;
};

type Parts = FaultTools & {
  readonly layout: Layout;
  /** Notified of each fault on the nodes that it really hits, and when one begins to be undone. */
  readonly recovery: {
    readonly injected: (fault: Disturbance) => void;
    readonly undoing: () => void;
  };
};

/** The part of its full strength that a growing fault has in one of its steps, from 1 on. */
const strengthOf = <F extends ModelFault>(fault: F, step: number, steps: number): F => {
  if (steps === 1) return fault;
  const part = (value: unknown): unknown => (typeof value === 'number' ? (value * step) / steps : value);
  const grown = { ...fault } as Record<string, unknown>;
  for (const name of ['delayUs', 'jitterUs']) if (name in grown) grown[name] = Math.round(Number(part(grown[name])));
  if ('loss' in grown) grown.loss = part(grown.loss);
  return grown as F;
};

export const createActs = (parts: Parts): Acts => {
  const { simulation, layout, controlPlane, recovery } = parts;
  const { clock, nodes, sink, flushLoad } = simulation;
  const withNodeEvents = sink.withoutNodeEvents !== true;
  const namesText = (names: readonly string[]): string =>
    withNodeEvents ? nodesText(names) : counted(names.length, 'node');

  const make = (fault: ModelFault, indices: Int32Array): readonly ActiveFault[] => {
    const active: ActiveFault[] = [];
    for (const index of indices) active.push(makeFault(parts, nodes[index] as NodeState, fault));
    return active;
  };

  /** All nodes of the model have one clock. */
  const clocksOf = (targets: readonly string[]): NodeClocks =>
    withNodeEvents ? Object.fromEntries(targets.map((name) => [name, clock.now() / 1000])) : {};
  /** The last first. */
  const undoAll = ({ indices, active }: Injected): void => {
    for (let place = active.length - 1; place >= 0; place -= 1)
      undoFault(parts, nodes[indices[place] as number] as NodeState, active[place] as ActiveFault);
  };

  return {
    namesText,
    attest: ({ id, targets, active: made }, moment) => {
      let isProved = true;
      for (let place = 0; place < made.length; place += 1) {
        const active = made[place] as ActiveFault;
        const state = active.holds() ? 'present' : 'absent';
        if (withNodeEvents) {
          const node = targets[place] as string;
          const evidence = `${active.evidence}, in the model`;
          sink.event(clock.now(), { type: 'fault.attested', fault: id, node, moment, state, evidence });
        }
        isProved &&= state === 'present';
      }
      return isProved;
    },
    inject: ({ fault, id, startUs, endUs }) => {
      const { kind } = fault;
      const leader = nodes[controlPlane.leader()];
      const names = fault.leads === true && leader !== undefined ? [leader.name] : fault.targets;
      const indices = layout.indicesOf(names);
      // As they are now: whoever owns the config may change it in place before the fault is undone.
      const targets = [...names];
      const steps = 'rampSteps' in fault ? (fault.rampSteps ?? 1) : 1;
      flushLoad();
      sink.event(clock.now(), { type: 'fault.injecting', fault: id, kind, targets });
      const active = make(strengthOf(fault, 1, steps), indices);
      const injected: Injected = { id, targets, indices, active, isOver: false };
      sink.event(clock.now(), { type: 'fault.injected', fault: id, clockMs: clocksOf(targets) });
      recovery.injected({ kind, targets, indices });
      const grow = (step: number): void => {
        if (injected.isOver) return;
        undoAll(injected);
        injected.active = make(strengthOf(fault, step, steps), indices);
        sink.event(clock.now(), { type: 'fault.grown', fault: id, step, steps });
      };
      for (let step = 2; step <= steps; step += 1) {
        clock.at(clock.now() + Math.round(((endUs - startUs) * (step - 1)) / steps), grow, step);
      }
      return injected;
    },
    undo: (injected) => {
      const { id, targets } = injected;
      flushLoad();
      injected.isOver = true;
      sink.event(clock.now(), { type: 'fault.undoing', fault: id });
      recovery.undoing();
      undoAll(injected);
      const evidence = `${namesText(targets)}: as before, in the model`;
      sink.event(clock.now(), { type: 'fault.undone', fault: id, undone: true, evidence, clockMs: clocksOf(targets) });
    },
  };
};
