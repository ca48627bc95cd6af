import { flagTable } from './flag-table.ts';
import { readTable, type Stated } from './minor-ranges.ts';
import type { Component } from './types.ts';

type Known = { readonly kind: 'alone' | 'valued'; readonly stated: Stated };

const known = ({ alone, valued }: { readonly alone: string; readonly valued: string }): ReadonlyMap<string, Known> =>
  new Map<string, Known>([
    ...[...readTable(alone)].map(([name, stated]) => [name, { kind: 'alone', stated }] as const),
    ...[...readTable(valued)].map(([name, stated]) => [name, { kind: 'valued', stated }] as const),
  ]);

const flags: Readonly<Record<Component, ReadonlyMap<string, Known>>> = {
  'kube-controller-manager': known(flagTable['kube-controller-manager']),
  'kube-apiserver': known(flagTable['kube-apiserver']),
  kubelet: known(flagTable.kubelet),
};

/** What a flag of a component does with the next word where it brings no value of its own; null: no flag of it is known. */
export const flagKind = (component: Component, name: string): Known['kind'] | null =>
  flags[component].get(name)?.kind ?? null;

/** Whether a component has a flag on a minor; `never`: on none that is known here. */
export const flagOn = (
  component: Component,
  name: string,
  minor: number,
): 'present' | 'missing' | 'unknown' | 'never' => {
  const flag = flags[component].get(name);
  if (flag === undefined) return 'never';
  const state = flag.stated(minor);
  return state === null ? 'missing' : state === '?' ? 'unknown' : 'present';
};
