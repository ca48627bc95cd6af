import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Machine } from '../../timeline/index.ts';

const gib = 2 ** 30;

/** The machine that this process runs on, as far as it bears on what a run measures. */
export const thisMachine = (): Machine => ({
  architecture: process.arch,
  cpus: availableParallelism(),
  memoryGib: Math.round(totalmem() / gib),
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
});
