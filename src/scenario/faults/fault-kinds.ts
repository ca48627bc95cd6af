import * as z from 'zod';
import type { Standstill } from '../../profile/index.ts';
import { valueLabels } from '../read/value-labels.ts';
import { duration, integer, oneOf } from '../read/values.ts';
import { direction, type FaultTarget, pathDelay, readPathDelay, share, target, timing } from './fault-fields.ts';
import type { FaultKind, FaultOptions } from './fault-options.ts';
import { readHollowTarget } from './hollow.ts';
import { describeImpossible } from './impossible.ts';
import { netemFields, readNetem } from './netem.ts';

type Nothing = Readonly<Record<never, never>>;

/** What the rest of skipbeat has to know of a kind of fault. None has a default here, so that none is forgotten. */
export type FaultTraits = {
  /**
   * What it acts upon: the kubelet alone, every process of the node, the node's paths through the network, or what runs on
   * control planes, which then are its only targets.
   */
  readonly hits: 'kubelet' | 'node' | 'path' | 'controlPlane';
  /**
   * Whether it keeps the heartbeats of its targets from the API server for as long as it stands. `outbound`: unless it hits
   * only what they receive, for the leases of a node that is cut off from answers still arrive.
   */
  readonly silencesLeases: 'always' | 'outbound' | 'never';
  /** How a kubelet that it makes stand still goes on afterwards; null where kubelets run all the while. */
  readonly kubeletEnds: Standstill['ends'] | null;
  /** How many of the API servers, or of the members of etcd, have to be hit for no API server to answer any more. */
  readonly mutesApi: 'all' | 'majority' | 'never';
  /** Whether it leaves the API server of its targets, and the way to it, alone. */
  readonly sparesApi: boolean;
  /** What it ends on its targets, so that another process runs there afterwards. */
  readonly ends: 'kubelet' | 'controllerManager' | 'node' | 'nothing';
  /**
   * What it may keep from answering on its targets that are control planes. From some length on leaders give up their lease
   * and exit for it, and kubelets end what does not answer their probes. `etcd`: an API server hangs with it, and every one
   * once a majority of the members does.
   */
  readonly stalls: 'etcd' | 'apiServer' | 'controllerManager' | 'nothing';
  /** false where its length is not skipbeat's to choose: what was killed is started again by its kubelet. */
  readonly lasts: boolean;
  /**
   * How long before its moment it begins to be prepared, in ms: a relay is in the path of every connection by then, what is
   * proved by a change has been measured without it. Of anything else a switch is armed and a survey made.
   */
  readonly leadMs: number;
};

/** For a switch that is armed, and a survey. */
const usualLeadMs = 3000;
const measuredLeadMs = 8000;
const relayedLeadMs = 40_000;

const ofKubelet = {
  hits: 'kubelet',
  silencesLeases: 'always',
  mutesApi: 'never',
  sparesApi: true,
  ends: 'nothing',
  stalls: 'nothing',
  lasts: true,
  leadMs: usualLeadMs,
} as const;
const ofNode = {
  hits: 'node',
  silencesLeases: 'always',
  // Its member of etcd stands still with it.
  mutesApi: 'majority',
  sparesApi: false,
  ends: 'nothing',
  stalls: 'etcd',
  lasts: true,
  leadMs: usualLeadMs,
} as const;
const ofPath = {
  hits: 'path',
  silencesLeases: 'never',
  kubeletEnds: null,
  mutesApi: 'never',
  sparesApi: false,
  ends: 'nothing',
  stalls: 'etcd',
  lasts: true,
  leadMs: usualLeadMs,
} as const;
const ofControlPlane = { ...ofPath, hits: 'controlPlane', stalls: 'apiServer' } as const;

/** A fault of what runs on control planes has all of them for its targets, unless it says so. */
const allControlPlanes = { role: 'control-plane' } as const;

const targetOf = ({ hits }: FaultTraits) => (hits === 'controlPlane' ? target.prefault(allControlPlanes) : target);

const declare = <K extends FaultKind, S extends z.ZodRawShape>(
  kind: K,
  description: string,
  traits: FaultTraits,
  shape: S,
  read: (fields: z.output<z.ZodObject<S>>) => FaultOptions[K],
) => ({
  kind,
  traits,
  schema: z
    .strictObject({ kind: z.literal(kind), target: targetOf(traits), ...timing, ...shape })
    .meta({ description }),
  /** From the fields as they were parsed, others among them. */
  read,
});

/** A kind that takes nothing beyond its targets and its times. */
const simple = <K extends FaultKind>(
  kind: Nothing extends FaultOptions[K] ? K : never,
  description: string,
  traits: FaultTraits,
) => declare(kind as K, description, traits, {}, () => ({}) as FaultOptions[K]);

/**
 * Every kind of fault that a scenario may name: what it takes, and what others have to know of it. A new kind is an entry
 * in `faultOptionFields` and one here, an injector in src/fault and an entry in the model's faults; error texts, the JSON Schema and
 * everything that asks for traits follow.
 */
const faultKinds = {
  'kubelet-pause': simple('kubelet-pause', 'SIGSTOP to the kubelet of each target', {
    ...ofKubelet,
    kubeletEnds: 'thaw',
  }),
  'kubelet-stop': simple('kubelet-stop', 'systemd stops the kubelet of each target', {
    ...ofKubelet,
    kubeletEnds: 'start',
    ends: 'kubelet',
  }),
  'node-pause': simple('node-pause', 'Every process of the node is frozen', { ...ofNode, kubeletEnds: 'thaw' }),
  'node-stop': simple('node-stop', 'The node is powered off', { ...ofNode, kubeletEnds: 'start', ends: 'node' }),
  netem: declare(
    'netem',
    'Packets of the target are delayed, lost, doubled … by the kernel',
    ofPath,
    netemFields,
    readNetem,
  ),
  latency: declare(
    'latency',
    'Delay between the target and the API server, by the kernel or a relay',
    { ...ofPath, stalls: 'apiServer', leadMs: relayedLeadMs },
    { ...pathDelay, loss: share('Packets lost').default(0), direction },
    (fields) => ({ ...readPathDelay(fields), lossPercent: fields.loss, direction: fields.direction }),
  ),
  partition: declare(
    'partition',
    'No traffic between the target and the control planes',
    { ...ofPath, silencesLeases: 'outbound' },
    {
      direction,
      by: oneOf(['drop', 'reject'], 'Silently, or with a reset').default('drop'),
      traffic: oneOf(
        ['control', 'all'],
        'What API servers, kubelets and pods say to each other as such, or all; with all, requests to a Service that enter through a control plane are cut too',
      ).default('control'),
    },
    ({ direction, by, traffic }) => ({ direction, by, traffic }),
  ),
  'apiserver-pause': simple('apiserver-pause', 'SIGSTOP to the API server', { ...ofControlPlane, mutesApi: 'all' }),
  'etcd-pause': simple('etcd-pause', 'SIGSTOP to etcd', { ...ofControlPlane, mutesApi: 'majority', stalls: 'etcd' }),
  'controller-manager-pause': simple('controller-manager-pause', 'SIGSTOP to the controller manager', {
    ...ofControlPlane,
    sparesApi: true,
    stalls: 'controllerManager',
  }),
  'controller-manager-kill': simple(
    'controller-manager-kill',
    'SIGKILL to the controller manager; its kubelet starts it again',
    { ...ofControlPlane, sparesApi: true, ends: 'controllerManager', stalls: 'nothing', lasts: false },
  ),
  'apiserver-latency': declare(
    'apiserver-latency',
    'Delay before the port of the API server, for everybody',
    { ...ofControlPlane, leadMs: relayedLeadMs },
    pathDelay,
    readPathDelay,
  ),
  'etcd-latency': declare(
    'etcd-latency',
    'Delay between the API server and its etcd',
    { ...ofControlPlane, stalls: 'etcd', leadMs: relayedLeadMs },
    pathDelay,
    readPathDelay,
  ),
  'etcd-disk-latency': declare(
    'etcd-disk-latency',
    'Every sync of the log of etcd takes its time, as on a slow disk',
    { ...ofControlPlane, stalls: 'etcd', leadMs: measuredLeadMs },
    {
      delay: duration('What a sync takes, from 100ms to 2s', {
        zeroIsFine: false,
        ...{ minMs: 100, maxMs: 2000 },
      }),
    },
    ({ delay }) => ({ delayMs: delay }),
  ),
  'cpu-pressure': declare(
    'cpu-pressure',
    'Busy loops in the cgroup of the API server',
    { ...ofControlPlane, leadMs: measuredLeadMs },
    { loops: integer(1, 256, 'How many run at a time; otherwise two for each processor that it may use').optional() },
    ({ loops }) => ({ loops: loops ?? null }),
  ),
} as const satisfies { readonly [K in FaultKind]: { readonly kind: K } };

/** The kind that is written; null where there is none of that name. */
export const readFaultKind = (written: unknown): FaultKind | null =>
  Object.values(faultKinds).find(({ kind }) => kind === written)?.kind ?? null;

/** The target of a fault that names none; undefined where it has to. */
export const defaultTarget = (kind: FaultKind): typeof allControlPlanes | undefined =>
  faultKinds[kind].traits.hits === 'controlPlane' ? allControlPlanes : undefined;

export const faultTraits = (kind: FaultKind): FaultTraits => faultKinds[kind].traits;

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
