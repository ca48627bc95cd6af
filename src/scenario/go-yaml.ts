import { isAlias, isCollection, isMap, isNode, isPair, isScalar, type Node } from 'yaml';
import { describeValue } from './read/value-labels.ts';

/** What unicode.IsSpace is in front of the first character. */
const space = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const jsonStart = new RegExp(`^${space}*\\{`);

/** A text that begins with `{` is JSON to Kubernetes, and nothing else. @see apimachinery pkg/util/yaml/decoder.go, IsJSONBuffer */
export const isJsonText = (text: string): boolean => jsonStart.test(text);

/** @see go-yaml v2 readerc.go, "control characters are not allowed" */
const forbidden = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
/** Ends a line to go-yaml, and to few others. @see go-yaml v2 yamlprivateh.go, is_break */
const oddBreak = /\r(?!\n)|[\u0085\u2028\u2029]/;

/**
 * What Kubernetes refuses of a whole text for its characters, or as JSON; `offset` in characters.
 * @param isJson see `isJsonText`; no file of k3s is
 */
export const goTextFault = (
  text: string,
  isJson: boolean,
): { readonly offset: number; readonly message: string } | null => {
  const character = forbidden.exec(text);
  if (character !== null) {
    const code = (character[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return { offset: character.index, message: `expected text, received the control character U+${code}` };
  }
  if (!isJson) {
    const odd = oddBreak.exec(text);
    return odd === null ? null : { offset: odd.index, message: 'expected lines that end with a line feed' };
  }
  try {
    JSON.parse(text);
    return null;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message.replace(/\s*,? ".*$/s, '') : String(thrown);
    return {
      offset: 0,
      message: `expected JSON alone, which a text that begins with { is to Kubernetes, received an error: ${why}`,
    };
  }
};

type Fault = { readonly node: Node; readonly message: string };

const escaped = /\\(?:(\/)|u([\da-fA-F]{4})|U([\da-fA-F]{8})|.)/gs;

const escapeFault = (source: string): string | null => {
  for (const [word, slash, short, long] of source.matchAll(escaped)) {
    const code = Number.parseInt(short ?? long ?? '0', 16);
    if (slash !== undefined || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
      return `expected an escape that YAML 1.1 has, received ${word}`;
    }
  }
  return null;
};

/** Keys have to become those of JSON. @see sigs.k8s.io/yaml yaml.go, convertToJSONableObject */
const keyFault = (key: unknown): string | null => {
  if (isAlias(key)) return 'expected a key itself, received an alias';
  if (!isScalar(key) || key.value === null) return 'expected a key that is text, received another one';
  return null;
};

/**
 * What of a YAML document go-yaml v2 refuses, or sigs.k8s.io/yaml after it, and others take.
 * @param text of the whole file, which places count in
 * @see go-yaml v2 scannerc.go, yaml_parser_scan_plain_scalar and yaml_parser_scan_flow_scalar
 */
export const goFaults = (root: Node | null, text: string): readonly Fault[] => {
  const faults: Fault[] = [];
  const anchored: { readonly name: string; readonly from: number; readonly to: number }[] = [];
  const waiting: { readonly node: unknown; readonly isInFlow: boolean }[] = [{ node: root, isInFlow: false }];
  const aliases: { readonly node: Node; readonly source: string }[] = [];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, isInFlow } = next;
    if (isPair(node)) {
      waiting.push({ node: node.key, isInFlow }, { node: node.value, isInFlow });
      continue;
    }
    if (!isNode(node)) continue;
    const [from = 0, to = 0] = node.range ?? [];
    const add = (message: string | null, at: unknown = node): void => {
      if (message !== null) faults.push({ node: isNode(at) ? at : node, message });
    };
    if (isAlias(node)) aliases.push({ node, source: node.source });
    else if (isCollection(node)) {
      if (node.anchor !== undefined) anchored.push({ name: node.anchor, from, to });
      if (isMap(node)) for (const { key } of node.items) add(keyFault(key), key);
      for (const item of node.items) waiting.push({ node: item, isInFlow: isInFlow || node.flow === true });
    } else if (isScalar(node)) {
      const source = text.slice(from, to);
      if (node.type === 'QUOTE_DOUBLE') add(escapeFault(source));
      const isOpen = isInFlow && node.type === 'PLAIN' && source.includes('?');
      if (isOpen) add(`expected quotes around a text with ? within brackets, received ${describeValue(source)}`);
    }
  }
  for (const { node, source } of aliases) {
    const at = node.range?.[0] ?? 0;
    const isOwn = anchored.some(({ name, from, to }) => name === source && from <= at && at < to);
    if (isOwn) faults.push({ node, message: `expected an anchor that does not contain itself, received *${source}` });
  }
  return faults;
};

/** Keys of numbers that need not be whole: quantities, and the one field of a kubelet that is a fraction. */
const fractionalKey = /^(?:requests|limits|sizeLimit|infoBufferSize|memoryThrottlingFactor)$/;

const integerFault = (source: string): string | null => {
  const value = Number(source);
  const isInteger = Number.isInteger(value) && !/[.eE]/.test(source);
  if (isInteger || (Number.isFinite(value) && !Number.isInteger(value))) return null;
  return `expected integers of JSON without a fraction and an exponent, received ${source}`;
};

/**
 * Numbers that JSON may spell so, and that the decoder of Kubernetes takes for none of its fields: `40.0` and `4e1` are no
 * 40 there. As YAML they are, for that is made JSON of first.
 * @see sigs.k8s.io/json internal/golang/encoding/json/decode.go, literalStore: strconv.ParseInt
 */
export const jsonFaults = (root: Node | null, text: string): readonly Fault[] => {
  const faults: Fault[] = [];
  const waiting: unknown[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (isPair(node)) {
      if (!isScalar(node.key) || !fractionalKey.test(String(node.key.value))) waiting.push(node.value);
    } else if (isCollection(node)) waiting.push(...node.items);
    else if (isScalar(node) && node.type === 'PLAIN' && node.range != null) {
      const source = text.slice(node.range[0], node.range[1]);
      const message = /^[-\d]/.test(source) ? integerFault(source) : null;
      if (message !== null) faults.push({ node, message });
    }
  }
  return faults;
};
