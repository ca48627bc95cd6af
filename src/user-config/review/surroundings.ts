import { parseGoBoolean, parseValue, splitList } from '../../profile/index.ts';
import { components } from '../components.ts';
import { isBearingGate, isReadFlag } from '../read/flags.ts';
import { failSwapOnPart, kubeadmKubelet, kubeletUnit, machineFields, unsaid } from '../read/parts.ts';
import { isPluginList } from '../tables/admission-plugins.ts';
import { bearingFlags } from '../tables/bearing-flags.ts';
import { flagKind } from '../tables/component-flags.ts';
import { filledIn, harmlessFlags, harmlessGates } from '../tables/harmless-flags.ts';
import type { Aside, Component, Given, GivenPart } from '../types.ts';

type Unread = { readonly origin: string; readonly text: string };

const unitsOf = ({ documents }: Given): ReadonlySet<string> =>
  new Set(documents.map((title) => title.replace(/ v\d\w*$/, '')));

/** kubeadm makes a KubeletConfiguration of its own beside a ClusterConfiguration, and fills in what one leaves out. */
const filled = (given: Given): Given => {
  const units = unitsOf(given);
  if (!units.has('ClusterConfiguration')) {
    // A kubelet alone does not ask for new certificates.
    const parts = given.parts.map((part) => (part.value === unsaid ? { ...part, value: 'false' } : part));
    return { ...given, parts };
  }
  const said = given.parts.filter(({ value }) => value !== unsaid);
  const own = said.filter(({ unit }) => unit === kubeletUnit);
  const [origin = ''] = given.files;
  const made = Object.entries(kubeadmKubelet)
    .filter(([key]) => !own.some((part) => part.key === key))
    .map(([key, value]): GivenPart => ({ unit: kubeletUnit, key, value, origin }));
  const swap = units.has(kubeletUnit) ? [] : [{ ...failSwapOnPart, origin }];
  return { ...given, documents: [...given.documents, kubeletUnit], parts: [...said, ...made, ...swap] };
};

const keyOf = ({ unit, key }: GivenPart): string => `${unit} ${key}`;

const valuesOf = (parts: readonly GivenPart[]): string => JSON.stringify(parts.map(({ value }) => value).sort());

/** What stands around settings and is not as on the base, or in a document that one side alone has. */
const otherParts = (candidate: Given, base: Given): readonly Unread[] => {
  const [before, after] = [unitsOf(base), unitsOf(candidate)];
  const isShared = (unit: string): boolean => before.has(unit) && after.has(unit);
  const [was, is] = [Map.groupBy(base.parts, keyOf), Map.groupBy(candidate.parts, keyOf)];
  const [file = ''] = candidate.files;
  const changes = [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const [one, other] = [was.get(key) ?? [], is.get(key) ?? []];
    const [first] = [...other, ...one];
    if (first === undefined || valuesOf(one) === valuesOf(other)) return [];
    const change = one.length === 0 ? 'added' : other.length === 0 ? 'removed' : 'changed';
    if (first.harmless === change) return [];
    const isMachines =
      first.unit === kubeletUnit && machineFields[first.key]?.test(first.value) === true && change !== 'changed';
    if (isMachines && after.has('ClusterConfiguration')) return [];
    const origin = change === 'removed' ? file : first.origin;
    return [{ origin, key: first.key, unit: first.unit, change }];
  });
  const ofOne = Map.groupBy(
    changes.filter(({ unit }) => !isShared(unit)),
    ({ unit }) => unit,
  );
  const unknown = 'and nobody here knows what then starts or ends';
  return [
    ...changes
      .filter(({ unit }) => isShared(unit))
      .map(({ origin, key, unit, change }) => ({ origin, text: `${key} of ${unit} is ${change}, ${unknown}` })),
    ...[...ofOne].map(([unit, parts]) => {
      const side = parts.some(({ change }) => change === 'removed') ? 'base' : 'candidate';
      const keys = parts.map(({ key }) => key).join(', ');
      return { origin: parts[0]?.origin ?? file, text: `the ${side} alone has a ${unit}, with ${keys}, ${unknown}` };
    }),
  ];
};

/** What acts beside every figure, and the candidate has otherwise than the base. */
const otherAsides = (candidate: Given, base: Given): readonly Unread[] => {
  const keys = new Set([...base.asides, ...candidate.asides].map(({ key }) => key));
  return [...keys].flatMap((key) => {
    const [was, is] = [
      base.asides.filter((each) => each.key === key),
      candidate.asides.filter((each) => each.key === key),
    ];
    const show = (asides: readonly Aside[]): string =>
      asides.length === 0 ? 'unset' : [...new Set(asides.map(({ value }) => value))].sort().join(', ');
    const [first] = [...is, ...was];
    if (first === undefined || show(was) === show(is)) return [];
    const origin = is[0]?.origin ?? candidate.files[0] ?? '';
    return [{ origin, text: `${key} is ${show(was)} on the base and ${show(is)} here: ${first.text}` }];
  });
};

/** Where a pod's probes at 127.0.0.1 are answered on every machine; at others they are not, or there is none such. */
const anywhere: readonly string[] = ['127.0.0.1', '0.0.0.0'];

const areAnywhere = (name: string, values: readonly (string | null)[]): boolean =>
  name === 'bind-address' && values.every((value) => value !== null && anywhere.includes(value));

type Source = 'command' | 'kubeadm' | 'k3s';

/** Where a side has the flags of a component from: those that it leaves out are then what that source fills in. */
const sourceOf = (given: Given, component: Component): Source | null => {
  const units = unitsOf(given);
  if (given.commands.some((each) => each.component === component)) return 'command';
  if ([...units].some((unit) => unit.startsWith('configuration of k3s'))) return 'k3s';
  const ofNodes = component === 'kubelet' ? ['InitConfiguration', 'JoinConfiguration'] : [];
  const kinds = ['ClusterConfiguration', ...ofNodes];
  return kinds.some((kind) => units.has(kind)) ? 'kubeadm' : null;
};

/**
 * Booleans, one value of which lets a component start wherever it does with the other; kubeadm and k3s pass
 * `use-service-account-credentials`, and k3s `fail-swap-on=false`.
 */
const booleans: Readonly<
  Record<string, { readonly good: boolean; readonly unset: Readonly<Record<Source, boolean>> }>
> = {
  'use-service-account-credentials': { good: true, unset: { command: false, kubeadm: true, k3s: true } },
  'fail-swap-on': { good: false, unset: { command: true, kubeadm: true, k3s: false } },
  'enable-controller-attach-detach': { good: true, unset: { command: true, kubeadm: true, k3s: true } },
  'rotate-certificates': { good: true, unset: { command: false, kubeadm: true, k3s: true } },
};

/** kubeadm and k3s pass flags that no file says; a command line is all there is. */
const mayFillIn = (source: Source, said: readonly unknown[], component: Component, name: string): boolean =>
  source !== 'command' && said.length === 0 && (filledIn.has(name) || bearingFlags[component].includes(name));

/** What they do is compared by what they ask of a machine, or by asides. */
const comparedElsewhere =
  /^(?:max-pods|protect-kernel-defaults|register-with-taints|leader-elect|enable-priority-and-fairness|shutdown-grace-period\S*|goaway-chance)$/;

/** Lists whose order says nothing. */
const isWordList = (name: string): boolean => isPluginList(name) || name === 'controllers';

/** Those that may not differ in silence: all but the harmless ones, and those that figures and remarks compare. */
const isToBeAsked = (component: Component, name: string): boolean =>
  (isWordList(name) || !isReadFlag(component, name)) &&
  !harmlessFlags[component].has(name) &&
  !comparedElsewhere.test(name);

/** Plug-ins of every version that are on where no list says so; DefaultTolerationSeconds is judged by its figures. */
const pluginsOnByDefault: readonly string[] = [
  ...['NamespaceLifecycle', 'LimitRanger', 'ServiceAccount', 'DefaultStorageClass', 'ResourceQuota'],
  ...['MutatingAdmissionWebhook', 'ValidatingAdmissionWebhook', 'Priority', 'DefaultTolerationSeconds'],
];

/** Controllers without which a remark says that something is not modelled. */
const toldByRemarks = /^-?(?:nodelifecycle|node-lifecycle-controller|taint-eviction-controller)$/;

/** One text for one meaning. */
const plainly = (component: Component, name: string, value: string | null): string | null => {
  if (value === null) return null;
  if (!isWordList(name)) {
    const kind = flagKind(component, name);
    return String(kind === null ? value : (parseValue(kind, value) ?? value));
  }
  if (name === 'controllers') {
    return splitList(value)
      .filter((word) => word !== '*' && !toldByRemarks.test(word))
      .sort()
      .join();
  }
  const ignored = name === 'enable-admission-plugins' ? pluginsOnByDefault : ['DefaultTolerationSeconds'];
  return splitList(value)
    .filter((plugin) => !ignored.includes(plugin))
    .sort()
    .join();
};

/**
 * Flags that the candidate has otherwise than the base, and that are not known to be harmless. Where the two have their
 * flags from different sources, what one leaves out may be what the other says.
 */
const otherFlags = (candidate: Given, base: Given): readonly Unread[] =>
  components.flatMap((component) => {
    const [source, other] = [sourceOf(candidate, component), sourceOf(base, component)];
    if (source === null || other === null) return [];
    const of = ({ flags }: Given, name: string) =>
      flags.filter((each) => each.component === component && each.name === name);
    const said = (given: Given, name: string, from: Source): readonly (string | null)[] => {
      const plain = of(given, name).map(({ value }) => plainly(component, name, value));
      const values = [...new Set(plain)].filter((value) => value !== '' || !isWordList(name)).sort();
      const boolean = booleans[name];
      if (boolean === undefined) return values;
      const read = values.length === 0 ? [boolean.unset[from]] : values.map((each) => parseGoBoolean(each ?? ''));
      return [...new Set(read.map((each) => String(each)))];
    };
    const passed = [...base.flags, ...candidate.flags].filter((each) => each.component === component);
    const names = new Set([...bearingFlags[component], ...passed.map(({ name }) => name)]);
    return [...names]
      .filter((name) => isToBeAsked(component, name))
      .flatMap((name) => {
        const [before, after] = [said(base, name, other), said(candidate, name, source)];
        const isFilledIn = mayFillIn(other, before, component, name) || mayFillIn(source, after, component, name);
        if (source !== other && isFilledIn) return [];
        if (JSON.stringify(before) === JSON.stringify(after)) return [];
        if (areAnywhere(name, [...before, ...after])) return [];
        if (JSON.stringify(after) === JSON.stringify([String(booleans[name]?.good)])) return [];
        const show = (values: readonly (string | null)[]): string =>
          values.length === 0 ? 'unset' : values.join(', ');
        const at = of(candidate, name)[0] ?? candidate.commands.find((each) => each.component === component) ?? null;
        const text = `--${name} of ${component} is ${show(before)} on the base and ${show(after)} here`;
        return [{ origin: at?.origin ?? candidate.files[0] ?? '', text }];
      });
  });

/** Feature gates likewise; those of which remarks speak on either side alone apart. */
const otherGates = (candidate: Given, base: Given): readonly Unread[] => {
  const keyed = ({ gates }: Given) => Map.groupBy(gates, ({ component, name }) => `${name} of ${component}`);
  const [was, is] = [keyed(base), keyed(candidate)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const [before, after] = [was.get(key) ?? [], is.get(key) ?? []];
    const [first] = [...after, ...before];
    const show = (gates: Given['gates']): string =>
      gates.length === 0
        ? 'unset'
        : [...new Set(gates.map(({ value }) => String(parseGoBoolean(value ?? '') ?? value)))].sort().join(', ');
    if (first === undefined || show(before) === show(after)) return [];
    if (harmlessGates.has(first.name) || isBearingGate(first.name)) return [];
    const text = `the feature gate ${key} is ${show(before)} on the base and ${show(after)} here`;
    return [{ origin: after[0]?.origin ?? candidate.files[0] ?? '', text }];
  });
};

/**
 * What bears on whether a component starts, or goes on, and that the candidate has otherwise than the base, which runs:
 * nobody here knows whether its machines, its network and its files are so. What is as on the base is right.
 */
export const otherSurroundings = (candidate: Given, base: Given): readonly Unread[] => [
  ...otherParts(filled(candidate), filled(base)),
  ...otherAsides(candidate, base),
  ...otherFlags(candidate, base),
  ...otherGates(candidate, base),
];
