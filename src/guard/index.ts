export { agentNamespace, entryName, managedBy, optIn, runLabel, runLabelOf } from './names.ts';
export { neededRights } from './rights/declared.ts';
export { namespaceLabels, rbacYaml, type Subject } from './rights/rbac.ts';
export { assertRights, type MissingRight } from './rights/review.ts';
export { clusterObstacles } from './rules/cluster.ts';
export { type NodeChoice, readNodeChoice } from './rules/selector.ts';
export { chooseTargets, type Eligibility, eligibleNodes, type TargetOptions } from './rules/targets.ts';
export { surveyCluster } from './survey/read.ts';
export type { ClusterSurvey, Holder, SurveyedNode } from './survey/survey.ts';
