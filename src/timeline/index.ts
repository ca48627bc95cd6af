export type { EventBody, ReadyStatus, StepKind, TimelineEvent, WatchedResource } from './events.ts';
export { type RequestOutcome, type RequestRecord, requestOutcomes } from './requests.ts';
