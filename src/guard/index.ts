export { assertConfirmed, type Confirmation } from './confirm.ts';
export { type Hold, holdCluster } from './hold/hold.ts';
export type { JournalAct, JournalEntry } from './journal/entry.ts';
export {
  type ClusterJournal,
  type FoundEntry,
  openClusterJournal,
  readClusterJournal,
  type WrittenEntry,
} from './journal/journal.ts';
export { agentNamespace, entryName, maxActMs, optIn, ownLabels, runLabel, runLabelOf } from './names.ts';
export { assertPodSecurity } from './pod-security.ts';
export { neededRights } from './rights/declared.ts';
export { namespaceLabels, rbacYaml, type Subject } from './rights/rbac.ts';
export { assertRights, type MissingRight } from './rights/review.ts';
export { assertUnchanged } from './rules/changes.ts';
export { clusterObstacles } from './rules/cluster.ts';
export { type NodeChoice, readNodeChoice } from './rules/selector.ts';
export { chooseTargets, type Eligibility, eligibleNodes, type TargetOptions } from './rules/targets.ts';
export { type Guards, watchGuards } from './run/guards.ts';
export { surveyCluster } from './survey/read.ts';
export type { ClusterSurvey, Holder, SurveyedNode } from './survey/survey.ts';
