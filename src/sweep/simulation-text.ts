import { hang, table } from '../common/layout.ts';
import { countedGrouped } from '../common/text/counted.ts';
import { numberText, secondsText } from '../verdict/index.ts';
import { shareText } from './layout.ts';
import type { Simulation } from './simulation.ts';
import { chanceText } from './table.ts';
import type { Chance, WideSpread } from './types.ts';

/** A simulation for people, 80 columns; ends in a line feed. */
export const simulationText = (simulation: Simulation): string => {
  const chance = (label: string, of: Chance | null): readonly string[] =>
    of === null ? [label, 'unknown', 'no simulation has it'] : [label, shareText(of.share), chanceText(of)];
  const seconds = (ms: number | null): string => secondsText(ms).replace(/ s$/, '');
  const spread = (label: string, of: WideSpread): readonly string[] => [
    label,
    ...[of.p1, of.p5, of.p50, of.p95, of.p99].map(seconds),
    numberText(of.seen),
  ];
  const count = (label: string, of: WideSpread): readonly string[] => [
    label,
    ...[of.p1, of.p5, of.p50, of.p95, of.p99].map((value) => numberText(value === null ? null : Math.round(value))),
    '',
  ];
  const ofAge = simulation.age === 'old' ? ' of an old cluster' : '';
  const milestones: readonly (readonly [string, WideSpread | null])[] = [
    ['first node NotReady', simulation.firstNotReadyMs],
    ['last node NotReady', simulation.lastNotReadyMs],
    ['first NoExecute taint', simulation.firstTaintedMs],
    ['first endpoint lost', simulation.firstEndpointLostMs],
    ['no endpoint left', simulation.firstEndpointsEmptyMs],
    ['first refused', simulation.firstRefusedMs],
    ['first pod evicted', simulation.firstEvictionMs],
    ['first replacement Ready', simulation.firstReplacementReadyMs],
    ['all nodes Ready again', simulation.allReadyMs],
    ['last refused', simulation.lastRefusedMs],
  ];
  const happened = milestones.flatMap(([label, of]) => (of !== null && of.seen > 0 ? [spread(label, of)] : []));
  const never = milestones.flatMap(([label, of]) => (of?.seen === 0 ? [label] : []));
  const unknown = milestones.flatMap(([label, of]) => (of === null ? [label] : []));
  const lost = simulation.requestsLost;
  const lines = [
    `Predicted by ${countedGrouped(simulation.runs, 'simulation')}${ofAge}, nothing was run (seed ${simulation.seed})`,
    ...table(
      [
        ['chance of', '', 'seen, and the 95 % interval'],
        chance('a node NotReady', simulation.notReady),
        chance('a node NotReady by its own word', simulation.notReadyByKubelet),
        chance('a pod evicted', simulation.evicted),
        chance('a request refused', simulation.refused),
        chance('no recovery in time', simulation.notRecovered),
      ],
      2,
      [0, 2],
    ),
    '',
    ...table(
      [
        [
          simulation.since === 'fault' ? 'seconds since the first fault' : 'seconds since the load',
          ...['p1', 'p5', 'p50', 'p95', 'p99', 'seen in'],
        ],
        ...happened,
        ...(lost === null ? [] : [count('requests lost', lost)]),
      ],
      2,
    ),
    ...(never.length === 0 ? [] : ['', ...hang('in no run: ', never.join(', '), 78)]),
    ...(unknown.length === 0
      ? []
      : [
          '',
          ...hang(
            'unknown: ',
            `${[...unknown, 'requests lost'].join(', ')}, for a fault acts on the packets of clients, which the model does not simulate`,
            78,
          ),
        ]),
  ];
  return ['', ...lines.map((line, index) => (index === 0 || line === '' ? line : `  ${line}`))]
    .map((line) => `${line}\n`)
    .join('');
};
