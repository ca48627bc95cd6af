import type { Command } from 'commander';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { explain, type Given, givenSentences, inlineProfile, joinGiven, readGivenFile } from '../given/index.ts';
import { assumedVersion } from '../plan/index.ts';
import type { Override } from '../scenario/index.ts';

/** Files with the settings that somebody really runs. */
export type GivenOptions = {
  readonly kubeadmConfig?: string;
  readonly kubeControllerManagerManifest?: string;
};

/** Adds them to a command. */
export const addGivenOptions = (command: Command): Command =>
  command
    .option('--kubeadm-config <file>', 'instead of a profile: the settings of a kubeadm configuration')
    .option('--kube-controller-manager-manifest <file>', 'instead of a profile: those of a static pod manifest');

/** What the named files say; null where none is named. @throws SkipbeatError GIVEN_INVALID (exit 64) */
export const readGivenOptions = ({ kubeadmConfig, kubeControllerManagerManifest }: GivenOptions): Given | null => {
  const files = [kubeadmConfig, kubeControllerManagerManifest].filter((file) => file !== undefined);
  return files.length === 0 ? null : joinGiven(files.map(readGivenFile));
};

/** The minor of a version: the patch is the one that can be had. */
export const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');

/**
 * Given settings as changes of a scenario, and in sentences.
 * @param kubernetes as the scenario has it, `v1.34` or `v1.34.4`
 * @throws SkipbeatError GIVEN_WOULD_NOT_START (exit 64), VERSION_UNSUPPORTED
 */
export const givenOverrides = (
  given: Given,
  kubernetes: string,
): { readonly overrides: readonly Override[]; readonly sentences: readonly string[] } => {
  const explained = explain(given, assumedVersion(kubernetes));
  const fatal = explained.remarks.filter(({ weight }) => weight === 'fatal');
  if (fatal.length > 0) {
    throw new SkipbeatError('GIVEN_WOULD_NOT_START', fatal.map(({ origin, text }) => `${origin}: ${text}`).join('\n'), {
      exitCode: exitCodes.usage,
      next: 'change the file, or take a version that has these flags, such as --kubernetes v1.26',
    });
  }
  const origin = 'the given settings';
  return {
    sentences: givenSentences(given, explained),
    overrides: [
      { origin, path: ['profile'], value: inlineProfile(explained) },
      { origin, path: ['reading'], value: explained.reading },
    ],
  };
};
