import { countedGrouped } from '../../common/text/counted.ts';
import { entranceText } from '../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../timeline/index.ts';
import type { AskedCounts, RunDocument } from '../document.ts';
import { millisecondsText, numberText } from '../text.ts';

/**
 * Refusals that the entrance's kernel did not send, for it limits ICMP: the load counts them as time-outs. Where the
 * kernel does not count what it holds back, it is enough that refusals are among what it limits.
 */
export const entranceReasons = (events: readonly TimelineEvent[]): string[] => {
  const states = ofType(events, 'entrance.icmp');
  return states
    .filter(({ moment }) => moment === 'start')
    .flatMap(({ node, heldBack: before }) => {
      const end = states.find((one) => one.moment === 'end' && one.node === node);
      if (end === undefined) return [`what the kernel of ${node} held back of ICMP errors was not read after the load`];
      const { heldBack: after, limitsRefusals } = end;
      if (before === null || after === null) {
        return limitsRefusals ? [`the kernel of ${node} limits ICMP errors: refusals may be counted as time-outs`] : [];
      }
      // A node that booted meanwhile counts from zero.
      const held = after < before ? after : after - before;
      return held === 0
        ? []
        : [
            `the kernel of ${node} held back ${numberText(held)} ICMP errors during the load (icmp_ratelimit, icmp_msgs_per_sec): so many refusals may be counted as time-outs`,
          ];
    });
};

/** Connections of earlier load that would have caught new ones. */
export const forgottenFindings = (events: readonly TimelineEvent[]): string[] =>
  ofType(events, 'entrance.forgot')
    .filter(({ unanswered }) => unanswered > 0)
    .map(
      ({ node, connections, unanswered }) =>
        `${node} was made to forget ${countedGrouped(connections, 'connection')} from before the load, ${numberText(unanswered)} of them never answered: new ones from their ports would have been sent to pods that are gone`,
    );

/** Of a load whose generators have other clocks than the watches: as far as their instants may be off; ms. */
const clockErrorMs = (events: readonly TimelineEvent[]): number => {
  const clocks = ofType(events, 'load.clock').filter(({ shared }) => !shared);
  const movedMs = [...Map.groupBy(clocks, ({ entrance }) => entrance ?? '').values()].map((own) => {
    const offsets = own.map(({ offsetMs }) => offsetMs);
    return Math.max(...offsets) - Math.min(...offsets);
  });
  return Math.max(0, ...movedMs, ...clocks.map(({ errorMs }) => errorMs));
};

/** Beyond this no phase, and no milestone, can be told from the one beside it. */
const clockBoundMs = 100;

export const loadClockReasons = (events: readonly TimelineEvent[]): string[] => {
  const errorMs = clockErrorMs(events);
  return errorMs > clockBoundMs
    ? [
        `the load's instants may be off by ${millisecondsText(errorMs)}, at most ${clockBoundMs} ms is tolerated: its generator has a clock of its own, which was not read well or moved`,
      ]
    : [];
};

/** That requests did not come from this machine. */
export const containerFindings = (events: readonly TimelineEvent[]): string[] => {
  const from = ofType(events, 'load.started')[0]?.from ?? 'host';
  if (from === 'host') return [];
  const errorMs = clockErrorMs(events);
  const clock =
    errorMs === 0
      ? ''
      : `; its clock is another one, so instants of requests may be off by ${millisecondsText(errorMs)}`;
  const generators = new Set(ofType(events, 'load.clock').map(({ entrance }) => entrance)).size;
  const pods = generators > 1 ? `${generators} pods of the cluster in turn` : 'a pod of the cluster';
  const place = from === 'pod' ? pods : 'a container on the network of the nodes';
  return [`requests came from ${place}, not from this machine${clock}`];
};

/** Figures by entrance where they say more than those of all requests. */
export const severalEntrances = ({
  byEntrance = {},
}: Pick<RunDocument['requests'], 'byEntrance'>): readonly (readonly [string, AskedCounts])[] => {
  const entrances = Object.entries(byEntrance);
  return entrances.length > 1 ? entrances : [];
};

/** `entered through worker, which no fault touches`; empty where nobody asked, and where an older skipbeat wrote the document. */
export const enteredText = ({ backend, conditions, topology, requests }: RunDocument): string =>
  (backend === 'cluster' && requests.ok === null) || conditions === undefined || requests.byEntrance === undefined
    ? ''
    : `entered ${entranceText({ ...conditions, topology })}`;
