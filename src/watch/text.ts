import { formatDuration, secondsText } from '../common/duration.ts';
import { clean, clip, hang, type Screen, table } from '../common/layout.ts';
import { countedGrouped } from '../common/text/counted.ts';
import type { WatchDocument } from './document-shape.ts';
import type { Notable } from './seen/notable.ts';

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const count = (number: number): string => number.toLocaleString('en-US');

/** Hours and minutes of a length that a person has to take in at a glance: `45 s`, `12 min`, `26 h 5 min`. */
export const lengthText = (ms: number): string => {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

const clockTime = (at: string): string => at.slice(11, 19);

const graceText = ({ settings }: WatchDocument): string => {
  const { ms, source } = settings.nodeMonitorGracePeriod;
  if (ms === null) return 'of an unknown grace';
  const { atLeastMs, atMostMs } = settings.inferredGrace;
  return source === 'inferred'
    ? `of a grace of ${secondsText(atLeastMs)} to ${secondsText(atMostMs)}, inferred`
    : `of ${formatDuration(ms)}`;
};

const closestOf = ({ longestSilences }: WatchDocument) => longestSilences.find(({ notReady }) => !notReady) ?? null;

/** One line, as it stands: how many nodes, how near to the edge, what could not be seen. */
export const minuteLine = (document: WatchDocument, { columns }: Pick<Screen, 'columns'>): string => {
  const { nodes, notReady, blind, to } = document;
  const closest = closestOf(document);
  const down = notReady.silence + notReady.kubelet + notReady.neverReported + notReady.other;
  const share = closest?.shareOfGrace ?? null;
  const silence =
    closest === null
      ? 'no renewal yet'
      : `silent ≤ ${secondsText(closest.ms)}${share === null ? '' : ` (${percent(share)})`}`;
  const parts = [
    `Ready ${nodes.ready} of ${nodes.seen}`,
    silence,
    `NotReady ${down}×`,
    `blind ${lengthText(blind.ms)}`,
  ];
  return clip(clean(`${clockTime(to)}  ${parts.join('  ')}`), columns);
};

const causeText = (notable: Extract<Notable, { type: 'node.notReady' }>): string => {
  const { cause, reason, message, silentMs, isStartSeen } = notable;
  // Who has no Ready condition gives no reason either.
  const why = reason === '' ? cause : reason;
  if (!isStartSeen) return `NotReady when it was first seen: ${why}`;
  if (cause === 'kubelet') return `NotReady by its kubelet: ${reason}: ${message}`;
  if (cause !== 'silence') return `NotReady: ${why}`;
  // What has passed since its renewTime is no silence: two clocks made it.
  return silentMs === null ? `NotReady by silence: ${reason}` : `NotReady, silent for ${secondsText(silentMs)}`;
};

/** A line for what happens to nodes; null for what need not be printed at once. */
export const notableLine = (notable: Notable, atMs: number, { columns }: Pick<Screen, 'columns'>): string | null => {
  const at = clockTime(new Date(atMs).toISOString());
  const line = (text: string): string => clip(clean(`${at}  ${text}`), columns);
  switch (notable.type) {
    case 'node.notReady':
      return line(`${notable.node} ${causeText(notable)}`);
    case 'node.ready':
      return line(`${notable.node} Ready again after ${secondsText(notable.afterMs)}`);
    case 'node.deleted':
      return line(`${notable.node} deleted`);
    case 'node.rebooted':
      return line(`${notable.node} rebooted`);
    case 'leader.changed':
      return line(`another kube-controller-manager leads: ${notable.holder}`);
    case 'leader.silent':
      return line(
        `the leading kube-controller-manager is silent for ${secondsText(notable.atLeastMs)}: nobody marks a node`,
      );
    case 'leader.renewed':
      return line(`the leading kube-controller-manager goes on after ${secondsText(notable.afterMs)}`);
    case 'blind.began':
      return line(`nothing can be seen (${notable.source}): ${notable.reason}`);
    case 'blind.ended':
      return line(`seen again after ${secondsText(notable.ms)}`);
    default:
      return null;
  }
};

const maxRows = 10;

const episodeLines = ({ notReadyTimes }: WatchDocument, columns: number): readonly string[] => {
  if (notReadyTimes.length === 0) return [];
  const newest = notReadyTimes.slice(-maxRows);
  const lines = newest.flatMap((each) => {
    const silence =
      each.silentMs === null
        ? ''
        : `, ${secondsText(each.silentMs)} after its last ${each.lastSign === 'lease' ? 'renewal' : 'status'}`;
    const end = each.until === null ? 'still NotReady' : `${each.endedBy} after ${secondsText(each.notReadyMs)}`;
    const word =
      each.cause === 'kubelet'
        ? `its kubelet said ${each.reason}${each.message === '' ? '' : `: ${each.message}`}`
        : `${each.cause}${each.reason === '' ? '' : ` (${each.reason})`}${silence}`;
    const zone = each.zone === null ? '' : ` of ${each.zone}`;
    const together = each.togetherInZone > 1 ? `; ${each.togetherInZone} nodes${zone} at once` : '';
    const marks = [
      each.isNew && 'new',
      each.rebooted && 'rebooted',
      each.unschedulable && 'cordoned',
      !each.startSeen && 'start unseen',
      each.unseenTransitions !== undefined && 'with changes unseen',
    ];
    const more = marks.filter((mark) => mark !== false);
    const text = `${each.node}: ${word}; ${end}${together}${more.length === 0 ? '' : `; ${more.join(', ')}`}`;
    return hang(`    ${each.from.slice(0, 19)}  `, clean(text), columns);
  });
  const left = notReadyTimes.length - newest.length;
  return ['', '  NotReady', ...lines, ...(left > 0 ? [`    … and ${left} more in watch.json`] : [])];
};

/** The slowest nodes first: those that came nearest to the edge. */
const nodeTable = ({ byNode }: WatchDocument): readonly string[] => {
  const slowest = byNode.toSorted((a, b) => (b.longestSilenceMs ?? 0) - (a.longestSilenceMs ?? 0)).slice(0, maxRows);
  if (slowest.length === 0) return [];
  const seconds = (ms: number | null): string => (ms === null ? '–' : (ms / 1000).toFixed(1));
  const rows = slowest.map((node) => [
    clip(clean(node.node), 28),
    seconds(node.renewPeriodMs),
    seconds(node.gapsByArrival.p50Ms),
    seconds(node.gapsByArrival.p99Ms),
    seconds(node.gapsByArrival.maxMs),
    seconds(node.longestSilenceMs),
    count(node.lateRenewals),
  ]);
  const left = byNode.length - slowest.length;
  return [
    '',
    '  renewals, by when they came (s)',
    ...table([['', 'period', 'p50', 'p99', 'max', 'silent', 'late'], ...rows], 2).map((line) => `    ${line}`),
    ...(left > 0 ? [`    … and ${left} more in watch.json`] : []),
  ];
};

const labels = { pass: 'PASS', fail: 'FAIL', inconclusive: 'INCONCLUSIVE' } as const;

/** What was seen, for a person; 80 columns are enough. */
export const watchText = (
  document: WatchDocument,
  { columns, folder }: Pick<Screen, 'columns'> & { readonly folder: string },
): string => {
  const { nodes, blind, verdict, reasons, missing, notReady, nearMisses, settings } = document;
  const closest = closestOf(document);
  const share = closest?.shareOfGrace ?? null;
  const fact = (name: string, text: string): readonly string[] => hang(`    ${name.padEnd(18)}`, clean(text), columns);
  const inferred = settings.inferredGrace;
  const { ms: graceMs, source, from } = settings.nodeMonitorGracePeriod;
  const bounds = `${secondsText(inferred.atLeastMs)} to ${secondsText(inferred.atMostMs)}`;
  const silentOnes = `${inferred.n} that fell silent${inferred.contradictory ? ', which contradict each other' : ''}`;
  const bySight = inferred.n === 0 ? '' : `; by ${silentOnes}: ${bounds}`;
  const grace =
    source === 'inferred'
      ? `${bounds}, inferred from ${silentOnes}`
      : graceMs === null
        ? `not known${bySight}`
        : `${formatDuration(graceMs)}, ${source} (${from})${bySight}`;
  return [
    `  ${labels[verdict]}  ${verdict === 'pass' ? `all was seen, and no node came nearer than the margin of ${percent(document.margin)}` : ''}`.trimEnd(),
    ...reasons.flatMap((reason) => hang('    - ', clean(reason), columns)),
    '',
    ...fact(
      'watched',
      `${lengthText(document.watchedMs)} of ${document.context}, ${countedGrouped(nodes.seen, 'node')}, ${countedGrouped(document.renewals, 'renewal')}`,
    ),
    ...fact(
      'blind',
      blind.count === 0
        ? 'never'
        : `${lengthText(blind.ms)}${blind.count === 1 ? '' : ` in ${count(blind.count)} times`}`,
    ),
    ...fact('grace', grace),
    ...fact(
      'nearest',
      closest === null
        ? '–'
        : `${secondsText(closest.ms)}${share === null ? '' : ` = ${percent(share)}`} ${graceText(document)}, ${closest.node} at ${closest.from.slice(0, 19)}`,
    ),
    ...fact(
      'near misses',
      nearMisses.overMs === null
        ? '–'
        : `${count(nearMisses.count ?? 0)}, silent for more than ${secondsText(nearMisses.overMs)}`,
    ),
    ...fact(
      'NotReady',
      `${notReady.silence} by silence, ${notReady.kubelet} by kubelets, ${notReady.neverReported + notReady.other} otherwise`,
    ),
    ...episodeLines(document, columns),
    ...nodeTable(document),
    ...(missing.length === 0 ? [] : ['', '  not read']),
    ...missing.flatMap(({ what, verb, resource, reason }) =>
      hang('    - ', clean(`${what} (${verb} ${resource}): ${reason}`), columns),
    ),
    '',
    `  Evidence  ${folder}/  (watch.json, events.ndjson)`,
    '',
  ].join('\n');
};
