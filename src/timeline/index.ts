export { keepClock } from './clock.ts';
export type {
  EventBody,
  Machine,
  NodeClocks,
  ReadyStatus,
  StepKind,
  TimelineEvent,
  WatchedResource,
} from './events.ts';
export { type LineCheck, readEvents, readRequests } from './reader.ts';
export {
  eventsFile,
  recordTimeline,
  requestsFile,
  stamped,
  type TimelineListener,
  type TimelineRecorder,
} from './recorder.ts';
export {
  entranceOf,
  type RequestOutcome,
  type RequestRecord,
  requestOutcomes,
  reusedPortCode,
  shortages,
  unansweredLifeMs,
} from './requests.ts';
