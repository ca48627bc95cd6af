import type { Simulation } from '../engine/simulation.ts';
import type { NodeState } from '../engine/state.ts';
import type { Waiting } from './loops.ts';

/** A loop with turns that may be deferred. */
export type Turning = Waiting & {
  readonly node: NodeState;
  /** The turn that the clock has for it. */
  setUs: number | null;
};

type Turns<L extends Turning> = {
  /** Waits for the next turn, deferred where the node's heartbeats may be. */
  readonly waitFor: (loop: L, pauseUs: number) => void;
  /** Goes on where its turn comes at a moment, or came then and its request is under way. */
  readonly goOn: (loop: L, atUs: number, askedUs: number) => void;
};

/**
 * The timer of one kind of loop.
 * @param begin a turn that comes
 * @param takeUp a turn that came while the loop was deferred
 * @param deferAlone defers this kind alone, where both kinds cannot be
 */
export const createTurns = <L extends Turning>(
  { clock, heartbeats }: Pick<Simulation, 'clock' | 'heartbeats'>,
  begin: (loop: L) => void,
  takeUp: (loop: L, atUs: number) => void,
  deferAlone: (node: NodeState) => boolean = () => false,
): Turns<L> => {
  const turn = (loop: L): void => {
    if (loop.setUs === clock.now()) loop.setUs = null;
    // It was deferred after this turn was set, and has another one.
    if (loop.dueUs === clock.now()) begin(loop);
  };
  const set = (loop: L, atUs: number, askedUs: number): void => {
    loop.dueUs = atUs;
    loop.askedUs = askedUs;
    if (loop.setUs === atUs) return;
    loop.setUs = atUs;
    clock.at(atUs, turn, loop, askedUs);
  };

  return {
    waitFor: (loop, pauseUs) => {
      const dueUs = clock.now() + pauseUs;
      loop.dueUs = dueUs;
      loop.askedUs = clock.now();
      if (!heartbeats.defer(loop.node) && !deferAlone(loop.node)) set(loop, dueUs, loop.askedUs);
    },
    goOn: (loop, atUs, askedUs) => {
      if (clock.isAhead(atUs, askedUs)) {
        set(loop, atUs, askedUs);
        return;
      }
      loop.dueUs = null;
      takeUp(loop, atUs);
    },
  };
};
