export { isHollow } from '../common/kubernetes/hollow-names.ts';
export { scenarioNames } from './catalogue.ts';
export type { FaultTarget, LeaderElected } from './faults/fault-fields.ts';
export type {
  ContextFaultKind,
  FaultKind,
  FaultOptions,
  HollowFaultKind,
  RealFaultKind,
} from './faults/fault-kinds.ts';
export { clockSkew, type FaultTraits } from './faults/fault-traits.ts';
export { type HollowNodes, hollowNames, hollowZone } from './faults/hollow.ts';
export type { Chance, NetemSettings } from './faults/netem.ts';
export {
  type FaultTiming,
  faultKindsThat,
  faultTraits,
  hollowEffectOf,
  readFaultKind,
  type ScenarioFault,
} from './faults/read-fault.ts';
export { targetNodes } from './faults/targets.ts';
export { isJsonText } from './go-yaml.ts';
export { checkScenario, type LoadOptions, loadScenario } from './load.ts';
export { phaseNames } from './phases.ts';
export { didYouMean, edits } from './read/did-you-mean.ts';
export { type OverrideProblem, parseSet } from './read/overrides.ts';
export { describeValue } from './read/value-labels.ts';
export { type ReadYaml, readYamlDocuments } from './read/yaml.ts';
export { beyondRealClusters } from './real-limits.ts';
export { type EntranceChoice, entranceChoices, scenarioJsonSchema } from './schema.ts';
export { nodeCount, nodeNames, roleNodes, zoneOf } from './topology.ts';
export type {
  LoadedScenario,
  Override,
  Scenario,
  ScenarioExpectation,
  ScenarioPhase,
} from './types.ts';
export { defaultGracePeriodMs, defaultReadiness, type Stay, type Workload } from './workload.ts';
