import type { Clock } from '../engine/clock.ts';
import {
  dialPatienceUs,
  handshakePatienceUs,
  pingAfterUs,
  pingPatienceUs,
  synAckPausesUs,
  synPausesUs,
} from '../engine/constants.ts';
import { hold, type Process } from '../engine/process.ts';
import type { Rng, RngSource } from '../engine/random.ts';
import {
  type Asked,
  type Asker,
  type Connection,
  delayOf,
  isLossless,
  type Link,
  passes,
  plainRoundTripUs,
  roundTripOf,
} from './link.ts';
import { type Conversation, createConversation } from './tcp.ts';

type Owner = {
  readonly clock: Clock;
  readonly rngs: RngSource;
  readonly process: Process;
  /** client-go pings a silent connection, and closes it where no answer comes. */
  readonly healthCheck: boolean;
  /** Whether the API server at the other end does nothing. */
  readonly isServerPaused: () => boolean;
  /** A new connection stands. */
  readonly connected: () => void;
  /** One that stood was given up. */
  readonly lost: () => void;
};

/**
 * The one HTTP/2 connection of a kubelet, which heartbeats and watches share. Where no frame has come for 30 s it is
 * pinged, and closed 15 s later; what waited for an answer then fails at once. While none stands each request that is
 * made dials anew, and the first of these that gets through serves all. A dial is given up after 30 s, its TLS handshake
 * after 10.
 * @see golang.org/x/net/http2 transport.go (ReadIdleTimeout, PingTimeout), net/http transport.go (queueForDial);
 *   k8s.io/apimachinery pkg/util/net/http.go, k8s.io/client-go transport/cache.go
 */
export const createConnection = (link: Link, owner: Owner): Connection => {
  const { clock } = owner;
  /** A relay takes a connection at once, so that the handshake's time is all that there is. */
  const patienceUs = link.shared === null ? dialPatienceUs : handshakePatienceUs;
  let rng: Rng | null = null;
  /** Its own, from the first packet on that may be lost: a run without losses draws as if there were none. */
  const draws = (): Rng => {
    rng ??= owner.rngs.next();
    return rng;
  };
  const path = {
    passes: (way: 'up' | 'down') => passes(link, way, draws),
    delayUs: (way: 'up' | 'down') => delayOf(link, way, draws),
    roundTripUs: () => roundTripOf(link),
  };
  const converse = (on = path): Conversation => {
    const made = createConversation(clock, on, () => {
      if (made === line) close();
      else made.end();
    });
    return made;
  };
  // It stood before anything was done to the link, whenever it is first needed.
  let unused = true;
  let line: Conversation | null = null;
  const active = (): Conversation | null => {
    if (unused) {
      unused = false;
      line = converse({ ...path, roundTripUs: () => plainRoundTripUs });
    }
    return line;
  };
  const use = (next: Conversation | null): void => {
    unused = false;
    line = next;
  };
  let pinging = false;
  let checking = false;
  const pending = new Set<Asker>();
  const waiting = new Map<Asker, () => void>();

  const isPlain = (): boolean => (unused || line?.isIdle() === true) && !pinging && isLossless(link);
  const markAlive = (): void => {
    link.lastFrameUs = clock.now();
  };

  const close = (): void => {
    line?.end();
    use(null);
    pinging = false;
    const failed = [...pending];
    pending.clear();
    for (const { fails } of failed) fails();
    owner.lost();
  };

  /** A frame has been missed for 30 s; also where the process was frozen meanwhile. */
  const check = (checked: Conversation): void => {
    if (checked !== line) {
      checking = false;
      return;
    }
    if (owner.process.frozen) {
      hold(owner.process, check, checked);
      return;
    }
    checking = false;
    if (isPlain()) return;
    if (clock.now() < link.lastFrameUs + pingAfterUs) {
      watchFrames();
      return;
    }
    pinging = true;
    checked.send('up', () => {
      if (owner.isServerPaused()) return;
      checked.send('down', () => {
        pinging = false;
        markAlive();
        watchFrames();
      });
    });
    const giveUp = (): void => {
      if (checked !== line || !pinging) return;
      if (owner.process.frozen) hold(owner.process, giveUp, undefined);
      else close();
    };
    clock.at(clock.now() + pingPatienceUs, giveUp, undefined);
  };
  const watchFrames = (): void => {
    if (!owner.healthCheck || checking || pinging || isPlain()) return;
    const checked = active();
    if (checked === null) return;
    checking = true;
    // As long as all went well, a connection without frames was pinged every 30 s.
    const pings = Math.max(0, Math.floor((clock.now() - link.lastFrameUs) / pingAfterUs));
    link.lastFrameUs += pings * pingAfterUs;
    clock.at(link.lastFrameUs + pingAfterUs, check, checked);
  };

  /** TLS and the first frames; three segments hold the server's certificate and the rest of its flight. */
  const shakeHands = (over: () => boolean): void => {
    const made = converse();
    const finish = (): void => {
      if (active() !== null || over()) {
        made.end();
        return;
      }
      use(made);
      markAlive();
      const asks = [...waiting.values()];
      waiting.clear();
      for (const send of asks) send();
      owner.connected();
      watchFrames();
    };
    made.send('up', () => {
      made.send('down', () => undefined);
      made.send('down', () => undefined);
      made.send('down', finish);
    });
    const giveUp = (): void => {
      if (made !== line) made.end();
    };
    clock.at(clock.now() + handshakePatienceUs, giveUp, undefined);
  };

  /** How often its process or its machine has gone: what they were dialling goes with them. */
  let ends = 0;
  const end = (): void => {
    ends += 1;
    line?.end();
    pinging = false;
    pending.clear();
    waiting.clear();
    use(null);
  };

  const dial = (): void => {
    const from = ends;
    const untilUs = clock.now() + patienceUs;
    let established = false;
    let answered = false;
    const isOver = (): boolean => active() !== null || established || from !== ends || clock.now() >= untilUs;
    const establish = (): void => {
      if (isOver()) return;
      established = true;
      shakeHands(() => active() !== null || from !== ends);
    };
    const answer = (): void => {
      if (!isOver() && path.passes('down')) clock.at(clock.now() + path.delayUs('down'), establish, undefined);
    };
    /** Each SYN is answered, and the first answer is sent again until the connection is there. */
    const arrive = (): void => {
      answer();
      if (answered) return;
      answered = true;
      for (const pauseUs of synAckPausesUs) clock.at(clock.now() + pauseUs, answer, undefined);
    };
    const knock = (): void => {
      if (!isOver() && path.passes('up')) clock.at(clock.now() + path.delayUs('up'), arrive, undefined);
    };
    knock();
    for (const pauseUs of synPausesUs) clock.at(clock.now() + pauseUs, knock, undefined);
  };

  const ask = (asker: Asker): Asked => {
    let on: Conversation | null = null;
    let reset = false;
    const send = (): void => {
      on = active();
      pending.add(asker);
      on?.send('up', asker.arrives);
    };
    if (active() === null) {
      waiting.set(asker, send);
      dial();
      // Who has no time-out of its own is failed with its dial.
      if (link.shared !== null) {
        const giveUp = (): void => {
          if (waiting.delete(asker)) asker.fails();
        };
        clock.at(clock.now() + patienceUs, giveUp, undefined);
      }
    } else {
      send();
    }
    watchFrames();
    return {
      answer: (deliver) =>
        on?.send('down', () => {
          pending.delete(asker);
          markAlive();
          deliver();
        }),
      giveUp: () => {
        waiting.delete(asker);
        if (!pending.delete(asker)) return;
        on?.send('up', () => {
          reset = true;
        });
      },
      isReset: () => reset,
    };
  };

  return {
    isPlain,
    isOpen: () => unused || line?.isLate('down') === false,
    ask,
    send: (deliver) => {
      active()?.send('down', () => {
        markAlive();
        deliver();
      });
      watchFrames();
    },
    changed: watchFrames,
    close,
    dial: () => {
      if (active() === null) dial();
    },
    replace: () => {
      end();
      if (isLossless(link)) use(converse());
    },
    end,
  };
};
