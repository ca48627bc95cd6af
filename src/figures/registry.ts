import type { Figure, FigureTraits } from './figure.ts';
import { nodesShape } from './nodes.ts';
import { podsShape } from './pods.ts';
import { requestsShape } from './requests.ts';
import { figuresIn } from './shape.ts';
import { durationShape, timingShape } from './times.ts';
import { events, evictions, moment, nodes, requests } from './traits.ts';
import { writesShape } from './writes.ts';

/** The parts of run.json that hold figures: what is declared there is in its type, its JSON Schema and the registry. */
export const figureShapes = {
  nodes: nodesShape,
  requests: requestsShape,
  pods: podsShape,
  timing: timingShape,
  writes: writesShape,
  durationMs: durationShape,
};

const milestones = (names: readonly string[], traits: FigureTraits): readonly Figure[] =>
  names.map((name) => ({ path: `milestones.${name}`, ...traits }));

/** How all came back. Less time for it gives no less of it. */
const recovery = { better: 'lower', restsOn: [], over: 'measured', growsWith: 'nodes', compared: 'harm' } as const;

/** What else rests on a watch: the milestones that `calibration` holds against the prediction, and a repeat's own. */
const internal: readonly Figure[] = [
  ...milestones(['lastLease'], { ...moment, restsOn: ['leases'], over: 'measured' }),
  ...milestones(['notReady', 'lastNotReady', 'tainted', 'allReady'], { ...moment, ...nodes }),
  ...milestones(['endpointLost'], { ...moment, restsOn: ['endpointslices'] }),
  ...milestones(['endpointsEmpty'], { ...moment, restsOn: ['endpointslices', 'program'] }),
  ...milestones(['evicted'], { ...moment, restsOn: evictions }),
  ...milestones(['replaced'], { ...moment, restsOn: [...evictions, 'program'] }),
  ...milestones(['refused', 'lastRefused'], { ...moment, ...requests }),
  { path: 'lost.requests', ...events, ...requests, growsWith: 'offered' },
  {
    path: 'repeat.leaseAgeAtFaultMs',
    unit: 'durationMs',
    better: 'depends',
    restsOn: ['leases'],
    over: 'undisturbed',
  },
  { path: 'steps.recover.timedOut', ...recovery, unit: 'count' },
];

/** Every figure, in the order of run.json. */
export const figureRegistry: readonly Figure[] = [
  ...Object.entries(figureShapes).flatMap(([name, shape]) => figuresIn(shape, name)),
  ...internal.map((figure) => ({ ...figure, internal: true as const })),
];

/** The figures that an expectation may name. */
const expectable = figureRegistry.filter(({ internal }) => internal !== true);

/**
 * Every figure of run.json that an expectation may name, by its dotted path.
 * @param phaseNames as the plan names them: `steady`, `fault`, `fault-2`
 * @param nodeNames short: `worker2`
 */
export const knownFigures = (phaseNames: readonly string[], nodeNames: readonly string[]): readonly string[] =>
  expectable.flatMap(({ path }) => {
    if (!path.includes('*')) return [path];
    return (path.startsWith('requests.byPhase.') ? phaseNames : nodeNames).map((name) => path.replace('*', name));
  });

/** The figure that a dotted path names, `*` standing for any one name; null: there is none. */
export const figureFor = (path: string): Figure | null => {
  const steps = path.split('.');
  const isNamed = (own: readonly string[]): boolean =>
    own.length === steps.length && own.every((step, at) => step === '*' || step === steps[at]);
  return expectable.find((figure) => isNamed(figure.path.split('.'))) ?? null;
};

/** Whether a figure that an expectation names is a count of what was seen to happen. */
export const isCount = (path: string): boolean => figureFor(path)?.counts === true;

/** Whether a figure that an expectation names is when something happened: it is null where that never did. */
export const isInstant = (path: string): boolean => figureFor(path)?.unit === 'momentMs';

/** The figures that tables of people show, each with its label. */
export const labelledFigures: readonly (Figure & { readonly label: string })[] = figureRegistry.flatMap((figure) =>
  figure.label === undefined ? [] : [{ ...figure, label: figure.label }],
);
