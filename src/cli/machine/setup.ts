import { getHeapStatistics } from 'node:v8';
import type { Command } from 'commander';
import { type ExitCode, exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { isCheckout, packageFile } from '../../common/package.ts';
import { makePlan } from '../../plan/index.ts';
import { loadScenario } from '../../scenario/index.ts';
import {
  defaultKubernetes,
  dryRunSetup,
  type ExtraStep,
  requireServed,
  runSetup,
  type SetupOptions,
  testKubernetes,
  undoSetup,
} from '../../setup/index.ts';
import { numberText, secondsText } from '../../verdict/index.ts';
import { printResult } from '../output/print.ts';

/** Enough that the median tells something, and done in well under a second. */
const runs = 100;
const scenarioName = 'tight-grace';

/**
 * What the model predicts for the scenario that set-up ends with, and how to see it: something to read, and to do, while a
 * node image is built for minutes.
 * @param kubernetesVersion the exact version that is built
 * @returns one paragraph, without a line feed
 * @throws SkipbeatError of what that version cannot express (exit 64)
 */
export const predictionHint = async (kubernetesVersion: string): Promise<string> => {
  const { simulatePlan } = await import('../../sweep/index.ts');
  const version = { origin: '--kubernetes', path: ['cluster', 'kubernetes'], value: kubernetesVersion };
  const { scenario } = loadScenario(scenarioName, { overrides: [version] });
  const plan = makePlan(scenario, { kubernetesVersion });
  const heapBytes = getHeapStatistics().heap_size_limit;
  const { refused, firstRefusedMs } = await simulatePlan(plan, runs, { workers: 1, heapBytes });
  const firstMs = firstRefusedMs?.p50 ?? null;
  const median = firstMs === null ? '' : `, first ${secondsText(firstMs)} after the fault at the median`;
  return (
    `this takes minutes. Predicted meanwhile, nothing was run: in ${numberText(refused?.count ?? null)} of ${numberText(runs)} ` +
    `simulations of ${scenarioName} on Kubernetes ${kubernetesVersion} clients are refused${median}. To see one, in ` +
    `another terminal: ${skipbeat(`run ${scenarioName} --backend model --kubernetes ${kubernetesVersion}`)}`
  );
};

export type SetupCommandOptions = {
  readonly dryRun?: boolean;
  readonly kubernetes?: string;
  readonly rebuild?: boolean;
  /** False with `--no-ha`. */
  readonly ha?: boolean;
  readonly tests?: boolean;
  readonly hollow?: boolean;
  readonly undo?: boolean;
};

/** One set-up a version, in order; what only the first needs to do, the others find done. */
const setupsOf = ({
  rebuild = false,
  ha = true,
  tests = false,
  hollow = false,
  kubernetes = defaultKubernetes,
}: SetupCommandOptions): readonly Pick<SetupOptions, 'kubernetes' | 'rebuild' | 'withoutHa' | 'hollow'>[] => {
  const asked = [...new Set(kubernetes.split(',').map((version) => version.trim()))];
  const forTests = tests && !asked.includes(testKubernetes) ? [testKubernetes] : [];
  return [
    ...asked.map((version, index) => {
      const first = index === 0;
      // One of the tests on real clusters has hollow nodes.
      return { kubernetes: version, rebuild, withoutHa: !ha, hollow: (hollow || tests) && first };
    }),
    ...forTests.map((version) => ({ kubernetes: version, rebuild: false, withoutHa: true, hollow: false })),
  ];
};

/** @throws SkipbeatError TEST_TOOLS_MISSING (exit 75) where this is the package, which has no tests */
const stepsOfTests = async (): Promise<readonly ExtraStep[]> => {
  if (!isCheckout) {
    throw new SkipbeatError(
      'TEST_TOOLS_MISSING',
      'setup --tests: expected a checkout of skipbeat, found its package.',
      {
        exitCode: exitCodes.environment,
        next: skipbeat('setup'),
      },
    );
  }
  // Not part of what is compiled: no program but the tests needs it.
  const steps: { readonly testSteps: readonly ExtraStep[] } = await import(packageFile('tools/test-tools/steps.ts'));
  return steps.testSteps;
};

/** Brings the machine to where real clusters can be made; steps on stderr, what stands on stdout. */
export const setup = async (options: SetupCommandOptions, signal: AbortSignal): Promise<ExitCode> => {
  const print = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  if (options.undo === true) {
    await undoSetup((line) => printResult(`${line}\n`));
    return exitCodes.ok;
  }
  const setups = setupsOf(options);
  const forTests = options.tests === true ? await stepsOfTests() : [];
  // A version that nobody serves stops all of it, before the first step of the first.
  for (const { kubernetes = defaultKubernetes } of setups) await requireServed(kubernetes, { signal });
  for (const [index, one] of setups.entries()) {
    const extra = index === 0 ? forTests : [];
    if (setups.length > 1) print(`Kubernetes ${one.kubernetes}`);
    if (options.dryRun === true) {
      await dryRunSetup({ ...one, extra, signal, print });
      continue;
    }
    const { engine, nodeImage, kindPath } = await runSetup({
      ...one,
      extra,
      signal,
      print,
      ...(index === 0 ? { onBuild: predictionHint } : {}),
    });
    printResult(
      `Ready: Kubernetes ${nodeImage.kubernetesVersion} (${nodeImage.reference}), ${kindPath}, docker ${engine.version}\n`,
    );
  }
  if (options.dryRun !== true) printResult(`Next: ${skipbeat('run tight-grace')}\n`);
  return exitCodes.ok;
};

export const registerSetup = (program: Command): void => {
  program
    .command('setup')
    .description('install what real clusters need: engine, kind, node image; does only what is missing')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option(
      '--kubernetes <versions>',
      'minors (v1.34) or exact versions (v1.34.4), separated by commas',
      defaultKubernetes,
    )
    .option('--rebuild', 'build the node image again though one is there')
    .option('--no-ha', 'leave out the load balancer that topology ha needs')
    .option('--hollow', 'also what hollow nodes (cluster.hollow) need: kwok')
    .option('--undo', 'take back what set-up changed on this machine: the engine’s configuration and runtime, kwok')
    .option(
      '--tests',
      `also what only the tests need: Debian packages, a kernel, kwok, a node image of ${testKubernetes}`,
    )
    .action(async (options: SetupCommandOptions) => {
      const interrupted = new AbortController();
      const interrupt = (name: NodeJS.Signals): void => interrupted.abort(name);
      process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
      try {
        process.exitCode = await setup(options, interrupted.signal);
      } finally {
        process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      }
    });
};
