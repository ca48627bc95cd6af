import { isMapping, type Mapping, type Path } from '../../../common/plain-data.ts';
import { components } from '../../components.ts';
import { byText } from '../../read/document.ts';
import { flagKind } from '../../tables/component-flags.ts';
import { splitGates } from '../../tables/feature-gates.ts';
import type { Component } from '../../types.ts';

/** One value of a flag where it stands; of `feature-gates` one gate. `spelled` as it is, underscores and all. */
export type Said = {
  readonly name: string;
  readonly spelled: string;
  readonly gate: string | null;
  /** null: none, where one should be. */
  readonly value: string | null;
  readonly path: Path;
};

const saidOf = (spelled: string, value: string | null, path: Path): readonly Said[] => {
  const name = spelled.replaceAll('_', '-');
  const gates = name === 'feature-gates' && value !== null ? splitGates(value) : [];
  if (gates.length === 0) return [{ name, spelled, gate: null, value, path }];
  return gates.map((gate) => ({ name, spelled, gate: gate.name, value: gate.value, path }));
};

type Word = readonly [unknown, Path];

const argvOf = (container: Mapping, path: Path): readonly Word[] =>
  (['command', 'args'] as const).flatMap((key) => {
    const list = container[key];
    return Array.isArray(list) ? list.map((word: unknown, index): Word => [word, [...path, key, index]]) : [];
  });

const isProgram = ([word]: Word): boolean => components.some((each) => String(word).split('/').at(-1) === each);

/** The words of a container before those of its component, and whether they take the place of its image's own. */
export const textBefore = (container: Mapping): readonly unknown[] => {
  const argv = argvOf(container, []);
  const before = argv.slice(0, argv.findIndex(isProgram) + 1).map(([word]) => word);
  return [Array.isArray(container.command) ? 'command' : 'no command', ...before];
};

/** Flags of words, as pflag reads them; null where a word stands among them that is none. */
const saidInText = (component: Component, argv: readonly Word[]): readonly Said[] | null => {
  const said: Said[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const [word, path] = argv[index] ?? ['', []];
    const [, name, text] = (typeof word === 'string' ? /^--([^=\s-][^=\s]*)(?:=(.*))?$/s.exec(word) : null) ?? [];
    if (name === undefined) return null;
    const kind = flagKind(component, name.replaceAll('_', '-'));
    const next = argv[index + 1]?.[0];
    if (text !== undefined) said.push(...saidOf(name, text, path));
    else if (kind === 'boolean') said.push(...saidOf(name, 'true', path));
    else if (kind === null || typeof next !== 'string') return null;
    else {
      said.push(...saidOf(name, next, path));
      index += 1;
    }
  }
  return said;
};

export type SaidOf = { readonly component: Component | null; readonly said: readonly Said[] };

/** Flags of a container of a component; null: of none, or its words are not plain flags. */
export const saidInArgv = (container: Mapping, path: Path): SaidOf | null => {
  const areLists = [container.command, container.args].every((each) => each === undefined || Array.isArray(each));
  const argv = argvOf(container, path);
  const start = argv.findIndex(isProgram);
  const component =
    components.find(
      (each) =>
        each ===
        String(argv[start]?.[0] ?? container.name)
          .split('/')
          .at(-1),
    ) ?? null;
  if (!areLists || component === null) return null;
  const said = saidInText(component, argv.slice(start + 1));
  return said === null ? null : { component, said };
};

/** kubeadm's extraArgs, both forms; null where they have neither. */
export const saidInExtraArgs = (value: unknown, path: Path): readonly Said[] | null => {
  if (isMapping(value)) {
    const entries = Object.entries(value).sort(([a], [b]) => byText(a, b));
    if (!entries.every(([, text]) => typeof text === 'string')) return null;
    return entries.flatMap(([name, text]) => saidOf(name, String(text), [...path, name]));
  }
  if (!Array.isArray(value)) return null;
  const items = value.map((item: unknown, index) => {
    const fields = isMapping(item) ? item : {};
    const isPlain = Object.keys(fields).every((key) => key === 'name' || key === 'value');
    const text = fields.value ?? '';
    if (!isPlain || typeof fields.name !== 'string' || typeof text !== 'string') return null;
    return saidOf(fields.name, text, [...path, index, fields.value === undefined ? 'name' : 'value']);
  });
  return items.every((item) => item !== null) ? items.flat() : null;
};

/** The lists of k3s and RKE2: `name=value`, with dashes or without, a name alone being true; null: another key. */
export const saidInDistribution = (key: string, value: unknown, path: Path): SaidOf | null => {
  const component = components.find((each) => key === `${each}-arg`);
  if (component === undefined) return null;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((word) => typeof word === 'string')) return null;
  const said = list.flatMap((word, index) => {
    const [, name = '', text] = /^(?:--)?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    return saidOf(name, text ?? 'true', Array.isArray(value) ? [...path, index] : path);
  });
  return { component, said };
};
