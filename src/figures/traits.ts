import { isFailure, type RequestOutcome } from '../timeline/index.ts';
import type { FigureMetric, FigureSource, FigureTraits } from './figure.ts';

// What many figures have in common.

/** An eviction is a deletion that the pod itself or, below v1.26, an Event announces. */
export const evictions: readonly FigureSource[] = ['pods', 'events'];

export const count = {
  unit: 'count',
  better: 'lower',
  restsOn: [],
  over: 'measured',
  growsWith: 'length',
  lessGivesLess: true,
} as const;
export const events = { ...count, over: 'disturbed', counts: true } as const;
export const nodes = { restsOn: ['nodes'] } as const;
/** However nodes were lost. */
export const lost = { harmKinds: ['lost', 'lostByKubelet'] } as const;
/** What is counted of nodes. */
export const ofNodes = { ...nodes, growsWith: 'nodes' } as const;
export const pods = { growsWith: 'replicas', harmKinds: ['evicted'] } as const;
export const requests = { restsOn: ['requests'] } as const;
export const moment = { unit: 'momentMs', better: 'depends', over: 'disturbed' } as const;
/** The other quantiles, and the mean, are short because they leave out the few that are slow. */
export const slowest = (name: string): Pick<FigureTraits, 'harmKinds'> =>
  name === 'max' ? { harmKinds: ['slow'] } : {};

export const latency = {
  unit: 'durationMs',
  better: 'lower',
  restsOn: ['requests'],
  over: 'disturbed',
  growsWith: 'length',
} as const;
export const writes = { unit: 'perNodeMinute', better: 'lower', restsOn: [] } as const;

/** How requests ended is a figure of all, of each phase and of each entrance. What is not answered is a harm. */
export const outcome = (family: FigureMetric['family'], name: RequestOutcome): Partial<FigureTraits> => ({
  ...(name === 'ok' ? { better: 'higher' as const } : {}),
  ...(isFailure(name) ? { harmKinds: [name] } : {}),
  growsWith: 'offered',
  metric: { family, labels: { outcome: name } },
});

const quantiles = { p50: '0.5', p90: '0.9', p99: '0.99', max: '1.0' } as const;
export type QuantileName = keyof typeof quantiles;
export const quantileNames = Object.keys(quantiles) as readonly QuantileName[];

export const quantile = (family: FigureMetric['family'], name: QuantileName): Partial<FigureTraits> => ({
  // The slowest of more requests is slower.
  ...(name === 'max' ? { growsWith: 'offered' as const, lessGivesLess: true as const } : {}),
  metric: { family, labels: { quantile: quantiles[name] } },
});
