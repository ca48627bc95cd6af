import { countedGrouped } from '../../../common/text/counted.ts';
import { sizeText } from '../../../plan/index.ts';
import { type RequestOutcome, requestOutcomes } from '../../../timeline/index.ts';
import {
  type ExpectationResult,
  millisecondsText,
  notSeen,
  numberText,
  type RunDocument,
} from '../../../verdict/index.ts';
import { outcomeOf } from '../../outcome.ts';
import type { HtmlInput } from '../input.ts';
import {
  count,
  metText,
  observedLabel,
  placeText,
  seconds,
  share,
  story,
  verdictText,
  whyNotKnown,
} from '../labels.ts';
import { type Cell, el, type Markup, section, table } from '../markup.ts';

const fact = (name: string, value: string): Markup => el('li', {}, `${name} `, el('b', {}, value));

/** A prediction says so before any figure. */
export const predictedNote = (): Markup =>
  el(
    'p',
    { class: 'predicted', role: 'note' },
    el('strong', {}, 'Predicted, nothing was run.'),
    ' Every figure on this page comes from the model of the node lifecycle, none from a cluster.',
  );

/** Evidence that is not as its run left it says so before any figure. */
export const unsealedNote = ({ evidence }: Pick<RunDocument, 'evidence'>): Markup | null =>
  evidence === undefined || evidence.sealed
    ? null
    : el(
        'div',
        { class: 'predicted', role: 'note' },
        el('strong', {}, 'Unsealed evidence: it proves nothing.'),
        el(
          'ul',
          { class: 'list' },
          evidence.why.map((text) => el('li', {}, text)),
        ),
      );

/** What was run, where and when. */
export const pageHeader = ({ document }: HtmlInput): Markup => {
  const { profile, topology, kubernetesVersion, backend, startedAt, durationMs, seed, predicted } = document;
  const place = sizeText(topology);
  return el(
    'header',
    {},
    el('p', { class: 'brand' }, el('strong', {}, 'skipbeat'), ' · report of a run'),
    el('h1', {}, document.title),
    el(
      'ul',
      { class: 'facts' },
      fact('scenario', document.scenario),
      fact('profile', `${profile.name} (${profile.reading})`),
      fact('Kubernetes', kubernetesVersion),
      fact('nodes', place),
      fact('place', placeText(backend)),
      fact('started', predicted ? 'at no time' : dateText(startedAt)),
      fact('took', durationMs === null ? 'end not on record' : seconds(durationMs)),
      fact('seed', String(seed)),
    ),
    predicted ? predictedNote() : null,
    unsealedNote(document),
  );
};

/** `2026-11-24 11:45:05 UTC`, from RFC 3339 in UTC; anything else as it stands. */
const dateText = (stamp: string | null): string =>
  stamp === null ? 'not on record' : stamp.replace(/^(\S+)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, '$1 $2 UTC');

const tile = (name: string, value: string, more: string): Markup =>
  el('div', {}, el('dt', {}, name), el('dd', {}, value, el('small', {}, more)));

const latencyTile = (document: RunDocument): Markup => {
  const { p50, p99 } = document.requests.latencyMs;
  const name = 'latency, p99';
  // Of answers that may have been missed nobody knows how long they took, nor that there were none.
  if (p99 === null && whyNotKnown(document, 'requests.latencyMs.p99') !== null)
    return tile(name, notSeen, 'of answers; not known');
  return p50 === null || p99 === null
    ? tile(name, 'none', 'nothing was answered')
    : tile(name, millisecondsText(p99), `of answers; p50 ${millisecondsText(p50)}`);
};

const tiles = (document: RunDocument): Markup => {
  const { nodes, requests, pods, topology } = document;
  const all = topology.controlPlanes + topology.workers + (topology.hollow?.nodes ?? 0);
  return el(
    'dl',
    { class: 'tiles' },
    tile('NotReady at once', count(nodes.maxNotReady), `of ${countedGrouped(all, 'node')}`),
    tile(
      'NotReady time',
      nodes.notReadyNodeSeconds === null
        ? 'not seen'
        : `${numberText(Math.round(nodes.notReadyNodeSeconds * 10) / 10)} s`,
      'of all nodes together',
    ),
    ...(nodes.unrecovered === undefined
      ? []
      : [tile('not Ready at the end', count(nodes.unrecovered), `of ${countedGrouped(all, 'node')}`)]),
    tile(
      'requests refused',
      numberText(requests.refused),
      `${share(requests.refused, requests.offered).replace(/^\S+ /, '')}`,
    ),
    tile(
      'requests answered ok',
      numberText(requests.ok),
      `${share(requests.ok, requests.offered).replace(/^\S+ /, '')}`,
    ),
    tile('pods evicted', count(pods.evicted), 'since the fault'),
    latencyTile(document),
  );
};

/** The verdict first, then what happened in three sentences and six figures. */
export const verdictBlock = ({ document }: HtmlInput): Markup => {
  const { reasons } = document;
  return el(
    'div',
    { class: `verdict ${outcomeOf(document)}`, id: 'verdict' },
    el('h2', {}, el('span', {}, verdictText(document)), metText(document)),
    el('p', {}, story(document)),
    reasons.length === 0
      ? null
      : el(
          'ul',
          { class: 'list' },
          reasons.map((reason) => el('li', {}, reason)),
        ),
    tiles(document),
  );
};

const shareOf = ({ figure, observed, atLeast }: ExpectationResult, { requests }: RunDocument): string => {
  const path = figure.split('.');
  const outcome = path.at(-1) as RequestOutcome;
  if (atLeast !== undefined) return `at least ${count(atLeast)}`;
  if (observed === null || path[0] !== 'requests' || !requestOutcomes.includes(outcome)) return count(observed);
  if (path.length === 2) return share(observed, requests.offered);
  const phase = path[1] === 'byPhase' ? requests.byPhase[path[2] ?? ''] : undefined;
  return phase === undefined ? count(observed) : share(observed, phase.offered);
};

const metCell = ({ held, observed, atLeast }: ExpectationResult, { verdict }: RunDocument): Markup => {
  if (observed === null && atLeast === undefined) return el('span', { class: 'unsure' }, '? not seen');
  if (verdict === 'inconclusive') return el('span', { class: 'unsure' }, '? not judged');
  return held ? el('span', { class: 'good' }, '✓ met') : el('span', { class: 'bad' }, '✗ missed');
};

/** Every expectation with what was observed, the missed ones first. */
export const expectationSection = ({ document }: HtmlInput): Markup => {
  const sorted = document.expectations.toSorted((a, b) => Number(a.held) - Number(b.held));
  const rows = sorted.map((result): Cell[] => [
    el('code', {}, result.figure),
    { number: result.expected },
    { number: shareOf(result, document) },
    metCell(result, document),
  ]);
  return section(
    'expectations',
    'Expectations',
    rows.length === 0
      ? el('p', { class: 'note' }, 'The scenario expects nothing; the run shows what happens.')
      : table(
          'Expectations and what came of them',
          ['figure of run.json', '#expected', `#${observedLabel(document)}`, 'verdict'],
          rows,
        ),
  );
};
