import { fullNodeName } from '../../cluster/index.ts';
import { counted } from '../../common/text/counted.ts';
import { countControlPlane, type Observed, type Observer } from '../../observe/index.ts';
import { type FaultPhase, hitsOnlyNodeObjects, isControlPlane, standsOf } from '../../plan/index.ts';
import type { EventOf } from '../../timeline/index.ts';
import type { KindRun, RunningCluster } from './context.ts';

type Moment = EventOf<'controlPlane.counted'>['moment'];

/** Longer than a loss may stand in a phase; the wait ends with its phase. */
const foreverMs = 24 * 3_600_000;

/** Workers that a phase hits and that were Ready as it began: the ones that may be lost. */
const hitNodes = (phase: FaultPhase, { nodes }: Observed): readonly string[] => [
  ...new Set(
    phase.inject
      .filter(({ kind }) => !hitsOnlyNodeObjects(kind))
      .flatMap(({ targets }) => targets)
      .filter((node) => !isControlPlane(node) && nodes.get(node)?.ready === 'True'),
  ),
];

const lostOf = (hit: readonly string[], { nodes }: Observed): number =>
  hit.filter((node) => nodes.get(node)?.ready !== 'True').length;

/** How long the end of its phase waits for a reading that is under way: far longer than one takes where the control plane answers. */
const patienceMs = 2000;

const tooLate = `had not answered ${patienceMs / 1000} s after its phase was over`;

/** What of a run and of its cluster is needed for readings. */
type CountedRun = Pick<KindRun, 'exec' | 'recorder' | 'signal' | 'fail'> & {
  readonly options: Pick<KindRun['options'], 'clusterName'>;
};
type CountedCluster = Pick<RunningCluster, 'nodes'> & { readonly observer: Pick<Observer, 'now' | 'until'> };

/** Readings of a fault phase under way. */
export type DetectionCounts = {
  /** To be called as the undo begins. Waits for nothing. */
  readonly undoing: () => void;
  /** Ends it, once a reading that is under way has come; one that does not come within 2 s is on record as that. */
  readonly end: () => Promise<void>;
};

/** Takes each fault of a phase whose undo begins, and says whether it is the last of them. */
export const lastUndo = (phase: FaultPhase): ((fault: string) => boolean) => {
  const active = new Set(standsOf(phase).map(({ id }) => id));
  return (fault) => active.delete(fault) && active.size === 0;
};

/** How many lost nodes call for a reading; none comes twice at one count. */
const thresholds = (hit: number): readonly (readonly [moment: Moment, lost: number])[] => [
  ...(hit > 1 ? [['first', 1] as const] : []),
  ...(hit > 2 ? [['median', Math.floor((hit - 1) / 2) + 1] as const] : []),
  ['last', hit],
];

/**
 * Puts on record what the control plane has counted as a phase begins, and when the first, the half and all of the nodes that it hits
 * are NotReady; where some are and not all, as the undo begins. Four readings at most, of two pages on each control-plane node: nothing is
 * asked at an interval. The phase waits for none, and its end for 2 s at most; what cannot be read is on record with why, and makes
 * parts of a figure null.
 */
export const countDetection = (run: CountedRun, cluster: CountedCluster, phase: FaultPhase): DetectionCounts => {
  const { exec, options, recorder } = run;
  const { observer } = cluster;
  const over = new AbortController();
  const cut = new AbortController();
  const readSignal = AbortSignal.any([run.signal, cut.signal]);
  const signal = AbortSignal.any([run.signal, over.signal]);
  const hit = hitNodes(phase, observer.now());
  const members = cluster.nodes.filter(({ node }) => isControlPlane(node));
  let hasLast = hit.length === 0;
  let reading: Promise<void> = Promise.resolve();
  const read = async (moment: Moment): Promise<void> => {
    const fromMs = recorder.nowMs();
    const lost = lostOf(hit, observer.now());
    const counted = await Promise.all(
      members.map(({ node }) =>
        countControlPlane(exec, { node, container: fullNodeName(options.clusterName, node) }, readSignal).catch(
          (thrown: unknown) => {
            if (thrown !== cut.signal.reason) throw thrown;
            return { node, manager: null, server: null, why: tooLate };
          },
        ),
      ),
    );
    recorder.event({ type: 'controlPlane.counted', moment, fromMs, lost, members: counted });
  };
  const follow = async (): Promise<void> => {
    await read('start');
    for (const [moment, lost] of thresholds(hit.length)) {
      await observer.until(
        `${lost} of ${counted(hit.length, 'node')} to be NotReady`,
        (seen) => (lostOf(hit, seen) >= lost ? null : `${lostOf(hit, seen)} are`),
        { timeoutMs: foreverMs, signal },
      );
      hasLast = moment === 'last';
      reading = read(moment);
      await reading;
    }
  };
  const following = hit.length === 0 ? Promise.resolve() : follow();
  // The phase's end ends the wait, and the run's end everything; nothing else is taken for that.
  const ended = following.catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
  });
  ended.catch(run.fail);
  let last: Promise<void> = Promise.resolve();
  return {
    undoing: () => {
      if (over.signal.aborted) return;
      over.abort();
      if (hasLast || lostOf(hit, observer.now()) === 0) return;
      last = reading.then(() => read('undoing'));
      last.catch((thrown: unknown) => {
        if (!run.signal.aborted) run.fail(thrown);
      });
    },
    end: async () => {
      over.abort();
      const limit = setTimeout(() => cut.abort(), patienceMs);
      await Promise.allSettled([ended, last]);
      clearTimeout(limit);
    },
  };
};
