import { secondsText } from '../common/duration.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { judgeConnectivity, probeConnectivity } from './engine/connectivity.ts';
import { diskNeeded } from './engine/disk.ts';
import { type Engine, probeEngine } from './engine/engine.ts';
import { ensurePrivileged } from './engine/fix-privileged.ts';
import { findNodeImage, listNodeImages, type NodeImage } from './engine/images.ts';
import { judgeInotify, probeInotify } from './engine/inotify.ts';
import { bringUpEngine, enginePlanText, gatherEngineFacts, planEngine } from './engine/install-engine.ts';
import { judgeWorkloadImage } from './engine/workload-image.ts';
import { ensureKwok } from './hollow/kwok.ts';
import { judgeNodeImage, probeEnvironment, setupCommand } from './inspect.ts';
import { findKind, installKind } from './kind/kind.ts';
import { kindFor } from './kind/kind-releases.ts';
import { assertVersion } from './kind/version-file.ts';
import { lockSetup, setupLockLost } from './lock.ts';
import { type BuildHint, getLoadBalancerImage, getNodeImage, getWorkloadImage, requireDisk } from './node-image/get.ts';
import { recipeHash } from './node-image/recipe.ts';
import { planSetup, type SetupChoices } from './plan.ts';
import { requireReady } from './require.ts';
import { type ActOptions, throwIfInterrupted } from './shell.ts';
import { renderStep } from './table.ts';
import { defaultKubernetes, imageSources, parseKubernetes, requireAvailable } from './versions.ts';

/** A step that is no part of what runs need. */
export type ExtraStep = {
  readonly name: string;
  /** In words, what `ensure` would do. Changes nothing. */
  readonly plan: (signal: AbortSignal) => Promise<{ readonly act: boolean; readonly text: string }>;
  /** @returns what was found or done, in words */
  readonly ensure: (options: ActOptions) => Promise<string>;
};

export type SetupOptions = SetupChoices & {
  /** "v1.34" or "v1.34.4"; `defaultKubernetes` where it is left out. */
  readonly kubernetes?: string;
  /** What is to be had besides, after all others. */
  readonly extra?: readonly ExtraStep[];
  /** What to print when a node image of that version begins to be built, which takes minutes; printed once. */
  readonly onBuild?: BuildHint;
  readonly signal: AbortSignal;
  /** Takes one line of progress, without its line feed. */
  readonly print: (line: string) => void;
};

/** What stands when set-up is done. */
export type SetupResult = { readonly engine: Engine; readonly kindPath: string; readonly nodeImage: NodeImage };

/**
 * Brings this machine to where the kind backend can run: each step checks first and acts only on what is missing, so a
 * second call finds everything done. Prints one line a step with its time, and notes within long ones.
 * @throws SkipbeatError of exit 75 where a step cannot be done here, 64 for a version nobody has, 130 when interrupted
 */
export const runSetup = async (options: SetupOptions): Promise<SetupResult> => {
  const request = parseKubernetes(options.kubernetes ?? defaultKubernetes);
  const { release, lost } = await lockSetup();
  try {
    return await runSteps(request, { ...options, signal: AbortSignal.any([options.signal, lost]) });
  } catch (thrown) {
    throw lost.aborted && !options.signal.aborted ? setupLockLost(lost) : thrown;
  } finally {
    await release();
  }
};

const runSteps = async (
  request: ReturnType<typeof parseKubernetes>,
  { print, signal, rebuild, withoutHa, hollow, extra = [], kubernetes = defaultKubernetes, onBuild }: SetupOptions,
): Promise<SetupResult> => {
  const probe = { signal };
  const release = kindFor(request.minor);
  const step = stepPrinter(print, signal);

  const seen = await probeEngine(probe);
  let image = await findNodeImage(kubernetes, probe);
  if (image === null) requireAvailable(request);
  const needed = image === null || rebuild ? diskNeeded.build : diskNeeded.run;
  await step('disk', () => requireDisk(seen.engine, needed));

  const answering = await step('engine', async (act) => {
    const engine = seen.engine ?? (await bringUpEngine(seen.problem ?? '', act));
    return [`docker ${engine.version} answers`, engine];
  });
  await step('reach', async () => requireReady(judgeConnectivity(answering, await probeConnectivity(probe))));
  await step('inotify', async () => requireReady(judgeInotify(await probeInotify())));
  await step('privileged', (act) => ensurePrivileged(act));
  const kindPath = await step('kind', async (act) => {
    const there = await findKind(release, probe);
    const done = there === null ? await installKind(release, act) : `${there.version} at ${there.path}`;
    const kind = there ?? (await findKind(release, probe));
    if (kind === null) {
      throw new SkipbeatError('KIND_UNUSABLE', `${done}, but it does not answer as ${release.version}.`, {
        exitCode: exitCodes.environment,
        next: skipbeat('doctor'),
      });
    }
    return [done, kind.path];
  });
  const nodeImage = await step('node-image', async (act) => {
    // The engine may have been down when it was probed first.
    image = await findNodeImage(kubernetes, probe);
    if (image !== null && !rebuild) {
      await assertVersion(image, probe);
      const check = judgeNodeImage(image, request, await recipeHash(request.minor));
      return [`${check.found}${check.fix === null ? '' : `; to make it anew: ${check.fix}`}`, image];
    }
    const done = await getNodeImage(request, imageSources(request), answering, rebuild, { ...act, onBuild });
    image = await findNodeImage(kubernetes, probe);
    if (image === null) throw new Error(`${done}, but the engine does not list it`);
    await assertVersion(image, probe);
    return [done, image];
  });
  await step('workload-image', async (act) => {
    const { workload } = await listNodeImages(probe);
    const check = judgeWorkloadImage(nodeImage, workload, setupCommand(request));
    return check.state === 'ready' ? (check.found ?? '') : getWorkloadImage(answering, act);
  });
  if (!withoutHa) {
    await step('load-balancer-image', async (act) => {
      const { reference } = release.loadBalancer;
      const { loadBalancers } = await listNodeImages(probe);
      return loadBalancers.includes(reference) ? reference : getLoadBalancerImage(release, answering, act);
    });
  }
  if (hollow) await step('kwok', ensureKwok);
  for (const { name, ensure } of extra) await step(name, ensure);
  return { engine: answering, kindPath, nodeImage };
};

type Step<Value> = (act: ActOptions) => Promise<string | readonly [string, Value]>;

/** Runs one step and prints how it ended and how long it took. A step has failed until it says otherwise. */
const stepPrinter =
  (print: (line: string) => void, signal: AbortSignal) =>
  async <Value = undefined>(name: string, step: Step<Value>): Promise<Value> => {
    throwIfInterrupted(signal);
    const startedAtMs = performance.now();
    const elapsed = (): string => secondsText(performance.now() - startedAtMs).padStart(8);
    const line = (sign: string, text: string): void => renderStep(sign, name, elapsed(), text).forEach(print);
    let succeeded = false;
    try {
      const done = await step({ signal, note: (text) => line('·', text) });
      succeeded = true;
      const [text, value] = typeof done === 'string' ? [done, undefined as Value] : done;
      line('✓', text);
      return value;
    } finally {
      if (!succeeded) line('✗', signal.aborted ? 'interrupted' : 'failed');
    }
  };

/** Says what `runSetup` would do, and does nothing. */
export const dryRunSetup = async (options: SetupOptions): Promise<void> => {
  const { kubernetes = defaultKubernetes, print, signal } = options;
  const { checks, request } = await probeEnvironment({ kubernetes, signal });
  const problem = checks.find((check) => check.name === 'engine')?.problem ?? '';
  const enginePlan = enginePlanText(planEngine(await gatherEngineFacts(problem, signal)));
  const steps = planSetup(checks, options, imageSources(request), enginePlan, kindFor(request.minor));
  const extra = await Promise.all(
    (options.extra ?? []).map(async ({ name, plan }) => ({ name, ...(await plan(signal)) })),
  );
  for (const step of [...steps, ...extra]) {
    const [sign, text] = step.act ? ['→', `would ${step.text}`] : ['✓', step.text];
    renderStep(sign, step.name, '', text).forEach(print);
  }
};
