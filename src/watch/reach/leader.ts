import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, type Ask, refusalOf, unansweredText } from '../../cluster/index.ts';
import { counted } from '../../common/text/counted.ts';
import type { Missing } from '../document-shape.ts';
import type { LeaderAnswer } from '../seen/leading.ts';
import type { Sighting } from '../seen/sighting.ts';

export type LeaderOptions = {
  readonly ask: Ask;
  readonly nowMs: () => number;
  readonly take: (sighting: Sighting) => void;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
};

export const leaderPath = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager';

/** A new leader decides nothing before its own grace is over, which is longer. */
const usualMs = 10_000;
/** One that may not be read is asked for again all the same: rights are given, and leases are made anew. */
const refusedTimes = 6;
const timeoutMs = 5000;

export type Leader = { readonly follow: () => Promise<void>; readonly missing: () => readonly Missing[] };

type LeaseSpec = {
  readonly holderIdentity?: string;
  readonly renewTime?: string;
  readonly leaseDurationSeconds?: number;
};

/** null: it does not say who leads. */
const leaseOf = ({ text }: Answer): Pick<LeaderAnswer, 'holder' | 'renewTime' | 'leaseSeconds'> | null => {
  try {
    const { spec } = JSON.parse(text) as { readonly spec?: LeaseSpec };
    if (!spec?.holderIdentity) return null;
    const { holderIdentity: holder, renewTime = null, leaseDurationSeconds: leaseSeconds = null } = spec;
    return { holder, renewTime, leaseSeconds };
  } catch {
    return null;
  }
};

/** Emits which kube-controller-manager leads, and when it renewed its lease, whenever that is answered; `missing` holds what is not answered. */
export const createLeader = ({ ask, nowMs, take, signal, everyMs = usualMs }: LeaderOptions): Leader => {
  let refused: string | null = null;
  let [unanswered, last] = [0, ''];
  return {
    follow: async () => {
      while (!signal.aborted) {
        const askedMs = nowMs();
        const found = await ask(leaderPath, { timeoutMs, signal }).catch((thrown: unknown) => ({ thrown }));
        if (signal.aborted) return;
        const isRefused = !('thrown' in found) && (found.status === 403 || found.status === 404);
        const lease = 'thrown' in found || found.status !== 200 ? null : leaseOf(found);
        refused = isRefused ? refusalOf(found) : null;
        if (lease !== null) take({ type: 'leader', ...lease, askedMs, atMs: nowMs() });
        else if (!isRefused) {
          unanswered += 1;
          const isAnswer = !('thrown' in found) && found.status === 200;
          last = isAnswer
            ? `GET ${leaderPath}: HTTP 200 without a holder`
            : unansweredText(leaderPath, timeoutMs, found);
        }
        await delay(isRefused ? refusedTimes * everyMs : everyMs, undefined, { signal }).catch((thrown: unknown) => {
          if (!signal.aborted) throw thrown;
        });
      }
    },
    missing: () => {
      const right = {
        what: 'changes of the leading kube-controller-manager',
        verb: 'get',
        resource: 'leases.coordination.k8s.io kube-controller-manager in kube-system',
      } as const;
      if (refused !== null) return [{ ...right, reason: refused }];
      if (unanswered === 0) return [];
      return [{ ...right, reason: `${counted(unanswered, 'answer')} did not come; the last: ${last}` }];
    },
  };
};
