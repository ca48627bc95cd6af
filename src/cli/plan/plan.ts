import { availableParallelism } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../../common/errors.ts';
import { assumedVersion } from '../../common/kubernetes/version-range.ts';
import { clean, hang } from '../../common/layout.ts';
import { makePlan, type Plan } from '../../plan/index.ts';
import type { OverrideProblem } from '../../scenario/index.ts';
import { findNodeImage } from '../../setup/index.ts';
import type { Simulation } from '../../sweep/index.ts';
import { addScenarioOptions, loadWithOptions, type ScenarioOptions } from '../options/scenario-options.ts';
import { printResult } from '../output/print.ts';
import { screenOf } from '../output/screen.ts';
import { planText } from './plan-text.ts';

export type PlanOptions = ScenarioOptions & { readonly json?: boolean; readonly simulate?: string };

/** The exact version that this machine has a node image of, for a minor or an exact one; null where it has none. */
export type FindVersion = (kubernetes: string) => Promise<string | null>;

const findVersionHere: FindVersion = async (kubernetes) => (await findNodeImage(kubernetes))?.kubernetesVersion ?? null;

/** Where the exact version comes from, in a few words. */
const noteOn = (asked: string, found: string | null): string => {
  if (asked.split('.').length > 2) return 'as asked for';
  return found === null
    ? `assumed for ${asked}: this machine has no node image of it`
    : `the ${asked} that this machine has`;
};

type Simulated = { readonly simulation: Simulation; readonly text: string };

/** The model loads only when it is asked. */
const simulated = async (made: Plan, runs: number): Promise<Simulated> => {
  const { simulatePlan, simulationText } = await import('../../sweep/index.ts');
  const heapBytes = getHeapStatistics().heap_size_limit;
  const simulation = await simulatePlan(made, runs, { workers: availableParallelism(), heapBytes });
  return { simulation, text: simulationText(simulation) };
};

/** What so many repeats can tell, once others like them are there to compare with; the statistics load only when asked. */
const repeatsText = async ({ repeats }: Plan, columns: number): Promise<string> => {
  if (repeats < 2) return '';
  const { defaultTolerance, powerOfRepeats, powerText } = await import('../../compare/index.ts');
  const { frequency } = defaultTolerance;
  const lines = hang('  ', powerText(powerOfRepeats(repeats, frequency), frequency), columns);
  return ['', 'What a comparison of so many repeats can tell, at best', ...lines].map((line) => `${line}\n`).join('');
};

/** Where no formula tells whether a node is lost the model is asked unbidden: enough runs for a chance to ± 7 %. */
const unbiddenRuns = 200;
/** Nobody waits for more than this without having asked for it, in ms. */
const unbiddenMs = 10_000;

/** How many simulations a plan needs; null: none. */
const runsFor = async (made: Plan, { simulate }: PlanOptions): Promise<number | null> => {
  if (simulate !== undefined) return Number(simulate);
  if ((made.prediction.noFormula ?? []).length === 0) return null;
  const { estimateSimulation } = await import('../../sweep/index.ts');
  return estimateSimulation(made, unbiddenRuns).ms > unbiddenMs ? null : unbiddenRuns;
};

/** More simulations than this tell nothing more. */
const maxSimulations = 10_000;

const problemsOf = ({ simulate }: PlanOptions): readonly OverrideProblem[] => {
  if (simulate === undefined || (/^[1-9]\d*$/.test(simulate) && Number(simulate) <= maxSimulations)) return [];
  const message = `expected an integer from 1 to ${maxSimulations}, received ${JSON.stringify(simulate)}`;
  return [{ origin: '--simulate', path: [], message }];
};

/**
 * Prints a scenario made exact, and touches nothing.
 * @throws SkipbeatError of the scenario, or of what its version cannot express (exit 64)
 */
export const plan = async (
  nameOrFile: string,
  options: PlanOptions,
  findVersion: FindVersion = findVersionHere,
): Promise<ExitCode> => {
  const { scenario, configSentences } = loadWithOptions(nameOrFile, options, problemsOf(options));
  const asked = scenario.cluster.kubernetes;
  const found = await findVersion(asked);
  const made = makePlan(scenario, { kubernetesVersion: found ?? assumedVersion(asked) });
  const note = noteOn(asked, found);
  const runs = await runsFor(made, options);
  const more = runs === null ? null : await simulated(made, runs);
  if (options.json === true) {
    for (const sentence of configSentences) process.stderr.write(`${sentence}\n`);
    process.stderr.write(`Kubernetes ${made.kubernetesVersion}: ${note}\n`);
    const complete = more === null ? made : { ...made, simulation: more.simulation };
    printResult(`${JSON.stringify(complete, null, 2)}\n`);
  } else {
    const { columns } = screenOf(process.stdout, false);
    const sentences = configSentences.flatMap((sentence) => hang('  - ', clean(sentence), columns));
    const heading = sentences.length === 0 ? [] : ['What the files say', ...sentences, ''];
    printResult(
      heading.map((line) => `${line}\n`).join('') +
        planText(made, note, columns, { typed: process.argv.slice(2), losses: more?.simulation.notReady ?? null }) +
        (await repeatsText(made, columns)) +
        (more?.text ?? ''),
    );
  }
  return exitCodes.ok;
};

/** `skipbeat plan`. */
export const registerPlan = (program: Command): void => {
  addScenarioOptions(
    program
      .command('plan')
      .description('print a scenario made exact: flags, targets, predictions; touches nothing')
      .argument('<scenario>', 'a name, or the path of a YAML file')
      .option('--simulate <n>', 'also simulate it so many times: chances and times by the model')
      .option('--age <age>', 'simulate a cluster that is fresh (made for the run) or old (after weeks)')
      .option('--json', 'print the plan as JSON'),
  ).action(async (nameOrFile: string, options: PlanOptions) => {
    process.exitCode = await plan(nameOrFile, options);
  });
};
