import { nodesText } from '../../../plan/index.ts';
import type { NodeClocks } from '../../../timeline/index.ts';
import type { NodeState } from '../engine/state.ts';
import type { Layout } from '../nodes.ts';
import type { ActiveFault, FaultTools } from './active-fault.ts';
import { type ModelFault, type ModelOccurrence, makeFault, undoFault } from './kinds.ts';

/** One time that a fault stands. */
export type ActiveEffect = ModelOccurrence & { readonly fault: ModelFault };

export type Injected = {
  readonly id: string;
  readonly names: readonly string[];
  /** What it made of each of these nodes, in their order. */
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
    readonly injected: (fault: { readonly kind: ModelFault['kind']; readonly targets: readonly string[] }) => void;
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
  const namesText = (names: readonly string[]): string => (withNodeEvents ? nodesText(names) : `${names.length} nodes`);

  const make = (fault: ModelFault, names: readonly string[]): readonly ActiveFault[] => {
    const active: ActiveFault[] = [];
    for (const index of layout.indicesOf(names)) active.push(makeFault(parts, nodes[index] as NodeState, fault));
    return active;
  };

  /** All nodes of the model have one clock. */
  const clocksOf = (names: readonly string[]): NodeClocks =>
    withNodeEvents ? Object.fromEntries(names.map((name) => [name, clock.now() / 1000])) : {};
  /** The last first. */
  const undoAll = ({ names, active }: Injected): void => {
    const indices = layout.indicesOf(names);
    for (let place = active.length - 1; place >= 0; place -= 1)
      undoFault(parts, nodes[indices[place] as number] as NodeState, active[place] as ActiveFault);
  };

  return {
    namesText,
    attest: ({ id, names, active: made }, moment) => {
      let isProved = true;
      for (let place = 0; place < made.length; place += 1) {
        const active = made[place] as ActiveFault;
        const state = active.holds() ? 'present' : 'absent';
        if (withNodeEvents) {
          const node = names[place] as string;
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
      const steps = 'rampSteps' in fault ? (fault.rampSteps ?? 1) : 1;
      flushLoad();
      sink.event(clock.now(), { type: 'fault.injecting', fault: id, kind, targets: names });
      const injected: Injected = { id, names, active: make(strengthOf(fault, 1, steps), names), isOver: false };
      sink.event(clock.now(), { type: 'fault.injected', fault: id, clockMs: clocksOf(names) });
      recovery.injected({ kind, targets: names });
      const grow = (step: number): void => {
        if (injected.isOver) return;
        undoAll(injected);
        injected.active = make(strengthOf(fault, step, steps), names);
        sink.event(clock.now(), { type: 'fault.grown', fault: id, step, steps });
      };
      for (let step = 2; step <= steps; step += 1) {
        clock.at(clock.now() + Math.round(((endUs - startUs) * (step - 1)) / steps), grow, step);
      }
      return injected;
    },
    undo: (injected) => {
      const { id, names } = injected;
      flushLoad();
      injected.isOver = true;
      sink.event(clock.now(), { type: 'fault.undoing', fault: id });
      recovery.undoing();
      undoAll(injected);
      const evidence = `${namesText(names)}: as before, in the model`;
      sink.event(clock.now(), { type: 'fault.undone', fault: id, undone: true, evidence, clockMs: clocksOf(names) });
    },
  };
};
