import { type Document, isScalar, isSeq, parseDocument } from 'yaml';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { flagsOf } from '../settings.ts';

/** What is wanted of each flag or field, by name; null = it must not be there. */
export type Wanted<T> = Readonly<Record<string, T | null>>;

const unreadable = (what: string, found: string): SkipbeatError =>
  new SkipbeatError('NODE_FILE_UNREADABLE', `${what}: expected what kubeadm writes, found ${found}.`, {
    exitCode: exitCodes.environment,
    next: `${skipbeat('cleanup --dry-run')}   (lists the clusters; remove this one and run again)`,
  });

/** As kubeadm writes YAML: no line is folded, lists stand under their names. */
const toText = (document: Document.Parsed): string => document.toString({ lineWidth: 0, indentSeq: false });

/**
 * A static pod's manifest with other flags on its first container; everything else stays as it was written.
 * @returns the text itself where every flag is as wanted already: the kubelet then sees no change
 * @throws SkipbeatError NODE_FILE_UNREADABLE (exit 75) where the text is no such manifest
 */
export const withFlags = (manifest: string, wanted: Wanted<string>): string => {
  const document = parseDocument(manifest);
  const command = document.getIn(['spec', 'containers', 0, 'command']);
  if (document.errors.length > 0 || !isSeq(command)) {
    throw unreadable('a static pod manifest', document.errors[0]?.message ?? 'no command of a first container');
  }
  const args = command.items.map((item) => String(isScalar(item) ? item.value : item));
  const found = flagsOf(args);
  const changed = Object.entries(wanted).filter(([name, value]) => (found.get(name) ?? null) !== value);
  if (changed.length === 0) return manifest;
  const names = new Set(changed.map(([name]) => name));
  const nameOf = (word: string): string => /^--([^=]+)/.exec(word)?.[1] ?? '';
  const kept = command.items.filter((_, index) => !names.has(nameOf(args[index] ?? '')));
  const added = changed.flatMap(([name, value]) => (value === null ? [] : [`--${name}=${value}`]));
  command.items = [...kept, ...added.map((word) => document.createNode(word))];
  return toText(document);
};

/** How kubeadm writes a duration that nobody set; to the kubelet it is the same as none. */
const unset = '0s';

/**
 * A KubeletConfiguration with other fields. @returns the text itself where every field is as wanted already
 * @throws SkipbeatError NODE_FILE_UNREADABLE (exit 75)
 */
export const withFields = (configuration: string, wanted: Wanted<string | number | boolean>): string => {
  const document = parseDocument(configuration);
  if (document.errors.length > 0 || document.get('kind') !== 'KubeletConfiguration') {
    throw unreadable('the kubelet’s configuration', document.errors[0]?.message ?? 'another kind of document');
  }
  const changed = Object.entries(wanted).filter(([name, value]) => {
    const found = document.get(name) ?? null;
    return (found === unset ? null : found) !== value;
  });
  if (changed.length === 0) return configuration;
  for (const [name, value] of changed) {
    if (value === null) document.delete(name);
    else document.set(name, value);
  }
  return toText(document);
};
