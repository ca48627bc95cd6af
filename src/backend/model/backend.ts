import { type Plan, sizeText } from '../../plan/index.ts';
import type { Backend, Recorder } from '../backend.ts';
import { checkConfig } from './check.ts';
import { configOfPlan } from './from-plan.ts';
import { startModel } from './model.ts';
import { recordInto } from './record.ts';

/** So many events between two checks of the signal; some ms. */
const slice = 20_000;

export type ModelOptions = {
  /** Bytes that a simulation may take; by default what this process may. */
  readonly memoryLimitBytes?: number;
};

/** Lets pending input and output have its turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Simulates plans in virtual time: the same events as a real cluster, in the time that the simulation takes.
 * @throws (from `run`) SkipbeatError VERSION_UNSUPPORTED, MODEL_INVALID, MODEL_TOO_LARGE (exit 64); the signal's reason
 */
export const modelBackend = (options: ModelOptions = {}): Backend => ({
  name: 'model',
  predicted: true,
  run: async (plan: Plan, recorder: Recorder, signal: AbortSignal): Promise<void> => {
    const config = configOfPlan(plan);
    checkConfig(config, options.memoryLimitBytes);
    recorder.event(
      {
        type: 'run.place',
        target: `model, Kubernetes ${plan.kubernetesVersion}, ${sizeText(plan.topology)}; predicted, nothing was run`,
        versions: { kubernetes: plan.kubernetesVersion },
      },
      0,
    );
    const sink = recordInto(recorder);
    const run = startModel(config, sink);
    while (run.advance(slice)) {
      await turn();
      signal.throwIfAborted();
    }
    sink.flush();
  },
});
