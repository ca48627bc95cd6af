import type { Plan } from '../../plan/index.ts';
import { checkConfig } from './check.ts';
import type { ModelConfig } from './config.ts';
import { collectFigures, type ModelFigures } from './figures.ts';
import { configOfPlan } from './from-plan.ts';
import { runModel } from './model.ts';

/** Runs a checked config for its figures alone: nothing is kept but counts. */
export const simulateConfig = (config: ModelConfig): ModelFigures => {
  const figures = collectFigures();
  runModel(config, figures);
  return figures.result();
};

/**
 * Simulates a plan once for its figures.
 * @param seed of this one run; `seedOfRepeat` gives independent ones for repeats
 * @throws SkipbeatError VERSION_UNSUPPORTED, MODEL_INVALID, MODEL_TOO_LARGE (exit 64)
 */
export const simulate = (plan: Plan, seed: number): ModelFigures => {
  const config = { ...configOfPlan(plan), seed };
  checkConfig(config);
  return simulateConfig(config);
};

export { type ModelOptions, modelBackend } from './backend.ts';
export { checkConfig, type Estimate, estimateModel } from './check.ts';
export type { ModelConfig, ModelPhase } from './config.ts';
export { type AskedSettings, type ModelSettings, settingsFor } from './engine/settings.ts';
export type { ModelSink, RequestRun } from './engine/sink.ts';
export type { ModelVersion } from './engine/versions.ts';
export type { ModelFault, ModelFaultKind } from './faults/kinds.ts';
export { collectFigures, type FigureCollector, type ModelFigures } from './figures.ts';
export { configOfPlan } from './from-plan.ts';
export { type ModelRun, runModel, startModel } from './model.ts';
export type { Direction } from './network/fault-options.ts';
export { configOfRun, modelOfPlan } from './plan-runs.ts';
export { recordInto } from './record.ts';
