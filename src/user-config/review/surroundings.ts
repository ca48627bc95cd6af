import { parseGoBoolean } from '../../profile/index.ts';
import { components } from '../components.ts';
import { failSwapOnPart, kubeadmKubelet, kubeletUnit, machineFields, unsaid } from '../read/parts.ts';
import { bearingFlags } from '../tables/bearing-flags.ts';
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

/** What stands around settings and is not as on the base, where both sides have that kind of document. */
const otherParts = (candidate: Given, base: Given): readonly Unread[] => {
  const [before, after] = [unitsOf(base), unitsOf(candidate)];
  const shared = (parts: readonly GivenPart[]) =>
    Map.groupBy(
      parts.filter(({ unit }) => before.has(unit) && after.has(unit)),
      keyOf,
    );
  const [was, is] = [shared(base.parts), shared(candidate.parts)];
  const [file = ''] = candidate.files;
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const [one, other] = [was.get(key) ?? [], is.get(key) ?? []];
    const [first] = [...other, ...one];
    if (first === undefined || valuesOf(one) === valuesOf(other)) return [];
    const change = one.length === 0 ? 'added' : other.length === 0 ? 'removed' : 'changed';
    if (first.harmless === change) return [];
    const isMachines = first.unit === kubeletUnit && machineFields.includes(first.key) && change !== 'changed';
    if (isMachines && after.has('ClusterConfiguration')) return [];
    const origin = change === 'removed' ? file : first.origin;
    return [
      { origin, text: `${first.key} of ${first.unit} is ${change}, and nobody here knows what then starts or ends` },
    ];
  });
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

/** Where a pod's probes at 127.0.0.1 are answered; at another address they are not, and it may be none of the machine. */
const anywhere: readonly string[] = ['127.0.0.1', '0.0.0.0', '::'];

const areAnywhere = (name: string, values: readonly (string | null)[]): boolean =>
  name === 'bind-address' && values.every((value) => value !== null && anywhere.includes(value));

type Source = 'command' | 'kubeadm' | 'k3s';

/** Where a side has the flags of a component from: those that it leaves out are then what that source fills in. */
const sourceOf = (given: Given, component: Component): Source | null => {
  const units = unitsOf(given);
  if (given.commands.some((each) => each.component === component)) return 'command';
  if ([...units].some((unit) => unit.startsWith('configuration of k3s'))) return 'k3s';
  const kinds = component === 'kubelet' ? ['InitConfiguration', 'JoinConfiguration'] : ['ClusterConfiguration'];
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
const mayFillIn = (source: Source, said: readonly unknown[]): boolean => source !== 'command' && said.length === 0;

/**
 * Flags that bear on whether a component starts, and that the candidate has otherwise than the base. Where the two have
 * their flags from different sources, what one leaves out may be what the other says.
 */
const otherFlags = (candidate: Given, base: Given, isShortened: (component: Component) => boolean): readonly Unread[] =>
  components.flatMap((component) => {
    const [source, other] = [sourceOf(candidate, component), sourceOf(base, component)];
    if (source === null || other === null || isShortened(component)) return [];
    const of = ({ flags }: Given, name: string) =>
      flags.filter((each) => each.component === component && each.name === name);
    const said = (given: Given, name: string, from: Source): readonly (string | null)[] => {
      const values = [...new Set(of(given, name).map(({ value }) => value))].sort();
      const boolean = booleans[name];
      if (boolean === undefined) return values;
      const read = values.length === 0 ? [boolean.unset[from]] : values.map((each) => parseGoBoolean(each ?? ''));
      return [...new Set(read.map((each) => String(each)))];
    };
    return bearingFlags[component].flatMap((name) => {
      const [before, after] = [said(base, name, other), said(candidate, name, source)];
      if (source !== other && (mayFillIn(other, before) || mayFillIn(source, after))) return [];
      if (JSON.stringify(before) === JSON.stringify(after)) return [];
      if (areAnywhere(name, [...before, ...after])) return [];
      if (JSON.stringify(after) === JSON.stringify([String(booleans[name]?.good)])) return [];
      const show = (values: readonly (string | null)[]): string => (values.length === 0 ? 'unset' : values.join(', '));
      const at = of(candidate, name)[0] ?? candidate.commands.find((each) => each.component === component) ?? null;
      const text = `--${name} of ${component} is ${show(before)} on the base and ${show(after)} here`;
      return [{ origin: at?.origin ?? candidate.files[0] ?? '', text }];
    });
  });

/**
 * What bears on whether a component starts, or goes on, and that the candidate has otherwise than the base, which runs:
 * nobody here knows whether its machines, its network and its files are so. What is as on the base is right.
 */
export const otherSurroundings = (
  candidate: Given,
  base: Given,
  isShortened: (component: Component) => boolean,
): readonly Unread[] => [
  ...otherParts(filled(candidate), filled(base)),
  ...otherAsides(candidate, base),
  ...otherFlags(candidate, base, isShortened),
];
