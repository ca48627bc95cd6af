import { countedGrouped } from '../../common/text/counted.ts';
import { ofType, type TimelineEvent } from '../../timeline/index.ts';
import type { ClockFigures, ClockJump } from '../document.ts';
import type { MeasurementWindow } from '../measurement-window.ts';
import { listText, secondsText } from '../text.ts';

/** A tenth of a second, as instants are printed; what sets a clock leaves smaller errors to be slewed away. */
export const jumpBoundMs = 100;

/**
 * Jumps of the wall clock between readings, small ones that add up included.
 * @returns null where it was not read: in a prediction, which has no wall clock, and in records of an older skipbeat
 */
export const clockFigures = (events: readonly TimelineEvent[]): ClockFigures | null => {
  const readings = ofType(events, 'clock');
  const [first] = readings;
  if (first === undefined) return null;
  const offset = ({ atMs, unixMs }: typeof first): number => unixMs - atMs;
  const jumps: ClockJump[] = [];
  let keepsMs = offset(first);
  let before = first;
  for (const reading of readings) {
    const byMs = offset(reading) - keepsMs;
    if (Math.abs(byMs) >= jumpBoundMs) {
      jumps.push({ fromMs: before.atMs, toMs: reading.atMs, byMs: Math.round(byMs) });
      keepsMs = offset(reading);
    }
    before = reading;
  }
  return { readings: readings.length, jumps };
};

const jumpText = ({ fromMs, toMs, byMs }: ClockJump): string =>
  `the wall clock jumped ${byMs > 0 ? 'ahead' : 'back'} by ${secondsText(Math.abs(byMs))} between ${secondsText(fromMs)} and ${secondsText(toMs)}`;

/** Steps that read from the wall clock how old a lease is, or wait by it. */
const stepsByWallClock: Readonly<Record<string, string>> = {
  leases: 'whether leases were fresh',
  gate: 'whether leases were fresh and where in the heartbeat the load began',
};

const affectedSteps = (events: readonly TimelineEvent[], { fromMs, toMs }: ClockJump): readonly string[] => {
  const ends = new Map(ofType(events, 'step.ended').map(({ name, atMs }) => [name, atMs]));
  return ofType(events, 'step.started').flatMap(({ name, atMs }) => {
    const affected = stepsByWallClock[name];
    return affected === undefined || atMs > toMs || (ends.get(name) ?? toMs) < fromMs ? [] : [affected];
  });
};

/** What a reader should know of a clock that jumped. */
export const clockFindings = (events: readonly TimelineEvent[], clock: ClockFigures | null): readonly string[] =>
  (clock?.jumps ?? []).map((jump) => {
    const affected = affectedSteps(events, jump);
    const also = affected.length === 0 ? '' : `; ${listText(affected)} was read from it`;
    return (
      `${jumpText(jump)} (it was set, or the machine slept): times here are monotonic and did not move, but stamps of ` +
      `objects from before and after it (renewTime, lastTransitionTime, deletionTimestamp) do not compare${also}`
    );
  });

/**
 * Renewals that a wall clock which was set back hid: the node-lifecycle controller takes a lease for renewed only when its
 * renewTime grows. Nodes of kind share the wall clock of this machine.
 * @see kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go, tryUpdateNodeHealth
 */
export const hiddenRenewals = (
  events: readonly TimelineEvent[],
  clock: ClockFigures | null,
  { measuredFromMs, measuredToMs }: Pick<MeasurementWindow, 'measuredFromMs' | 'measuredToMs'>,
): readonly string[] => {
  const back = clock?.jumps.find(({ byMs }) => byMs < 0);
  if (back === undefined || measuredFromMs === null) return [];
  const newest = new Map<string, number>();
  const hidden: string[] = [];
  for (const { node, renewTime, atMs } of ofType(events, 'lease.renewed')) {
    const renewedMs = Date.parse(renewTime);
    const before = newest.get(node);
    if (before === undefined || renewedMs > before) newest.set(node, renewedMs);
    // The same once more is a watch that was opened anew.
    else if (renewedMs < before && atMs >= back.fromMs && atMs >= measuredFromMs && atMs <= (measuredToMs ?? atMs)) {
      hidden.push(node);
    }
  }
  if (hidden.length === 0) return [];
  const nodes = [...new Set(hidden)];
  return [
    `${countedGrouped(hidden.length, 'renewal')} of ${listText(nodes)} did not count: ${jumpText(back)}, and a lease counts as renewed only when its renewTime grows`,
  ];
};
