import type { Mapping, Path } from '../../common/plain-data.ts';
import { parseGoBoolean, passedFlags } from '../../profile/index.ts';
import { describeValue } from '../../scenario/index.ts';
import { isSecret, notShown, shownName, shownWord } from '../shown.ts';
import { isBearingGate } from '../tables/bearing.ts';
import { flagKind } from '../tables/component-flags.ts';
import { splitGates } from '../tables/feature-gates.ts';
import type { Component } from '../types.ts';
import { asidesOf } from './asides.ts';
import { byText, type Place, type Reader } from './document.ts';
import { misplacedFlag } from './misplaced.ts';
import { unmodelledFlag } from './unmodelled.ts';
import { machineBoundsOf } from './values/machine-bound.ts';

/**
 * Flags that bear on heartbeats and are not brought into a run: they switch controllers and features, or name further
 * files. They are read to be named; all other flags of a component are none of our business.
 */
const namedFlags: Readonly<Record<Component, readonly string[]>> = {
  'kube-controller-manager': ['controllers', 'feature-gates'],
  'kube-apiserver': ['feature-gates'],
  kubelet: ['feature-gates', 'config', 'config-dir', 'dynamic-config-dir'],
};

export const isReadFlag = (component: Component, name: string): boolean =>
  Object.hasOwn(passedFlags[component], name) || namedFlags[component].includes(name);

/** Lists that say something of heartbeats by what stands in them; every manifest has one or another. */
const bears = (name: string, value: string): boolean => {
  const names = value.split(/[,=]/).map((word) => word.trim());
  if (name === 'feature-gates') return names.some(isBearingGate);
  if (name === 'controllers') return !names.includes('*') || /node-?lifecycle|taint-eviction/.test(value);
  return !/^(en|dis)able-admission-plugins$/.test(name) || /defaulttolerationseconds/i.test(value);
};

/** component-base's WordSepNormalizeFunc: underscores in the name of a flag are dashes. */
const normalized = (name: string): string => name.replaceAll('_', '-');

/** A container's `$(NAME)`, which its kubelet fills in from the environment. */
const variable = /\$\([^)]*\)/;

/** Names a flag that is known, and changes what is predicted in a way that nothing here brings in. */
const leaveUnmodelled = (reader: Reader, component: Component, name: string, value: string, path: Path): void => {
  const why = unmodelledFlag(component, name, value);
  if (why !== null) reader.leaveUnread(path, why);
};

const addFlag = (reader: Reader, component: Component, flag: string, value: string, path: Path, place: Place): void => {
  const name = normalized(flag);
  if (name === 'feature-gates' && !variable.test(value)) {
    for (const gate of splitGates(value)) reader.gate(component, gate.name, gate.value, path);
  }
  leaveUnmodelled(reader, component, name, value, path);
  if (!isReadFlag(component, name) || !bears(name, value)) return;
  if (variable.test(value)) {
    reader.problem(
      path,
      `expected the value of ${name} itself, received ${describeValue(value)}, which is filled in from elsewhere`,
    );
    return;
  }
  reader.setting(component, name, value, path, { ...place, spelled: flag });
};

const refuseMisplaced = (reader: Reader, component: Component, word: string, path: Path): void => {
  const message = misplacedFlag(component, word);
  if (message !== null) reader.problem(path, message);
};

/** Names a flag that no version of the component is known to have: it keeps it from starting, or is a patched one's. */
export const passFlag = (
  reader: Reader,
  component: Component,
  name: string,
  value: string | null,
  path: Path,
): void => {
  const known = value === null || variable.test(value) ? null : value;
  reader.flag(component, name, known, path);
  if (component === 'kubelet' && known !== null) {
    for (const bound of machineBoundsOf(name, known)) reader.bound(component, bound, path);
  }
  for (const aside of known === null ? [] : asidesOf(component, name, known)) reader.aside(aside, path);
  if (isReadFlag(component, name) || flagKind(component, name) !== null) return;
  reader.leaveUnread(
    path,
    `--${shownName(name)} is no flag of ${component} that is known here, and may change everything`,
  );
};

const dashed = /^(--?)([^=]*)(?:=(.*))?$/s;

/**
 * Flags of an argv, as pflag reads them: `--name=value`, `--name value`, a boolean alone; `--` ends them. A word that is
 * neither a flag nor the value of one keeps newer components from starting, older ones leave it out.
 */
export const readArgv = (reader: Reader, component: Component, argv: readonly (readonly [unknown, Path])[]): void => {
  // Behind a flag that nobody knows it may be what that is set to.
  const leaveWord = (word: string, path: Path, before: unknown): void => {
    if (word === '') return;
    const shown = isSecret(String(before)) ? notShown : describeValue(shownWord(word));
    reader.leaveUnread(path, `${shown} is no flag: ${component} from v1.20 on does not start with it`);
  };
  for (let index = 0; index < argv.length; index += 1) {
    const [argument, path] = argv[index] ?? [undefined, []];
    if (typeof argument !== 'string') {
      reader.problem(path, `expected text, received ${describeValue(argument)}`);
      continue;
    }
    if (argument === '--') {
      for (const [word, at] of argv.slice(index + 1)) leaveWord(String(word), at, null);
      return;
    }
    const [, dashes, spelled = '', text] = dashed.exec(argument) ?? [];
    const name = normalized(spelled);
    if (variable.test(spelled) || (dashes === undefined && variable.test(argument))) {
      reader.problem(
        path,
        `expected a flag itself, received ${describeValue(shownWord(argument))}, which is filled in from elsewhere`,
      );
      continue;
    }
    if (dashes === undefined || argument === '-') {
      leaveWord(argument, path, argv[index - 1]?.[0]);
      continue;
    }
    const shorthand = dashes === '-' ? /^(?:h|v(.*))$/.exec(name) : null;
    if (shorthand !== null && (text === undefined || name === 'v')) {
      const isAlone = argument === '-v';
      const value = isAlone ? argv[index + 1]?.[0] : (text ?? shorthand[1]);
      if (name === 'h') passFlag(reader, component, 'help', 'true', path);
      else passFlag(reader, component, 'v', typeof value === 'string' ? value : null, path);
      if (isAlone) index += 1;
      continue;
    }
    const isRead = isReadFlag(component, name);
    if (!isRead) refuseMisplaced(reader, component, argument.replace(/^--?/, ''), path);
    if (dashes === '-') {
      reader.problem(
        path,
        `expected ${shownWord(`--${name}`)}, received it with one dash, which keeps ${component} from starting`,
      );
      continue;
    }
    const next = argv[index + 1]?.[0];
    const isBoolean = isRead ? passedFlags[component][name] === 'boolean' : flagKind(component, name) === 'boolean';
    passFlag(reader, component, name, text ?? (isBoolean ? 'true' : typeof next === 'string' ? next : null), path);
    if (text !== undefined) addFlag(reader, component, name, text, path, { form: 'argv' });
    else if (isBoolean && typeof next === 'string' && !/^(?:-|$)/.test(next)) {
      const shown = parseGoBoolean(next) === null ? shownWord(next) : next;
      const found = `received ${describeValue(shown)} as a word of its own, which keeps ${component} from starting`;
      reader.problem(path, `expected --${name} alone or --${name}=${shown}, ${found}`);
      index += 1;
    } else if (isBoolean) addFlag(reader, component, name, 'true', path, { form: 'argv' });
    else if (!isRead && flagKind(component, name) === null) continue;
    else if (typeof next === 'string') {
      addFlag(reader, component, name, next, path, { form: 'argv' });
      index += 1;
    } else reader.problem(path, 'expected a value after it, received nothing');
  }
};

const distributionName = (item: unknown): string => /^(?:--)?([^=]*)/.exec(String(item))?.[1] ?? '';

/**
 * The lists of k3s and RKE2: `name=value`, with dashes or without, a name alone being true.
 * @see k3s pkg/util/args.go, GetArgs: sorted by name as it is spelled; the order of equal names is kept
 */
export const readDistributionArgs = (reader: Reader, component: Component, path: Path, value: unknown): void => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value ?? []].flat();
  const names = list.map((item, index) => ({ item, at: Array.isArray(value) ? [...path, index] : path }));
  for (const { item, at } of names.toSorted((a, b) => byText(distributionName(a.item), distributionName(b.item)))) {
    if (typeof item !== 'string') {
      reader.problem(at, `expected text such as name=value, received ${describeValue(item, true)}`);
      continue;
    }
    const [, name = '', sign = '', text] = /^(?:--)?([^=]*?)([-+]?)(?:=(.*))?$/s.exec(item) ?? [];
    passFlag(reader, component, normalized(name), sign === '' ? (text ?? 'true') : null, at);
    if (!isReadFlag(component, normalized(name))) {
      refuseMisplaced(reader, component, item.replace(/^--/, ''), at);
      leaveUnmodelled(reader, component, normalized(name), text ?? 'true', at);
      continue;
    }
    // `name+=value` adds to what the distribution itself passes, which no file says.
    if (sign !== '')
      reader.problem(
        at,
        `expected ${name}=value, received ${describeValue(item)}, which adds to a value that is not in the file`,
      );
    else addFlag(reader, component, name, text ?? 'true', at, { form: 'argv' });
  }
};

/**
 * What systemd makes something else of: kubeadm writes a kubelet's flags into `KUBELET_KUBEADM_ARGS` by Go's `%q`.
 * @see kubernetes cmd/kubeadm/app/phases/kubelet/flags.go; systemd src/basic/env-util.c, replace_env_argv
 */
const isParted = /[\s"'\\]|[^\x20-\x7e]/;

/** kubeadm's extraArgs: a mapping up to v1beta3, a list of name and value from v1beta4 on. */
export const readExtraArgs = (
  reader: Reader,
  component: Component,
  path: Path,
  value: unknown,
  { form, nodes = 'all' }: { readonly form: 'mapping' | 'list'; readonly nodes?: 'all' | 'first' | 'joined' },
): void => {
  if (value === undefined || value === null) return;
  const add = (name: string, text: unknown, at: Path): void => {
    if (component === 'kubelet' && typeof text === 'string' && isParted.test(name + text)) {
      reader.leaveUnread(
        at,
        `what of ${describeValue(name)} reaches a kubelet is not known: systemd parts its flags at white space and takes quotes off`,
      );
    } else if (name.startsWith('-')) {
      reader.problem(at, `expected a flag without its dashes, received ${describeValue(name)}`, form === 'mapping');
    } else if (typeof text !== 'string') {
      const shown = isSecret(name) ? notShown : describeValue(text, true);
      reader.problem(at, `expected text, which kubeadm asks for, received ${shown}`);
    } else if (isReadFlag(component, normalized(name))) {
      passFlag(reader, component, normalized(name), text, at);
      addFlag(reader, component, name, text, at, { form: 'kubeadm', nodes });
    } else {
      refuseMisplaced(reader, component, `${name}=${text}`, at);
      passFlag(reader, component, normalized(name), text, at);
      leaveUnmodelled(reader, component, normalized(name), text, at);
    }
  };
  if (form === 'mapping') {
    if (typeof value !== 'object' || Array.isArray(value)) {
      const hint = Array.isArray(value) ? ': a list is what v1beta4 has' : '';
      reader.problem(path, `expected a mapping of flags to texts, received ${describeValue(value)}${hint}`);
      return;
    }
    // kubeadm makes a list of it, sorted by name; cmd/kubeadm/app/apis/kubeadm/v1beta3/conversion.go, convertToArgs.
    for (const name of Object.keys(value).sort()) add(name, (value as Mapping)[name], [...path, name]);
    return;
  }
  if (!Array.isArray(value)) {
    const hint = typeof value === 'object' ? ': a mapping is what v1beta3 and before have' : '';
    reader.problem(path, `expected a list of name and value, received ${describeValue(value)}${hint}`);
    return;
  }
  value.forEach((item: unknown, index) => {
    const fields = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
    const unknown = Object.keys(fields).find((key) => key !== 'name' && key !== 'value');
    if (typeof fields.name !== 'string') reader.problem([...path, index], 'expected name and value');
    else if (unknown !== undefined) reader.problem([...path, index, unknown], 'expected name and value alone', true);
    // A value that is left out is empty text to kubeadm.
    else add(fields.name, fields.value ?? '', [...path, index, ...(fields.value === undefined ? ['name'] : ['value'])]);
  });
};
