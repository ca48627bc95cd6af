import { capped, clean, clip, padEnd, padStart, paint, type Screen, table, widthOf } from '../common/layout.ts';
import { counted } from '../common/text/counted.ts';
import { type RequestOutcome, requestOutcomes } from '../timeline/index.ts';
import {
  type AskedCounts,
  checkOf,
  type ExpectationResult,
  judgedWindow,
  labelledMoments,
  millisecondsText,
  notSeen,
  numberText,
  observedText,
  otherOutcomes,
  percentText,
  type RunDocument,
  secondsText,
  severalEntrances,
  type WindowCheck,
} from '../verdict/index.ts';

/** `of 3,370 (43.6 %)` for a count of requests, else nothing. */
const shareText = ({ figure, observed }: ExpectationResult, { requests }: RunDocument): string => {
  const path = figure.split('.');
  const outcome = path.at(-1) as RequestOutcome;
  if (observed === null || path[0] !== 'requests' || !requestOutcomes.includes(outcome)) return '';
  const offered =
    path.length === 2
      ? requests.offered
      : path[1] === 'byPhase'
        ? requests.byPhase[path[2] ?? '']?.offered
        : path[1] === 'byEntrance'
          ? requests.byEntrance?.[path[2] ?? '']?.offered
          : undefined;
  return offered === undefined ? '' : ` of ${numberText(offered)} (${percentText(observed, offered)})`;
};

const signOf = ({ held, observed, atLeast }: ExpectationResult, screen: Screen): string => {
  if (observed === null && atLeast === undefined) return paint('?', 'yellow', screen);
  return held ? paint('✓', 'green', screen) : paint('✗', 'red', screen);
};

/** A figure of the model was not observed, and is never called so. */
const observedLabel = ({ predicted }: RunDocument): string => (predicted ? 'modelled' : 'observed');

/** Figure, expected and observed side by side, what was missed first. At most `max` lines under the heads. */
export const expectationLines = (document: RunDocument, screen: Screen, max: number): string[] => {
  const sorted = document.expectations.toSorted((a, b) => Number(a.held) - Number(b.held));
  if (sorted.length === 0) return [];
  const expected = sorted.map((result) => clean(result.expected));
  const observed = sorted.map(observedText);
  const expectedWidth = Math.max(8, ...expected.map(widthOf));
  const observedWidth = Math.max(8, ...observed.map(widthOf));
  const room = screen.columns - 4 - 3 - expectedWidth - 3 - observedWidth;
  const names = sorted.map(({ figure }) => clip(clean(figure), Math.max(8, room)));
  const nameWidth = Math.max(...names.map(widthOf));
  const head = `    ${padEnd('', nameWidth)}   ${padStart('expected', expectedWidth)}   ${padStart(observedLabel(document), observedWidth)}`;
  const rows = sorted.map((result, index) => {
    const sign = signOf(result, screen);
    const share = shareText(result, document);
    const fits = nameWidth + widthOf(share) <= room;
    return `  ${sign} ${padEnd(names[index] ?? '', nameWidth)}   ${padStart(expected[index] ?? '', expectedWidth)}   ${padStart(observed[index] ?? '', observedWidth)}${fits ? share : ''}`;
  });
  const more = (left: number): string => `    … and ${left} more in run.json`;
  return [
    paint(head, 'dim', screen),
    ...capped(
      rows.map((row) => [row]),
      max,
      more,
    ),
  ];
};

const maxEntrances = 3;

/** Most nodes that were NotReady at once in a phase. null: not known. */
export const notReadyIn = ({ steps }: Pick<RunDocument, 'steps'>, phase: string): number | null =>
  steps.find(({ name }) => name === phase)?.maxNotReady ?? null;

/** The same of all phases: not known where it is not known of one. */
export const notReadyInAll = (document: Pick<RunDocument, 'steps' | 'requests'>): number | null => {
  const counts = Object.keys(document.requests.byPhase).map((phase) => notReadyIn(document, phase));
  return counts.reduce((max, count) => (max === null || count === null ? null : Math.max(max, count)), 0);
};

/** One row a phase, one for all that was offered, and one an entrance of several. Empty where no phase began. */
export const phaseLines = (document: RunDocument, screen: Screen, max: number): string[] => {
  const { requests } = document;
  const phases = Object.entries(requests.byPhase);
  if (phases.length === 0) return [];
  const entrances = severalEntrances(requests);
  const row = (name: string, notReady: string, counts: AskedCounts) => [
    clip(clean(name), 19),
    notReady,
    numberText(counts.ok),
    numberText(counts.refused),
    numberText(counts.timeout),
    numberText(otherOutcomes(counts, ['ok', 'refused', 'timeout'])),
    millisecondsText(counts.latencyMs.p99),
  ];
  const [head, ...lines] = table([
    ['', 'NotReady', 'ok', 'refused', 'timeout', 'other', 'p99'],
    ...phases.map(([name, counts]) => row(name, numberText(notReadyIn(document, name)), counts)),
    row('all', numberText(notReadyInAll(document)), requests),
    ...entrances.map(([node, counts]) => row(`via ${node}`, '', counts)),
  ]).map((line) => `    ${line}`);
  const all = lines[phases.length] ?? '';
  return [
    paint(head ?? '', 'dim', screen),
    ...capped(
      lines.slice(0, phases.length).map((line) => [line]),
      max,
      (left) => `    … and ${counted(left, 'more phase')} in run.json`,
    ),
    all,
    ...capped(
      lines.slice(phases.length + 1).map((line) => [line]),
      maxEntrances,
      (left) => `    … and ${counted(left, 'more entrance')} in run.json`,
    ),
  ];
};

const windowText = (check: WindowCheck): string => {
  const window = judgedWindow(check);
  if (window === null) return '';
  const [from, to] = window;
  return `${secondsText(from).replace(/ s$/, '')} … ${secondsText(to)}`;
};

/** When each thing first happened, beside the window that was predicted for it. Empty where nothing began to count. */
export const milestoneLines = (document: RunDocument, screen: Screen): string[] => {
  const { timing, steps } = document;
  const load = steps.find(({ kind }) => kind === 'steady' || kind === 'fault' || kind === 'recover')?.startMs ?? null;
  const zeroMs = document.faults.length > 0 ? timing.faultStartMs : load;
  if (zeroMs === null) return [];
  const allReady = checkOf(document, 'allReady');
  // A node that flaps by itself later on moves the last return, of which nothing was predicted.
  // Both are differences of the same instants, each rounded in its own way.
  const isLast = Math.abs((allReady.observedMs ?? Number.NaN) - ((timing.lastReadyMs ?? 0) - zeroMs)) < 1;
  const checks: Readonly<Record<string, WindowCheck>> = {
    'timing.firstNotReadyMs': checkOf(document, 'notReady'),
    'timing.firstEndpointsEmptyMs': checkOf(document, 'endpointsEmpty'),
    'timing.firstRefusedMs': checkOf(document, 'refused'),
    'timing.firstEvictionMs': checkOf(document, 'evicted'),
    ...(isLast ? { 'timing.lastReadyMs': allReady } : {}),
    'timing.lastRefusedMs': checkOf(document, 'lastRefused'),
  };
  const rows = labelledMoments(document).map(({ path, label, atMs }) => [label, atMs, checks[path]] as const);
  const predicts = rows.some(([, , check]) => check !== undefined && check.window !== null);
  const title = document.faults.length > 0 ? 'since the fault' : 'since the load began';
  const [head, ...lines] = table([
    [title, observedLabel(document), predicts ? (document.predicted ? 'by formula' : 'predicted') : ''],
    ...rows.map(([name, atMs, check]) => [
      name,
      atMs === null ? notSeen : secondsText(atMs - zeroMs),
      check === undefined ? '' : windowText(check),
    ]),
  ]).map((line) => `    ${line}`.trimEnd());
  return [
    paint(head ?? '', 'dim', screen),
    ...lines.map((line, index) => {
      const fit = rows[index]?.[2]?.fit ?? null;
      if (fit === null) return line;
      return `${line}   ${fit === 'inside' ? fit : paint(fit, 'yellow', screen)}`;
    }),
  ];
};
