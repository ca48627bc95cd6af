import type { Command } from 'commander';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import {
  type Explained,
  explain,
  type Given,
  givenSentences,
  inlineProfile,
  joinGiven,
  readGivenFile,
} from '../given/index.ts';
import { assumedVersion } from '../plan/index.ts';
import type { Override } from '../scenario/index.ts';

/** Files with the settings that somebody really runs. */
export type GivenOptions = {
  readonly kubeadmConfig?: string;
  readonly kubeControllerManagerManifest?: string;
  readonly kubeApiserverManifest?: string;
  readonly kubeletConfig?: string;
};

/** Adds them to a command. */
export const addGivenOptions = (command: Command): Command =>
  command
    .option('--kubeadm-config <file>', 'instead of a profile: the settings of a kubeadm configuration')
    .option('--kube-controller-manager-manifest <file>', 'instead of a profile: those of a static pod manifest')
    .option('--kube-apiserver-manifest <file>', 'the same, of the API server')
    .option('--kubelet-config <file>', 'the same, of a KubeletConfiguration');

/** What the named files say; null where none is named. @throws SkipbeatError GIVEN_INVALID (exit 64) */
export const readGivenOptions = (options: GivenOptions): Given | null => {
  const { kubeadmConfig, kubeControllerManagerManifest, kubeApiserverManifest, kubeletConfig } = options;
  const files = [kubeadmConfig, kubeControllerManagerManifest, kubeApiserverManifest, kubeletConfig].filter(
    (file) => file !== undefined,
  );
  return files.length === 0 ? null : joinGiven(files.map(readGivenFile));
};

/** The minor of a version: the patch is the one that can be had. */
export const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');

/**
 * What given settings amount to where they can be run and predicted.
 * @param kubernetes `v1.34` or `v1.34.4`
 * @throws SkipbeatError GIVEN_WOULD_NOT_START, GIVEN_NOT_MODELLED, GIVEN_INVALID (all exit 64), VERSION_UNSUPPORTED
 */
export const explainedOrRefused = (given: Given, kubernetes: string): Explained => {
  const explained = explain(given, assumedVersion(kubernetes));
  const { remarks } = explained;
  const lines = (those: typeof remarks): string => those.map(({ origin, text }) => `${origin}: ${text}`).join('\n');
  const fatal = remarks.filter(({ weight }) => weight === 'fatal');
  if (fatal.length > 0) {
    throw new SkipbeatError('GIVEN_WOULD_NOT_START', lines(fatal), {
      exitCode: exitCodes.usage,
      next: 'change the file, or take a version that has these flags, such as --kubernetes v1.26',
    });
  }
  // A run that left them out would be a run of other settings.
  const hidden = remarks.filter(({ weight, about, isPassed }) => weight === 'unknown' && about !== null && !isPassed);
  if (explained.effective === null || hidden.length > 0) {
    throw new SkipbeatError('GIVEN_NOT_MODELLED', lines(remarks.filter(({ about }) => about !== null)), {
      exitCode: exitCodes.usage,
      next: 'npm run skipbeat -- review FILE FILE   (says what can be told of the rest)',
    });
  }
  return explained;
};

/**
 * Given settings as changes of a scenario, and in sentences.
 * @throws SkipbeatError as `explainedOrRefused`
 */
export const givenOverrides = (
  given: Given,
  kubernetes: string,
): { readonly overrides: readonly Override[]; readonly sentences: readonly string[] } => {
  const explained = explainedOrRefused(given, kubernetes);
  const origin = 'the given settings';
  return {
    sentences: givenSentences(given, explained),
    overrides: [
      { origin, path: ['profile'], value: inlineProfile(explained) },
      { origin, path: ['reading'], value: 'literal' },
    ],
  };
};
