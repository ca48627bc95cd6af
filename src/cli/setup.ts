import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../common/errors.ts';
import { defaultKubernetes, rehearseSetup, runSetup } from '../setup/index.ts';

export type SetupCommandOptions = {
  readonly dryRun?: boolean;
  readonly kubernetes?: string;
  readonly rebuild?: boolean;
  /** False with `--no-ha`. */
  readonly ha?: boolean;
  readonly tests?: boolean;
};

/** Brings the machine to where real clusters can be made; steps on stderr, what stands on stdout. */
export const setup = async (
  { dryRun = false, rebuild = false, ha = true, tests = false, kubernetes = defaultKubernetes }: SetupCommandOptions,
  signal: AbortSignal,
): Promise<ExitCode> => {
  const print = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const options = { kubernetes, rebuild, withoutHa: !ha, tests, signal, print };
  if (dryRun) {
    await rehearseSetup(options);
    return exitCodes.held;
  }
  const { engine, nodeImage, kindPath } = await runSetup(options);
  process.stdout.write(
    `Ready: Kubernetes ${nodeImage.kubernetesVersion} (${nodeImage.reference}), ${kindPath}, docker ${engine.version}\n` +
      'Next: npm run scenario -- tight-grace\n',
  );
  return exitCodes.held;
};

export const registerSetup = (program: Command): void => {
  program
    .command('setup')
    .description('install what real clusters need: engine, kind, node image; does only what is missing')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--kubernetes <version>', 'a minor (v1.34) or an exact version (v1.34.4)', defaultKubernetes)
    .option('--rebuild', 'build the node image again though one is there')
    .option('--no-ha', 'leave out the load balancer that topology ha needs')
    .option('--tests', 'also install what only the tests need (Debian packages)')
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
