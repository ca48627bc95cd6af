import * as z from 'zod';
import type { FaultKind } from './fault-types.ts';
import { duration, oneOf, percent, whole } from './values.ts';
import { words } from './words.ts';

const nodeList = z
  .array(z.string().register(words, { expected: 'a node such as worker2' }))
  .min(1)
  .max(100)
  .meta({ description: 'Nodes by their short names: control-plane, worker, worker2 …' })
  .register(words, { expected: 'a list of 1 to 100 nodes such as worker2' });

/** By role, optionally only the first `count` of it, or by name; which of the two is checked with the topology. */
const target = z
  .strictObject({
    role: oneOf(['worker', 'control-plane'], 'All nodes of this role').optional(),
    count: whole(1, 100, 'Only the first so many of the role').optional(),
    nodes: nodeList.optional(),
    leader: oneOf(
      ['kube-controller-manager', 'kube-scheduler'],
      'The control plane whose component leads when the fault begins',
    ).optional(),
  })
  .meta({
    description: 'The nodes that the fault hits',
    oneOf: [{ required: ['role'] }, { required: ['nodes'] }, { required: ['leader'] }],
  });

/** When it stands within its phase. */
const timing = {
  after: duration('So long after the start of the phase', { zeroIsFine: true }).optional(),
  lasts: duration('For so long; otherwise until the next time, or the end of the phase', {
    zeroIsFine: false,
  }).optional(),
  every: duration('Again after so long', { zeroIsFine: false }).optional(),
  times: whole(1, 100, 'How many times in all').optional(),
};

const amount = (description: string) => duration(description, { zeroIsFine: true, fractionIsFine: true });
const share = (description: string) => percent(`${description}, in percent`);
const ramp = whole(1, 100, 'Grows to its full strength in so many equal steps').default(1);
const direction = oneOf(['to', 'from', 'both'], 'What the target sends, what it receives, or both').default('both');
const jitter = amount('May lie so far from the delay').prefault('0s');
const correlation = share('How much a case depends on the one before it').default(0);

/** A fault of processes or paths in the control plane: its targets are control planes, all of them unless it says so. */
const onControlPlane = <K extends FaultKind, S extends z.ZodRawShape>(kind: K, description: string, shape: S) =>
  z
    .strictObject({ kind: z.literal(kind), target: target.prefault({ role: 'control-plane' }), ...timing, ...shape })
    .meta({ description });

const onNode = <K extends FaultKind, S extends z.ZodRawShape>(kind: K, description: string, shape: S) =>
  z.strictObject({ kind: z.literal(kind), target, ...timing, ...shape }).meta({ description });

const pathDelay = { delay: amount('Added each way'), jitter, ramp };

/** The fields have the names of Chaos Mesh's NetworkChaos where it has them. */
const netem = {
  delay: z
    .strictObject({
      latency: amount('Added to every packet'),
      jitter,
      correlation,
      distribution: oneOf(
        ['normal', 'pareto', 'paretonormal'],
        'How jitter is distributed; evenly otherwise',
      ).optional(),
      reorder: z
        .strictObject({
          reorder: share('Sent at once'),
          correlation,
          gap: whole(1, 1000, 'After so many packets less one').default(1),
        })
        .optional(),
    })
    .optional(),
  loss: z
    .strictObject({
      loss: share('Lost at random').optional(),
      correlation: correlation.optional(),
      gemodel: z
        .strictObject({
          p: share('From good to bad'),
          r: share('From bad to good').default(100),
          h: share('Comes through while bad').default(0),
          k: share('Comes through while good').default(100),
        })
        .meta({ description: 'Lost in bursts, by the Gilbert-Elliott chain' })
        .optional(),
    })
    .optional(),
  duplicate: z.strictObject({ duplicate: share('Sent twice'), correlation }).optional(),
  corrupt: z.strictObject({ corrupt: share('One bit turned'), correlation }).optional(),
  rate: z
    .string()
    .regex(/^[1-9]\d{0,5}(kbit|mbit|gbit)$/)
    .meta({ description: 'No faster than, such as 1mbit' })
    .register(words, { expected: 'a rate such as 500kbit or 10mbit' })
    .optional(),
  slot: z
    .strictObject({
      min: amount('Shortest time between two bursts'),
      max: amount('Longest time between two bursts').optional(),
      packets: whole(1, 1_000_000, 'Most packets of a burst').optional(),
      bytes: whole(1, 1_000_000_000, 'Most bytes of a burst').optional(),
    })
    .optional(),
  direction,
  peer: oneOf(['all', 'api-server'], 'Only traffic with the API server, or all').default('all'),
  ramp,
};

/**
 * Every kind of fault that a scenario may name, with what it takes. A new kind is a new entry here; error texts and
 * the JSON Schema follow.
 */
const faultSchemas = [
  onNode('kubelet-pause', 'SIGSTOP to the kubelet of each target', {}),
  onNode('kubelet-stop', 'systemd stops the kubelet of each target', {}),
  onNode('node-pause', 'Every process of the node is frozen', {}),
  onNode('node-stop', 'The node is powered off', {}),
  onNode('netem', 'Packets of the target are delayed, lost, doubled … by the kernel', netem),
  onNode('latency', 'Delay between the target and the API server, by the kernel or a relay', {
    ...pathDelay,
    loss: share('Packets lost').default(0),
    direction,
  }),
  onNode('partition', 'No traffic between the target and the control planes', {
    direction,
    by: oneOf(['drop', 'reject'], 'Silently, or with a reset').default('drop'),
    traffic: oneOf(
      ['control', 'all'],
      'What API servers, kubelets and pods say to each other as such, or all; with all, requests to a Service that enter through a control plane are cut too',
    ).default('control'),
  }),
  onControlPlane('apiserver-pause', 'SIGSTOP to the API server', {}),
  onControlPlane('etcd-pause', 'SIGSTOP to etcd', {}),
  onControlPlane('controller-manager-pause', 'SIGSTOP to the controller manager', {}),
  onControlPlane('controller-manager-kill', 'SIGKILL to the controller manager; its kubelet starts it again', {}),
  onControlPlane('apiserver-latency', 'Delay before the port of the API server, for everybody', pathDelay),
  onControlPlane('etcd-latency', 'Delay between the API server and its etcd', pathDelay),
  onControlPlane('etcd-disk-latency', 'Every sync of the log of etcd takes its time, as on a slow disk', {
    delay: duration('What a sync takes, from 100ms to 2s', {
      zeroIsFine: false,
      ...{ leastMs: 100, mostMs: 2000 },
    }),
  }),
  onControlPlane('cpu-pressure', 'Busy loops in the cgroup of the API server', {
    loops: whole(1, 256, 'How many run at a time; otherwise two for each processor that it may use').optional(),
  }),
] as const;

export const faultSchema = z.discriminatedUnion('kind', faultSchemas);

export type ParsedFault = z.output<typeof faultSchema>;

/** Kinds that hit what runs on control planes alone. */
export const controlPlaneKinds: ReadonlySet<string> = new Set<FaultKind>([
  'apiserver-pause',
  'etcd-pause',
  'controller-manager-pause',
  'controller-manager-kill',
  'apiserver-latency',
  'etcd-latency',
  'etcd-disk-latency',
  'cpu-pressure',
]);
