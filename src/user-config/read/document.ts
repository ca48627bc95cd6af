import { isMapping, type Mapping, type Path } from '../../common/plain-data.ts';
import { describeValue, type ReadYaml, readYamlDocuments } from '../../scenario/index.ts';
import { shownText } from '../shown.ts';
import type {
  Aside,
  CommandLine,
  CompleteDocument,
  Component,
  ConfigPart,
  ConfigSetting,
  MachineBound,
  NamedVersion,
  PassedBound,
  PassedFlag,
  PassedGate,
  SettingForm,
  Tree,
} from '../types.ts';
import { partingFaults } from './shape/parting.ts';

/** Where a setting stands, beside its path. */
export type Place = { readonly form: SettingForm; readonly nodes?: ConfigSetting['nodes']; readonly spelled?: string };

/** A document that is YAML, with its place in the file; problems and settings of it are gathered as it is walked. */
export type Reader = {
  readonly at: (path: Path, atKey?: boolean) => string;
  readonly problem: (path: Path, message: string, atKey?: boolean) => void;
  readonly setting: (component: Component, name: string, value: string, path: Path, place: Place) => void;
  readonly version: (version: string, path: Path) => void;
  /** What stands at a path should name a version, and does not. */
  readonly noVersion: (path: Path, sentence: string) => void;
  readonly flag: (component: Component, name: string, value: string | null, path: Path) => void;
  readonly gate: (component: Component, name: string, value: string | null, path: Path) => void;
  /** A field of KubeletConfiguration by the name of its flag. */
  readonly field: (name: string, value: string, path: Path) => void;
  readonly bound: (component: Component, bound: MachineBound, path: Path) => void;
  readonly aside: (aside: Omit<Aside, 'origin'>, path: Path) => void;
  /** A document that is to be compared, whatever it says. */
  readonly tree: (data: Mapping) => void;
  readonly part: (part: Omit<ConfigPart, 'origin'>, path: Path) => void;
  readonly kubeadmApi: (api: string, path: Path) => void;
  readonly kubeadmGate: (name: string, path: Path) => void;
  readonly command: (component: Component, path: Path) => void;
  /** The document is one of a kind, and whole. */
  readonly entire: (kind: string) => void;
  readonly passOver: (sentence: string) => void;
  /** What stands at a path may change everything, and is not read. */
  readonly leaveUnread: (path: Path, text: string) => void;
  /** Whether what stands at a path is a setting, or was named as not read. */
  readonly isRead: (path: Path) => boolean;
  /** A JoinConfiguration was read: it says what joined nodes have. */
  readonly joined: () => void;
  /** The mapping at a path; null where there is none. A value of another kind is a problem. */
  readonly mapping: (path: Path) => Mapping | null;
  /** A document within this one: what stands at the path of a list. */
  readonly within: (path: Path) => Reader;
  /** Documents that are the text at a path. */
  readonly embedded: (
    path: Path,
    text: string,
    holder: string,
  ) => readonly { readonly reader: Reader; readonly data: unknown }[];
};

export type Gathered = {
  readonly problems: string[];
  readonly settings: ConfigSetting[];
  readonly flags: PassedFlag[];
  readonly gates: PassedGate[];
  readonly fields: PassedFlag[];
  readonly bounds: PassedBound[];
  readonly trees: Tree[];
  readonly parts: ConfigPart[];
  readonly asides: Aside[];
  readonly kubeadmApis: { readonly api: string; readonly origin: string }[];
  readonly kubeadmGates: { readonly name: string; readonly origin: string }[];
  readonly commands: CommandLine[];
  readonly completeDocuments: CompleteDocument[];
  readonly versions: NamedVersion[];
  readonly unversioned: string[];
  readonly unread: { readonly origin: string; readonly text: string }[];
  readonly passedOver: string[];
  /** Where texts stand that were read as documents. */
  readonly embedded: Set<string>;
  hasJoined: boolean;
  /** Counts documents, so that settings of two can be told apart. */
  documents: number;
};

/** `v1.32.0-alpha.2` may have the defaults of v1.31, and nobody knows from when on it has those of its name. */
export const isPreRelease = (version: string): boolean => /\d-(?:alpha|beta|rc)\b/.test(version);

/** As Go sorts text. */
export const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

const valueAt = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
    return isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, data);

/**
 * @param where `file`, or where in it the document is the text of a value
 * @param base the path of the document within the YAML
 * @param holder see `Tree`
 */
export const readerOf = (
  where: string,
  yaml: Extract<ReadYaml, { ok: true }>,
  gathered: Gathered,
  base: Path = [],
  holder: string | null = null,
): Reader => {
  gathered.documents += 1;
  const document = gathered.documents;
  const at = (path: Path, atKey = false): string => {
    const { line, column } = yaml.locate([...base, ...path], atKey);
    return `${where}:${line}:${column}`;
  };
  const problem = (path: Path, message: string, atKey = false): void => {
    const full = [...base, ...path];
    const where = full.length === 0 ? '' : `${full.join('.')}: `;
    gathered.problems.push(shownText(`${at(path, atKey)}: ${where}${message}`));
  };
  return {
    at,
    problem,
    setting: (component, name, value, path, { form, nodes = 'all', spelled = name }) =>
      gathered.settings.push({ component, name, spelled, value, origin: at(path), form, document, nodes }),
    flag: (component, name, value, path) => gathered.flags.push({ component, name, value, origin: at(path) }),
    gate: (component, name, value, path) => gathered.gates.push({ component, name, value, origin: at(path) }),
    field: (name, value, path) => gathered.fields.push({ component: 'kubelet', name, value, origin: at(path) }),
    bound: (component, bound, path) => gathered.bounds.push({ ...bound, component, origin: at(path) }),
    aside: (aside, path) => gathered.asides.push({ ...aside, origin: at(path) }),
    tree: (data) => gathered.trees.push({ data, at, holder }),
    part: (part, path) => gathered.parts.push({ ...part, origin: at(path) }),
    kubeadmApi: (api, path) => gathered.kubeadmApis.push({ api, origin: at(path) }),
    kubeadmGate: (name, path) => gathered.kubeadmGates.push({ name, origin: at(path) }),
    command: (component, path) => gathered.commands.push({ component, document, origin: at(path) }),
    entire: (kind) => gathered.completeDocuments.push({ kind, document, origin: at([]) }),
    version: (version, path) => gathered.versions.push({ version, origin: at(path) }),
    noVersion: (path, sentence) => {
      gathered.unversioned.push(at(path));
      gathered.passedOver.push(shownText(`${at(path)}: ${sentence}`));
    },
    passOver: (sentence) => gathered.passedOver.push(shownText(sentence)),
    leaveUnread: (path, text) => gathered.unread.push({ origin: at(path), text }),
    isRead: (path) => {
      const origin = at(path);
      const isAt = (each: { readonly origin: string }): boolean => each.origin === origin;
      return gathered.settings.some(isAt) || gathered.unread.some(isAt) || gathered.embedded.has(origin);
    },
    joined: () => {
      gathered.hasJoined = true;
    },
    mapping: (path) => {
      const value = valueAt(yaml.data, [...base, ...path]);
      if (value === undefined || value === null) return null;
      if (isMapping(value)) return value;
      problem(path, `expected a mapping, received ${describeValue(value)}`);
      return null;
    },
    within: (path) => readerOf(where, yaml, gathered, [...base, ...path], holder),
    embedded: (path, text, inside) => {
      gathered.embedded.add(at(path));
      const name = `${at(path, true)} ${path.at(-1)}`;
      for (const { line, message } of partingFaults(text)) gathered.problems.push(`${name}:${line}:1: ${message}`);
      return readYamlDocuments(text).flatMap((inner) => {
        if (inner.ok) return [{ reader: readerOf(name, inner, gathered, [], inside), data: inner.data }];
        gathered.problems.push(
          ...inner.problems.map((each) => `${name}:${each.at.line}:${each.at.column}: ${each.message}`),
        );
        return [];
      });
    },
  };
};
