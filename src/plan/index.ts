export { controllerManagerOf, writesPerNodeMinute } from '../profile/index.ts';
export {
  type ContextFaultKind,
  defaultGracePeriodMs,
  defaultReadiness,
  type EntranceChoice,
  type HollowFaultKind,
  type HollowNodes,
  hollowEffectOf,
  hollowNames,
  hollowZone,
  isHollow,
  nodeNames,
  type RealFaultKind,
  zoneOf,
} from '../scenario/index.ts';
export { connectionsOf, type Entered, entrancesOf, entranceText, hitBy } from './cluster/entrances.ts';
export { type HollowGroup, hollowGroups, hollowPodNames, newNodeTaintsMs, nodesText } from './cluster/hollow.ts';
export { boundPaths, cutPaths, heldBackMs, impatientKubelets, sharedPaths } from './cluster/hollow-paths.ts';
export { heldLeases } from './cluster/hollow-stops.ts';
export { profileOfPods, tolerationsOfPods } from './cluster/pods.ts';
export { besidesText, sizeText, zoneNames } from './cluster/zones.ts';
export {
  apiServersHit,
  disruptionOf,
  flapsByItself,
  flapsOften,
  hitsControlPlane,
  hitsJudge,
  hitsOnlyControlPlanes,
  hitsOnlyNodeObjects,
  isControlPlane,
  maxPodsBeside,
  mayLoseOthers,
  mutesApiServer,
  nodesOf,
  passesTakeMs,
  proxyFollowsMs,
  reachesClientPackets,
  reachesPods,
  setsClock,
  shutsDown,
  silencedBy,
  stopsKubelet,
  stopsOnlyKubelets,
  whyNotForContext,
  whyWorkersAlone,
} from './fault-effects.ts';
export { makePlan, mayMissEviction, removesTaints } from './plan.ts';
export {
  type ClusterView,
  followRecovery,
  isRequestsFail,
  lacksOnlyTime,
  recoveryTerms,
  type Some,
  sparseLoadMs,
  watchRecovery,
} from './recovery.ts';
export { planRepeats, replan } from './repeats.ts';
export { endsProcess, leaderTimes, type MayRestart, restartsLateMs } from './restarts.ts';
export {
  askedLengthMs,
  type FaultPhase,
  faultsText,
  goneBefore,
  leadMs,
  preparedFirst,
  type Stand,
  standsOf,
} from './schedule.ts';
export type {
  Expectation,
  Occurrence,
  Plan,
  PlannedFault,
  PlannedFaultOf,
  PlannedPhase,
  PlannedRepeat,
  Prediction,
} from './types.ts';
