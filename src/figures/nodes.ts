import * as z from 'zod';
import { figure } from './shape.ts';
import { count, events, evictions, lost, moment, nodes, ofNodes, pods } from './traits.ts';

const nodeShape = z
  .strictObject({
    notReadyTransitions: figure(
      { ...events, ...ofNodes, ...lost, metric: { family: 'skipbeat_node_not_ready_transitions' } },
      'Like the others, null where the time that they count in never came, or the watch on nodes was blind.',
    ),
    notReadyByKubelet: figure(
      {
        ...events,
        ...ofNodes,
        harmKinds: ['lostByKubelet'],
        metric: { family: 'skipbeat_node_not_ready_by_kubelet' },
      },
      "Of these, by the kubelet's own word. Not in documents that an older skipbeat wrote.",
    ).exactOptional(),
    firstNotReadyMs: figure({ ...moment, ...nodes, ...lost }),
    lastReadyMs: figure({ ...moment, ...nodes }),
    notReadySeconds: figure({
      ...count,
      ...ofNodes,
      ...lost,
      unit: 'seconds',
      metric: { family: 'skipbeat_node_not_ready_seconds' },
    }),
  })
  .meta({ id: 'NodeFigures' });

export const nodesShape = z.strictObject({
  notReadyTransitions: figure(
    { ...events, ...ofNodes, ...lost, compared: 'harm', label: 'NotReady transitions' },
    'Transitions into NotReady (False or Unknown) since the first fault began; the whole run where there is no fault.',
  ),
  notReadyByKubelet: figure(
    {
      ...events,
      ...ofNodes,
      harmKinds: ['lostByKubelet'],
      label: 'NotReady by the kubelet’s own report',
      short: 'NotReady by own report',
    },
    "Of these, the ones that a kubelet reported itself (Ready=False); the others are the controller's, for want of heartbeats (Unknown). Not in documents that an older skipbeat wrote.",
  ).exactOptional(),
  maxNotReady: figure(
    {
      ...count,
      ...ofNodes,
      over: 'disturbed',
      label: 'nodes NotReady at once',
      metric: { family: 'skipbeat_nodes_not_ready_max' },
      repeatsMetric: { family: 'skipbeat_repeats_nodes_not_ready_max' },
    },
    'Most nodes NotReady at one moment, over the same time as `notReadyTransitions`.',
  ),
  notReadyTransitionsBeforeFault: figure(
    { ...count, ...ofNodes, ...lost, over: 'undisturbed', compared: 'harm' },
    'Those between the start of the load and the first fault, counted apart.',
  ),
  notReadyNodeSeconds: figure(
    {
      ...count,
      ...ofNodes,
      ...lost,
      unit: 'seconds',
      compared: 'harm',
      label: 'NotReady node-seconds',
      short: 'NotReady node seconds',
      repeatsMetric: { family: 'skipbeat_repeats_not_ready_node_seconds' },
    },
    'From the start of the load to its end, flaps before the fault included.',
  ),
  unrecovered: figure(
    {
      ...count,
      ...ofNodes,
      over: 'end',
      label: 'nodes not Ready at the end',
      short: 'nodes unrecovered',
      metric: { family: 'skipbeat_nodes_unrecovered' },
      repeatsMetric: { family: 'skipbeat_repeats_nodes_unrecovered' },
    },
    'Nodes that were not Ready when the observation ended. null where the end was not seen: the watch on nodes was blind then, or the record has no end. Not in documents that an older skipbeat wrote.',
  ).exactOptional(),
  byNode: z.record(z.string(), nodeShape),
});

export const podsShape = z.strictObject({
  evicted: figure(
    {
      ...events,
      ...pods,
      restsOn: evictions,
      compared: 'harm',
      label: 'pods evicted',
      metric: { family: 'skipbeat_pods_evicted' },
      repeatsMetric: { family: 'skipbeat_repeats_pods_evicted' },
    },
    'Since the first fault began; the whole run where there is no fault.',
  ),
  unavailableSeconds: figure(
    {
      ...count,
      ...pods,
      harmKinds: ['evicted', 'stuck', 'missing'],
      unit: 'seconds',
      restsOn: ['endpointslices', 'program', 'replicas'],
      compared: 'harm',
      label: 'replica-seconds unavailable',
    },
    'Ready endpoints that the workload lacked of its replicas, times the seconds for which it did, from the start of the load to its end. null where nobody saw how many there were at the start. Not in documents that an older skipbeat wrote.',
  ).exactOptional(),
  stuckTerminating: figure(
    {
      ...events,
      ...pods,
      harmKinds: ['stuck'],
      restsOn: ['pods', 'program'],
      compared: 'harm',
      label: 'pods stuck Terminating',
    },
    'Pods that began to be deleted since the first fault began and were still there 10 s after their grace was over, as on a node whose kubelet cannot be reached.',
  ).exactOptional(),
  evictedBeforeFault: figure(
    { ...count, ...pods, restsOn: evictions, over: 'undisturbed', compared: 'harm' },
    'Those between the start of the load and the first fault, counted apart: settings that lose nodes by themselves evict then, too. Not in documents that an older skipbeat wrote.',
  ).exactOptional(),
});
