import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { type ExitCode, exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { unknownPatchText } from '../common/kubernetes/patches.ts';
import { assumedVersion } from '../common/kubernetes/version-range.ts';
import {
  type ConfigFiles,
  namedVersion,
  outcomeOf,
  type ReviewOutcome,
  readConfigFile,
  reviewConfigs,
  reviewMarkdown,
  reviewText,
} from '../user-config/index.ts';
import {
  addConfigFileOptions,
  type ConfigFileOptions,
  readConfigFileOptions,
  versionAsked,
} from './options/config-file-options.ts';
import { printResult } from './output/print.ts';

type ReviewOptions = ConfigFileOptions & {
  readonly kubernetes?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
};

/** What figures are shown of where no file names a version and nobody asked for one. */
const assumedKubernetes = 'v1.34';

/** With its `v`, and exact. @throws SkipbeatError VERSION_UNSUPPORTED where the minor is not known here */
const exactly = (kubernetes: string): string => assumedVersion(spelled(kubernetes));

const spelled = (kubernetes: string): string => kubernetes.replace(/^(?=\d)/, 'v');

/**
 * A side is judged on the version that it names, where it says nothing of one on the other side's. An image by its digest
 * and the like leave it open: nobody knows that it is the other's.
 */
const sideOf = (
  configFiles: ConfigFiles,
  other: ConfigFiles,
  options: ReviewOptions,
): Parameters<typeof reviewConfigs>[0] => {
  const { kubernetes, allowUnread = false } = options;
  const [own, theirs] =
    kubernetes === undefined
      ? [namedVersion(configFiles), namedVersion(other)]
      : [versionAsked(configFiles, spelled(kubernetes)), null];
  const kubernetesVersion = exactly(own ?? theirs ?? assumedKubernetes);
  const isAssumed = own === null && (theirs === null || configFiles.unversioned.length > 0);
  const sentence = `${configFiles.files.join(', ')}: names no version of Kubernetes: that of the other side is taken, ${kubernetesVersion}`;
  const unknownPatch = unknownPatchText(kubernetesVersion);
  const passedOver = [
    ...configFiles.passedOver,
    ...(own !== null || isAssumed ? [] : [sentence]),
    ...(unknownPatch === null ? [] : [unknownPatch]),
  ];
  return { configFiles: { ...configFiles, passedOver }, kubernetesVersion, isAssumed, allowUnread };
};

const codes: Readonly<Record<ReviewOutcome, ExitCode>> = {
  known: exitCodes.ok,
  doesNotStart: exitCodes.notMet,
  unknown: exitCodes.inconclusive,
};

/**
 * Prints what a change of settings does, each side on its own version, predicted by closed formulas; nothing is run.
 * @throws SkipbeatError CONFIG_INVALID, VERSION_UNSUPPORTED (both exit 64)
 */
const review = (before: ConfigFiles, after: ConfigFiles, options: ReviewOptions): ExitCode => {
  const made = reviewConfigs(sideOf(before, after, options), sideOf(after, before, options));
  printResult(
    options.json === true
      ? `${JSON.stringify(made, null, 2)}\n`
      : options.markdown === true
        ? reviewMarkdown(made)
        : reviewText(made),
  );
  return codes[outcomeOf(made)];
};

/** The file of the candidate, or those that options name together. @throws SkipbeatError REVIEW_SIDES, CONFIG_INVALID (both exit 64) */
const candidateOf = (candidate: string | undefined, options: ReviewOptions): ConfigFiles => {
  const configFiles = readConfigFileOptions(options);
  if (candidate !== undefined && configFiles === null) return readConfigFile(candidate);
  if (candidate === undefined && configFiles !== null) return configFiles;
  const received = configFiles === null ? 'none' : 'both';
  throw new SkipbeatError(
    'REVIEW_SIDES',
    `review: expected a candidate, as one file or as the files that options name together, received ${received}.`,
    { exitCode: exitCodes.usage, next: skipbeat('review BASE.yaml CANDIDATE.yaml') },
  );
};

/** Whether a path is that of a run, or of several, by what it is called alone: a folder, or a run.json. */
const isOfRuns = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true || basename(path) === 'run.json';

/** Runs are compared by what was measured. @throws SkipbeatError REVIEW_SIDES (exit 64) */
const refuseRuns = (sides: readonly string[]): void => {
  const runs = sides.filter(isOfRuns);
  if (runs.length === 0) return;
  throw new SkipbeatError(
    'REVIEW_SIDES',
    `review: expected files of settings, received what runs leave, or another folder: ${runs.join(', ')}.`,
    {
      exitCode: exitCodes.usage,
      next: `${skipbeat('review BASE.yaml CANDIDATE.yaml')}   (two runs: ${skipbeat('compare BASE CANDIDATE')})`,
    },
  );
};

/** `skipbeat review`. */
export const registerReview = (program: Command): Command => {
  const command = program
    .command('review')
    .description('what a change of settings does, by formula: two static pod manifests or kubeadm configurations')
    .argument('<base>', 'the file as it is')
    .argument('[candidate]', 'the file as it is to be; or the options below, which name several together');
  return addConfigFileOptions(command, 'of the candidate')
    .option(
      '--kubernetes <version>',
      'of both sides: a minor (v1.34) or an exact version (default: what each file says, else the other; where neither does, every verdict is unknown)',
    )
    .addOption(new Option('--json', 'print the review as JSON').conflicts('markdown'))
    .option('--markdown', 'print it as Markdown, for a pull request')
    .action((base: string, candidate: string | undefined, options: ReviewOptions) => {
      refuseRuns(candidate === undefined ? [base] : [base, candidate]);
      process.exitCode = review(readConfigFile(base), candidateOf(candidate, options), options);
    });
};
