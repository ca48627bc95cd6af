// What `import … from 'skipbeat'` gives: the command line's own functions for programs and tests. Nothing here prints,
// ends the process or listens to signals.
export { type ExitCode, SkipbeatError } from '../common/errors.ts';
export type { ComparisonDocument, ConditionName } from '../compare/shapes.ts';
export type { Plan } from '../plan/index.ts';
export type { TimelineEvent } from '../timeline/index.ts';
export type { FigureSummary, RepeatsDocument, RunDocument, Verdict } from '../verdict/index.ts';
export { type OpenCluster, openCluster } from './cluster.ts';
export { type CompareOptions, compare } from './compare.ts';
export { plan } from './plan.ts';
export { type OwnCluster, type RunOptions, type RunResult, run } from './run.ts';
export type { ScenarioChanges } from './scenario.ts';
