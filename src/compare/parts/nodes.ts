import type { RunDocument } from '../../verdict/index.ts';
import { byItself, entryOf, namesIn, type Part } from './part.ts';

/** Of clusters with more nodes those are looked at whose means differ most; where chance decides which are lost, those that the base never lost, and those that are lost for longest. */
const maxNodes = 100;

/** Where more of them are lost in some runs of the base and in others not, which ones of them are is chance. */
const maxUnsteady = 10;

const meanOf = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length;

/** How often, and for how long, each node was NotReady. */
const eachNode = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly Part[] => {
  const names = namesIn([...base, ...candidate], ({ nodes }) => nodes.byNode);
  const readOf =
    (name: string, field: 'notReadyTransitions' | 'notReadySeconds') =>
    ({ nodes }: RunDocument): number | null => {
      // A node that a document does not name was Ready all the time, where that was seen at all.
      const none = nodes.notReadyTransitions === null ? null : 0;
      const own = entryOf(nodes.byNode, name);
      return own === undefined ? none : (own[field] ?? null);
    };
  const lostIn = (runs: readonly RunDocument[], name: string): number =>
    runs.filter((run) => (readOf(name, 'notReadyTransitions')(run) ?? 0) > 0).length;
  const unsteady = names.filter((name) => lostIn(base, name) > 0 && lostIn(base, name) < base.length);
  const isByChance = unsteady.length > maxUnsteady;
  const meanIn = (runs: readonly RunDocument[], name: string): number =>
    meanOf(runs.map(readOf(name, 'notReadySeconds')));
  const isNew = (name: string): boolean => lostIn(base, name) === 0 && lostIn(candidate, name) > 0;
  // What is held against chance must not be chosen by what it shows; a node that the base never lost is another matter.
  const weightOf = (name: string): number => {
    if (!isByChance) return meanIn(candidate, name) - meanIn(base, name);
    return isNew(name) ? Number.POSITIVE_INFINITY : meanIn([...base, ...candidate], name);
  };
  const weights = new Map(names.map((name) => [name, weightOf(name)]));
  const chosen = names
    .toSorted((one, other) => Math.sign((weights.get(other) ?? 0) - (weights.get(one) ?? 0)) || 0)
    .slice(0, maxNodes);
  const chanceOf = (name: string): Pick<Part, 'onlyWhere'> =>
    isByChance ? { onlyWhere: isNew(name) ? 'often' : 'significant' } : {};
  return chosen.flatMap((name): readonly Part[] => [
    {
      figure: 'nodes.notReadyTransitions',
      name: `${name}.notReadyTransitions`,
      value: readOf(name, 'notReadyTransitions'),
      ...chanceOf(name),
    },
    {
      figure: 'nodes.notReadyNodeSeconds',
      name: `${name}.notReadySeconds`,
      value: readOf(name, 'notReadySeconds'),
      ...chanceOf(name),
    },
  ]);
};

/** How many nodes were lost at all; null: not known of one. */
const lostNodes = ({ nodes }: RunDocument): number | null =>
  nodes.notReadyTransitions === null
    ? null
    : Object.values(nodes.byNode).reduce<number | null>(
        (lost, { notReadyTransitions }) =>
          lost === null || notReadyTransitions == null ? null : lost + Number(notReadyTransitions > 0),
        0,
      );

/** What was seen of nodes: of each, of how many, and at once. */
export const nodeParts = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly Part[] => [
  ...eachNode(base, candidate),
  { figure: 'nodes.notReadyTransitions', name: 'nodes that were lost', value: lostNodes, ...byItself },
  {
    figure: 'nodes.notReadyTransitions',
    name: 'nodes.maxNotReady',
    value: ({ nodes }) => nodes.maxNotReady ?? null,
    ...byItself,
  },
];
