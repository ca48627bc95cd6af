import { setTimeout as delay } from 'node:timers/promises';
import type { Missing } from '../document-shape.ts';
import type { Sighting } from '../seen/sighting.ts';
import { type Ask, refusalOf } from './api.ts';

export type LeaderOptions = {
  readonly ask: Ask;
  readonly nowMs: () => number;
  readonly take: (sighting: Sighting) => void;
  readonly signal: AbortSignal;
};

const leasePath = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager';

/** A new leader decides nothing before its own grace is over, which is longer. */
const everyMs = 10_000;
const timeoutMs = 5000;

export type Leader = { readonly follow: () => Promise<void>; readonly missing: () => readonly Missing[] };

/** Tells which kube-controller-manager leads, whenever that changes, for as long as it may be read. */
export const createLeader = ({ ask, nowMs, take, signal }: LeaderOptions): Leader => {
  let refused: string | null = null;
  let known: string | null = null;
  return {
    follow: async () => {
      while (!signal.aborted) {
        // One that does not answer is told by whoever asks whether it is ready.
        const answer = await ask(leasePath, { timeoutMs, signal }).catch(() => null);
        if (signal.aborted) return;
        if (answer !== null && (answer.status === 403 || answer.status === 404)) {
          refused = refusalOf(answer);
          return;
        }
        if (answer?.status === 200) {
          const { spec } = JSON.parse(answer.text) as { readonly spec?: { readonly holderIdentity?: string } };
          const holder = spec?.holderIdentity ?? '';
          if (holder !== '' && holder !== known) take({ type: 'leader', holder, atMs: nowMs() });
          if (holder !== '') known = holder;
        }
        await delay(everyMs, undefined, { signal }).catch((thrown: unknown) => {
          if (!signal.aborted) throw thrown;
        });
      }
    },
    missing: () =>
      refused === null
        ? []
        : [
            {
              what: 'changes of the leading kube-controller-manager',
              verb: 'get',
              resource: 'leases.coordination.k8s.io kube-controller-manager in kube-system',
              reason: refused,
            },
          ],
  };
};
