import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../common/errors.ts';
import { readGivenFile, reviewGiven, reviewMarkdown, reviewText } from '../given/index.ts';
import { assumedVersion } from '../plan/index.ts';

export type ReviewOptions = {
  readonly kubernetes?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
};

/** Whether a path is that of a file of settings, by its ending. */
export const isSettingsFile = (path: string): boolean => /\.ya?ml$/i.test(path);

/**
 * Prints what a change of settings does on a version, predicted by closed formulas; nothing is run.
 * @throws SkipbeatError GIVEN_INVALID, VERSION_UNSUPPORTED (both exit 64)
 */
export const review = (base: string, candidate: string, options: ReviewOptions): ExitCode => {
  const [before, after] = [readGivenFile(base), readGivenFile(candidate)];
  // A change of version belongs to the candidate: it is what will run.
  const kubernetes = options.kubernetes ?? after.kubernetesVersion ?? before.kubernetesVersion ?? 'v1.34';
  const made = reviewGiven(before, after, assumedVersion(kubernetes.startsWith('v') ? kubernetes : `v${kubernetes}`));
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(made, null, 2)}\n`
      : options.markdown === true
        ? reviewMarkdown(made)
        : reviewText(made),
  );
  return made.candidate.effective === null ? exitCodes.notHeld : exitCodes.held;
};

/** `skipbeat review`. */
export const registerReview = (program: Command): void => {
  program
    .command('review')
    .description('what a change of settings does, by formula: two static pod manifests or kubeadm configurations')
    .argument('<base>', 'the file as it is')
    .argument('<candidate>', 'the file as it is to be')
    .option('--kubernetes <version>', 'a minor (v1.34) or an exact version (default: what the files say, else v1.34)')
    .option('--json', 'print the review as JSON')
    .option('--markdown', 'print it as Markdown, for a pull request')
    .action((base: string, candidate: string, options: ReviewOptions) => {
      process.exitCode = review(base, candidate, options);
    });
};
