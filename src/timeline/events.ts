import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';
import { electedComponents, processComponents } from '../common/kubernetes/components.ts';
import { clusterNodesShape, nodeNetworkFields } from './cluster-class.ts';
import { controlPlaneCountedFields } from './control-plane-counts.ts';

const ms = z.number();
const count = z.number();
const text = z.string();
const textOrNull = text.nullable();
const startOrEnd = z.enum(['start', 'end']);

export const machineShape = z
  .strictObject({
    architecture: text.describe("Node's name for it: `x64`, `arm64`."),
    cpus: count,
    memoryGib: z.number(),
    cpu: text.describe('As the CPU calls itself.'),
  })
  .meta({
    id: 'Machine',
    description:
      'What a figure depends on beside the cluster: two machines that agree in all but `cpu` are of one class.',
  });

export type Machine = Frozen<z.infer<typeof machineShape>>;

export const stepKindShape = z
  .enum(['cluster', 'workload', 'steady', 'fault', 'recover', 'undo'])
  .describe('The phases a person writes, and the steps around them that every run has.');

export type StepKind = z.infer<typeof stepKindShape>;

const readyStatus = z.enum(['True', 'False', 'Unknown']);

export type ReadyStatus = z.infer<typeof readyStatus>;

const watchedResource = z.enum(['nodes', 'leases', 'endpointslices', 'pods', 'events']);

export type WatchedResource = z.infer<typeof watchedResource>;

/** What a run may leave unmeasured on purpose: requests, a watch, and what only the hosts of a cluster tell. */
const unmeasuredSources = ['requests', 'endpointslices', 'pods', 'events', 'processes', 'settings'] as const;

export type UnmeasuredSource = (typeof unmeasuredSources)[number];

const nodeClocks = z.record(text, ms.nullable()).describe("By the node's short name.");

export type NodeClocks = Frozen<z.infer<typeof nodeClocks>>;

/** An event by the word in its `type`; `description` says what it is where that is not plain. */
const event = <T extends string, F extends z.ZodRawShape>(type: T, fields: F, description?: string) => {
  const shape = z.strictObject({ atMs: ms, type: z.literal(type), ...fields });
  return description === undefined ? shape : shape.describe(description);
};

export const timelineEventShape = z
  .discriminatedUnion(
    'type',
    [
      event('run.started', {
        scenario: text,
        backend: z.enum(['kind', 'model', 'cluster']),
        predicted: z.boolean(),
        startedAt: textOrNull.describe('Wall clock, RFC 3339; null for a prediction, which happens at no time.'),
      }),
      event(
        'run.place',
        {
          target: text,
          versions: z.record(text, text),
          machine: machineShape
            .describe('The machine under the cluster; not there where nothing is run.')
            .exactOptional(),
          cluster: clusterNodesShape
            .describe('Not there in simulations, where it could not be read, nor in what an older skipbeat wrote.')
            .exactOptional(),
        },
        'Facts about the place of the run, known once it stands: for the first lines and the manifest.',
      ),
      event(
        'node.network',
        nodeNetworkFields,
        "What one node says of its pods' network and of kube-proxy: of a cluster of somebody else only nodes that are hit are asked, of one of its own one worker.",
      ),
      event(
        'unmeasured',
        { what: z.enum(unmeasuredSources), why: text },
        'Something that a run on a cluster of somebody else does not measure, from its beginning to its end. Of `settings` and `processes` some may be read all the same: what was not is not known.',
      ),
      event('run.ended', { outcome: z.enum(['completed', 'interrupted', 'failed']), reason: textOrNull }),
      event(
        'step.started',
        { name: text, kind: stepKindShape, budgetMs: ms },
        '`name` is unique in the run; `budgetMs` is how long the step may take (a phase of fixed length: its length).',
      ),
      event('step.ended', {
        name: text,
        kind: stepKindShape,
        outcome: z
          .enum(['done', 'timedOut', 'failed', 'interrupted'])
          .describe('`timedOut`: the condition that the step waited for did not come within the budget.'),
        detail: text,
      }),
      event(
        'setting.read',
        {
          component: z.enum(['kube-controller-manager', 'kube-apiserver', 'kubelet']),
          node: text,
          setting: text,
          expected: textOrNull,
          observed: textOrNull,
          same: z.boolean(),
          moment: startOrEnd
            .exactOptional()
            .describe(
              'Before the load began, or when it had ended. Not in simulations, nor in what an older skipbeat wrote.',
            ),
        },
        'One setting of one process as it was read back. `expected: null`: the flag is not to be passed at all.',
      ),
      event(
        'process.read',
        {
          component: z.enum(processComponents),
          node: text,
          pid: count,
          startedMs: ms,
          clockMs: ms,
          boot: text.describe('`boot_id` of the kernel.'),
          moment: startOrEnd,
        },
        "Who runs as a component, before the load began or when it had ended: the process id on its node, and when it started and when it was read by the node's own clock, in ms since its kernel booted.",
      ),
      event(
        'leader',
        {
          component: z.enum(electedComponents),
          holder: textOrNull,
          node: textOrNull.describe('Whose component holds it; null where the holder names no node of the cluster.'),
          transitions: count,
          moment: startOrEnd
            .exactOptional()
            .describe('Asked for before the load began, or when it had ended; else seen by the watch on leases.'),
        },
        'Who leads by its Lease in kube-system (`holderIdentity`, `leaseTransitions`), at first sight and whenever it changes, and as asked for.',
      ),
      event(
        'node.ready',
        { node: text, status: readyStatus, reason: text, lastTransitionTime: textOrNull, resourceVersion: text },
        'The Ready condition of a node, at first sight and whenever status or reason changes.',
      ),
      event(
        'node.statusPosted',
        { node: text, lastHeartbeatTime: text },
        "The kubelet wrote its node's status: the heartbeat stamp of the Ready condition moved.",
      ),
      event('lease.renewed', { node: text, renewTime: text }),
      event(
        'writes.counted',
        {
          moment: startOrEnd,
          fromMs: ms,
          members: count,
          leases: count.describe('Of every lease, those of leaders and API servers among them.'),
          statuses: count.describe("Of node statuses, by PATCH: the kubelets' way."),
          otherLeasesSeen: count.describe(
            "Renewals of leases that are no node's, as the watch has seen them since it began.",
          ),
        },
        "What the API servers' own counters said (`apiserver_request_total`, all members together): successful writes since they started. A write in the time from `fromMs` to `atMs` may be in them or not.",
      ),
      event(
        'controlPlane.counted',
        controlPlaneCountedFields,
        'What controller managers and API servers had counted by then of what keeps detection waiting, by their own metrics: read between `fromMs` and `atMs`, in their nodes.',
      ),
      event('node.taint', {
        node: text,
        change: z.enum(['added', 'removed']),
        key: text,
        effect: text,
        timeAdded: textOrNull,
      }),
      event(
        'endpoints',
        { ready: count, notReady: count, terminating: count },
        "The Service's endpoints, all slices together, at first sight and whenever a number changes.",
      ),
      event('pod', {
        pod: text,
        uid: text,
        node: textOrNull,
        change: z.enum(['seen', 'ready', 'notReady', 'deleting', 'gone']),
        evicted: z
          .boolean()
          .describe('A DELETE that the eviction controller announced (condition DisruptionTarget, or its event).'),
        deletionTimestamp: textOrNull,
      }),
      event(
        'kubernetes.event',
        { reason: text, object: text, source: text, message: text },
        'An Event object of Kubernetes: best effort, never the only evidence of anything.',
      ),
      event(
        'watch.lost',
        { resource: watchedResource, reason: text, fromMs: ms.exactOptional() },
        'The stream of this watch has ended, and it is being opened anew. `fromMs`: since when it has brought nothing, where that was noticed later. The `watch.gap` that follows says for how long it was blind.',
      ),
      event(
        'watch.gap',
        { resource: watchedResource, fromMs: ms, how: z.enum(['resumed', 'relisted']), reason: text },
        'From `fromMs` to `atMs` this watch saw nothing live. `resumed`: changes in between arrived late; `relisted`: some may be lost.',
      ),
      event(
        'api.silent',
        { fromMs: ms, reason: text },
        'The API server has not said that it is ready (`/readyz`) since it was asked at `fromMs`: it hangs, is gone, or lacks a part. It is asked once a second, and the `api.answered` with the same `fromMs` says when it did again.',
      ),
      event('api.answered', { fromMs: ms, reason: text }),
      event('fault.injecting', { fault: text, kind: text, targets: z.array(text) }),
      event(
        'fault.injected',
        { fault: text, clockMs: nodeClocks.exactOptional() },
        "In place on every node. `clockMs`: what each node's own monotonic clock said then, in ms since its kernel booted (for what is switched on this machine, this process's clock); null: it could not be read. Its difference to the one of `fault.undone` is how long the fault stood there. Not there in what an older skipbeat wrote.",
      ),
      event(
        'fault.grown',
        { fault: text, step: count, steps: count },
        'A fault that grows has come to this one of its steps, from 2 on, on every node.',
      ),
      event(
        'fault.attested',
        {
          fault: text,
          node: text,
          moment: startOrEnd,
          state: z.enum(['present', 'absent', 'unreadable']),
          evidence: text,
        },
        'A proof read back from one node. `moment`: just after the injection, or just before the undo.',
      ),
      event('fault.undoing', { fault: text }),
      event('fault.undone', {
        fault: text,
        undone: z.boolean(),
        evidence: text,
        clockMs: nodeClocks.exactOptional(),
      }),
      event(
        'entrance.icmp',
        { moment: startOrEnd, node: text, heldBack: count.nullable(), limitsRefusals: z.boolean() },
        'The node through which the load enters, just before and just after it. `heldBack`: ICMP errors that its kernel did not send for its own limits since it booted; null: it does not count them. `limitsRefusals`: a refusal is among what it limits.',
      ),
      event(
        'entrance.forgot',
        { node: text, connections: count, unanswered: count },
        'Connections to the Service from before that conntrack of that node was made to forget, so that none of the load follows them; `unanswered`: those of them that led to a pod which never answered.',
      ),
      event('load.started', {
        target: text,
        ratePerSecond: z.number(),
        from: z
          .enum(['host', 'container', 'pod'])
          .describe('Not in what an older skipbeat or the model wrote.')
          .exactOptional(),
      }),
      event(
        'load.clock',
        { moment: startOrEnd, shared: z.boolean(), offsetMs: ms, errorMs: ms, entrance: text.exactOptional() },
        'The clock of a load generator in a container or a pod beside that of this process, just before the load and just before its end. `shared`: one kernel, one clock. Else `offsetMs` was taken off, and may be wrong by `errorMs`. `entrance`: the node that the generator is on, where there are several.',
      ),
      event(
        'load.ended',
        { offered: count },
        '`offered` was counted by the generator itself, apart from the records, so that conservation can be checked.',
      ),
      event(
        'clock',
        { unixMs: ms },
        "This machine's wall clock, ms since 1970, at `atMs`; nodes of kind share it. At the start and the end of a run, every few seconds, and just before and after it moved against the monotonic clock: it was set, or the machine slept.",
      ),
      event('note', { text }, 'Something a person should know that is no figure: printed once and kept.'),
    ],
    {
      error: ({ input }) =>
        `expected a kind of event that this version knows, received ${JSON.stringify((input as { readonly type?: unknown }).type)}`,
    },
  )
  .describe(
    "What happened, as one union. `atMs` is milliseconds since the run started, on this process's monotonic clock: for anything that came over a watch it is the moment of arrival. Stamps that Kubernetes objects carry are kept beside it as text, for they come from four different clocks and are cut to whole seconds.",
  );

export type TimelineEvent = Frozen<z.infer<typeof timelineEventShape>>;

type Unstamped<E> = E extends unknown ? Omit<E, 'atMs'> : never;

/** What happened, without its moment. */
export type EventBody = Unstamped<TimelineEvent>;
