import type { Clock } from '../engine/clock.ts';
import { delayedAckUs, maxRetransmissions, maxRetransmitUs } from '../engine/constants.ts';
import type { Way } from './link.ts';
import { measured, pauseOf, type RoundTrips, steadyRoundTrips } from './round-trips.ts';

/** What becomes of packets on the way. */
export type Path = {
  readonly passes: (way: Way) => boolean;
  readonly delayUs: (way: Way) => number;
  /** A round trip. */
  readonly roundTripUs: () => number;
};

/** A TCP connection: what is sent one way arrives there in order. */
export type Conversation = {
  readonly send: (way: Way, deliver: () => void) => void;
  /** Everything that was sent has been acknowledged. */
  readonly isIdle: () => boolean;
  /** Whether something that was sent that way has not arrived. */
  readonly isLate: (way: Way) => boolean;
  /** From now on nothing happens on it. */
  readonly end: () => void;
  readonly hasEnded: () => boolean;
};

type Segment = {
  readonly sequence: number;
  readonly deliver: () => void;
  /** The last time; null: never. */
  sentUs: number | null;
  /** How often. */
  copies: number;
  /** Acknowledged out of its order (SACK). */
  selected: boolean;
};

/** One way: the sender's side above, the receiver's below. */
type Direction = {
  readonly way: Way;
  /** Not acknowledged, the oldest first. */
  segments: Segment[];
  nextSequence: number;
  /** Only the first is sent, again and again, until it is acknowledged. */
  recovering: boolean;
  probed: boolean;
  pauseUs: number;
  rtt: RoundTrips;
  retransmissions: number;
  /** Which setting of the timer counts; likewise of the acknowledgement that is put off. */
  timer: number;
  acknowledgement: number;
  /** The next that is to be delivered, and those beyond it that have arrived. */
  expected: number;
  readonly beyond: Map<number, Segment>;
  /** What was expected when it last acknowledged, and the stamp that it gives back (TS.Recent). */
  acknowledgedTo: number;
  stampUs: number;
};

type Acknowledged = { readonly upTo: number; readonly beyond: readonly number[]; readonly stampUs: number };

const createDirection = (way: Way, roundTripUs: number): Direction => ({
  way,
  rtt: steadyRoundTrips(roundTripUs),
  segments: [],
  nextSequence: 0,
  recovering: false,
  probed: false,
  pauseUs: 0,
  retransmissions: 0,
  timer: 0,
  acknowledgement: 0,
  expected: 0,
  beyond: new Map(),
  acknowledgedTo: 0,
  stampUs: 0,
});

/**
 * One connection as Linux keeps it, packet by packet; a message is one segment. What is lost holds back everything behind
 * it. A lost tail is sent again after about 200 ms and a round trip (tail loss probe), once more 200 ms later (RTO), then
 * after 0.4, 0.8, 1.6 … 120 s; while that goes on nothing new is sent. What is lost before something that arrived is sent
 * again at once (RACK). Acknowledgements ride on what goes the other way, or go alone 40 ms later, and are lost, too.
 * Neither client-go nor golang.org/x/net/http2 sets TCP_USER_TIMEOUT; keepalive probes are for idle connections only.
 * @param gaveUp after tcp_retries2 (15) retransmissions
 * @see Linux net/ipv4/tcp_timer.c (tcp_retransmit_timer), tcp_output.c (tcp_schedule_loss_probe), tcp_recovery.c
 */
export const createConversation = (clock: Clock, path: Path, gaveUp: () => void): Conversation => {
  const directions: Readonly<Record<Way, Direction>> = {
    up: createDirection('up', path.roundTripUs()),
    down: createDirection('down', path.roundTripUs()),
  };
  let ended = false;

  const opposite = ({ way }: Direction): Direction => directions[way === 'up' ? 'down' : 'up'];

  const acknowledged = (direction: Direction): Acknowledged => {
    const { expected, beyond, stampUs } = direction;
    direction.acknowledgedTo = expected;
    return { upTo: expected, beyond: [...beyond.keys()], stampUs };
  };

  /** A packet that goes with a direction, and acknowledges what has arrived of the opposite one. */
  const packet = (direction: Direction, arrived: () => void): void => {
    const other = opposite(direction);
    other.acknowledgement += 1;
    const about = acknowledged(other);
    if (!path.passes(direction.way)) return;
    const arrive = (): void => {
      if (ended) return;
      hearOf(other, about);
      arrived();
    };
    clock.at(clock.now() + path.delayUs(direction.way), arrive, undefined);
  };

  const transmit = (direction: Direction, segment: Segment): void => {
    const sentUs = clock.now();
    segment.sentUs = sentUs;
    segment.copies += 1;
    packet(direction, () => {
      // A copy of what is older than the last segment is dropped with its stamp (tcp_sequence).
      if (segment.sequence + 1 >= direction.acknowledgedTo && segment.sequence <= direction.acknowledgedTo)
        direction.stampUs = sentUs;
      arrive(direction, segment);
    });
  };

  const arrive = (direction: Direction, segment: Segment): void => {
    const { beyond } = direction;
    const isNext = segment.sequence === direction.expected;
    if (segment.sequence >= direction.expected) beyond.set(segment.sequence, segment);
    for (let next = beyond.get(direction.expected); next !== undefined; next = beyond.get(direction.expected)) {
      beyond.delete(direction.expected);
      direction.expected += 1;
      next.deliver();
      if (ended) return;
    }
    if (isNext && beyond.size === 0) acknowledgeLater(direction);
    else acknowledge(direction);
  };

  const acknowledge = (direction: Direction): void => packet(opposite(direction), () => undefined);

  const acknowledgeLater = (direction: Direction): void => {
    direction.acknowledgement += 1;
    const { acknowledgement } = direction;
    const due = (): void => {
      if (!ended && acknowledgement === direction.acknowledgement) acknowledge(direction);
    };
    clock.at(clock.now() + delayedAckUs, due, undefined);
  };

  /** The sender of a direction learns what has arrived of it. */
  const hearOf = (direction: Direction, { upTo, beyond, stampUs }: Acknowledged): void => {
    const isNew = (segment: Segment): boolean =>
      segment.sequence < upTo || (!segment.selected && beyond.includes(segment.sequence));
    const news = direction.segments.filter(isNew);
    if (news.length === 0) return;
    const newestUs = Math.max(...news.map(({ sentUs }) => sentUs ?? 0));
    for (const segment of news) segment.selected = true;
    const left = direction.segments.filter(({ sequence }) => sequence >= upTo);
    const [first] = direction.segments;
    if (first !== undefined && left.length < direction.segments.length) {
      // By itself where it was sent once, else by the stamp that comes back: that of what the receiver took last, however
      // long ago. So acknowledgements that were lost make round trips seem long, and pauses become so.
      const once = direction.segments.every(({ sequence, copies }) => sequence >= upTo || copies === 1);
      const sampleUs = clock.now() - (once && first.sentUs !== null ? first.sentUs : stampUs);
      direction.recovering = false;
      direction.probed = false;
      direction.retransmissions = 0;
      direction.rtt = measured(direction.rtt, sampleUs, upTo, direction.nextSequence);
      direction.pauseUs = pauseOf(direction.rtt);
    }
    direction.segments = left;
    for (const segment of left) {
      const isLost = segment.sentUs !== null && !segment.selected && segment.sentUs < newestUs;
      if (isLost || (segment.sentUs === null && !direction.recovering)) transmit(direction, segment);
    }
    setTimer(direction);
  };

  const setTimer = (direction: Direction): void => {
    direction.timer += 1;
    const { timer } = direction;
    if (direction.segments.length === 0) return;
    const due = (): void => {
      if (!ended && timer === direction.timer) expire(direction);
    };
    clock.at(clock.now() + direction.pauseUs, due, undefined);
  };

  const expire = (direction: Direction): void => {
    const { segments, recovering, probed } = direction;
    const [first] = segments;
    const last = segments.findLast(({ sentUs }) => sentUs !== null);
    if (first === undefined || last === undefined) return;
    if (!recovering && !probed) {
      direction.probed = true;
      transmit(direction, last);
      setTimer(direction);
      return;
    }
    if (direction.retransmissions === maxRetransmissions) {
      gaveUp();
      return;
    }
    direction.retransmissions += 1;
    direction.recovering = true;
    transmit(direction, first);
    direction.pauseUs = Math.min(2 * direction.pauseUs, maxRetransmitUs);
    setTimer(direction);
  };

  return {
    send: (way, deliver) => {
      if (ended) return;
      const direction = directions[way];
      const segment: Segment = { sequence: direction.nextSequence, deliver, sentUs: null, copies: 0, selected: false };
      direction.nextSequence += 1;
      const wasEmpty = direction.segments.length === 0;
      direction.segments.push(segment);
      if (wasEmpty) direction.pauseUs = pauseOf(direction.rtt);
      if (!direction.recovering) transmit(direction, segment);
      if (wasEmpty) setTimer(direction);
    },
    isIdle: () => directions.up.segments.length === 0 && directions.down.segments.length === 0,
    isLate: (way) => {
      const { expected, nextSequence, segments } = directions[way];
      if (expected === nextSequence) return false;
      const next = segments.find(({ sequence }) => sequence === expected);
      // What was sent just now and has not been sent again is on its way, for all that anybody knows.
      return next !== undefined && (directions[way].probed || directions[way].recovering);
    },
    end: () => {
      ended = true;
    },
    hasEnded: () => ended,
  };
};
