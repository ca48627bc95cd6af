export { injectWithinMs, type NetworkChaosAction, verifyCodes } from '../fault/index.ts';
export type { Act } from './act.ts';
export {
  type ActOptions,
  actsOf,
  actToUndo,
  agentKinds,
  assertAgentCan,
  type PreparedAct,
} from './acts.ts';
export { askNode } from './ask-node.ts';
export { assertChaosMeshCan, type Injector, injectors, notifyThrough } from './chaos-mesh.ts';
export { type AgentStep, parseSteps } from './evidence.ts';
export { defaultAgentImage } from './image.ts';
export {
  actAnnotation,
  actPod,
  type PodOptions,
  undoPod,
} from './pod.ts';
export { type AgentPods, agentPods, podProblem } from './pods.ts';
export { type AgentTalk, type NodeClock, stepMs, talkTo } from './talk.ts';
export { readUndo, type UndoneAct, undoNow } from './undo-now.ts';
