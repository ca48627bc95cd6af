// Scans of versions by tools/kubernetes-flags/main.go, and tables of names by the minors that have them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownMinors } from '../../src/profile/index.ts';

type Found = { readonly flags: Readonly<Record<string, string>> };
export type Spec = {
  readonly Version: string;
  readonly Default: string;
  readonly Pre: string;
  readonly Lock: boolean;
};
export type Scan = Readonly<Record<string, Found>> & {
  readonly gates: Readonly<Record<string, { readonly Specs: readonly Spec[] }>>;
  readonly needs: Readonly<Record<string, readonly string[]>>;
};

/** FOLDER/1.34.4.json and so on. */
export const readScans = (folder: string): readonly { readonly minor: number; readonly scan: Scan }[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({
      minor: Number(file.split('.')[1]),
      scan: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Scan,
    }));

export type State = string;

export const stateOf = (states: readonly State[]): State => {
  const [first = '-'] = states;
  return states.every((each) => each === first) ? first : '?';
};

/** `11-16 T17-22`: minors of one state together; none of those that have it not. */
export const ranges = (stateAt: (minor: number) => State): string => {
  const out: { state: State; first: number; last: number }[] = [];
  for (const minor of knownMinors) {
    const state = stateAt(minor);
    const previous = out.at(-1);
    if (previous?.state === state) previous.last = minor;
    else out.push({ state, first: minor, last: minor });
  }
  return out
    .filter(({ state }) => state !== '-')
    .map(({ state, first, last }) => `${state}${first}${last === first ? '' : `-${last}`}`)
    .join(' ');
};

export const grouped = (names: readonly string[], key: (name: string) => string): string => {
  const groups = Map.groupBy(names.toSorted(), key);
  const order = (text: string): readonly number[] => (text.match(/\d+/g) ?? []).map(Number);
  const keys = [...groups.keys()].toSorted((a, b) => {
    const [one, other] = [order(a), order(b)];
    return (one[0] ?? 0) - (other[0] ?? 0) || (one[1] ?? 0) - (other[1] ?? 0) || (a < b ? -1 : 1);
  });
  return keys.flatMap((each) => wrapped(`${each}:`, groups.get(each) ?? [])).join('\n');
};

const wrapped = (head: string, names: readonly string[]): readonly string[] => {
  const lines = [`    ${head}`];
  for (const name of names) {
    const line = lines.at(-1) ?? '';
    if (`${line} ${name}`.length <= 118) lines[lines.length - 1] = `${line} ${name}`;
    else lines.push(`      ${name}`);
  }
  return lines;
};

const minorOf = (version: string): number => Number(version.split('.')[1] ?? 0);

/** What holds of a gate on a minor; undefined before there is one. */
export const specOn = (specs: readonly Spec[], minor: number): Spec | undefined =>
  specs
    .filter(({ Version }) => minorOf(Version) <= minor)
    .toSorted((a, b) => minorOf(a.Version) - minorOf(b.Version))
    .at(-1);

export const head = (what: string): string =>
  `// Made by ${what} from the sources of Kubernetes; not to be edited.\n\n`;
