// What the lines of a record have to be, for whoever reads them. It is no part of the index, for zod takes a while to load
// and the threads of the load have no use for it.
export { clusterClassShape } from './cluster-class.ts';
export { machineShape, stepKindShape, timelineEventShape } from './events.ts';
export { requestRecordShape } from './request-record.ts';
