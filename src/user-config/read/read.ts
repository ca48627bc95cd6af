import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { readTextFile } from '../../common/host/text-file.ts';
import { isMapping, type Mapping } from '../../common/plain-data.ts';
import { describeValue, readYamlDocuments } from '../../scenario/index.ts';
import { shownEntire } from '../shown.ts';
import type { ConfigFiles } from '../types.ts';
import { type Gathered, readerOf } from './document.ts';
import { readDocument } from './kinds.ts';
import { commentedSeparators, partingFaults } from './shape/parting.ts';
import { isShown } from './shape/shown-pod.ts';
import { leaveStrays } from './strays.ts';

/** What files are not as they should be, one problem a line; bytes that a terminal would obey are taken out. */
export const invalid = (message: string): SkipbeatError =>
  new SkipbeatError('CONFIG_INVALID', message.replaceAll(/[^\P{Cc}\n]/gu, ' '), {
    exitCode: exitCodes.usage,
    next: 'give a static pod manifest, a kubeadm configuration or a KubeletConfiguration, as the machine has it',
  });

/** 10-kubeadm.conf, /etc/default/kubelet, /var/lib/kubelet/kubeadm-flags.env, k3s.service.env. */
const environment = /^(?:\s*(?:#.*)?\n)*\s*(?:\[(?:Unit|Service)\]|(?:export\s+)?[A-Z][A-Z\d_]*=)/;

const maxBytes = 1_000_000;
const maxShown = 40;

const textOf = (file: string): string => {
  try {
    return readTextFile(file, maxBytes, invalid);
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) throw thrown;
    const received = errnoOf(thrown) === 'ENOENT' ? 'nothing there' : messageOf(thrown);
    throw invalid(`${file}: expected a readable file, received ${received}`);
  }
};

/** @see kubernetes cmd/kubeadm/app/util/marshal.go, SplitYAMLDocuments */
const configurationKind = (data: unknown): string | null =>
  isMapping(data) && /^kube(?:adm|(?:let|proxy)\.config)\.k8s\.io\//.test(String(data.apiVersion))
    ? String(data.kind)
    : null;

const isKubeadms = ({ apiVersion }: Mapping): boolean => String(apiVersion).startsWith('kubeadm.k8s.io/');

const isComponents = ({ apiVersion }: Mapping): boolean => /^kube(?:let|proxy)\.config\./.test(String(apiVersion));

type KubeadmFile = 'cluster' | 'init' | 'join' | 'other' | null;

/**
 * Which command of kubeadm a file is for, `cluster` where it has the settings of all nodes; null: it has no document of kubeadm.
 * @see kubernetes cmd/kubeadm/app/util/config/joinconfiguration.go, documentMapToJoinConfiguration: join reads its own alone
 */
const kubeadmFileOf = (documents: readonly unknown[]): KubeadmFile => {
  const kinds = documents.flatMap((data) => (isMapping(data) && isKubeadms(data) ? [String(data.kind)] : []));
  if (kinds.includes('ClusterConfiguration')) return 'cluster';
  if (kinds.includes('InitConfiguration')) return 'init';
  if (kinds.includes('JoinConfiguration')) return 'join';
  return kinds.length > 0 ? 'other' : null;
};

/**
 * Fields that kubeadm fills in, and whether anybody reads it, depend on what a document of a component stands beside; of an
 * InitConfiguration whether kubeadm reads it along with the ClusterConfiguration.
 */
const holderOf = (data: unknown, kubeadmFile: KubeadmFile): string | null => {
  if (!isMapping(data) || kubeadmFile === null) return null;
  if (data.kind === 'InitConfiguration') return kubeadmFile === 'cluster' ? 'a file with a ClusterConfiguration' : null;
  const command = kubeadmFile === 'cluster' ? 'init' : kubeadmFile;
  return isComponents(data) ? `a file of kubeadm (${command})` : null;
};

/**
 * Who reads a document as the first of its file alone; null where it may stand behind others. What an API server shows
 * of pods stands in no file of a kubelet.
 * @see k3s pkg/configfilearg/parser.go
 */
const readerOfFirst = ({ apiVersion, kind, metadata }: Mapping, isOfKubeadm: boolean): string | null => {
  if (kind === undefined && apiVersion === undefined) return 'k3s';
  const isManifest = kind === 'Pod' && !(isMapping(metadata) && isShown(metadata.annotations));
  return isManifest || (kind === 'KubeletConfiguration' && !isOfKubeadm) ? 'a kubelet' : null;
};

/** A document among others; files of k3s have no kind. */
const ofKind = ({ kind }: Mapping): string =>
  typeof kind === 'string' ? `one of kind ${describeValue(kind)}` : 'one without a kind';

/**
 * Reads what the text of a file says about heartbeats, every document in it, every problem at once.
 * @throws SkipbeatError CONFIG_INVALID (exit 64), one problem a line: `file:line:column: path: expected …, received …`
 */
export const readConfigText = (text: string, file: string): ConfigFiles => {
  if (environment.test(text)) {
    throw invalid(
      `${file}:1:1: expected settings of Kubernetes, received a unit of systemd or a file of environment, which is not read: a kubelet's flags there beat every file; say them as kubeletExtraArgs of a JoinConfiguration`,
    );
  }
  const gathered: Gathered = {
    problems: [],
    settings: [],
    flags: [],
    gates: [],
    fields: [],
    bounds: [],
    trees: [],
    parts: [],
    asides: [],
    kubeadmApis: [],
    kubeadmGates: [],
    commands: [],
    completeDocuments: [],
    versions: [],
    unversioned: [],
    unread: [],
    passedOver: [],
    embedded: new Set(),
    hasJoined: false,
    documents: 0,
  };
  const titles: string[] = [];
  const kinds = new Set<string>();
  let isFirstEmpty = false;
  let firstKind: string | null = null;
  const documents = readYamlDocuments(text);
  const isOfKubeadm = documents.some((yaml) => yaml.ok && isMapping(yaml.data) && isKubeadms(yaml.data));
  if (isOfKubeadm) {
    for (const { line, message } of partingFaults(text)) gathered.problems.push(`${file}:${line}:1: ${message}`);
  }
  const kubeadmFile = kubeadmFileOf(documents.map((yaml) => (yaml.ok ? yaml.data : null)));
  for (const yaml of documents) {
    if (!yaml.ok) {
      gathered.problems.push(...yaml.problems.map(({ at, message }) => `${file}:${at.line}:${at.column}: ${message}`));
      continue;
    }
    if (yaml.data === null || yaml.data === undefined) {
      isFirstEmpty ||= gathered.documents === 0;
      continue;
    }
    const reader = readerOf(file, yaml, gathered, [], holderOf(yaml.data, kubeadmFile));
    const who = isMapping(yaml.data) ? readerOfFirst(yaml.data, isOfKubeadm) : null;
    const first = isFirstEmpty ? 'an empty one' : firstKind;
    if (who !== null && first !== null) {
      reader.leaveUnread(['kind'], `${who} reads the first document of a file alone, which is ${first}`);
    }
    if (isOfKubeadm && isMapping(yaml.data) && !String(yaml.data.apiVersion).includes('/')) {
      reader.leaveUnread(['apiVersion'], 'kubeadm refuses a file with a document that is no configuration');
    }
    firstKind ??= isMapping(yaml.data) ? ofKind(yaml.data) : 'another one';
    const kind = configurationKind(yaml.data);
    if (kind !== null && kinds.has(kind)) {
      const received = `received ${kind} again: kubeadm refuses that, and a kubelet reads the first alone`;
      reader.problem(['kind'], `expected each kind once in a file, ${received}`);
    }
    if (kind !== null) kinds.add(kind);
    if (isMapping(yaml.data) && kubeadmFile === 'join' && isComponents(yaml.data)) {
      reader.tree(yaml.data);
      const text = `kubeadm join ignores a ${kind}: nodes get the one of their cluster, and who reads this one is not known`;
      reader.leaveUnread(['kind'], text);
    } else if (isMapping(yaml.data)) {
      titles.push(...readDocument(reader, yaml.data));
      leaveStrays(reader, yaml.data);
    } else reader.problem([], `expected a mapping with apiVersion and kind, received ${shownEntire(yaml.data)}`);
  }
  if (titles.length === 0 && gathered.problems.length === 0) {
    gathered.problems.push(`${file}:1:1: expected settings of Kubernetes, received a file without any`);
  }
  if (gathered.problems.length > 0) {
    const more = gathered.problems.length - maxShown;
    throw invalid([...gathered.problems.slice(0, maxShown), ...(more > 0 ? [`… and ${more} more`] : [])].join('\n'));
  }
  const isNew =
    gathered.versions.length > 0 && gathered.versions.every(({ version }) => Number(version.split('.')[1]) >= 28);
  for (const line of isOfKubeadm && !isNew ? commentedSeparators(text) : []) {
    const why = 'a kubeadm before v1.28 may read nothing behind --- with a comment: give the comment a line of its own';
    gathered.unread.push({ origin: `${file}:${line}:1`, text: why });
  }
  const { problems: _problems, embedded: _embedded, documents: _count, ...configFiles } = gathered;
  return { ...configFiles, files: [file], documents: titles };
};

/** The same of a file. @throws SkipbeatError CONFIG_INVALID (exit 64) */
export const readConfigFile = (file: string): ConfigFiles => readConfigText(textOf(file), file);

/** What several files say together; whether they agree is for the version to say, see `settingsOn`. */
export const joinConfigs = (files: readonly ConfigFiles[]): ConfigFiles => {
  const last = ({ settings, commands, completeDocuments }: ConfigFiles): number =>
    Math.max(0, ...[...settings, ...commands, ...completeDocuments].map(({ document }) => document));
  const firsts = files.map((_, index) =>
    files.slice(0, index).reduce((sum, configFiles) => sum + last(configFiles), 0),
  );
  const moved = <T extends { readonly document: number }>(
    pick: (configFiles: ConfigFiles) => readonly T[],
  ): readonly T[] =>
    files.flatMap((configFiles, index) =>
      pick(configFiles).map((each) => ({ ...each, document: (firsts[index] ?? 0) + each.document })),
    );
  return {
    files: files.flatMap((configFiles) => configFiles.files),
    documents: files.flatMap(({ documents }) => documents),
    settings: moved(({ settings }) => settings),
    commands: moved(({ commands }) => commands),
    completeDocuments: moved(({ completeDocuments }) => completeDocuments),
    flags: files.flatMap(({ flags }) => flags),
    gates: files.flatMap(({ gates }) => gates),
    fields: files.flatMap(({ fields }) => fields),
    bounds: files.flatMap(({ bounds }) => bounds),
    trees: files.flatMap(({ trees }) => trees),
    parts: files.flatMap(({ parts }) => parts),
    asides: files.flatMap(({ asides }) => asides),
    kubeadmGates: files.flatMap(({ kubeadmGates }) => kubeadmGates),
    kubeadmApis: files.flatMap(({ kubeadmApis }) => kubeadmApis),
    versions: files.flatMap(({ versions }) => versions),
    unversioned: files.flatMap(({ unversioned }) => unversioned),
    hasJoined: files.some(({ hasJoined }) => hasJoined),
    unread: files.flatMap(({ unread }) => unread),
    passedOver: files.flatMap(({ passedOver }) => passedOver),
  };
};
