import { countedGrouped, nounFor } from '../../common/text/counted.ts';
import { nodeList, numberText, percentText, type RunDocument, secondsText } from '../../verdict/index.ts';
import { lateRecoveries, nothingExpected, outcomeOf, recoveredLate, undecided } from '../outcome.ts';

/** A figure of the model was not observed, and is never called so. */
export const observedLabel = ({ predicted }: Pick<RunDocument, 'predicted'>): string =>
  predicted ? 'modelled' : 'observed';

/** null in words: it was watched for, and not seen. */
export const seconds = (ms: number | null): string => (ms === null ? 'not seen' : secondsText(ms));

export const count = (value: number | null): string => (value === null ? 'not seen' : numberText(value));

/** `1,341 of 3,562 (37.6 %)`; of a part that is not known no share is taken. */
export const share = (part: number | null, total: number): string =>
  `${numberText(part)} of ${numberText(total)}${part === null || total === 0 ? '' : ` (${percentText(part, total)})`}`;

/** Why nobody knows a figure; null where it is known, and in an older document, which does not say. */
export const whyNotKnown = (
  { unknown = [] }: Pick<RunDocument, 'unknown'>,
  path: string,
): NonNullable<RunDocument['unknown']>[number] | null => unknown.find(({ figure }) => figure === path) ?? null;

export const window = (span: readonly [number, number] | null): string =>
  span === null ? 'none' : `${secondsText(span[0]).replace(/ s$/, '')} … ${secondsText(span[1])}`;

const outcomeLabels = { pass: 'Pass', fail: 'Fail', inconclusive: 'Inconclusive', measured: 'Measured' } as const;
const outcomeSigns = { pass: '✓', fail: '✗', inconclusive: '?', measured: '·' } as const;

type Judged = Parameters<typeof outcomeOf>[0];

export const verdictWord = (judged: Judged): string => outcomeLabels[outcomeOf(judged)];
/** `✓ Pass` */
export const verdictText = (judged: Judged): string => `${outcomeSigns[outcomeOf(judged)]} ${verdictWord(judged)}`;

/** `both expectations met` */
export const metText = (document: RunDocument): string => {
  const { expectations, verdict } = document;
  if (verdict === 'inconclusive') return undecided(document);
  const missed = expectations.filter(({ held }) => !held).length;
  const all = expectations.length;
  const late = verdict === 'fail' && lateRecoveries(document) > 0 ? recoveredLate : null;
  if (late !== null && missed === 0) return late;
  if (missed > 0)
    return `${late === null ? '' : `${late}, `}${numberText(missed)} of ${countedGrouped(all, 'expectation')} not met`;
  if (all === 0) return nothingExpected;
  if (all === 1) return 'the expectation was met';
  return all === 2 ? 'both expectations met' : `all ${numberText(all)} expectations met`;
};

const faultText = ({ faults }: RunDocument): string => {
  const begun = faults.filter(({ startMs }) => startMs !== null);
  if (faults.length === 0) return 'No fault was planned.';
  if (begun.length === 0) return 'No fault began.';
  const [first] = begun;
  if (begun.length > 1 || first === undefined)
    return `${countedGrouped(begun.length, 'fault')} stood, the first of them ${first?.kind}.`;
  const { kind, targets, injectedMs, startMs, endMs } = first;
  const length =
    endMs === null || startMs === null
      ? ' (its end is not on record)'
      : ` for ${seconds(endMs - (injectedMs ?? startMs))}`;
  return `${kind} stood on ${nodeList(targets)}${length}.`;
};

const nodesText = ({ nodes, timing }: RunDocument): string => {
  const { maxNotReady, notReadyTransitions } = nodes;
  if (maxNotReady === null) return 'Whether a node went NotReady was not seen.';
  if (notReadyTransitions === 0 && maxNotReady === 0) return 'No node went NotReady.';
  const { firstNotReadyMs, faultStartMs, lastReadyMs } = timing;
  const since = faultStartMs ?? 0;
  const first =
    firstNotReadyMs === null
      ? ''
      : `, the first ${seconds(firstNotReadyMs - since)}${faultStartMs === null ? ' into the run' : ' after the fault began'}`;
  const last =
    lastReadyMs === null
      ? '; none was seen to be Ready again'
      : `; the last was Ready again after ${seconds(lastReadyMs - since)}`;
  const own = nodes.notReadyByKubelet ?? 0;
  const byKubelet =
    own === 0
      ? ''
      : ` ${numberText(own)} of ${countedGrouped(notReadyTransitions ?? own, 'NotReady', 'NotReady')} came from a kubelet’s own report.`;
  return `At most ${countedGrouped(maxNotReady, 'node')} ${maxNotReady === 1 ? 'was' : 'were'} NotReady at once${first}${last}.${byKubelet}`;
};

/** `1,341 of 3,562 (37.6 %) requests were` */
const shareOfRequests = (part: number, offered: number): string =>
  `${share(part, offered)} ${nounFor(offered, 'request was', 'requests were')}`;

/** Requests that got no answer of 2xx, whatever the reason. */
const requestsText = (document: RunDocument): string => {
  const { offered, ok, refused } = document.requests;
  if (offered === 0) return 'No request was offered.';
  if (ok === null || refused === null) {
    const { why, atLeast = 0 } = whyNotKnown(document, 'requests.refused') ?? {};
    const seen = atLeast === 0 ? '' : `At least ${countedGrouped(atLeast, 'request was', 'requests were')} refused. `;
    return `${seen}How all of them ended is not known${why === undefined ? '' : `: ${why}`}.`;
  }
  if (ok === offered)
    return offered === 1 ? 'The request was answered.' : `All ${numberText(offered)} requests were answered.`;
  if (refused === 0) return `No connection was refused, and ${shareOfRequests(ok, offered)} answered.`;
  return `${shareOfRequests(refused, offered)} refused.`;
};

/** What happened, in three sentences of figures from run.json; a figure and its unit stay on one line. */
export const story = (document: RunDocument): string => sentences(document).replace(/(\d) (%|s\b|ms\b)/g, '$1\u00a0$2');

const sentences = (document: RunDocument): string =>
  `${document.predicted ? 'In the model: ' : ''}${faultText(document)} ${nodesText(document)} ${requestsText(document)}`;

const places: Readonly<Record<NonNullable<RunDocument['backend']>, string>> = {
  kind: 'real cluster (kind)',
  model: 'model',
  cluster: "somebody's cluster",
};

/** Where a run was made. */
export const placeText = (backend: RunDocument['backend']): string =>
  backend === null ? 'not on record' : places[backend];
