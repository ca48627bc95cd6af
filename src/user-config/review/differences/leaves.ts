import { isMapping, type Mapping, type Path } from '../../../common/plain-data.ts';
import { whatStarts } from '../../shown.ts';
import type { Component, Tree } from '../../types.ts';
import { type Said, saidInArgv, saidInDistribution, saidInExtraArgs, textBefore } from './said.ts';

/** Steps of a name within a document: keys, names of containers and flags, places in lists that have no names. */
export type Key = readonly (string | number)[];

/**
 * One thing of a document. `value`: a scalar, an empty mapping or an empty list. `said`: every value of one flag, or of one
 * feature gate on flags, in order; `component`: whose flag it is, where it is one of those that are read.
 */
export type Leaf = {
  readonly key: Key;
  readonly path: Path;
  readonly value: unknown;
  readonly flag: { readonly component: Component | null; readonly name: string; readonly said: readonly Said[] } | null;
};

/** What a rule makes of the value at a key; null: nothing of its own. */
type Rule = (value: unknown, path: Path, key: Key) => readonly Leaf[] | null;

/** The value of a name in a list whose names have no order. */
export const aName = 'a name';

const plain = (key: Key, path: Path, value: unknown): Leaf => ({ key, path, value, flag: null });

/** Names of the items of a list, each once; null where they have none, or one stands twice. */
const namesOf = (list: readonly unknown[], by: string): readonly string[] | null => {
  const names = list.flatMap((item) => (isMapping(item) && typeof item[by] === 'string' ? [item[by]] : []));
  return names.length === list.length && new Set(names).size === names.length ? names : null;
};

/** Lists of kubelets and kubeadm whose order says nothing, by what names their items. */
const named: Readonly<Record<string, string>> = {
  containers: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  extraVolumes: 'name',
};

const walk = (value: unknown, path: Path, key: Key, rule: Rule): readonly Leaf[] => {
  const own = rule(value, path, key);
  if (own !== null) return own;
  if (isMapping(value)) {
    const entries = Object.entries(value);
    if (entries.length === 0) return [plain(key, path, value)];
    return entries.flatMap(([name, each]) => walk(each, [...path, name], [...key, name], rule));
  }
  if (!Array.isArray(value)) return [plain(key, path, value)];
  if (value.length === 0) return [plain(key, path, value)];
  const by = named[String(key.at(-1))];
  const names = by === undefined ? null : namesOf(value, by);
  // Each starts when those before it have.
  const order =
    names === null || by !== 'name' || key.at(-1) !== 'containers' ? [] : [plain([...key, 'their order'], path, names)];
  const items = value.flatMap((each: unknown, index) =>
    walk(each, [...path, index], [...key, names === null ? index : (names[index] ?? index)], rule),
  );
  return [...order, ...items];
};

/** Every flag once, with all its values; a list of feature gates gate by gate. */
const flagLeaves = (component: Component | null, said: readonly Said[], path: Path, key: Key): readonly Leaf[] =>
  said.length === 0
    ? [plain(key, path, [])]
    : [...Map.groupBy(said, ({ name, gate }) => (gate === null ? `--${name}` : `--${name} ${gate}`))].map(
        ([name, equal]) => ({
          key: [...key, name],
          path: equal[0]?.path ?? path,
          value: null,
          flag: { component, name: equal[0]?.name ?? '', said: equal },
        }),
      );

/** A name that a volume may have; by another one a kubelet refuses the pod. */
const isVolumeName = (name: string): boolean => /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/.test(name);

const entries = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const mountsIn = (containers: unknown): readonly Mapping[] =>
  entries(containers)
    .flatMap((each) => (isMapping(each) ? entries(each.volumeMounts) : []))
    .filter(isMapping);

/** A mount has its volume in the place of the volume's name, which RKE2 numbers anew with every file. */
const podRule = ({ spec }: Mapping): Rule => {
  const { volumes, containers, initContainers } = isMapping(spec) ? spec : {};
  const names = Array.isArray(volumes) ? namesOf(volumes, 'name') : null;
  const mounts = [...mountsIn(containers), ...mountsIn(initContainers)];
  const isMounted = (name: unknown): boolean => mounts.some((mount) => mount.name === name);
  const indexOf = (name: unknown): number =>
    names === null || !names.every(isVolumeName) ? -1 : names.indexOf(String(name));
  const rule: Rule = (value, path, key) => {
    const [last, before] = [key.at(-1), key.at(-2)];
    if (last === 'name' && key.at(-3) === 'volumeMounts' && indexOf(value) >= 0) {
      const index = indexOf(value);
      const { name: _name, ...source } = entries(volumes)[index] as Mapping;
      return walk(source, ['spec', 'volumes', index], [...key.slice(0, -1), 'volume'], () => null);
    }
    if (before === 'volumes' && key.length === 3 && isMapping(value) && isMounted(value.name)) {
      return indexOf(value.name) < 0 ? null : [];
    }
    if (before !== 'containers' || key.length !== 3 || !isMapping(value)) return null;
    const said = saidInArgv(value, path);
    if (said === null) return null;
    const { command: _command, args: _args, ...rest } = value;
    return [
      plain([...key, whatStarts], path, textBefore(value)),
      ...flagLeaves(said.component, said.said, path, key),
      ...Object.entries(rest).flatMap(([name, each]) => walk(each, [...path, name], [...key, name], rule)),
    ];
  };
  return rule;
};

const extraArgsOf: Readonly<Record<string, Component | null>> = {
  'apiServer.extraArgs': 'kube-apiserver',
  'controllerManager.extraArgs': 'kube-controller-manager',
  'scheduler.extraArgs': null,
  'etcd.local.extraArgs': null,
  'nodeRegistration.kubeletExtraArgs': 'kubelet',
};

const kubeadmRule: Rule = (value, path, key) => {
  const name = key.join('.');
  const component = extraArgsOf[name];
  if (component !== undefined) {
    const said = saidInExtraArgs(value, path);
    return said === null ? null : flagLeaves(component, said, path, key);
  }
  // Names that a certificate is for have no order.
  if (!name.endsWith('certSANs') || !Array.isArray(value) || value.length === 0) return null;
  if (!value.every((each) => typeof each === 'string') || new Set(value).size < value.length) return null;
  return value.map((each, index) => plain([...key, each], [...path, index], aName));
};

const distributionRule: Rule = (value, path, key) => {
  const said = key.length === 1 ? saidInDistribution(String(key[0]), value, path) : null;
  return said === null ? null : flagLeaves(said.component, said.said, path, key);
};

const ruleOf = ({ data }: Tree): Rule => {
  if (data.apiVersion === 'v1' && data.kind === 'Pod') return podRule(data);
  if (String(data.apiVersion).startsWith('kubeadm.k8s.io/')) return kubeadmRule;
  return data.apiVersion === undefined && data.kind === undefined ? distributionRule : () => null;
};

/** All that a document says, each thing by its name; nothing is left out, whatever it says. */
export const leavesOf = (tree: Tree): ReadonlyMap<string, Leaf> => {
  const leaves = new Map<string, Leaf>();
  for (const leaf of walk(tree.data, [], [], ruleOf(tree))) {
    let name = JSON.stringify(leaf.key);
    while (leaves.has(name)) name += ' again';
    leaves.set(name, leaf);
  }
  return leaves;
};
