import { type EntranceChoice, nodeNames } from '../scenario/index.ts';
import { isControlPlane } from './reach.ts';

/** What it follows from: any plan has it, and so has what is made of one. */
export type Entered = {
  readonly load: { readonly through?: EntranceChoice } | null;
  readonly phases: readonly {
    readonly kind: string;
    readonly inject?: readonly { readonly targets: readonly string[] }[];
  }[];
  readonly topology: { readonly controlPlanes: number; readonly workers: number };
};

const touchedBy = ({ phases }: Entered): ReadonlySet<string> =>
  new Set(phases.flatMap(({ inject = [] }) => inject.flatMap(({ targets }) => targets)));

/**
 * The nodes through which the load enters, each in turn; at least one. An untouched one refuses for want of endpoints
 * alone, whatever faults do: that is the best placed user. A worker comes before a control plane.
 */
export const entrancesOf = (entered: Entered): readonly string[] => {
  const nodes = nodeNames(entered.topology);
  const touched = touchedBy(entered);
  const through = entered.load?.through ?? 'untouched';
  if (through === 'every') return nodes;
  if (through === 'target') return nodes.filter((node) => touched.has(node));
  const untouched = nodes.filter((node) => !touched.has(node));
  const [first] = nodes;
  const chosen = untouched.find((node) => !isControlPlane(node)) ?? untouched[0] ?? first;
  return chosen === undefined ? [] : [chosen];
};

/** The same for people: `through worker, which no fault touches`. */
export const entranceText = (entered: Entered): string => {
  const entrances = entrancesOf(entered);
  const names = entrances.join(', ');
  const touched = touchedBy(entered);
  const through = entered.load?.through ?? 'untouched';
  if (through === 'every') return `through every node in turn (${names})`;
  if (through === 'target') {
    return entrances.length === 1
      ? `through ${names}, which a fault touches`
      : `through the nodes that faults touch, in turn (${names})`;
  }
  return entrances.some((node) => touched.has(node))
    ? `through ${names}, for faults touch every node`
    : `through ${names}, which no fault touches`;
};
