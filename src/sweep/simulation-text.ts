import { table } from '../common/layout.ts';
import { numberText, secondsText } from '../verdict/index.ts';
import { shareText } from './layout.ts';
import type { Simulation } from './simulation.ts';
import { chanceText } from './table.ts';
import type { Chance, Spread } from './types.ts';

/** A simulation for people, 80 columns; ends in a line feed. */
export const simulationText = (simulation: Simulation): string => {
  const chance = (label: string, of: Chance): readonly string[] => [label, shareText(of.share), chanceText(of)];
  const spread = (label: string, of: Spread): readonly string[] => [
    label,
    ...[of.p5, of.p50, of.p95].map(secondsText),
    numberText(of.seen),
  ];
  const lines = [
    `Predicted by ${numberText(simulation.runs)} simulations, nothing was run (seed ${simulation.seed})`,
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
          simulation.since === 'fault' ? 'since the first fault' : 'since the load began',
          'p5',
          'p50',
          'p95',
          'seen in',
        ],
        spread('first node NotReady', simulation.firstNotReadyMs),
        spread('first refused', simulation.firstRefusedMs),
        spread('first pod evicted', simulation.firstEvictionMs),
        spread('all nodes Ready again', simulation.allReadyMs),
      ],
      2,
    ),
  ];
  return ['', ...lines.map((line, index) => (index === 0 || line === '' ? line : `  ${line}`))]
    .map((line) => `${line}\n`)
    .join('');
};
