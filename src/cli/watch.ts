import type { Command } from 'commander';
import { formatDuration, parseDurationMs } from '../common/duration.ts';
import { codeOf, type ExitCode, exitCodes, SkipbeatError } from '../common/errors.ts';
import { minuteLine, notableLine, type WatchDocument, watchCluster, watchText } from '../watch/index.ts';
import { watchSignals } from './output/interrupt.ts';
import { log, printError, printResult } from './output/print.ts';
import { screenOf } from './output/screen.ts';

type Options = {
  readonly context: string;
  readonly kubeconfig?: string;
  readonly for?: string;
  readonly out?: string;
  readonly grace?: string;
  readonly margin: string;
  readonly judge?: boolean;
  readonly json?: boolean;
};

const invalid = (option: string, expected: string, received: string, next: string): SkipbeatError =>
  new SkipbeatError(
    'WATCH_OPTION_INVALID',
    `--${option}: expected ${expected}, received ${JSON.stringify(received)}.`,
    { exitCode: exitCodes.usage, next },
  );

const durationOf = (option: string, text: string | undefined, example: string): number | null => {
  if (text === undefined) return null;
  const ms = parseDurationMs(text);
  if (ms === null || ms <= 0) throw invalid(option, `a duration such as ${example}`, text, `--${option} ${example}`);
  return ms;
};

/** From 0 to 1. @throws SkipbeatError WATCH_OPTION_INVALID (exit 64) */
const marginOf = (text: string): number => {
  const share = /^\d+(?:\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : Number.NaN;
  if (share >= 0 && share < 1) return share;
  throw invalid('margin', 'a share from 0% to less than 100%', text, '--margin 50%');
};

/** `runs/2026-11-24T08-03-11-watch-staging`; a context's name may hold what no file's may. */
const folderOf = ({ out, context }: Options, at: Date): string => {
  const name = context.replace(/[^A-Za-z0-9._-]+/g, '-').slice(-60);
  return out ?? `runs/${at.toISOString().slice(0, 19).replaceAll(':', '-')}-watch-${name}`;
};

const codes = { pass: exitCodes.ok, fail: exitCodes.notMet, inconclusive: exitCodes.inconclusive } as const;

/** Without a judgement asked for, 0 says that all of the time was watched, and nothing of what was seen in it. */
export const exitCodeOf = (
  seen: Pick<WatchDocument, 'verdict'> & { readonly isBlind: boolean },
  judge: boolean,
): ExitCode => {
  if (judge) return codes[seen.verdict];
  return seen.isBlind ? exitCodes.inconclusive : exitCodes.ok;
};

/** Lines about single nodes in a minute: where a whole zone falls, nobody reads hundreds. */
const maxLines = 10;

/** Options with values of their own. @throws SkipbeatError WATCH_OPTION_INVALID (exit 64) */
export const readWatchOptions = (options: Pick<Options, 'for' | 'grace' | 'margin'>) => ({
  forMs: durationOf('for', options.for, '24h'),
  graceMs: durationOf('grace', options.grace, '40s'),
  margin: marginOf(options.margin),
});

const watch = async (options: Options): Promise<ExitCode> => {
  const { forMs, graceMs, margin } = readWatchOptions(options);
  const folder = folderOf(options, new Date());
  const screen = screenOf(process.stderr, false);
  const interruption = watchSignals(log, {
    first: 'ending in order; once more leaves at once',
    again: 'leaving; what was seen until some seconds ago is in the folder',
    ended: 'nothing had been seen yet',
  });
  let lines = 0;
  let isFirst = true;
  const onMinute = (document: WatchDocument): void => {
    if (isFirst) {
      const length = forMs === null ? 'until Ctrl-C' : `for ${formatDuration(forMs)}`;
      log(`watching ${document.context} at ${document.server} ${length}, into ${folder}/`);
      isFirst = false;
    }
    if (lines > maxLines) log(`          … and ${lines - maxLines} more, in events.ndjson`);
    lines = 0;
    log(minuteLine(document, screen));
  };
  try {
    const document = await watchCluster({
      context: options.context,
      kubeconfig: options.kubeconfig ?? null,
      forMs,
      folder,
      graceMs,
      margin,
      signal: interruption.signal,
      onMinute,
      onNotable: (notable, atMs) => {
        const line = isFirst ? null : notableLine(notable, atMs, screen);
        if (line === null) return;
        lines += 1;
        if (lines <= maxLines) log(line);
      },
    });
    printResult(
      options.json === true
        ? `${JSON.stringify(document, null, 2)}\n`
        : watchText(document, { ...screenOf(process.stdout, false), folder }),
    );
    return interruption.signal.aborted
      ? codeOf(interruption.signal.reason)
      : exitCodeOf({ verdict: document.verdict, isBlind: document.blind.count > 0 }, options.judge === true);
  } catch (thrown) {
    printError(thrown);
    return codeOf(thrown);
  } finally {
    interruption.dispose();
  }
};

/** `skipbeat watch`. */
export const registerWatch = (program: Command): void => {
  program
    .command('watch')
    .description('watch a cluster that you have, and change nothing in it: how near do its nodes come to NotReady?')
    .requiredOption('--context <name>', 'the context of a kubeconfig; never the current one by itself')
    .option('--kubeconfig <file>', 'the kubeconfig (default: as kubectl, KUBECONFIG or ~/.kube/config)')
    .option('--for <duration>', 'end after this time, such as 24h (default: at Ctrl-C)')
    .option('--out <dir>', 'the folder, new or of an earlier watch of this cluster, which then goes on')
    .option('--grace <duration>', 'nodeMonitorGracePeriod, where the control plane does not show it')
    .option('--margin <share>', 'how much of it has to stay unused for a pass', '50%')
    .option('--judge', 'let the exit code say the verdict')
    .option('--json', 'print watch.json on stdout')
    .addHelpText(
      'after',
      `
It asks with GET, lists and watches, and writes nothing to the cluster.

Exit codes: 0 all of the time was watched, whatever was seen; 2 not all of it.
With --judge: 0 all of it was seen, and no node came nearer to NotReady than the
margin; 1 a node was NotReady by silence, or came nearer than the margin; 2
neither was seen, and not all could be seen, or nodeMonitorGracePeriod is not
known. 130 Ctrl-C, with the report of what was seen.`,
    )
    .action(async (options: Options) => {
      process.exitCode = await watch(options);
    });
};
