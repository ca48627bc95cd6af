import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { beyondRealClusters, type Scenario } from '../scenario/index.ts';
import type { KindEnvironment } from '../setup/index.ts';
import { type BackendOption, backendOptions } from './shapes.ts';

/** The backend of a run, and in words why it is not the other where nobody asked for it. */
export type BackendChoice =
  | { readonly name: 'kind'; readonly environment: KindEnvironment }
  | { readonly name: 'model'; readonly why: string };

/** @throws SkipbeatError BACKEND_UNKNOWN (exit 64) */
export const readBackendOption = (text: string): BackendOption => {
  const found = backendOptions.find((option) => option === text);
  if (found !== undefined) return found;
  throw new SkipbeatError(
    'BACKEND_UNKNOWN',
    `--backend: expected ${backendOptions.join(', ')}, received ${JSON.stringify(text)}.`,
    {
      exitCode: exitCodes.usage,
      next: 'leave --backend out: it takes kind where kind is ready, else the model',
    },
  );
};

/** @throws SkipbeatError SCENARIO_MODEL_ONLY (exit 64) where no real cluster of ours can be what the scenario asks for */
export const assertReal = (scenario: Scenario): void => {
  const beyond = beyondRealClusters(scenario);
  if (beyond === null) return;
  throw new SkipbeatError('SCENARIO_MODEL_ONLY', `${beyond}.`, {
    exitCode: exitCodes.usage,
    next: skipbeat(`run ${scenario.name} --backend model`),
  });
};

/**
 * The same for one scenario: `auto` takes the model, too, where no real cluster can be what it asks for.
 * @throws SkipbeatError SCENARIO_MODEL_ONLY (exit 64) where kind was asked for, and what `chooseBackend` throws
 */
export const chooseBackendFor = async (
  option: BackendOption,
  scenario: Scenario,
  fromContainer: boolean,
): Promise<BackendChoice> => {
  if (option === 'kind') assertReal(scenario);
  const beyond = beyondRealClusters(scenario);
  if (option === 'auto' && beyond !== null) return { name: 'model', why: beyond };
  return chooseBackend(option, scenario.cluster.kubernetes, fromContainer);
};

/**
 * `auto` takes kind where an engine, kind and a node image are there, else the model.
 * @param kubernetes `v1.34` or `v1.34.4`
 * @param fromContainer nodes need not be reached from here
 * @throws SkipbeatError what `requireKind` throws where kind was asked for, or the version is none
 */
export const chooseBackend = async (
  option: BackendOption,
  kubernetes: string,
  fromContainer = false,
): Promise<BackendChoice> => {
  if (option === 'model') return { name: 'model', why: '--backend model' };
  try {
    const { requireKind } = await import('../setup/index.ts');
    return { name: 'kind', environment: await requireKind(kubernetes, { fromContainer }) };
  } catch (thrown) {
    // A version that no image is known of is one that kind cannot bring up; the model knows all that a scenario may ask for.
    const absent =
      thrown instanceof SkipbeatError &&
      (thrown.exitCode === exitCodes.environment || thrown.code === 'KUBERNETES_VERSION_UNKNOWN');
    if (option === 'kind' || !absent) throw thrown;
    return {
      name: 'model',
      why: `kind is not ready here: ${thrown.message.replace(/\.$/, '')} (Try: ${thrown.next ?? skipbeat('setup')})`,
    };
  }
};
