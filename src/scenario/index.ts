export { scenarioNames } from './catalogue.ts';
export { type EntranceChoice, entranceChoices } from './entrances.ts';
export type { Direction, FaultTarget, LeaderElected, PathDelay } from './fault-fields.ts';
export {
  type FaultKind,
  type FaultOptions,
  type FaultTiming,
  type FaultTraits,
  faultKindsThat,
  faultTraits,
  type ScenarioFault,
} from './fault-kinds.ts';
export { clockSkew } from './impossible.ts';
export { scenarioJsonSchema } from './json-schema.ts';
export { checkScenario, type LoadOptions, loadScenario } from './load.ts';
export { didYouMean, edits } from './nearest.ts';
export type { Chance, NetemSettings } from './netem.ts';
export { type OverrideProblem, parseSet } from './overrides.ts';
export { phaseNames } from './phases.ts';
export { beyondRealClusters } from './real-limits.ts';
export { targetNodes } from './targets.ts';
export { nodeNames, roleNodes, zoneOf } from './topology.ts';
export type {
  LoadedScenario,
  Override,
  Scenario,
  ScenarioExpectation,
  ScenarioPhase,
} from './types.ts';
export { describeValue } from './words.ts';
export { type ReadYaml, readYamlDocuments } from './yaml.ts';
