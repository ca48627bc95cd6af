export { sampleClock } from './clock.ts';
export type { ClusterClass, ClusterNodes, NodeGroup } from './cluster-class.ts';
export type { ManagerCounts, MemberCounts, ServerCounts, Spent } from './control-plane-counts.ts';
export type {
  EventBody,
  Machine,
  NodeClocks,
  ReadyStatus,
  StepKind,
  TimelineEvent,
  UnmeasuredSource,
  WatchedResource,
} from './events.ts';
export { type EventOf, ofType } from './of-type.ts';
export { type LineCheck, type RequestBatch, type RequestCheck, readEvents, readRequests } from './reader.ts';
export {
  eventsFile,
  recordTimeline,
  requestsFile,
  stamped,
  type TimelineListener,
  type TimelineRecorder,
} from './recorder.ts';
export type { RequestRecord } from './request-record.ts';
export {
  entranceOf,
  type Failure,
  failures,
  isFailure,
  type RequestOutcome,
  requestOutcomes,
  reusedPortCode,
  shortages,
  unansweredLifeMs,
} from './requests.ts';
