import { type Command, Option } from 'commander';
import { type ExitCode, exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { printResult } from '../output/print.ts';

type Options = {
  readonly dryRun?: boolean;
  readonly cluster?: string;
  readonly run?: string;
  readonly all?: boolean;
};

const labels = { done: 'done', would: 'would', left: 'left', failed: 'FAILED' } as const;

const cleanup = async (options: Options): Promise<ExitCode> => {
  // Help needs none of them.
  const [{ cleanUp }, { clusterNameFrom }, { hostExec }] = await Promise.all([
    import('../../cleanup/index.ts'),
    import('../../cluster/index.ts'),
    import('../../node/index.ts'),
  ]);
  const name = options.cluster === undefined ? null : clusterNameFrom(options.cluster);
  if (options.cluster !== undefined && name === null) {
    throw new SkipbeatError(
      'CLUSTER_NAME_INVALID',
      `--cluster: expected lower-case letters, digits and dashes, received ${JSON.stringify(options.cluster)}.`,
      { exitCode: exitCodes.usage, next: skipbeat('cleanup --dry-run') },
    );
  }
  let count = 0;
  const clean = await cleanUp({
    host: hostExec,
    dryRun: options.dryRun === true,
    cluster: name,
    folder: options.run ?? null,
    all: options.all === true,
    notify: ({ what, name: thing, outcome, detail }) => {
      count += 1;
      printResult(`${labels[outcome].padEnd(6)}  ${what} ${thing}: ${detail}\n`);
    },
  });
  if (count === 0) printResult('nothing to clean up\n');
  return clean ? exitCodes.ok : exitCodes.environment;
};

/** `skipbeat cleanup`: what killed runs left behind, and kept clusters on request. Exit 0, or 75 where something stayed. */
export const registerCleanup = (program: Command): void => {
  program
    .command('cleanup')
    .description('undo what killed runs left behind: faults, clusters, kubeconfigs, journal entries')
    .option('--dry-run', 'list what would be done, and do nothing')
    .option('--cluster <name>', 'remove this cluster of skipbeat, kept or not')
    .addOption(
      new Option('--run <dir>', 'only what the run of this folder left, with the cluster that it made').conflicts(
        'cluster',
      ),
    )
    .option('--all', 'clusters that were kept on purpose too, and those of dead runs of other state folders')
    .action(async (options: Options) => {
      process.exitCode = await cleanup(options);
    });
};
