export { namedFailure } from './api/request.ts';
export { type NetworkChaos, networkChaosOf } from './chaos-mesh/network-chaos.ts';
export {
  awaitInjected,
  createNetworkChaos,
  recoverWithinMs,
  removeNetworkChaos,
  wasGone,
} from './chaos-mesh/objects.ts';
export { type ChaosMeshObstacles, chaosMeshObstacles } from './chaos-mesh/obstacles.ts';
export { assertConfirmed, type Confirmation, confirmQuestion } from './confirm.ts';
export { holdCluster, takeOverCluster } from './hold/hold.ts';
export type { Hold } from './hold/keep.ts';
export type { JournalAct, JournalEntry } from './journal/entry.ts';
export {
  type ClusterJournal,
  type FoundEntry,
  openClusterJournal,
  type WrittenEntry,
} from './journal/journal.ts';
export { type Leftovers, readLeftovers } from './leftovers.ts';
export {
  agentNamespace,
  entryName,
  maxActMs,
  optIn,
  ownLabels,
  printable,
  runLabel,
  runLabelOf,
  runSelectorOf,
} from './names.ts';
export { admissionPod, assertPodSecurity } from './pod-security.ts';
export { type LoadKind, neededRights, rightsOf } from './rights/declared.ts';
export { namespaceLabels, rbacYaml, type Subject } from './rights/rbac.ts';
export { assertRights, type MissingRight } from './rights/review.ts';
export { clusterObstacles } from './rules/cluster.ts';
export { type NodeChoice, readNodeChoice } from './rules/selector.ts';
export { chooseTargets, type Eligibility, eligibleNodes, type TargetOptions } from './rules/targets.ts';
export { confirmTargets, type Guards, watchGuards } from './run/guards.ts';
export { readServiceChoice, type ServiceChoice, serviceText } from './service/choice.ts';
export { assertSameService, countsSlice, readService, type ServicePlace } from './service/service.ts';
export { surveyCluster } from './survey/read.ts';
export type { ClusterSurvey, Holder, NodeMachine, SurveyedNode } from './survey/survey.ts';
export { type FoundWorkload, type GuestObject, readWorkloads } from './workload/found.ts';
export {
  assertWorkloadAdmitted,
  createGuestObject,
  ensureWorkloadNamespace,
  removeWorkload,
} from './workload/workload.ts';
