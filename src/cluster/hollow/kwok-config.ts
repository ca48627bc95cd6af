import { stringify } from 'yaml';
import { hollowGroups, type Plan } from '../../plan/index.ts';
import { type EffectiveSettings, exactVersion } from '../../profile/index.ts';

/** How many leases, and statuses, one process writes at a time: an API server that is slow for a moment must not delay the rest. */
const minParallelism = 32;

/** On a way that is made slow every node waits for itself alone, as kubelets do: as many as the largest group has nodes. */
const parallelismOf = (plan: Pick<Plan, 'phases' | 'topology'>): number =>
  Math.max(minParallelism, ...hollowGroups(plan).flatMap(({ nodes, isRelayed }) => (isRelayed ? [nodes.length] : [])));

const readyIs = (operator: 'In' | 'NotIn' | 'DoesNotExist', values: readonly string[] = []) => ({
  matchExpressions: [
    {
      key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
      operator,
      ...(values.length === 0 ? {} : { values }),
    },
  ],
});

/** All conditions of a node that is well, from now on. */
const joinTemplate = `{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
  message: {{ .message | Quote }}
  reason: {{ .reason | Quote }}
  status: {{ .status | Quote }}
  type: {{ .type | Quote }}
{{ end }}
addresses:
- address: {{ .metadata.name | Quote }}
  type: Hostname
allocatable: {cpu: "4", memory: 16Gi, pods: "110"}
capacity: {cpu: "4", memory: 16Gi, pods: "110"}
`;

/** The status unchanged, but for the stamp of the heartbeat. */
const reportTemplate = `{{ $now := Now }}
conditions:
{{ range .status.conditions }}
- lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ .lastTransitionTime | Quote }}
  message: {{ .message | Quote }}
  reason: {{ .reason | Quote }}
  status: {{ .status | Quote }}
  type: {{ .type | Quote }}
{{ end }}
`;

/** A pod that runs nothing, as its kubelet would have it: Running and Ready from now on. */
const podTemplate = `{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
{{ range $type := list "Initialized" "ContainersReady" "Ready" }}
- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: {{ $type | Quote }}
{{ end }}
`;

/** Only the condition that a controller changed, back to what it was. */
const podReadyTemplate = `conditions:
- lastTransitionTime: {{ Now | Quote }}
  status: "True"
  type: Ready
`;

/** A kubelet puts right what the API has otherwise than it knows at the next of its ticks. @see kubernetes pkg/kubelet/status */
const podTickMs = 10_000;

const deletion = (operator: 'Exists' | 'DoesNotExist') => ({ key: '.metadata.deletionTimestamp', operator });

/** What becomes of pods of hollow nodes: they start at once, are put right when a controller marked them, and end at once. */
const podStages = (stage: (name: string, spec: object) => object): readonly object[] => [
  stage('pod-start', {
    selector: {
      matchExpressions: [
        deletion('DoesNotExist'),
        { key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: 'DoesNotExist' },
      ],
    },
    next: { statusTemplate: podTemplate },
  }),
  stage('pod-return', {
    selector: {
      matchExpressions: [deletion('DoesNotExist'), ...readyIs('In', ['False', 'Unknown']).matchExpressions],
    },
    delay: { durationMilliseconds: 0, jitterDurationMilliseconds: podTickMs },
    next: { statusTemplate: podReadyTemplate },
  }),
  stage('pod-end', {
    selector: { matchExpressions: [deletion('Exists')] },
    next: { finalizers: { empty: true }, delete: true },
  }),
];

/**
 * When an unchanged status is posted, in ms after the one before: at the first tick at which nodeStatusReportFrequency has passed.
 * A post is made at a tick, so that a few ticks of up to `statusJitter` more are still in step; many are anywhere.
 */
const reportWindow = (effective: EffectiveSettings): readonly [number, number] => {
  const { nodeStatusReportFrequencyMs, nodeStatusUpdateFrequencyMs: updateMs, statusJitter } = effective;
  const ticks = Math.max(1, Math.ceil(nodeStatusReportFrequencyMs / updateMs));
  const isInStep = ticks * statusJitter < 1;
  return isInStep
    ? [ticks * updateMs, Math.round(ticks * updateMs * (1 + statusJitter))]
    : [nodeStatusReportFrequencyMs, nodeStatusReportFrequencyMs + Math.round(updateMs * (1 + statusJitter))];
};

/**
 * kwok's configuration for the heartbeat of a profile: a lease renewed every ¼ of its duration and up to 4 % later, which
 * is kwok's own rule and a kubelet's; a status posted unchanged at the first tick of nodeStatusUpdateFrequency at which
 * nodeStatusReportFrequency has passed; a lost node Ready again when a kubelet that stood still would say so.
 * @see kwok pkg/kwok/controllers/controller.go, initNodeLeaseController; kubernetes pkg/kubelet/kubelet_node_status.go
 */
export const kwokConfig = (plan: Pick<Plan, 'profile' | 'kubernetesVersion' | 'topology' | 'phases'>): string => {
  const {
    profile: { effective },
    kubernetesVersion,
    topology: { hollow },
  } = plan;
  const parallelism = parallelismOf(plan);
  const { nodeLeaseDurationSeconds, nodeStatusUpdateFrequencyMs, statusJitter } = effective;
  const tickMs = Math.round(nodeStatusUpdateFrequencyMs * (1 + statusJitter));
  // From v1.31 on the status that is due when a kubelet goes on is held against a copy from before it was lost, and is not
  // sent: the next one is, nodeStatusUpdateFrequency later.
  const returnMs = exactVersion(kubernetesVersion).minor >= 31 ? nodeStatusUpdateFrequencyMs : 0;
  const hasPods = (hollow?.podsPerNode ?? 0) > 0;
  const [reportMs, reportedMs] = reportWindow(effective);
  const stageOf = (kind: 'Node' | 'Pod') => (name: string, spec: object) => ({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, ...spec },
  });
  const stage = stageOf('Node');
  const documents = [
    {
      apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
      kind: 'KwokConfiguration',
      options: {
        nodeLeaseDurationSeconds,
        nodeLeaseParallelism: parallelism,
        nodePlayStageParallelism: parallelism,
        ...(hasPods ? { podPlayStageParallelism: parallelism } : {}),
      },
    },
    stage('node-join', { selector: readyIs('DoesNotExist'), next: { statusTemplate: joinTemplate } }),
    stage('node-return', {
      selector: readyIs('In', ['False', 'Unknown']),
      delay: { durationMilliseconds: returnMs, jitterDurationMilliseconds: returnMs === 0 ? 0 : tickMs },
      next: { statusTemplate: joinTemplate },
    }),
    stage('node-report', {
      selector: readyIs('In', ['True']),
      delay: { durationMilliseconds: reportMs, jitterDurationMilliseconds: reportedMs },
      next: { statusTemplate: reportTemplate },
    }),
    ...(hasPods ? podStages(stageOf('Pod')) : []),
  ];
  return documents.map((document) => stringify(document)).join('---\n');
};
