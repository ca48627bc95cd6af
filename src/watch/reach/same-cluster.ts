import { setTimeout as delay } from 'node:timers/promises';
import { type Ask, refusalOf, unansweredText } from '../../cluster/index.ts';
import type { Missing } from '../document-shape.ts';
import { identityPath, uidOf } from './preflight.ts';

export type SameClusterOptions = {
  readonly ask: Ask;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  /** As it was when the watch began; null: it could not be read, and nothing is known of it. */
  readonly uid: string | null;
  /** Called once. `sinceMs`: when it was last known to be the same. */
  readonly changed: (otherUid: string, sinceMs: number) => void;
  readonly everyMs?: number;
};

export type SameCluster = {
  /** Asks once. @returns whether another cluster has answered by now */
  readonly isOther: () => Promise<boolean>;
  /** Asks again and again, until the signal fires or another cluster has answered. */
  readonly follow: () => Promise<void>;
  /** Why that was not known when it was asked last. */
  readonly missing: () => readonly Missing[];
};

/** Of what comes meanwhile from another cluster some is taken for this one's: it is left out from the last answer on. */
const usualMs = 5000;
const timeoutMs = 5000;

/**
 * Asks whether it is still the same cluster that answers: an address may be given to another one, a cluster be made anew behind
 * it, or a kubeconfig's proxy turn to it.
 */
export const createSameCluster = (options: SameClusterOptions): SameCluster => {
  const { ask, nowMs, signal, uid, changed, everyMs = usualMs } = options;
  let knownMs = nowMs();
  let other: string | null = null;
  let problem: string | null = null;
  const read = async (): Promise<void> => {
    const askedMs = nowMs();
    const found = await ask(identityPath, { timeoutMs, signal }).catch((thrown: unknown) => ({ thrown }));
    if (signal.aborted || other !== null) return;
    const now = 'thrown' in found || found.status !== 200 ? null : uidOf(found.text);
    if (now === null) {
      const isRefused = !('thrown' in found) && found.status === 403;
      problem = isRefused ? refusalOf(found) : unansweredText(identityPath, timeoutMs, found);
      return;
    }
    problem = null;
    if (now === uid) {
      knownMs = askedMs;
      return;
    }
    other = now;
    changed(now, knownMs);
  };
  return {
    isOther: async () => {
      if (uid !== null && other === null) await read();
      return other !== null;
    },
    follow: async () => {
      while (uid !== null && other === null && !signal.aborted) {
        await delay(everyMs, undefined, { signal }).catch((thrown: unknown) => {
          if (!signal.aborted) throw thrown;
        });
        if (!signal.aborted) await read();
      }
    },
    missing: () =>
      problem === null
        ? []
        : [
            {
              ...{
                what: 'whether it was the same cluster to the end',
                verb: 'get',
                resource: 'namespaces kube-system',
              },
              reason: problem,
            },
          ],
  };
};
