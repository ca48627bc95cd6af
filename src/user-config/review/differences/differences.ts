import { counted } from '../../../common/text/counted.ts';
import { exactVersion, kubeletFields, passedFlags } from '../../../profile/index.ts';
import { isSecret, notShown, shownName, shownValue } from '../../shown.ts';
import { flagKind } from '../../tables/component-flags.ts';
import type { ConfigFiles, ConfigSetting, Tree } from '../../types.ts';
import type { Change } from './change.ts';
import { isHarmless } from './harmless.ts';
import { type Leaf, leavesOf } from './leaves.ts';
import { isSame } from './same.ts';

/** What a review compares: files, and the exact version that they are judged on. */
export type Side = { readonly configFiles: ConfigFiles; readonly kubernetesVersion: string };

/** What one side has otherwise than the other, and nobody here knows what that does. */
export type Difference = { readonly origin: string; readonly text: string };

/** Differences of one document that are reported one by one. */
const maxReported = 20;

const nobody = 'and nobody here knows what that does';

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const kindOf = ({ data }: Tree): string =>
  data.kind === undefined && data.apiVersion === undefined ? 'configuration of k3s or RKE2' : String(data.kind);

const titleOf = (tree: Tree): string => {
  const { name, namespace } = fieldsOf(tree.data.metadata);
  const own = [namespace, name].filter((each) => each !== undefined).map(String);
  return own.length === 0 ? kindOf(tree) : `${kindOf(tree)} ${own.join('/')}`;
};

/** By its group, kind, namespace and name, and by what holds it; among equals by its place. */
const identityOf = (tree: Tree): string => {
  const { name, namespace } = fieldsOf(tree.data.metadata);
  const group = String(tree.data.apiVersion ?? '').replace(/\/v\d\w*$/, '');
  return JSON.stringify([group, kindOf(tree), namespace ?? null, name ?? null, tree.holder]);
};

/** Where the other side has one, too, and elsewhere. */
const placeOf = (tree: Tree, others: readonly Tree[]): string =>
  tree.holder !== null && others.some((each) => titleOf(each) === titleOf(tree)) ? ` in ${tree.holder}` : '';

type Pair = { readonly before: Tree; readonly after: Tree };

const pairsOf = (
  base: ConfigFiles,
  candidate: ConfigFiles,
): { readonly pairs: readonly Pair[]; readonly alone: readonly Difference[] } => {
  const [was, is] = [Map.groupBy(base.trees, identityOf), Map.groupBy(candidate.trees, identityOf)];
  const pairs: Pair[] = [];
  const alone: Difference[] = [];
  for (const identity of new Set([...was.keys(), ...is.keys()])) {
    const [one, other] = [was.get(identity) ?? [], is.get(identity) ?? []];
    for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
      const [before, after] = [one[index], other[index]];
      const [tree, side, others] =
        after === undefined ? [before, 'base', candidate.trees] : [after, 'candidate', base.trees];
      if (before !== undefined && after !== undefined) pairs.push({ before, after });
      else if (tree !== undefined)
        alone.push({
          origin: tree.at([]),
          text: `the ${side} alone has ${titleOf(tree)}${placeOf(tree, others)}, ${nobody}`,
        });
    }
  }
  return { pairs, alone };
};

/** Whether the nodes of a kubeadm document are those that figures are of: joined ones, where a file speaks of them. */
const areJudged = (kind: string, configFiles: ConfigFiles): boolean =>
  kind === 'InitConfiguration' ? !configFiles.hasJoined : kind !== 'JoinConfiguration' || configFiles.hasJoined;

/** Whether the first node has the same flags about heartbeats as joined ones: then a field does the same to both. */
const areNodesAlike = ({ settings, hasJoined }: ConfigFiles): boolean => {
  const of = (nodes: ConfigSetting['nodes']): string =>
    JSON.stringify(
      settings
        .filter(
          (each) =>
            each.component === 'kubelet' && each.nodes === nodes && Object.hasOwn(passedFlags.kubelet, each.name),
        )
        .map(({ name, value }) => [name, value]),
    );
  return !hasJoined || of('first') === of('joined');
};

/** Whether figures are made of a thing: each of its values was read as a setting from that very place. */
const isTaken = (leaf: Leaf, tree: Tree, { settings }: ConfigFiles): boolean => {
  const isRead = (name: string, path: Leaf['path']): boolean =>
    settings.some((setting) => setting.name === name && setting.origin === tree.at(path));
  if (leaf.flag === null) return isRead(String(leaf.key[0]), leaf.path);
  const { component, name, said } = leaf.flag;
  return (
    component !== null && Object.hasOwn(passedFlags[component], name) && said.every(({ path }) => isRead(name, path))
  );
};

const isField = (kind: string, { key }: Leaf): boolean =>
  kind === 'KubeletConfiguration' && key.length === 1 && Object.hasOwn(kubeletFields, String(key[0]));

type Two = { readonly pair: Pair; readonly base: Side; readonly candidate: Side };

/** Whether the printed rows judge a difference. Lists of words are judged by the words that they share, see `isSame`. */
const isByRows = (one: Leaf | undefined, other: Leaf | undefined, { pair, base, candidate }: Two): boolean => {
  const kind = kindOf(pair.after);
  const [first] = [one, other].filter((leaf) => leaf !== undefined);
  if (first === undefined) return false;
  if (first.flag === null && !isField(kind, first)) return false;
  if (/admission|controllers$/.test(first.flag?.name ?? '')) return false;
  const sides = [
    [one, pair.before, base.configFiles],
    [other, pair.after, candidate.configFiles],
  ] as const;
  // Where both have the same flags, the figures of joined nodes are the first node's.
  const isOfJudged = (configFiles: ConfigFiles): boolean =>
    areJudged(kind, configFiles) || (kind === 'InitConfiguration' && areNodesAlike(configFiles));
  const areAll = sides.every(
    ([, , configFiles]) => isOfJudged(configFiles) && (first.flag !== null || areNodesAlike(configFiles)),
  );
  return areAll && sides.every(([leaf, tree, configFiles]) => leaf === undefined || isTaken(leaf, tree, configFiles));
};

const release = /1\.(?:0|[1-9]\d{0,2})\.(?:0|[1-9]\d{0,2})/.source;
/** kubeadm takes one without its `v`; a tag has it, and the digest behind a tag would be the binary. */
const versions = { kubernetesVersion: new RegExp(`^()v?(${release})$`), image: new RegExp(`^(.+:)v(${release})$`) };

/** Whether a difference is that of the versions that the two sides are judged on, see `releaseChange`. */
const isOfVersions = (one: Leaf | undefined, other: Leaf | undefined, { base, candidate }: Two): boolean => {
  const name = one?.key.at(-1);
  const isImage = name === 'image' && one?.key[1] === 'containers';
  if (!(isImage || name === 'kubernetesVersion') || typeof one?.value !== 'string' || typeof other?.value !== 'string')
    return false;
  const [before, after] = [one.value, other.value].map((text) =>
    versions[isImage ? 'image' : 'kubernetesVersion'].exec(text),
  );
  return (
    before != null &&
    after != null &&
    before[1] === after[1] &&
    `v${before[2]}` === base.kubernetesVersion &&
    `v${after[2]}` === candidate.kubernetesVersion
  );
};

const firstOf = (leaf: Leaf | undefined): unknown =>
  leaf === undefined ? undefined : leaf.flag === null ? leaf.value : leaf.flag.said[0]?.value;

const isShown = ({ data }: Tree): boolean => {
  const { annotations } = fieldsOf(data.metadata);
  return typeof fieldsOf(annotations)['kubernetes.io/config.mirror'] === 'string' && data.status !== undefined;
};

const changeOf = (
  name: string,
  [one, other]: readonly [Leaf | undefined, Leaf | undefined],
  [was, is]: readonly [ReadonlyMap<string, Leaf>, ReadonlyMap<string, Leaf>],
  { pair, base, candidate }: Two,
): Change => {
  const parent = (one ?? other)?.key.slice(0, -1) ?? [];
  const isUnder = ({ key }: Leaf): boolean =>
    key.length > parent.length &&
    parent.every((step, index) => step === key[index]) &&
    JSON.stringify(key) !== JSON.stringify((one ?? other)?.key);
  return {
    kind: kindOf(pair.after),
    name,
    before: firstOf(one),
    after: firstOf(other),
    isOnce: [one, other].every((leaf) => (leaf?.flag?.said ?? []).length < 2),
    minors: [exactVersion(base.kubernetesVersion).minor, exactVersion(candidate.kubernetesVersion).minor],
    isOneRelease: base.kubernetesVersion === candidate.kubernetesVersion,
    isBeside: [was, is].every((leaves) => [...leaves.values()].some(isUnder)),
    isShown: isShown(pair.before) && isShown(pair.after),
  };
};

/** Kinds that hold secrets under these names alone; others may hold them anywhere. */
const shownKinds =
  /^(?:Pod|(?:Cluster|Init|Join)Configuration|KubeletConfiguration|KubeProxyConfiguration|configuration of k3s or RKE2)$/;

const show = (leaf: Leaf | undefined, kind: string): string => {
  if (leaf === undefined) return 'unset';
  const name = leaf.key.join('.');
  if (!shownKinds.test(kind) || isSecret(name)) return notShown;
  const values = leaf.flag === null ? [leaf.value] : leaf.flag.said.map(({ value }) => value);
  const texts = values.map((value) => (typeof value === 'string' && value !== '' ? value : JSON.stringify(value)));
  const { component, name: flag } = leaf.flag ?? { component: null, name: '' };
  if (component !== null && flagKind(component, flag) === null) return notShown;
  return shownValue(name, texts.join(', then ')).replace(/^(.{200}).+$/s, '$1…');
};

/** Equal flags, which kubeadm passes in another order from some patches on; those of heartbeats are judged as it passes them. */
const reordered = (leaf: Leaf, { pair, base, candidate }: Two): boolean =>
  base.kubernetesVersion !== candidate.kubernetesVersion &&
  leaf.flag !== null &&
  leaf.flag.said.length > 1 &&
  !isByRows(leaf, leaf, { pair, base, candidate });

const inPair = (two: Two): readonly Difference[] => {
  const { before, after } = two.pair;
  const [was, is] = [leavesOf(before), leavesOf(after)];
  const title = titleOf(after);
  const textOf = (leaf: Leaf | undefined): string => show(leaf, kindOf(after));
  const found = [...new Set([...was.keys(), ...is.keys()])].flatMap((id): readonly Difference[] => {
    const [one, other] = [was.get(id), is.get(id)];
    const leaf = other ?? one;
    if (leaf === undefined) return [];
    const name = leaf.key.join('.');
    const shown = shownName(name);
    const origin = other === undefined ? after.at([]) : after.at(other.path);
    if (isSame(one, other)) {
      const text = `${shown} of ${title} is ${textOf(leaf)}, and which of them counts may differ between ${two.base.kubernetesVersion} and ${two.candidate.kubernetesVersion}`;
      return other !== undefined && reordered(other, two) ? [{ origin, text }] : [];
    }
    const isClaimed =
      isByRows(one, other, two) ||
      isOfVersions(one, other, two) ||
      isHarmless(changeOf(name, [one, other], [was, is], two));
    const place = one === undefined ? '' : ` (${before.at(one.path)})`;
    const text = `${shown} of ${title} is ${textOf(one)} on the base${place} and ${textOf(other)} here, ${nobody}`;
    return isClaimed ? [] : [{ origin, text }];
  });
  const rest = found.length - maxReported;
  const [first] = found;
  if (rest <= 1 || first === undefined) return found;
  return [
    ...found.slice(0, maxReported),
    { origin: after.at([]), text: `${title} differs in ${counted(rest, 'more place')}, ${nobody}` },
  ];
};

/**
 * Everything that the candidate has otherwise than the base, of all that their documents say, but for what the rows of a
 * review judge, what is the same spelled otherwise, and what stands on the list of harmless places.
 */
export const differencesOf = (base: Side, candidate: Side): readonly Difference[] => {
  const { pairs, alone } = pairsOf(base.configFiles, candidate.configFiles);
  return [...alone, ...pairs.flatMap((pair) => inPair({ pair, base, candidate }))];
};
