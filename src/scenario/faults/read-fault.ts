import * as z from 'zod';
import { valueLabels } from '../read/value-labels.ts';
import type { FaultTarget } from './fault-fields.ts';
import {
  allControlPlanes,
  type FaultKind,
  type FaultOptions,
  faultKinds,
  type HollowEffectOf,
  type HollowFaultKind,
} from './fault-kinds.ts';
import { describeImpossible, type FaultTraits } from './fault-traits.ts';
import { readHollowTarget } from './hollow.ts';

/** The kind that is written; null where there is none of that name. */
export const readFaultKind = (written: unknown): FaultKind | null =>
  Object.values(faultKinds).find(({ kind }) => kind === written)?.kind ?? null;

/** The target of a fault that names none; undefined where it has to. */
export const defaultTarget = (kind: FaultKind): typeof allControlPlanes | undefined =>
  faultKinds[kind].traits.hits === 'controlPlane' ? allControlPlanes : undefined;

export const faultTraits = (kind: FaultKind): FaultTraits => faultKinds[kind].traits;

/** What a kind does to the process that keeps the heartbeats of hollow nodes, or to its way to the API server. */
export const hollowEffectOf = <K extends HollowFaultKind>(kind: K): HollowEffectOf<K> =>
  faultKinds[kind].traits.onHollow as HollowEffectOf<K>;

/** All kinds, or those whose traits a test accepts, in the order of their declaration. */
export const faultKindsThat = (accepts: (traits: FaultTraits) => boolean): readonly FaultKind[] =>
  Object.values(faultKinds).flatMap(({ kind, traits }) => (accepts(traits) ? [kind] : []));

type Schema = (typeof faultKinds)[FaultKind]['schema'];

export const faultSchema = z
  .discriminatedUnion(
    'kind',
    Object.values(faultKinds).map(({ schema }) => schema) as unknown as readonly [Schema, ...Schema[]],
  )
  .register(valueLabels, { expected: 'a mapping', kindHint: describeImpossible });

export type ParsedFault = z.output<typeof faultSchema>;

/** When a fault stands, counted from the start of its phase. */
export type FaultTiming = {
  readonly afterMs: number;
  /** null: until the next time, or the end of the phase. */
  readonly lastsMs: number | null;
  /** null where it comes once. */
  readonly everyMs: number | null;
  readonly times: number;
};

export type ScenarioFault = {
  readonly [K in keyof FaultOptions]: {
    readonly kind: K;
    readonly target: FaultTarget;
    readonly timing: FaultTiming;
  } & FaultOptions[K];
}[keyof FaultOptions];

const optionsOf = (fault: ParsedFault): FaultOptions[FaultKind] => {
  const read = faultKinds[fault.kind].read as (fields: ParsedFault) => FaultOptions[FaultKind];
  return read(fault);
};

/** A fault as the rest takes it, from what the schema let pass. */
export const readFault = (fault: ParsedFault): ScenarioFault => {
  const { role, count, nodes, leader, hollow } = fault.target;
  const hollowTarget = hollow === undefined ? null : readHollowTarget(hollow);
  return {
    kind: fault.kind,
    ...optionsOf(fault),
    target:
      hollowTarget !== null
        ? { hollow: hollowTarget }
        : leader !== undefined
          ? { leader }
          : role === undefined
            ? { nodes: nodes ?? [] }
            : { role, count: count ?? null },
    timing: {
      afterMs: fault.after ?? 0,
      lastsMs: fault.lasts ?? null,
      everyMs: fault.every ?? null,
      times: fault.times ?? 1,
    },
    // Which options go with which kind is what the table says.
  } as ScenarioFault;
};
