import { type Command, Option } from 'commander';
import type { CleanupAct } from '../../cleanup/index.ts';
import { type ExitCode, exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { clean } from '../../common/layout.ts';
import { watchSignals } from '../output/interrupt.ts';
import { log, printResult } from '../output/print.ts';

type Options = {
  readonly dryRun?: boolean;
  readonly cluster?: string;
  readonly run?: string;
  readonly all?: boolean;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly agentImage?: string;
};

const labels = { done: 'done', would: 'would', left: 'left', failed: 'FAILED' } as const;

/** Prints each act, and counts them. */
const createPrinter = () => {
  let count = 0;
  return {
    notify: ({ what, name, outcome, detail }: CleanupAct): void => {
      count += 1;
      // Names and reasons come from files that may hold anything.
      printResult(`${labels[outcome].padEnd(6)}  ${clean(`${what} ${name}: ${detail}`)}\n`);
    },
    end: (): void => {
      if (count === 0) printResult('nothing to clean up\n');
    },
  };
};

/** @see github.com/distribution/reference: nothing that a shell, or a log, could take for something else */
const imageReference = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}$/;

const cleanupContext = async (context: string, options: Options): Promise<ExitCode> => {
  const [{ cleanUpContext }, { defaultAgentImage }, { recoverWithinMs }] = await Promise.all([
    import('../../cleanup/index.ts'),
    import('../../agent/index.ts'),
    import('../../guard/index.ts'),
  ]);
  const { agentImage = defaultAgentImage, kubeconfig = null, dryRun = false } = options;
  if (!imageReference.test(agentImage)) {
    throw new SkipbeatError(
      'CLEANUP_OPTION_INVALID',
      `--agent-image: expected the reference of an image, received ${JSON.stringify(agentImage)}.`,
      { exitCode: exitCodes.usage, next: `--agent-image ${defaultAgentImage}` },
    );
  }
  const printer = createPrinter();
  const interruption = watchSignals(log, {
    first: 'ending after what is being undone now; once more leaves at once',
    again: 'leaving; run cleanup again',
    ended: "what is not undone yet is still in the cluster's journal: run cleanup again",
  });
  try {
    const { signal } = interruption;
    const isClean = await cleanUpContext({
      ...{ context, kubeconfig, agentImage, dryRun, recoverWithinMs, signal, env: process.env },
      notify: printer.notify,
      waiting: log,
    });
    printer.end();
    return isClean ? exitCodes.ok : exitCodes.environment;
  } finally {
    interruption.dispose();
  }
};

const cleanup = async (options: Options): Promise<ExitCode> => {
  if (options.context !== undefined) return cleanupContext(options.context, options);
  const alone = (['kubeconfig', 'agentImage'] as const).find((name) => options[name] !== undefined);
  if (alone !== undefined) {
    throw new SkipbeatError(
      'CLEANUP_OPTION_INVALID',
      `--${alone === 'agentImage' ? 'agent-image' : alone}: expected --context beside it, found none.`,
      { exitCode: exitCodes.usage, next: skipbeat('cleanup --context NAME') },
    );
  }
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
  const printer = createPrinter();
  const isClean = await cleanUp({
    host: hostExec,
    dryRun: options.dryRun === true,
    cluster: name,
    folder: options.run ?? null,
    all: options.all === true,
    notify: printer.notify,
  });
  printer.end();
  return isClean ? exitCodes.ok : exitCodes.environment;
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
    .addOption(
      new Option('--context <name>', 'what dead runs left in the cluster of this context of a kubeconfig').conflicts([
        'cluster',
        'run',
        'all',
      ]),
    )
    .option('--kubeconfig <file>', 'with --context: the kubeconfig (default: as kubectl)')
    .option('--agent-image <ref>', 'with --context: image of the pods that undo, with sh and nsenter in it')
    .action(async (options: Options) => {
      process.exitCode = await cleanup(options);
    });
};
