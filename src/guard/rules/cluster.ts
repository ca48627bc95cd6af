import { formatDuration } from '../../common/duration.ts';
import type { ClusterSurvey, SurveyedNode } from '../survey/survey.ts';

/**
 * A node that is younger joined just now: so long the cluster autoscaler waits after a scale-up before it takes nodes away
 * (`--scale-down-delay-after-add`), and a rollout replaces nodes one after another.
 * @see kubernetes/autoscaler, cluster-autoscaler/FAQ.md
 */
export const joinedMs = 600_000;

const candidateTaint = 'DeletionCandidateOfClusterAutoscaler';

/**
 * A node that nobody needs is a candidate for 10 minutes (`--scale-down-unneeded-time`) before it goes. The autoscaler leaves the
 * taint on nodes that it then does not take, for good: what is far older is no rollout. Its value is when it was put there, in
 * seconds since 1970; where it is not, nobody knows.
 * @see kubernetes/autoscaler cluster-autoscaler/utils/taints/taints.go, GetDeletionCandidateTaint; issue 7964
 */
const candidateMs = 3_600_000;

const isForgotten = ({ key, value }: SurveyedNode['taints'][number], nowMs: number): boolean =>
  key === candidateTaint && /^\d+$/.test(value) && nowMs - Number(value) * 1000 > candidateMs;

/**
 * Taints of those who are about to take a node away, or have not brought it up yet.
 * @see kubernetes/autoscaler cluster-autoscaler/utils/taints/taints.go; karpenter.sh, Disruption;
 *   kubernetes-sigs/cluster-api, NodeOutdatedRevisionTaint, which all nodes bear that a rolling update is yet to replace;
 *   aws/aws-node-termination-handler pkg/node/node.go;
 *   k8s.io/cloud-provider api/well_known_taints.go; k8s.io/api core/v1/well_known_taints.go
 */
export const leavingTaints: readonly string[] = [
  'ToBeDeletedByClusterAutoscaler',
  candidateTaint,
  'karpenter.sh/disrupted',
  'karpenter.sh/disruption',
  'karpenter.sh/unregistered',
  'node.cluster.x-k8s.io/outdated-revision',
  'node.cluster.x-k8s.io/uninitialized',
  'aws-node-termination-handler/asg-lifecycle-termination',
  'aws-node-termination-handler/rebalance-recommendation',
  'aws-node-termination-handler/scheduled-maintenance',
  'aws-node-termination-handler/spot-itn',
  'cloud.google.com/impending-node-termination',
  'node.cloudprovider.kubernetes.io/uninitialized',
  'node.cloudprovider.kubernetes.io/shutdown',
  'node.kubernetes.io/out-of-service',
];

/** At most so many names stand in a sentence. */
const maxNames = 5;

export const namesText = (names: readonly string[]): string => {
  const more = names.length - maxNames;
  return more > 0 ? `${names.slice(0, maxNames).join(', ')} and ${more} more` : names.join(', ');
};

const readyText = ({ name, ready, reason }: SurveyedNode): string =>
  ready === null ? `${name} (no condition Ready)` : `${name} (Ready is ${ready}${reason === '' ? '' : `, ${reason}`})`;

const versionsText = (nodes: readonly SurveyedNode[]): string =>
  [...Map.groupBy(nodes, ({ kubeletVersion }) => kubeletVersion ?? 'an unknown version')]
    .map(([version, those]) => `${version} on ${namesText(those.map(({ name }) => name))}`)
    .join('; ');

/** Nodes that are not Ready, or do not say so: whatever a fault would do is then not the fault's alone. */
const notReady = ({ nodes }: ClusterSurvey): readonly string[] => {
  const those = nodes.filter(({ ready }) => ready !== 'True');
  return those.length === 0 ? [] : [`expected every node Ready, found ${namesText(those.map(readyText))}`];
};

/**
 * What a rollout of nodes or an upgrade looks like in one look: kubelets of several versions, nodes that take no pods
 * (`kubectl drain` cordons first), nodes on their way out, nodes that joined a cluster which is older.
 */
const rollout = ({ nodes, nowMs, createdAtMs }: ClusterSurvey): readonly string[] => {
  const versions = new Set(nodes.map(({ kubeletVersion }) => kubeletVersion));
  const cordoned = nodes.filter(({ unschedulable }) => unschedulable).map(({ name }) => name);
  const leaving = nodes.flatMap(({ name, isDeleting, taints }) => {
    const taint = taints.find((each) => leavingTaints.includes(each.key) && !isForgotten(each, nowMs));
    if (isDeleting) return [`${name} (is being deleted)`];
    return taint === undefined ? [] : [`${name} (${taint.key})`];
  });
  // In a cluster that was made just now every node is young, and none of them replaces another.
  const joined = nodes
    .filter((node) => nowMs - node.createdAtMs < joinedMs && node.createdAtMs - createdAtMs > joinedMs)
    .map(
      (node) =>
        `${node.name} (${formatDuration(Math.max(0, Math.round((nowMs - node.createdAtMs) / 1000) * 1000))} ago)`,
    );
  return [
    ...(versions.size > 1 || versions.has(null)
      ? [`expected one version of the kubelet, for several are an upgrade under way, found ${versionsText(nodes)}`]
      : []),
    ...(cordoned.length > 0
      ? [`expected no cordoned node, for one is a drain under way, found ${namesText(cordoned)}`]
      : []),
    ...(leaving.length > 0 ? [`expected no node on its way in or out, found ${namesText(leaving)}`] : []),
    ...(joined.length > 0
      ? [
          `expected no node that joined within ${formatDuration(joinedMs)}, for one is a rollout under way, found ${namesText(joined)}`,
        ]
      : []),
  ];
};

/** Another run, and what one left. */
export const inUse = ({ holder, unfinished }: Pick<ClusterSurvey, 'holder' | 'unfinished'>): readonly string[] => [
  ...(holder === null
    ? []
    : [
        `expected no other run, found ${holder.run}${holder.who === null ? '' : `, ${holder.who}`}, which ${holder.isLive ? 'holds the cluster' : 'is dead and has not let go'}`,
      ]),
  ...(unfinished.length === 0 ? [] : [`expected nothing left to undo, found what ${namesText(unfinished)} left`]),
];

/** Where this process runs, if that is not known. */
export const unknownSelf = ({ self }: Pick<ClusterSurvey, 'self'>): readonly string[] =>
  self.unknown === null ? [] : [`expected to know where this process runs, found that ${self.unknown}`];

/** What is in the way of any fault on that cluster, whatever its node: sentences, none where nothing is. Pure. */
export const clusterObstacles = (survey: ClusterSurvey): readonly string[] => [
  ...unknownSelf(survey),
  ...(survey.nodes.length === 0 ? ['expected nodes, found none'] : []),
  ...notReady(survey),
  ...rollout(survey),
  ...inUse(survey),
];
