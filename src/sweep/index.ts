export { mergeSweeps, type NamedDocument } from './merge.ts';
export { createSweepProgress } from './progress.ts';
export { readDocument } from './read.ts';
export { type Simulation, simulatePlan } from './simulation.ts';
export { simulationText } from './simulation-text.ts';
export { type AskedSweep, readSweep, type SweepWords } from './spec.ts';
export { estimateSweep, runSweep, type SweepEstimate } from './sweep.ts';
export { sweepText } from './table.ts';
export type { Cell, Chance, Detection, Shard, Spread, SweepDocument, SweepSpec } from './types.ts';
