import { parseGoBoolean, splitList } from '../../profile/index.ts';
import { unsaid } from '../read/parts/component-parts.ts';
import { isNamedUnmodelled } from '../read/unmodelled.ts';
import { notShown, shownName, shownValue } from '../shown.ts';
import { isPluginList } from '../tables/admission-plugins.ts';
import { isBearingGate } from '../tables/bearing.ts';
import { flagKind } from '../tables/component-flags.ts';
import { isLockedSo } from '../tables/feature-gates.ts';
import { changesPods, harmlessGatesInRun, isHarmlessInRun, isHarmlessPart } from '../tables/harmless-in-run.ts';
import { oddProbes } from '../tables/probes.ts';
import { isUnsetValue } from '../tables/unmodelled-gates.ts';
import type { Aside, ConfigFiles, ConfigPart, PassedFlag } from '../types.ts';

/**
 * What is asked: `nodes`, when they are found NotReady and their pods evicted; `clients`, whom a load reaches as well.
 */
export type RunScope = 'nodes' | 'clients';

/** One thing of the files that neither a run nor the model has; `name` is how remarks elsewhere speak of it. */
export type LeftOut = { readonly origin: string; readonly name: string; readonly text: string };

/** Flags that are settings themselves, or judged by their values, or named with what stands in them. */
const judgedElsewhere =
  /^(?:feature-gates|controllers|config|config-dir|dynamic-config-dir|node-labels|register-with-taints|shutdown-grace-period\S*|goaway-chance)$/;

/** Requests a second and at once that a kubelet has where nobody says them. @see pkg/kubelet/apis/config/v1beta1/defaults.go */
const kubeletBudget = (minor: number): Readonly<Record<string, number>> => {
  const [qps, burst] = minor < 27 ? [5, 10] : [50, 100];
  return { 'kube-api-qps': qps, 'kube-api-burst': burst, kubeAPIQPS: qps, kubeAPIBurst: burst };
};

const isBudgetOfVersion = (name: string, value: string | null, minor: number): boolean =>
  value !== null && kubeletBudget(minor)[name] === Number(value);

/** Plug-ins that are on and matter; one that is off admits more, and those without which more changes are not read. */
const pluginsLeftOut = (name: string, value: string | null): readonly string[] =>
  name === 'disable-admission-plugins' ? [] : splitList(value ?? '').filter((plugin) => changesPods.includes(plugin));

const textOfFlag = ({ component, name, value }: PassedFlag): string => {
  const shown = isPluginList(name) ? pluginsLeftOut(name, value).join() : value;
  const isKnown = flagKind(component, name) !== null;
  const text = shown === null ? '' : `=${isKnown ? shownValue(name, shown) : notShown}`;
  return `${component} --${shownName(name)}${text}`;
};

const isLeftOutFlag = (
  configFiles: ConfigFiles,
  { component, name, value, origin }: PassedFlag,
  minor: number,
): boolean => {
  if (judgedElsewhere.test(name)) return false;
  const isSetting = configFiles.settings.some(
    (each) => each.component === component && each.name === name && each.origin === origin,
  );
  if (component === 'kube-apiserver' && isPluginList(name)) return pluginsLeftOut(name, value).length > 0;
  if (isSetting) return false;
  if (component === 'kubelet' && name in kubeletBudget(minor)) return !isBudgetOfVersion(name, value, minor);
  return !isNamedUnmodelled(component, name) && !isHarmlessInRun(component, name, value);
};

const flagsLeftOut = (configFiles: ConfigFiles, minor: number): readonly LeftOut[] =>
  configFiles.flags
    .filter((flag) => isLeftOutFlag(configFiles, flag, minor))
    .map((flag) => ({ origin: flag.origin, name: shownName(flag.name), text: textOfFlag(flag) }));

const gatesLeftOut = (configFiles: ConfigFiles, minor: number): readonly LeftOut[] =>
  configFiles.gates
    .filter((gate) => {
      if (harmlessGatesInRun.has(gate.name) || isBearingGate(gate.name)) return false;
      return !isLockedSo(gate, minor) && !isUnsetValue(gate, minor);
    })
    .map(({ component, name, value, origin }) => ({
      origin,
      name,
      text: `${component} feature gate ${name}=${parseGoBoolean(value ?? '') ?? value}`,
    }));

const plain = (value: string): string => (value.startsWith('"') ? String(JSON.parse(value)) : value);

const textOfPart = ({ unit, key, value }: ConfigPart): string => `${unit} ${key}: ${shownValue(key, plain(value))}`;

/** Of these a part is there for what a review compares, or stands among asides. */
const isReportedElsewhere = ({ unit, key, value }: ConfigPart): boolean =>
  value === unsaid ||
  key === 'proxy.disabled' ||
  key === 'dns.disabled' ||
  (unit === 'ClusterConfiguration' && key === 'etcd.local.extraArgs') ||
  /^etcd\.local\.extraArgs\./.test(key) ||
  /^kube-proxy-arg\+?$/.test(key);

const partsLeftOut = (configFiles: ConfigFiles, minor: number): readonly LeftOut[] =>
  [
    ...configFiles.parts
      .filter((part) => !isReportedElsewhere(part) && !isHarmlessPart(part.unit, part.key, part.value))
      .filter(({ key, value }) => !isBudgetOfVersion(key, value, minor)),
    ...oddProbes(configFiles, minor),
  ].map((part) => ({ origin: part.origin, name: part.key, text: textOfPart(part) }));

/**
 * Every flag, feature gate and field of given files that neither a run nor the model has, and that no list says to have no
 * part in it; each once, where it stands first.
 * @param minor of the version that is run
 */
export const leftOut = (configFiles: ConfigFiles, minor: number): readonly LeftOut[] => {
  const found = [
    ...flagsLeftOut(configFiles, minor),
    ...gatesLeftOut(configFiles, minor),
    ...partsLeftOut(configFiles, minor),
  ];
  return [...new Map(found.toReversed().map((each) => [each.text, each])).values()].reverse();
};

/** Whether what acts beside every figure bears on what is asked. */
export const bearsOnRun = ({ bearsOn }: Aside, scope: RunScope): boolean =>
  bearsOn === undefined || (bearsOn === 'clients' && scope === 'clients');
