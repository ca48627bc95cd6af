export { applyBackground, backgroundLacks, backgroundNamespace } from './background.ts';
export {
  type BringUpOptions,
  type ComingUp,
  clusterComingUp,
  comingUpText,
  occupantsWith,
  takeBringUp,
} from './bring-up-lock.ts';
export { assertRestorable, changeSettings, restoreSettings, type SettingsChange } from './change/change.ts';
export { type ClusterAccess, type KubernetesClient, loadClient, openAccess } from './client.ts';
export { createCluster } from './create.ts';
export { createHollowNodes, hollowKey, hollowTaint } from './hollow/nodes.ts';
export { createHollowPods, hollowPodSelector } from './hollow/pods.ts';
export { leadThroughRelay, prepareProcesses, prepareRelays, relayPortsOf } from './hollow/processes.ts';
export {
  assertOurs,
  type ClusterContainer,
  clusterForeign,
  clusterLabels,
  engineId,
  type InspectedCluster,
  inspectCluster,
  inspectClusters,
  isNode,
  isNodeless,
  nodelessText,
} from './inspect.ts';
export { clusterNameFrom, clusterPrefix, fullNodeName, shortNodeName } from './names.ts';
export { type Ownership, ownershipOf, renewMark } from './owner.ts';
export { leaderIn, leaderReaders, type ProcessReader, processReaders } from './processes.ts';
export { type ContextOptions, openContext } from './reach/access.ts';
export {
  type Answer,
  type Ask,
  apiAway,
  causeOf,
  createAsk,
  createSend,
  isLate,
  isNotThere,
  kindOf,
  type Place,
  refusalOf,
  type Send,
  saysNotThere,
  unansweredText,
} from './reach/api.ts';
export { renewOnRefusal } from './reach/credentials.ts';
export { answerMs, CallFailed, withinLimit } from './reach/limit.ts';
export {
  endPrograms,
  isAnother,
  isKeptOf,
  noneStood,
  recordOrNull,
  removeCluster,
  type WhichCluster,
} from './remove.ts';
export { flagsOf, type ReadSetting, type SettingReader, settingReaders } from './settings.ts';
export {
  type ClusterRecord,
  claimCluster,
  clusterBusy,
  clusterDir,
  clusterLockLost,
  forgetCluster,
  keptFiles,
  knownClusters,
  kubeconfigPath,
  newIncarnation,
  readRecord,
  whileClaimed,
} from './store.ts';
export { assertUsable, assertUsableClaimed } from './usable.ts';
export { type ClusterUse, clusterUse, writtenUse } from './use.ts';
export { applyWorkload, renewWorkload } from './workload/apply.ts';
export { workloadImages } from './workload/own.ts';
export {
  endpointSlicesApi,
  guestObjects,
  nodePort,
  restricted,
  servicePort,
  workloadName,
  workloadNamespace,
  workloadPath,
  workloadSelector,
} from './workload/workload.ts';
export { labelZones } from './zones.ts';
