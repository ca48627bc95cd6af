import type { Command } from 'commander';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { assumedVersion } from '../../common/kubernetes/version-range.ts';
import type { UserConfig } from '../../profile/index.ts';
import type { Override } from '../../scenario/index.ts';
import {
  type ConfigFiles,
  configSentences,
  type Explained,
  explain,
  inlineProfile,
  isLeftOut,
  joinConfigs,
  namedVersion,
  type RunScope,
  readConfigFile,
} from '../../user-config/index.ts';

/** Files with the settings that somebody really runs. */
export type ConfigFileOptions = {
  readonly kubeadmConfig?: string;
  readonly kubeControllerManagerManifest?: string;
  readonly kubeApiserverManifest?: string;
  readonly kubeletConfig?: string;
  readonly allowUnread?: boolean;
};

const allowUnreadText =
  'judge by what is read and run, whatever the files say beside it: patches, and flags, gates and fields that no run has';

/** Names of those with files as commander keeps them. */
export const configFileOptionNames = [
  'kubeadmConfig',
  'kubeControllerManagerManifest',
  'kubeApiserverManifest',
  'kubeletConfig',
] as const satisfies readonly (keyof ConfigFileOptions)[];

/** The name of an option as it is typed: `--kubeadm-config`. */
export const optionOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** As commander takes them. */
export const configFileOptionFlags = [
  ...configFileOptionNames.map((name) => `${optionOf(name)} <file>`),
  '--allow-unread',
];

/** Adds them to a command. @param role what the files stand for */
export const addConfigFileOptions = (command: Command, role = 'instead of a profile'): Command =>
  command
    .option('--kubeadm-config <file>', `${role}: the settings of a kubeadm configuration`)
    .option('--kube-controller-manager-manifest <file>', `${role}: those of a static pod manifest`)
    .option('--kube-apiserver-manifest <file>', 'the same, of the API server')
    .option('--kubelet-config <file>', 'the same, of a KubeletConfiguration')
    .option('--allow-unread', allowUnreadText);

/** What the file of an option has to have in it; the others take any that is read. */
const contents: Readonly<Partial<Record<(typeof configFileOptionNames)[number], RegExp>>> = {
  kubeControllerManagerManifest: /\bkube-controller-manager\b/,
  kubeApiserverManifest: /\bkube-apiserver\b/,
  kubeletConfig: /^KubeletConfiguration\b/,
};

/** What the named files say; null where none is named. @throws SkipbeatError CONFIG_INVALID (exit 64) */
export const readConfigFileOptions = (options: ConfigFileOptions): ConfigFiles | null => {
  const files = configFileOptionNames.flatMap((name) => {
    const file = options[name];
    return file === undefined ? [] : [{ name, file, read: readConfigFile(file) }];
  });
  const others = files.filter(({ name, read }) => {
    const expected = contents[name];
    return expected !== undefined && !read.documents.some((document) => expected.test(document));
  });
  if (others.length > 0) {
    const lines = others.map(
      ({ name, file, read }) =>
        `${optionOf(name)} ${file}: expected ${contents[name]?.source.replaceAll(/\\b|\^/g, '')} in it, found ${read.documents.join(', ')}`,
    );
    throw new SkipbeatError('CONFIG_INVALID', lines.join('\n'), {
      exitCode: exitCodes.usage,
      next: `${optionOf('kubeadmConfig')} FILE   (takes whatever is read)`,
    });
  }
  return files.length === 0 ? null : joinConfigs(files.map(({ read }) => read));
};

/** The minor of a version: the patch is the one that can be had. */
export const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');

/**
 * The version on which the settings of files are read where nobody asked for one. A run takes the patch that can be had,
 * and patches of one minor pass equal flags in another order: those of the files are as their own kubeadm passes them.
 * @throws SkipbeatError CONFIG_INVALID (exit 64) where the files name several
 */
export const versionOfFiles = (configFiles: ConfigFiles, kubernetes: string): string => {
  const named = namedVersion(configFiles);
  return named !== null && minorOf(named) === minorOf(kubernetes) ? named : kubernetes;
};

/**
 * The same where somebody asked for a version: of a minor alone the files may say the patch.
 * @param asked as typed, `v1.34` or `v1.34.3`
 * @param otherwise the patch where the files say none of that minor, or several
 */
export const versionAsked = ({ versions }: ConfigFiles, asked: string, otherwise: string = asked): string => {
  if (minorOf(asked) !== asked) return asked;
  const own = new Set(
    versions.map(({ version }) => version).filter((each) => each !== asked && minorOf(each) === asked),
  );
  const [only] = own;
  return own.size === 1 && only !== undefined ? only : otherwise;
};

/**
 * The version that files name; null where they say nothing of one.
 * @throws SkipbeatError CONFIG_VERSION_UNKNOWN (exit 2) where they leave it open; CONFIG_INVALID (exit 64) where they name several
 */
export const versionOrRefused = (configFiles: ConfigFiles): string | null => {
  const version = namedVersion(configFiles);
  if (version !== null || configFiles.unversioned.length === 0) return version;
  const message = configFiles.unversioned
    .map((origin) => `${origin}: expected a version of Kubernetes, whose defaults count, received none that is known`)
    .join('\n');
  throw new SkipbeatError('CONFIG_VERSION_UNKNOWN', message, {
    exitCode: exitCodes.inconclusive,
    next: 'say which one it is, such as --kubernetes v1.34',
  });
};

/** What is said of a version that no file names. */
export const versionSentences = (configFiles: ConfigFiles, kubernetes: string): readonly string[] =>
  configFiles.versions.length > 0
    ? []
    : [
        `no file names a version of Kubernetes: ${kubernetes} is taken, whose defaults count where the files say nothing`,
      ];

const leftOutLine = ({ weight, origin, text }: Explained['remarks'][number]): string =>
  `${origin}: ${weight === 'notRun' ? 'not in this run: ' : ''}${text}`;

/**
 * What given settings amount to where they can be run and predicted.
 * @param kubernetes `v1.34` or `v1.34.4`
 * @throws SkipbeatError CONFIG_WOULD_NOT_START, CONFIG_NOT_MODELLED, CONFIG_INVALID (all exit 64), VERSION_UNSUPPORTED;
 *   CONFIG_NOT_READ (exit 2) where something may change everything, or is in no run, and nobody allowed to leave it out
 */
const explainedOrRefused = (
  configFiles: ConfigFiles,
  kubernetes: string,
  { allowUnread = false }: ConfigFileOptions,
  scope: RunScope,
): Explained => {
  const explained = explain(configFiles, assumedVersion(kubernetes), { allowUnread, scope });
  const { remarks } = explained;
  const lines = (those: typeof remarks): string => those.map(({ origin, text }) => `${origin}: ${text}`).join('\n');
  const fatal = remarks.filter(({ weight }) => weight === 'fatal');
  if (fatal.length > 0) {
    throw new SkipbeatError('CONFIG_WOULD_NOT_START', lines(fatal), {
      exitCode: exitCodes.usage,
      // Another version has other flags; what no version takes is to be changed.
      next: fatal.every(({ text }) => /"unknown flag"|unrecognized feature gate|has no feature gate/.test(text))
        ? 'change the file, or take a version that has these flags, such as --kubernetes v1.26'
        : 'change what is named in the file',
    });
  }
  // A run that left them out would be a run of other settings.
  const hidden = remarks.filter(({ weight, about, isPassed }) => weight === 'unknown' && about !== null && !isPassed);
  if (explained.effective === null || hidden.length > 0) {
    throw new SkipbeatError('CONFIG_NOT_MODELLED', lines(remarks.filter(({ about }) => about !== null)), {
      exitCode: exitCodes.usage,
      next: `${skipbeat('review FILE FILE')}   (reports what can be known of the rest)`,
    });
  }
  if (!explained.isWhole) {
    const left = remarks.filter((each) => isLeftOut(each, scope));
    const isAnyUnread = left.some(({ weight }) => weight === 'unread');
    throw new SkipbeatError('CONFIG_NOT_READ', left.map(leftOutLine).join('\n'), {
      exitCode: exitCodes.inconclusive,
      next: isAnyUnread
        ? 'give what is named among the files, or add --allow-unread, which leaves it out'
        : 'add --allow-unread, which leaves it out: figures are then those of a cluster without it',
    });
  }
  return explained;
};

/**
 * Given settings as changes of a scenario, and in sentences.
 * @throws SkipbeatError as `explainedOrRefused`
 */
export const configFileOverrides = (
  configFiles: ConfigFiles,
  kubernetes: string,
  options: ConfigFileOptions,
): { readonly overrides: readonly Override[]; readonly sentences: readonly string[] } => {
  const explained = explainedOrRefused(configFiles, kubernetes, options, 'clients');
  const origin = 'the given settings';
  return {
    sentences: configSentences(configFiles, explained),
    overrides: [
      { origin, path: ['profile'], value: inlineProfile(explained) },
      { origin, path: ['reading'], value: 'literal' },
    ],
  };
};

/** Given settings where no scenario is: on which versions, as a profile on each, and in sentences. */
export type ConfigFileSettings = {
  /** What the command line says, else what the files name, else what the command takes by itself. */
  readonly kubernetes: string;
  readonly on: (kubernetesVersion: string) => {
    readonly userConfig: UserConfig;
    readonly isEvictionKnown: boolean;
    readonly sentences: readonly string[];
  };
};

/**
 * Settings for commands that take profiles and versions; null where no file is named.
 * @param kubernetes as typed; undefined where it was not
 * @param scope what is run, or predicted
 * @throws SkipbeatError CONFIG_INVALID (exit 64); `on` throws as `explainedOrRefused`
 */
export const configFileSettings = (
  options: ConfigFileOptions,
  kubernetes: { readonly typed: string | undefined; readonly otherwise: string },
  scope: RunScope,
): ConfigFileSettings | null => {
  const configFiles = readConfigFileOptions(options);
  if (configFiles === null) return null;
  return {
    kubernetes: kubernetes.typed ?? versionOrRefused(configFiles) ?? kubernetes.otherwise,
    on: (kubernetesVersion) => {
      const typed = kubernetes.typed?.split(',').map((word) => word.trim());
      const own =
        typed === undefined
          ? versionOfFiles(configFiles, kubernetesVersion)
          : typed.includes(kubernetesVersion)
            ? versionAsked(configFiles, kubernetesVersion)
            : versionAsked(configFiles, minorOf(kubernetesVersion), kubernetesVersion);
      const explained = explainedOrRefused(configFiles, own, options, scope);
      return {
        userConfig: inlineProfile(explained).userConfig,
        isEvictionKnown: !explained.remarks.some(({ about }) => about === 'eviction'),
        sentences: [
          ...configSentences(configFiles, explained),
          ...(kubernetes.typed === undefined ? versionSentences(configFiles, own) : []),
        ],
      };
    },
  };
};
