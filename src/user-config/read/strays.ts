import { isMapping, type Path } from '../../common/plain-data.ts';
import { kubeletFields, passedFlags } from '../../profile/index.ts';
import { components } from '../components.ts';
import { flagKind } from '../tables/component-flags.ts';
import type { Reader } from './document.ts';

/** Whose flag it is, nobody knows of one that several components have: --kube-api-qps. */
const isOfOne = (name: string): boolean =>
  components.filter((component) => flagKind(component, name) !== null).length < 2;

/** Flags and fields about heartbeats; lists of plug-ins apart, which every API server has. */
const names = [
  ...components.flatMap((component) => Object.entries(passedFlags[component])),
  ...Object.entries(kubeletFields),
]
  .filter(([name, kind]) => kind !== 'list' && isOfOne(name))
  .map(([name]) => name);

const mention = new RegExp(`(?<!\\w|\\w-)(?:${names.join('|')})(?![\\w-])`);

const mentioned = (text: string): string | null => mention.exec(text.replaceAll('_', '-'))?.[0] ?? null;

/** Copies and notes of who wrote what, which no component reads. */
const isNote = (path: Path): boolean =>
  path.at(-2) === 'metadata' && /^(?:annotations|managedFields)$/.test(String(path.at(-1)));

/**
 * Names settings in a document that stand where nothing reads them: beside the section meant, under a misspelt key, in
 * a text, swallowed by the flag before. What they do, nobody here knows.
 */
export const leaveStrays = (reader: Reader, value: unknown, path: Path = []): void => {
  if (reader.isRead(path) || isNote(path)) return;
  const stray = (name: string | null, at: Path): void => {
    if (name !== null) reader.leaveUnread(at, `${name} stands where it is not read`);
  };
  if (typeof value === 'string') stray(mentioned(value), path);
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) leaveStrays(reader, item, [...path, index]);
  else if (isMapping(value)) {
    // One of kubeadm's list: its value is the setting.
    if (reader.isRead([...path, 'value']) || reader.isRead([...path, 'name'])) return;
    for (const [key, item] of Object.entries(value)) {
      const at = [...path, key];
      const name = item === null ? null : mentioned(key);
      if (name !== null && !reader.isRead(at)) stray(name, at);
      else leaveStrays(reader, item, at);
    }
  }
};
