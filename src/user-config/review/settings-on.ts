import { parseDurationMs } from '../../common/duration.ts';
import {
  exactVersion,
  isSameValue,
  kubeletFields,
  passedFlags,
  shutdownFields,
  type UserConfig,
  type ValueKind,
  type Version,
} from '../../profile/index.ts';
import { byText } from '../read/document.ts';
import { distributionUnit } from '../read/parts/component-parts.ts';
import { invalid } from '../read/read.ts';
import { shownText } from '../shown.ts';
import type { CommandLine, CompleteDocument, Component, ConfigFiles, ConfigSetting } from '../types.ts';

/** Settings as the components get them on a version: each once. */
export type SettingsOn = {
  readonly settings: readonly ConfigSetting[];
  /** Those that another one of the same document beats. */
  readonly beaten: readonly { readonly setting: ConfigSetting; readonly by: ConfigSetting }[];
};

export const kindOf = (component: Component, name: string): ValueKind =>
  passedFlags[component][name] ?? (component === 'kubelet' ? kubeletFields[name] : undefined) ?? 'text';

/** Flags that may stand several times, each adding to the others: pflag's StringSlice, component-base's maps. */
const addsUp = ({ component, name }: ConfigSetting): boolean =>
  name === 'feature-gates' || name === 'controllers' || kindOf(component, name) === 'list';

const keyOf = ({ component, name, nodes, document }: ConfigSetting): string =>
  `${component} ${name} ${nodes} ${document}`;

/** The first patches of each minor in which kubeadm leaves extraArgs in their order. */
const firstKeepingPatch: Readonly<Record<number, number>> = { 32: 12, 33: 8, 34: 4, 35: 1 };

/**
 * Whether kubeadm sorts extraArgs by name and value before it passes them on: to v1.35.0, and to v1.34.3, v1.33.7 and
 * v1.32.11, to which the change was brought back.
 * @see kubernetes cmd/kubeadm/app/util/arguments.go, ArgumentsToCommand; kubernetes pull request 135400
 */
export const sortsArgs = ({ minor, patch }: Version): boolean =>
  minor < 36 && patch < (firstKeepingPatch[minor] ?? Number.POSITIVE_INFINITY);

/** The order in which the component gets equal flags, which may be spelled with dashes or underscores. */
const passedOrder = (settings: readonly ConfigSetting[], version: Version): readonly ConfigSetting[] =>
  settings[0]?.form === 'kubeadm' && sortsArgs(version)
    ? settings.toSorted((a, b) => byText(a.spelled, b.spelled) || byText(a.value, b.value))
    : settings;

const clashesIn = (settings: readonly ConfigSetting[]): readonly string[] =>
  settings.flatMap((one, index) =>
    settings
      .slice(index + 1)
      .filter(
        (other) =>
          other.component === one.component &&
          other.name === one.name &&
          other.nodes === one.nodes &&
          !isSameValue(kindOf(one.component, one.name), one.value, other.value),
      )
      .map(
        (other) =>
          `${other.origin}: ${other.name}: expected ${one.value}, as ${one.origin} says, received ${other.value}`,
      ),
  );

/** Pods of one component have the same flags, or nobody knows which of them leads. */
const missingIn = (settings: readonly ConfigSetting[], commands: readonly CommandLine[]): readonly string[] =>
  settings.flatMap((setting) => {
    const isComplete = commands.some((each) => isOf(each, setting) && each.document === setting.document);
    if (!isComplete) return [];
    return commands
      .filter(
        (each) => isOf(each, setting) && !settings.some((other) => isOf(each, other) && isNamed(each, other, setting)),
      )
      .map(
        ({ origin }) =>
          `${origin}: expected ${setting.name} ${setting.value}, as ${setting.origin} says, received none`,
      );
  });

/** To a kubelet a field that is 0 is none. */
const saysNothing = ({ form, value }: ConfigSetting): boolean =>
  form === 'field' && (value === '0' || parseDurationMs(value) === 0);

/** A server of k3s or RKE2 has flags of its control plane that an agent has not. */
const isOfAll = ({ kind }: CompleteDocument, { component }: ConfigSetting): boolean =>
  kind !== distributionUnit || component === 'kubelet';

/** Documents of a kind say the same, or nobody knows which of them a node has. */
const unsaidIn = (
  settings: readonly ConfigSetting[],
  completeDocuments: readonly CompleteDocument[],
): readonly string[] =>
  settings
    .filter((setting) => !saysNothing(setting))
    .flatMap((setting) => {
      const own = completeDocuments.find(({ document }) => document === setting.document);
      if (own === undefined || !isOfAll(own, setting)) return [];
      const has = ({ document }: CompleteDocument): boolean =>
        settings.some(
          (other) =>
            other.document === document && other.component === setting.component && other.name === setting.name,
        );
      return completeDocuments
        .filter((each) => each.kind === own.kind && !has(each))
        .map(
          ({ origin }) =>
            `${origin}: expected ${setting.name} ${setting.value}, as ${setting.origin} says of the same kind, received none`,
        );
    });

const isOf = ({ component }: CommandLine, setting: ConfigSetting): boolean => component === setting.component;

const isNamed = ({ document }: CommandLine, other: ConfigSetting, { name }: ConfigSetting): boolean =>
  other.document === document && other.name === name;

/**
 * What the components really get: within a document the last of equal flags counts, in the order in which kubeadm
 * passes them on where it is kubeadm's; two documents have to say the same.
 * @throws SkipbeatError CONFIG_INVALID (exit 64) where two documents differ; VERSION_UNSUPPORTED
 */
export const settingsOn = (configFiles: ConfigFiles, kubernetesVersion: string): SettingsOn => {
  const version = exactVersion(kubernetesVersion);
  const beaten: { setting: ConfigSetting; by: ConfigSetting }[] = [];
  const perDocument = [...Map.groupBy(configFiles.settings, keyOf).values()].flatMap((equal) => {
    const ordered = passedOrder(equal, version);
    const last = ordered.at(-1);
    if (last === undefined) return [];
    if (addsUp(last)) return [{ ...last, value: ordered.map(({ value }) => value).join(',') }];
    beaten.push(...ordered.slice(0, -1).map((setting) => ({ setting, by: last })));
    return [last];
  });
  const clashes = [
    ...clashesIn(perDocument),
    ...missingIn(perDocument, configFiles.commands),
    ...unsaidIn(perDocument, configFiles.completeDocuments),
  ];
  if (clashes.length > 0) throw invalid(clashes.map(shownText).join('\n'));
  const first = new Map(
    perDocument.toReversed().map((setting) => [`${setting.component} ${setting.name} ${setting.nodes}`, setting]),
  );
  return { settings: [...first.values()].reverse(), beaten };
};

/** Whether a kubelet's setting is that of the nodes which faults hit: joined ones, where a file speaks of them. */
export const isJudged = (configFiles: ConfigFiles, { nodes }: ConfigSetting): boolean =>
  nodes === 'all' || nodes === (configFiles.hasJoined ? 'joined' : 'first');

/** What all files that speak of an orderly shutdown say of it alike; what they say otherwise nobody has. */
const shutdownFieldsOf = ({ fields }: ConfigFiles): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.keys(shutdownFields).flatMap((name) => {
      const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const values = new Set(fields.filter((field) => field.name === flag).map(({ value }) => value));
      const [value] = values;
      return values.size === 1 && typeof value === 'string' ? [[name, value] as const] : [];
    }),
  );

/** The settings of the judged nodes that a run passes on, and the model knows. */
export const userConfigOf = (configFiles: ConfigFiles, settings: readonly ConfigSetting[]): UserConfig => {
  const pick = (component: Component, names: object): Record<string, string> =>
    Object.fromEntries(
      settings
        .filter(
          (each) => each.component === component && Object.hasOwn(names, each.name) && isJudged(configFiles, each),
        )
        .map(({ name, value }) => [name, value]),
    );
  return {
    controllerManagerArgs: pick('kube-controller-manager', passedFlags['kube-controller-manager']),
    apiServerArgs: pick('kube-apiserver', passedFlags['kube-apiserver']),
    kubeletArgs: pick('kubelet', passedFlags.kubelet),
    kubeletConfiguration: {
      ...Object.fromEntries(
        Object.entries(pick('kubelet', kubeletFields)).map(([name, value]) => [
          name,
          kubeletFields[name] === 'integer' ? Number(value) : value,
        ]),
      ),
      ...shutdownFieldsOf(configFiles),
    },
  };
};

/**
 * The version that files name; null where none does. `v1.34` and `v1.34.1` agree.
 * @throws SkipbeatError CONFIG_INVALID (exit 64) where they name several
 */
export const namedVersion = ({ versions }: ConfigFiles): string | null => {
  const exactest = versions.toSorted((a, b) => b.version.split('.').length - a.version.split('.').length);
  const [first] = exactest;
  if (first === undefined) return null;
  const others = exactest.filter(
    ({ version }) => version !== first.version && !first.version.startsWith(`${version}.`),
  );
  if (others.length === 0) return first.version;
  throw invalid(
    others
      .map(
        ({ version, origin }) =>
          `${origin}: expected ${first.version}, as ${first.origin} says, received ${version}: --kubernetes says which one counts`,
      )
      .join('\n'),
  );
};
