import * as z from 'zod';
import { duration, integer, oneOf } from '../read/values.ts';
import {
  direction,
  directionShape,
  type FieldsOf,
  pathDelay,
  pathDelayFields,
  readPathDelay,
  share,
  target,
  timing,
} from './fault-fields.ts';
import {
  type FaultTraits,
  measuredLeadMs,
  ofClock,
  ofControlPlane,
  ofControlPlaneDelay,
  ofKubelet,
  ofNode,
  ofNodeObject,
  ofPath,
  relayedLeadMs,
} from './fault-traits.ts';
import { netemFields, netemSettingFields, readNetem } from './netem.ts';

const pathDelayWithRamp = { ...pathDelayFields, rampSteps: z.number() };

/** What each kind of fault takes beyond its targets and its times, as plans hold it. */
export const faultOptionFields = {
  'kubelet-pause': {},
  'kubelet-stop': {},
  'node-pause': {},
  'node-stop': {},
  /** By systemd-logind, which the kubelet holds up for shutdownGracePeriod; without one it goes at once. */
  'node-shutdown': {},
  netem: netemSettingFields,
  /** Between the target and the API server. */
  latency: { ...pathDelayWithRamp, lossPercent: z.number(), direction: directionShape },
  /** Between the target and the control planes. */
  partition: {
    direction: directionShape,
    by: z.enum(['drop', 'reject']),
    traffic: z
      .enum(['control', 'all'])
      .describe('What goes between API servers on the one side, the kubelet and pods on the other; or everything.'),
  },
  'apiserver-pause': {},
  'etcd-pause': {},
  'controller-manager-pause': {},
  'controller-manager-kill': {},
  /** Before the port of the target's API server, for everybody who connects to it. */
  'apiserver-latency': pathDelayWithRamp,
  /** Between the target's API server and its etcd. */
  'etcd-latency': pathDelayWithRamp,
  /** What a sync of etcd's log takes, for its disk is slow. */
  'etcd-disk-latency': { delayMs: z.number() },
  'cpu-pressure': {
    loops: z
      .number()
      .nullable()
      .describe('Busy loops beside the API server; null: two for each processor that it may use.'),
  },
  'taints-removed': {},
  /** The taint node.kubernetes.io/out-of-service, with effect NoExecute. */
  'out-of-service': {},
  'controller-manager-watch-lost': {},
  /** By how much the clock of its targets is off while it stands. */
  'clock-jump': { byMs: z.number(), way: z.enum(['back', 'forward']) },
};

export type FaultOptions = { readonly [K in keyof typeof faultOptionFields]: FieldsOf<(typeof faultOptionFields)[K]> };

export type FaultKind = keyof FaultOptions;

type Nothing = Readonly<Record<never, never>>;

/** A fault of what runs on control planes has all of them for its targets, unless it says so. */
export const allControlPlanes = { role: 'control-plane' } as const;

const targetOf = ({ hits }: FaultTraits) => (hits === 'controlPlane' ? target.prefault(allControlPlanes) : target);

const declare = <K extends FaultKind, T extends FaultTraits, S extends z.ZodRawShape>(
  kind: K,
  description: string,
  traits: T,
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
const simple = <K extends FaultKind, T extends FaultTraits>(
  kind: Nothing extends FaultOptions[K] ? K : never,
  description: string,
  traits: T,
) => declare(kind as K, description, traits, {}, () => ({}) as FaultOptions[K]);

/**
 * Every kind of fault that a scenario may name: what it takes, and what others have to know of it. A new kind is an entry
 * in `faultOptionFields` and one here, an injector in src/fault and an entry in the model's faults; error texts, the JSON Schema and
 * everything that asks for traits follow.
 */
export const faultKinds = {
  'kubelet-pause': simple('kubelet-pause', 'SIGSTOP to the kubelet of each target', {
    ...ofKubelet,
    onHollow: 'pause',
    kubeletEnds: 'thaw',
  }),
  'kubelet-stop': simple('kubelet-stop', 'systemd stops the kubelet of each target', {
    ...ofKubelet,
    onHollow: 'end',
    kubeletEnds: 'start',
    ends: 'kubelet',
  }),
  'node-pause': simple('node-pause', 'Every process of the node is frozen', {
    ...ofNode,
    notForContext: "freezes the node's container, which takes the container engine under the node",
    kubeletEnds: 'thaw',
  }),
  'node-stop': simple('node-stop', 'The node is powered off', {
    ...ofNode,
    notForContext: "takes the node's power, which takes the container engine or the machine under the node",
    kubeletEnds: 'start',
    ends: 'node',
  }),
  'node-shutdown': simple(
    'node-shutdown',
    'The node is shut down in order: its kubelet ends its pods first, where the profile has a shutdownGracePeriod',
    {
      ...ofNode,
      notForContext: 'shuts down the machine under the node',
      kubeletEnds: 'start',
      ends: 'node',
      silencesLeases: 'atLast',
      mutesApi: 'never',
      stalls: 'nothing',
      workersAlone: 'the static pods of a control plane that is shut down in order are not modelled',
    },
  ),
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
    { ...ofPath, onHollow: 'relay', stalls: 'apiServer', leadMs: relayedLeadMs },
    { ...pathDelay, loss: share('Packets lost').default(0), direction },
    (fields) => ({ ...readPathDelay(fields), lossPercent: fields.loss, direction: fields.direction }),
  ),
  partition: declare(
    'partition',
    'No traffic between the target and the control planes',
    {
      ...ofPath,
      silencesLeases: 'outbound',
      onHollow: 'relay',
      boundOnHollow: {
        direction: {
          only: 'both',
          why: 'kwok has one connection for all of its nodes: of what still gets through one way it would carry less than theirs do',
        },
        by: { only: 'drop', why: 'the relay of their kwok has taken a connection before the API server refuses it' },
        traffic: { only: 'control', why: 'they have no other' },
      },
    },
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
    {
      ...ofControlPlane,
      notForContext: 'ends a process of the control plane, which no fault here may touch',
      sparesApi: true,
      ends: 'controllerManager',
      stalls: 'nothing',
      lasts: false,
    },
  ),
  'apiserver-latency': declare(
    'apiserver-latency',
    'Delay before the port of the API server, for everybody',
    { ...ofControlPlaneDelay, leadMs: relayedLeadMs },
    pathDelay,
    readPathDelay,
  ),
  'etcd-latency': declare(
    'etcd-latency',
    'Delay between the API server and its etcd',
    { ...ofControlPlaneDelay, stalls: 'etcd', leadMs: relayedLeadMs },
    pathDelay,
    readPathDelay,
  ),
  'etcd-disk-latency': declare(
    'etcd-disk-latency',
    'Every sync of the log of etcd takes its time, as on a slow disk',
    { ...ofControlPlaneDelay, stalls: 'etcd', leadMs: measuredLeadMs },
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
    {
      ...ofControlPlane,
      notForContext: 'takes processors from an API server, on a control-plane node, which no fault here may touch',
      leadMs: measuredLeadMs,
    },
    { loops: integer(1, 256, 'How many run at a time; otherwise two for each processor that it may use').optional() },
    ({ loops }) => ({ loops: loops ?? null }),
  ),
  'taints-removed': simple(
    'taints-removed',
    'Somebody removes the taints not-ready and unreachable of each target by hand, once each time',
    ofNodeObject,
  ),
  'out-of-service': simple(
    'out-of-service',
    'Somebody taints each target out-of-service, which another fault of the phase has made silent before, and removes the taint in the end',
    { ...ofNodeObject, lasts: true },
  ),
  'controller-manager-watch-lost': simple(
    'controller-manager-watch-lost',
    'The watches of nodes and leases bring the controller manager nothing; in the model alone',
    {
      ...ofControlPlane,
      notForContext: 'the model alone can have, for no single watch can be stopped on its connection',
      sparesApi: true,
      stalls: 'nothing',
      modelOnly:
        'all that a controller manager asks and watches goes over one connection, encrypted, on which no single watch ' +
        'can be stopped',
    },
  ),
  'clock-jump': declare(
    'clock-jump',
    'The clock of each target is set back or forward, and set right again; in the model alone',
    ofClock,
    {
      by: duration('So far', { zeroIsFine: false }),
      way: oneOf(['back', 'forward'], 'Which way it is set').default('back'),
    },
    ({ by, way }) => ({ byMs: by, way }),
  ),
} as const satisfies { readonly [K in FaultKind]: { readonly kind: K } };

/** Kinds of which no trait of that name is null: by `modelOnly`, `notForContext` and `onHollow` they say what can have them. */
type KindsWith<T extends 'modelOnly' | 'notForContext' | 'onHollow'> = {
  [K in FaultKind]: (typeof faultKinds)[K]['traits'][T] extends null ? never : K;
}[FaultKind];

/** Kinds that hollow nodes can have. */
export type HollowFaultKind = KindsWith<'onHollow'>;

/** What one of them does there. */
export type HollowEffectOf<K extends HollowFaultKind> = (typeof faultKinds)[K]['traits']['onHollow'];

/** Kinds that an agent makes on a cluster that somebody has. */
export type ContextFaultKind = Exclude<FaultKind, KindsWith<'notForContext'>>;

/** Kinds that real clusters can have, too. */
export type RealFaultKind = Exclude<FaultKind, KindsWith<'modelOnly'>>;
