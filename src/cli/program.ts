import { Command, InvalidArgumentError } from 'commander';
import { programName } from '../common/invocation.ts';
import { packageVersion } from '../common/package.ts';

/** A command's file is loaded only when it is asked for: what a command does not need costs it no time. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  run: async () => (await import('./run.ts')).registerRun,
  list: async () => (await import('./list.ts')).registerList,
  validate: async () => (await import('./validate.ts')).registerValidate,
  plan: async () => (await import('./plan/plan.ts')).registerPlan,
  bugs: async () => (await import('./bugs.ts')).registerBugs,
  review: async () => (await import('./review.ts')).registerReview,
  matrix: async () => (await import('./matrix.ts')).registerMatrix,
  sweep: async () => (await import('./sweep/sweep.ts')).registerSweep,
  recommend: async () => (await import('./sweep/recommend.ts')).registerRecommend,
  cost: async () => (await import('./sweep/cost.ts')).registerCost,
  merge: async () => (await import('./sweep/moved.ts')).registerMovedMerge,
  schema: async () => (await import('./schema.ts')).registerSchema,
  watch: async () => (await import('./watch.ts')).registerWatch,
  rbac: async () => (await import('./machine/rbac.ts')).registerRbac,
  report: async () => (await import('./report.ts')).registerReport,
  compare: async () => (await import('./compare.ts')).registerCompare,
  calibration: async () => (await import('./calibration.ts')).registerCalibration,
  cleanup: async () => (await import('./machine/cleanup.ts')).registerCleanup,
  doctor: async () => (await import('./machine/doctor.ts')).registerDoctor,
  setup: async () => (await import('./machine/setup.ts')).registerSetup,
};

/** Of a value that is given twice commander keeps the last one, and the first would be dropped in silence. */
const refuseTwice = (command: Command): void => {
  for (const option of command.options.filter(({ parseArg }) => parseArg === undefined)) {
    option.argParser((value: string, before: unknown) => {
      if (command.getOptionValueSource(option.attributeName()) !== 'cli') return value;
      if (option.isBoolean()) command.error(`error: option '${option.flags}' is given twice: expected it once`);
      throw new InvalidArgumentError(`It is given twice: expected one value, received '${String(before)}' before.`);
    });
  }
  for (const each of command.commands) refuseTwice(each);
};

/**
 * The command line, ready to parse; it throws CommanderError where commander would end the process.
 * @param asked the first word that was typed: where it names a command, that one alone is loaded; for the version none is
 */
export const programFor = async (asked?: string): Promise<Command> => {
  const program = new Command(programName)
    .description('Makes Kubernetes nodes skip beats on purpose and measures what clients would have felt.')
    .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 80, 100) })
    .showSuggestionAfterError()
    // What follows `sweep merge` is the options of merge, not of sweep.
    .enablePositionalOptions()
    .version(packageVersion(), '--version', 'print the version of this package')
    .exitOverride();
  const only = commands[asked ?? ''];
  const needed = asked === '--version' ? [] : only === undefined ? Object.values(commands) : [only];
  for (const load of needed) (await load())(program);
  refuseTwice(program);
  for (const command of program.commands) command.exitOverride().showSuggestionAfterError();
  return program;
};
