import { ofType, requestOutcomes } from '../../../timeline/index.ts';
import {
  type AskedCounts,
  enteredText,
  lostForGood,
  millisecondsText,
  notSeen,
  numberText,
  severalEntrances,
} from '../../../verdict/index.ts';
import { type HtmlInput, zeroOf } from '../input.ts';
import { count, observedLabel, seconds, window } from '../labels.ts';
import { type Cell, el, type Markup, section, table } from '../markup.ts';
import { milestoneRows } from './milestones.ts';

/** More rows than this are no table for people; the rest is said to be in run.json. */
const maxRows = 200;

const capped = (
  rows: readonly (readonly Cell[])[],
  where: string,
): { rows: readonly (readonly Cell[])[]; rest: Markup | null } => ({
  rows: rows.slice(0, maxRows),
  rest:
    rows.length <= maxRows
      ? null
      : el('p', { class: 'note' }, `… and ${numberText(rows.length - maxRows)} more in ${where}.`),
});

const fitCell = (fit: 'inside' | 'outside' | null): Markup | string => {
  if (fit === null) return '';
  return el('span', { class: fit === 'inside' ? 'good' : 'bad' }, fit === 'inside' ? '✓ inside' : '✗ outside');
};

/** The milestones beside the windows that formulas predicted. */
export const milestoneSection = (input: HtmlInput): Markup | null => {
  const { document } = input;
  const rows = milestoneRows(document);
  if (rows.length === 0) return null;
  const hasConditional = rows.some(({ given }) => given !== null);
  return section(
    'milestones',
    `What came first, ${zeroOf(input).what}`,
    table(
      'The milestones',
      [
        'event',
        `#${observedLabel(document)}`,
        '#window by formula',
        'fit',
        ...(hasConditional ? ['#from what was seen, p1 to p99', 'after', 'fit of that'] : []),
      ],
      rows.map(({ name, atMs, window: span, fit, given }) => [
        name,
        { number: seconds(atMs) },
        { number: window(span) },
        fitCell(fit),
        ...(hasConditional
          ? [{ number: window(given?.window ?? null) }, given?.after ?? '', fitCell(given?.fit ?? null)]
          : []),
      ]),
    ),
    el(
      'p',
      { class: 'note' },
      'Windows come from closed formulas over the settings. A time is inside with the slack that programs between cause and sight take on a busy machine; one outside is named under “Findings”.' +
        (hasConditional
          ? ' What is predicted from what was seen counts from the event before it, and is narrower.'
          : ''),
    ),
  );
};

/** Requests by phase: every one counted once, in the phase in which it was due. */
export const phaseSection = ({ document }: HtmlInput): Markup | null => {
  const { requests, steps } = document;
  const outcomes = requestOutcomes.filter(
    (outcome) => outcome === 'ok' || outcome === 'refused' || (requests[outcome] ?? 0) > 0,
  );
  const ms = (value: number | null): Cell => ({ number: value === null ? 'none' : millisecondsText(value) });
  const row = (name: string, notReady: string, counts: AskedCounts): Cell[] => [
    name,
    { number: notReady },
    { number: numberText(counts.offered) },
    ...outcomes.map((outcome) => ({ number: numberText(counts[outcome]) })),
    ms(counts.latencyMs.p50),
    ms(counts.latencyMs.p90),
    ms(counts.latencyMs.p99),
    ms(counts.latencyMs.max),
    ms(counts.latencyMs.mean ?? null),
  ];
  const phases = Object.entries(requests.byPhase);
  if (phases.length === 0) return null;
  const absent = requestOutcomes.filter((outcome) => !outcomes.includes(outcome));
  const { latenessMs } = requests;
  return section(
    'requests',
    'Requests by phase',
    table(
      'Requests by phase and outcome, and the latency of answers',
      [
        'phase',
        '#NotReady',
        '#offered',
        ...outcomes.map((outcome) => `#${outcome}`),
        '#p50',
        '#p90',
        '#p99',
        '#max',
        '#mean',
      ],
      [
        ...phases.map(([name, counts]) =>
          row(name, count(steps.find((step) => step.name === name)?.maxNotReady ?? null), counts),
        ),
        row('all', count(document.nodes.maxNotReady), requests),
        ...severalEntrances(requests).map(([node, counts]) => row(`via ${node}`, '', counts)),
      ],
    ),
    el(
      'p',
      { class: 'note' },
      `${enteredText(document) === '' ? '' : `Requests ${enteredText(document)}. `}NotReady is the most nodes at one moment. Latency is that of answers, from when they were due. Requests were sent at most ${
        latenessMs.max === null ? 'an unknown time' : millisecondsText(latenessMs.max)
      } late (p99 ${latenessMs.p99 === null ? 'not seen' : millisecondsText(latenessMs.p99)}).${
        absent.length === 0 ? '' : ` None ended as ${absent.join(', ')}.`
      }`,
    ),
  );
};

/** Each node's losses, and the heartbeats that nodes wrote. */
export const nodeSection = (input: HtmlInput): Markup | null => {
  const { document } = input;
  const zeroMs = zeroOf(input).ms;
  const since = (ms: number | null): Cell => ({ number: ms === null ? '' : seconds(ms - zeroMs) });
  const entries = Object.entries(document.nodes.byNode);
  const sorted = entries.toSorted(
    ([, a], [, b]) => Number(b.notReadyTransitions !== 0) - Number(a.notReadyTransitions !== 0),
  );
  const rows = (entries.length > maxRows ? sorted : entries).map(([node, figures]): Cell[] => [
    node,
    { number: numberText(figures.notReadyTransitions) },
    { number: figures.notReadyByKubelet === undefined ? 'not counted' : numberText(figures.notReadyByKubelet) },
    { number: figures.notReadySeconds === null ? notSeen : seconds(figures.notReadySeconds * 1000) },
    since(figures.firstNotReadyMs),
    since(figures.lastReadyMs),
  ]);
  const { rows: shown, rest } = capped(rows, 'run.json');
  const { leasePerNodeMinute, statusPerNodeMinute } = document.writes;
  const rate = (value: number | null): string =>
    value === null ? 'not measured' : numberText(Math.round(value * 10) / 10);
  return section(
    'nodes',
    'Nodes',
    entries.length === 0
      ? el('p', { class: 'note' }, 'No node was seen.')
      : table(
          'Nodes and their NotReady time',
          [
            'node',
            '#NotReady transitions',
            '#by its own report',
            '#NotReady time',
            '#first NotReady',
            '#last Ready again',
          ],
          shown,
        ),
    rest,
    el(
      'p',
      { class: 'note' },
      `Heartbeats in undisturbed time: ${rate(leasePerNodeMinute)} lease renewals and ${rate(statusPerNodeMinute)} status posts per node and minute. NotReady transitions before the fault: ${count(document.nodes.notReadyTransitionsBeforeFault)}.`,
    ),
  );
};

/** Everything in the lanes again, as a table in the order of time. */
export const changesTable = (input: HtmlInput): Markup => {
  const zeroMs = zeroOf(input).ms;
  const { events } = input;
  const rows: { atMs: number; what: string; change: string }[] = [
    ...ofType(events, 'node.ready').map(({ atMs, node, status, reason }) => ({
      atMs,
      what: node,
      change: `Ready is ${status} (${reason})`,
    })),
    ...ofType(events, 'node.taint').map(({ atMs, node, change, key, effect }) => ({
      atMs,
      what: node,
      change: `taint ${key}:${effect} ${change}`,
    })),
    ...ofType(events, 'endpoints').map(({ atMs, ready, notReady, terminating }) => ({
      atMs,
      what: 'endpoints',
      change: `${ready} ready, ${notReady} not ready, ${terminating} terminating`,
    })),
    ...ofType(events, 'pod').map(({ atMs, pod, change, node, evicted }) => ({
      atMs,
      what: pod,
      change: `${change === 'notReady' ? 'not ready' : change}${node === null ? '' : ` on ${node}`}${evicted ? ', evicted' : ''}`,
    })),
    ...ofType(events, 'watch.gap').map(({ atMs, fromMs, resource, how, reason }) => ({
      atMs,
      what: `watch on ${resource}`,
      change: `blind for ${seconds(atMs - fromMs)}, ${how}: ${reason}`,
    })),
    ...lostForGood(events).map(({ atMs, fromMs, resource, reason }) => ({
      atMs,
      what: `watch on ${resource}`,
      change: `blind since ${seconds(fromMs - zeroMs)}, and never back: ${reason}`,
    })),
    ...ofType(events, 'api.answered').map(({ atMs, fromMs, reason }) => ({
      atMs,
      what: 'API server',
      change: `ready again after ${seconds(atMs - fromMs)}: ${reason}`,
    })),
  ];
  const sorted = rows.toSorted((a, b) => a.atMs - b.atMs);
  const { rows: shown, rest } = capped(
    sorted.map(({ atMs, what, change }) => [{ number: seconds(atMs - zeroMs) }, what, change]),
    'events.ndjson',
  );
  return el(
    'details',
    {},
    el('summary', {}, `Every change of a node, taint, endpoint and pod, as a table (${numberText(sorted.length)})`),
    table(`Changes, ${zeroOf(input).what}`, ['#time', 'of', 'change'], shown),
    rest,
  );
};
