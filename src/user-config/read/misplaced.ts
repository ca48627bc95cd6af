import { kubeletFields, passedFlags } from '../../profile/index.ts';
import { describeValue, edits } from '../../scenario/index.ts';
import { components } from '../components.ts';
import { shownWord } from '../shown.ts';
import { flagKind } from '../tables/component-flags.ts';
import type { Component } from '../types.ts';

/** Flags and fields about heartbeats, of whichever component. */
const known = [
  ...new Set([...components.flatMap((each) => Object.keys(passedFlags[each])), ...Object.keys(kubeletFields)]),
];

/** Each of them as a word behind another one. */
const behind = known.map((flag) => [flag, new RegExp(`\\s--?${flag}(?![\\w-])`)] as const);

/** `nodeMonitorGracePeriod`, `node_monitor_grace_period` and `node-monitor-grace-period` are one. */
const folded = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '');

/** No real flag is so near to one of these. */
const maxEdits = 2;

/** Edits are counted only where the lengths allow of few: every flag of every manifest is compared with all of them. */
const isNear = (one: string, other: string): boolean =>
  Math.abs(one.length - other.length) <= maxEdits && edits(one, other) <= maxEdits;

/** The one of `names` that a name is, or misspells; null where it is another name. */
export const meantSetting = (name: string, names: readonly string[]): string | null => {
  const meant = folded(name);
  const all = names.map((each) => [each, folded(each)] as const);
  const found = all.find(([, each]) => each === meant) ?? all.find(([, each]) => isNear(each, meant));
  return found?.[0] ?? null;
};

const ownerOf = (flag: string): string => {
  const owner = components.find((component) => Object.hasOwn(passedFlags[component], flag));
  return owner === undefined ? 'a field of KubeletConfiguration' : `a flag of ${owner}`;
};

/**
 * What is wrong with a flag that `component` does not have and that was surely meant to say something of heartbeats: a
 * misspelt one, one of another component, several in one word. With it the component ends with "unknown flag", or does
 * without it. null: it has nothing to do with heartbeats.
 * @param word without its dashes, `name` or `name=value`
 */
export const misplacedFlag = (component: Component, word: string): string | null => {
  const [name = ''] = word.split('=');
  const [first = ''] = name.trim().split(/\s/);
  const received = `received ${describeValue(word)}`;
  const spelled = word.replaceAll('_', '-');
  const inside = behind.find(([, pattern]) => pattern.test(spelled));
  if (inside !== undefined) {
    const shown = `--${word}`.split(' ').map(shownWord).join(' ').replace(/^--/, '');
    return `expected --${inside[0]} as a word of its own, received ${describeValue(shown)}`;
  }
  const meant = first === '' ? null : meantSetting(first, known);
  // --kube-api-qps is a flag of kubelet, too.
  if (meant === null || flagKind(component, name.replaceAll('_', '-')) !== null) return null;
  if (folded(meant) !== folded(first)) {
    return `expected a flag of ${component}, ${received}; did you mean ${describeValue(meant)}?`;
  }
  if (first !== name) return `expected ${meant} and its value joined by "=", or as two words, ${received}`;
  return `expected a flag of ${component}, ${received}, which is ${meant === first ? '' : `${meant}, `}${ownerOf(meant)}`;
};
