#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { sayError } from './cli/say.ts';
import { codeOf, exitCodes } from './common/errors.ts';
import { programName } from './common/invocation.ts';
import { packageVersion } from './common/package.ts';
import { cacheDir } from './common/paths.ts';

// Types are stripped, in a checkout, and modules compiled once for many starts; where nothing can be kept, each start does it anew.
enableCompileCache(join(cacheDir(), 'compile'));

/** A command's file is loaded only when it is asked for: what a command does not need costs it no time. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  run: async () => (await import('./cli/run.ts')).registerRun,
  list: async () => (await import('./cli/list.ts')).registerList,
  validate: async () => (await import('./cli/validate.ts')).registerValidate,
  plan: async () => (await import('./cli/plan.ts')).registerPlan,
  bugs: async () => (await import('./cli/bugs.ts')).registerBugs,
  review: async () => (await import('./cli/review.ts')).registerReview,
  matrix: async () => (await import('./cli/matrix.ts')).registerMatrix,
  sweep: async () => (await import('./cli/sweep.ts')).registerSweep,
  recommend: async () => (await import('./cli/recommend.ts')).registerRecommend,
  cost: async () => (await import('./cli/cost.ts')).registerCost,
  merge: async () => (await import('./cli/moved.ts')).registerMovedMerge,
  schema: async () => (await import('./cli/schema.ts')).registerSchema,
  report: async () => (await import('./cli/report.ts')).registerReport,
  compare: async () => (await import('./cli/compare.ts')).registerCompare,
  cleanup: async () => (await import('./cli/cleanup.ts')).registerCleanup,
  doctor: async () => (await import('./cli/doctor.ts')).registerDoctor,
  setup: async () => (await import('./cli/setup.ts')).registerSetup,
};

const main = async (argv: readonly string[]): Promise<void> => {
  const program = new Command(programName)
    .description('Makes Kubernetes nodes skip beats on purpose and measures what clients would have felt.')
    .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 80, 100) })
    .showSuggestionAfterError()
    // What follows `sweep merge` is the options of merge, not of sweep.
    .enablePositionalOptions()
    .version(packageVersion(), '--version', 'print the version of this package')
    .exitOverride();
  const asked = commands[argv[0] ?? ''];
  for (const load of asked === undefined ? Object.values(commands) : [asked]) (await load())(program);
  for (const command of program.commands) command.exitOverride().showSuggestionAfterError();
  if (argv.length === 0) {
    program.outputHelp({ error: true });
    process.exitCode = exitCodes.usage;
    return;
  }
  await program.parseAsync([...argv], { from: 'user' });
};

// A reader that closes the pipe early (`| head`) has what it wanted; a terminal that is gone, or a log on a full disk,
// must not end a run without its undo. Results go by `printResult`, which fails where they cannot be written.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  await main(process.argv.slice(2));
} catch (thrown) {
  if (thrown instanceof CommanderError) {
    // Commander has said it already; its own codes are 0 for help and version, 1 for a wrong word.
    process.exitCode = thrown.exitCode === 0 ? exitCodes.held : exitCodes.usage;
  } else {
    sayError(thrown);
    process.exitCode = codeOf(thrown);
  }
}

// Everything that was started has been ended by now; what was overlooked must not keep a nightly job waiting for ever.
const overlooked = setTimeout(() => {
  process.stderr.write('something was still open 15 s after the end; leaving all the same\n');
  process.exit();
}, 15_000);
overlooked.unref();
