import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { messageOf } from '../../common/errors.ts';
import { goTags } from '../../common/kubernetes/go-scalars.ts';
import type { Path } from '../../common/plain-data.ts';
import { goFaults, goTextFault, isJsonText, jsonFaults } from '../go-yaml.ts';
import { describeValue } from './value-labels.ts';

export type Position = { readonly line: number; readonly column: number };

export type TextProblem = { readonly at: Position; readonly message: string };

/** A YAML text as plain data, with the place of everything in it. */
export type ReadYaml =
  | {
      readonly ok: true;
      readonly data: unknown;
      /** Where the value at a path stands, or its key; where it is missing, the nearest thing around it. */
      readonly locate: (path: Path, atKey: boolean) => Position;
      readonly has: (path: Path) => boolean;
    }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

/** Enough for any scenario, and far from what a text needs to blow up. */
const maxAliases = 100;
const maxShown = 5;

const faultText = (error: YAMLError): string => {
  switch (error.code) {
    case 'MULTIPLE_DOCS':
      return 'expected one YAML document, received several';
    case 'RESOURCE_EXHAUSTION':
      return 'expected YAML nested a few levels deep, received hundreds';
    case 'TAG_RESOLVE_FAILED':
      return /^expected /.test(error.message)
        ? error.message
        : 'expected YAML without tags of its own, received an unknown one';
    default:
      return `expected YAML, received an error: ${error.message}`;
  }
};

/** The first of each kind: a text nested too deep is reported at every level. */
const oncePerMessage = (problems: readonly TextProblem[]): readonly TextProblem[] => {
  const first = new Map<string, TextProblem>();
  for (const problem of problems.toReversed()) first.set(problem.message, problem);
  return [...first.values()].reverse();
};

/** `<<` is a symbol to the parser. */
const keyText = (key: unknown): string | null =>
  isScalar(key) ? String(typeof key.value === 'symbol' ? key.source : key.value) : null;

/** Repeated keys (the parser's own check takes quadratic time), and aliases that are many or lead nowhere. */
const survey = (root: ParsedNode | null, at: (offset: number) => Position): readonly TextProblem[] => {
  const problems: TextProblem[] = [];
  const add = (node: Node, message: string) => problems.push({ at: at(node.range?.[0] ?? 0), message });
  const anchors = new Set<string>();
  const aliases: Alias[] = [];
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (isAlias(node)) aliases.push(node);
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) anchors.add(node.anchor);
    if (isSeq(node)) for (const item of node.items) waiting.push(item);
    if (!isMap(node)) continue;
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      waiting.push(key, value);
      const text = keyText(key);
      if (text === null) continue;
      // To Kubernetes a later merge beats the keys before it, to others it does not.
      if (isScalar(key) && key.source === '<<' && seen.size > 0) {
        add(key as Node, 'expected << before the other keys, received it after them');
      }
      if (seen.has(text)) add(key as Node, `expected each key once, received ${describeValue(text)} again`);
      seen.add(text);
    }
  }
  if (aliases.length > maxAliases) {
    const message = `expected at most ${maxAliases} uses of aliases, received ${aliases.length}`;
    return [...problems, { at: { line: 1, column: 1 }, message }];
  }
  for (const alias of aliases) {
    if (!anchors.has(alias.source)) add(alias, `expected an alias with an anchor, received *${alias.source}`);
  }
  return problems;
};

type Found = { readonly node: Node | null; readonly key: Node | null; readonly isComplete: boolean };
type Entry = { readonly key: Node; readonly value: Node | null };

/** Looks up keys in time that does not grow with the mapping, for a text may have very many wrong ones. */
const keyedEntries = () => {
  const known = new WeakMap<YAMLMap, ReadonlyMap<string, Entry>>();
  return (mapping: YAMLMap): ReadonlyMap<string, Entry> => {
    const before = known.get(mapping);
    if (before !== undefined) return before;
    const entries = new Map<string, Entry>();
    for (const { key, value } of mapping.items) {
      const text = keyText(key);
      if (text !== null) entries.set(text, { key: key as Node, value: value as Node | null });
    }
    known.set(mapping, entries);
    return entries;
  };
};

/** Walks as far along the path as there is something. */
const finder = (document: Document.Parsed) => {
  const entriesOf = keyedEntries();
  return (path: Path): Found => {
    let found: Found = { node: document.contents, key: null, isComplete: true };
    for (const step of path) {
      const node = isAlias(found.node) ? (found.node.resolve(document) ?? null) : found.node;
      const entry = isMap(node) ? entriesOf(node).get(String(step)) : undefined;
      const item = isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
      if (entry !== undefined) found = { node: entry.value, key: entry.key, isComplete: true };
      else if (item !== undefined) found = { node: item as Node, key: null, isComplete: true };
      else return { ...found, isComplete: false };
    }
    return found;
  };
};

type Locate = (offset: number) => Position;

const locator = (lines: LineCounter): Locate => {
  return (offset) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
};

const options = { prettyErrors: false, logLevel: 'error', uniqueKeys: false } as const;

// An alias before its anchor, more aliases in aliases than allowed, or a text that the parser itself fails on.
const unparsed = (thrown: unknown): ReadYaml => {
  const message = `expected YAML, received an error: ${messageOf(thrown)}`;
  return { ok: false, problems: [{ at: { line: 1, column: 1 }, message }] };
};

type More = (document: Document.Parsed) => readonly TextProblem[];

const readable = (document: Document.Parsed, at: Locate, more: More = () => []): ReadYaml => {
  const faults = [...document.errors, ...document.warnings].map((error) => ({
    at: at(error.pos[0]),
    message: faultText(error),
  }));
  const problems = faults.length > 0 ? oncePerMessage(faults) : [...survey(document.contents, at), ...more(document)];
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, maxShown) };
  const data: unknown = document.toJS({ maxAliasCount: maxAliases });
  const find = finder(document);
  return {
    ok: true,
    data,
    has: (path) => find(path).isComplete,
    locate: (path, atKey) => {
      const { node, key, isComplete } = find(path);
      const shown = atKey && isComplete ? key : node;
      return at((shown ?? key ?? document.contents)?.range?.[0] ?? 0);
    },
  };
};

/**
 * Reads one YAML document. Never throws: whatever the text is, either data or problems come back.
 * A text that repeats a key, has several documents, unknown tags, too many aliases or too deep a nesting is a problem.
 */
export const readYaml = (text: string): ReadYaml => {
  const lineCounter = new LineCounter();
  try {
    return readable(parseDocument(text, { ...options, lineCounter }), locator(lineCounter));
  } catch (thrown) {
    return unparsed(thrown);
  }
};

/** Go's yaml.v2 refuses every other version. */
const isOtherVersion = ({ directives }: Document.Parsed): boolean =>
  directives.yaml.explicit === true && directives.yaml.version !== '1.1';

/**
 * k3s and RKE2 read their file as YAML, however it begins: a mapping that is of no kind is theirs.
 * @see k3s pkg/configfilearg/parser.go, yaml.Unmarshal
 */
const isOfDistribution = (text: string): boolean => {
  const { contents, errors } = parseDocument(text, { ...options, version: '1.1' });
  return errors.length === 0 && isMap(contents) && !contents.has('apiVersion') && !contents.has('kind');
};

/** More documents than this are in no file of settings. */
const maxDocuments = 50;

/**
 * The same of a text with several documents, each for itself, as YAML 1.1, which is what Kubernetes reads: `yes` is a
 * boolean, `040` is 32, `<<` merges; a text that begins with `{` as JSON. What Kubernetes refuses of either is a problem.
 * Positions are those in the whole text.
 */
export const readYamlDocuments = (text: string): readonly ReadYaml[] => {
  const lineCounter = new LineCounter();
  try {
    const isJson = isJsonText(text) && !isOfDistribution(text);
    const fault = goTextFault(text, isJson);
    if (fault !== null) {
      const lines = text.slice(0, fault.offset).split('\n');
      const found = { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
      return [{ ok: false, problems: [{ at: found, message: fault.message }] }];
    }
    const documents = parseAllDocuments(text, { ...options, version: '1.1', customTags: goTags, lineCounter });
    if (!Array.isArray(documents)) return [];
    if (documents.length > maxDocuments) {
      const message = `expected at most ${maxDocuments} YAML documents, received ${documents.length}`;
      return [{ ok: false, problems: [{ at: { line: 1, column: 1 }, message }] }];
    }
    const at = locator(lineCounter);
    const more: More = ({ contents }) =>
      (isJson ? jsonFaults : goFaults)(contents, text).map(({ node, message }) => ({
        at: at(node.range?.[0] ?? 0),
        message,
      }));
    return documents.map((document) => {
      if (!isOtherVersion(document)) return readable(document, at, more);
      const message = `expected YAML 1.1, which Kubernetes reads, received YAML ${document.directives.yaml.version}`;
      return { ok: false, problems: [{ at: { line: 1, column: 1 }, message }] };
    });
  } catch (thrown) {
    return [unparsed(thrown)];
  }
};
