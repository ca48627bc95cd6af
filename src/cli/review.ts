import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../common/errors.ts';
import { assumedVersion } from '../plan/index.ts';
import {
  type Given,
  namedVersion,
  readGivenFile,
  reviewGiven,
  reviewMarkdown,
  reviewText,
} from '../user-config/index.ts';
import { allowUnreadText } from './given-options.ts';
import { printResult } from './say.ts';

export type ReviewOptions = {
  readonly kubernetes?: string;
  readonly allowUnread?: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
};

/** What figures are shown of where no file names a version and nobody asked for one. */
const assumedKubernetes = 'v1.34';

/** Whether a path is that of a file of settings, by its ending. */
export const isSettingsFile = (path: string): boolean => /\.ya?ml$/i.test(path);

/** With its `v`, and exact. @throws SkipbeatError VERSION_UNSUPPORTED where the minor is not known here */
const exactly = (kubernetes: string): string => assumedVersion(kubernetes.replace(/^(?=\d)/, 'v'));

/**
 * A side is judged on the version that it names, where it says nothing of one on the other side's. An image by its digest
 * and the like leave it open: nobody knows that it is the other's.
 */
const sideOf = (given: Given, other: Given, options: ReviewOptions): Parameters<typeof reviewGiven>[0] => {
  const { kubernetes, allowUnread = false } = options;
  const [own, theirs] = kubernetes === undefined ? [namedVersion(given), namedVersion(other)] : [kubernetes, null];
  const kubernetesVersion = exactly(own ?? theirs ?? assumedKubernetes);
  const isAssumed = own === null && (theirs === null || given.unversioned.length > 0);
  const sentence = `${given.files.join(', ')}: names no version of Kubernetes: that of the other side is taken, ${kubernetesVersion}`;
  const passedOver = own !== null || isAssumed ? given.passedOver : [...given.passedOver, sentence];
  return { given: { ...given, passedOver }, kubernetesVersion, isAssumed, allowUnread };
};

/**
 * 1: the candidate does not start. 2: something cannot be told, so nobody knows that the change does no harm; beside a
 * base that does not start it is the candidate alone that has to be known.
 */
const codeOf = ({ base, candidate, predicted }: ReturnType<typeof reviewGiven>): ExitCode => {
  const has = (side: typeof base, sought: string): boolean => side.remarks.some(({ weight }) => weight === sought);
  if (has(candidate, 'fatal')) return exitCodes.notHeld;
  const isTold = has(base, 'fatal')
    ? predicted.every((row) => row.candidate !== null) && candidate.isWhole
    : predicted.every(({ verdict }) => verdict !== 'unknown');
  return isTold ? exitCodes.held : exitCodes.inconclusive;
};

/**
 * Prints what a change of settings does, each side on its own version, predicted by closed formulas; nothing is run.
 * @throws SkipbeatError GIVEN_INVALID, VERSION_UNSUPPORTED (both exit 64)
 */
export const review = (base: string, candidate: string, options: ReviewOptions): ExitCode =>
  reviewOf(readGivenFile(base), readGivenFile(candidate), options);

/** The same of what was read. @throws SkipbeatError GIVEN_INVALID, VERSION_UNSUPPORTED (both exit 64) */
export const reviewOf = (before: Given, after: Given, options: ReviewOptions): ExitCode => {
  const made = reviewGiven(sideOf(before, after, options), sideOf(after, before, options));
  printResult(
    options.json === true
      ? `${JSON.stringify(made, null, 2)}\n`
      : options.markdown === true
        ? reviewMarkdown(made)
        : reviewText(made),
  );
  return codeOf(made);
};

/** `skipbeat review`. */
export const registerReview = (program: Command): void => {
  program
    .command('review')
    .description('what a change of settings does, by formula: two static pod manifests or kubeadm configurations')
    .argument('<base>', 'the file as it is')
    .argument('<candidate>', 'the file as it is to be')
    .option(
      '--kubernetes <version>',
      'of both sides: a minor (v1.34) or an exact version (default: what each file says, else the other; where neither does, every verdict is unknown)',
    )
    .option('--allow-unread', allowUnreadText)
    .option('--json', 'print the review as JSON')
    .option('--markdown', 'print it as Markdown, for a pull request')
    .action((base: string, candidate: string, options: ReviewOptions) => {
      process.exitCode = review(base, candidate, options);
    });
};
