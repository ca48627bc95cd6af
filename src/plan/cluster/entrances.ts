import { type EntranceChoice, nodeNames, roleNodes } from '../../scenario/index.ts';

/** Hollow nodes route nothing. */
const realNames = ({ controlPlanes, workers }: Entered['topology']): readonly string[] =>
  nodeNames({ controlPlanes, workers });

/** What it follows from: any plan has it, and so has what is made of one. */
export type Entered = {
  readonly load: { readonly through?: EntranceChoice; readonly generators?: number } | null;
  readonly phases: readonly {
    readonly kind: string;
    readonly inject?: readonly { readonly targets: readonly string[] }[];
  }[];
  readonly topology: { readonly controlPlanes: number; readonly workers: number };
};

/** Nodes that faults hit, each once, in the order in which they are named. */
export const hitBy = ({ phases }: Pick<Entered, 'phases'>): ReadonlySet<string> =>
  new Set(phases.flatMap(({ inject = [] }) => inject.flatMap(({ targets }) => targets)));

/**
 * The nodes through which the load enters, each in turn; at least one. An untouched one refuses for want of endpoints
 * alone, whatever faults do: that is the best placed user. A worker comes before a control plane. Of several generators each
 * is on one of its own; where too few are untouched there are fewer.
 */
export const entrancesOf = (entered: Entered): readonly string[] => {
  const { topology } = entered;
  const touched = hitBy(entered);
  const through = entered.load?.through ?? 'untouched';
  if (through === 'every') return realNames(topology);
  if (through === 'target') return realNames(topology).filter((node) => touched.has(node));
  const wanted = entered.load?.generators ?? 1;
  // Of one more node than faults touch, one is untouched: however many there are, no more need a name.
  const some = (count: number): number => Math.min(count, touched.size + wanted);
  const candidates = [
    ...roleNodes('worker', some(topology.workers)),
    ...roleNodes('control-plane', some(topology.controlPlanes)),
  ];
  const untouched = candidates.filter((node) => !touched.has(node)).slice(0, wanted);
  return untouched.length > 0 ? untouched : realNames(topology).slice(0, 1);
};

/** How many they are, without a name for each. */
export const entranceCount = (entered: Entered): number => {
  const { controlPlanes, workers } = entered.topology;
  return entered.load?.through === 'every' ? controlPlanes + workers : entrancesOf(entered).length;
};

/** The kinds of connection that a load has: what a request tells, it tells of its own kind alone. */
export const connectionsOf = ({
  connection,
}: {
  readonly connection: 'fresh' | 'keep-alive' | 'both';
}): readonly ('fresh' | 'keep-alive')[] => (connection === 'both' ? ['fresh', 'keep-alive'] : [connection]);

/** The same for people: `through worker, which no fault touches`. */
export const entranceText = (entered: Entered): string => {
  const entrances = entrancesOf(entered);
  const names = entrances.join(', ');
  const touched = hitBy(entered);
  const through = entered.load?.through ?? 'untouched';
  if (through === 'every') return `through every node in turn (${names})`;
  if (through === 'target') {
    return entrances.length === 1
      ? `through ${names}, which a fault touches`
      : `through the nodes that faults touch, in turn (${names})`;
  }
  if (entrances.some((node) => touched.has(node))) return `through ${names}, for faults touch every node`;
  return entrances.length === 1
    ? `through ${names}, which no fault touches`
    : `through ${names} in turn, which no fault touches`;
};
