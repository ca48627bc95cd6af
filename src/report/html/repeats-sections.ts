import { countedGrouped } from '../../common/text/counted.ts';
import { labelledFigures } from '../../figures/index.ts';
import type { Plan } from '../../plan/index.ts';
import {
  type FigureSummary,
  listText,
  numberText,
  type RepeatsDocument,
  type RequestSeries,
  type RunDocument,
  sinceFault,
} from '../../verdict/index.ts';
import { nothingExpected, outcomeOf } from '../outcome.ts';
import { chanceNames, intervalText, namedFigures } from '../repeats-figures.ts';
import { count, placeText, seconds, verdictText } from './labels.ts';
import { type Cell, el, type Markup, section, table } from './markup.ts';
import { predictedNote, unsealedNote } from './panels/overview.ts';

export type RepeatsInput = {
  readonly plan: Plan;
  readonly document: RepeatsDocument;
  /** The repeats that the figures are of, in the order of `document.repeats`, and where the report of each lies. */
  readonly runs: readonly { readonly document: RunDocument; readonly series: RequestSeries; readonly href: string }[];
};

/** What the spread shows: its name for people, the figure since the fault, and the milestone of the calibration. */
export const events = [
  ['node NotReady', 'firstNotReadyMs', 'notReady'],
  ['no endpoint left', 'firstEndpointsEmptyMs', 'endpointsEmpty'],
  ['first refused', 'firstRefusedMs', 'refused'],
  ['pod evicted', 'firstEvictionMs', 'evicted'],
  ['all Ready again', 'lastReadyMs', 'allReady'],
  ['last refused', 'lastRefusedMs', 'lastRefused'],
] as const;

type Unit = (value: number | null) => string;

const summaryCells = ({ median, min, max, ci95, seen, of }: FigureSummary, unit: Unit): Cell[] => [
  { number: median === null ? 'not seen' : unit(median) },
  { number: min === null || max === null ? '' : min === max ? unit(min) : `${unit(min)} … ${unit(max)}` },
  { number: ci95 === null ? 'none' : `${unit(ci95[0])} … ${unit(ci95[1])}` },
  { number: `${seen} of ${of}` },
];

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const heads = ['#median', '#range', '#interval of the median (≥ 95 %)', '#seen in'];

export const figureSection = ({ document }: RepeatsInput): Markup => {
  const rows = namedFigures(document, labelledFigures, ({ path, label }) =>
    label !== undefined && path.startsWith('timing.') ? `${label}, since the fault` : label,
  );
  return section(
    'figures',
    'Figures over all repeats',
    table(
      'Figures over all repeats',
      ['figure', ...heads],
      rows.map(({ name, summary, unit }) => [name, ...summaryCells(summary, unit)]),
    ),
    el(
      'p',
      { class: 'note' },
      `${sentence(intervalText(document.repeats.length))}. A figure that was not seen in a repeat is no part of the others, and with fewer than 6 it has no interval.`,
    ),
  );
};

export const chanceSection = ({ document }: RepeatsInput): Markup =>
  section(
    'chances',
    'How often it happened',
    table(
      'Chances, with 95 % intervals',
      ['in a repeat', 'seen, and what that says of its chance'],
      Object.entries(chanceNames).map(([name, label]) => [
        label,
        document.chances[name as keyof typeof chanceNames].words,
      ]),
    ),
  );

export const expectationSection = ({ document }: RepeatsInput): Markup =>
  section(
    'expectations',
    'Expectations',
    document.expectations.length === 0
      ? el('p', { class: 'note' }, 'The scenario expects nothing; the repeats show what happens.')
      : table(
          'Expectations over all repeats',
          ['figure of run.json', '#expected', ...heads, 'verdict'],
          document.expectations.map(({ figure, expected, observed, held, notHeldIn }): Cell[] => [
            el('code', {}, figure),
            { number: expected },
            ...summaryCells(observed, numberText),
            held
              ? el('span', { class: 'good' }, '✓ met in each')
              : el('span', { class: 'bad' }, `✗ not met in ${listText(notHeldIn.map(String))}`),
          ]),
        ),
  );

export const runSection = ({ document, runs }: RepeatsInput): Markup =>
  section(
    'repeats',
    'The repeats',
    table(
      'Each repeat and its own report',
      ['repeat', 'verdict', '#NotReady at once', '#refused', '#first NotReady', '#last refused'],
      runs.map(({ document: run, href }, index): Cell[] => {
        const since = sinceFault(run);
        return [
          el('a', { href }, `repeat ${run.repeat?.number ?? index + 1}`),
          verdictText(run),
          { number: count(run.nodes.maxNotReady) },
          { number: numberText(run.requests.refused) },
          { number: seconds(since.firstNotReadyMs) },
          { number: seconds(since.lastRefusedMs) },
        ];
      }),
    ),
    el(
      'p',
      { class: 'note' },
      `${numberText(document.repeats.length)} of ${numberText(document.repeatsPlanned)} planned repeats came to their end.`,
    ),
  );

export const header = ({ document, plan }: RepeatsInput): Markup =>
  el(
    'header',
    {},
    el(
      'p',
      { class: 'brand' },
      el('strong', {}, 'skipbeat'),
      ` · report of ${countedGrouped(document.repeats.length, 'repeat')}`,
    ),
    el('h1', {}, document.title),
    el(
      'ul',
      { class: 'facts' },
      [
        ['scenario', document.scenario],
        ['profile', `${document.profile.name} (${document.profile.reading})`],
        ['Kubernetes', document.kubernetesVersion],
        ['place', placeText(document.backend)],
        ['seed', String(plan.seed)],
      ].map(([name = '', value = '']) => el('li', {}, `${name} `, el('b', {}, value))),
    ),
    document.predicted ? predictedNote() : null,
    unsealedNote(document),
  );

export const verdictBlock = ({ document }: RepeatsInput): Markup => {
  const { reasons, findings, chances } = document;
  return el(
    'div',
    { class: `verdict ${outcomeOf(document)}`, id: 'verdict' },
    el(
      'h2',
      {},
      el('span', {}, verdictText(document)),
      `over ${countedGrouped(document.repeats.length, 'repeat')}${outcomeOf(document) === 'measured' ? `: ${nothingExpected}` : ''}`,
    ),
    el(
      'p',
      {},
      `A node went NotReady in ${chances.nodeNotReady.words}. A request was refused in ${chances.requestRefused.words}.`,
    ),
    reasons.length === 0
      ? null
      : el(
          'ul',
          { class: 'list' },
          reasons.map((reason) => el('li', {}, reason)),
        ),
    findings.length === 0
      ? null
      : el(
          'ul',
          { class: 'list note' },
          findings.map((finding) => el('li', {}, finding)),
        ),
  );
};
