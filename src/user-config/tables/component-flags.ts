import type { ValueKind } from '../../profile/index.ts';
import type { Component } from '../types.ts';
import { flagTable } from './flag-table.ts';
import { readTable, type Stated } from './minor-ranges.ts';

type Kind = Exclude<ValueKind, 'list'>;

type Known = { readonly kind: Kind; readonly stated: Stated };

const known = (tables: Readonly<Record<Kind, string>>): ReadonlyMap<string, Known> =>
  new Map<string, Known>(
    Object.entries(tables).flatMap(([kind, table]) =>
      [...readTable(table)].map(([name, stated]) => [name, { kind: kind as Kind, stated }] as const),
    ),
  );

const flags: Readonly<Record<Component, ReadonlyMap<string, Known>>> = {
  'kube-controller-manager': known(flagTable['kube-controller-manager']),
  'kube-apiserver': known(flagTable['kube-apiserver']),
  kubelet: known(flagTable.kubelet),
};

/**
 * How a component reads the value of a flag; `text`: somehow. Booleans may stand alone, all others take the next word
 * where they bring no value. null: no flag of it is known.
 */
export const flagKind = (component: Component, name: string): Kind | null => flags[component].get(name)?.kind ?? null;

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
