import * as z from 'zod';
import { agentNamespace, holdName, printable, runLabel } from '../names.ts';
import { ownerLife, ownerShape, ownerText } from '../owner.ts';
import type { Holder } from '../survey/survey.ts';

export const leasesPath = `/apis/coordination.k8s.io/v1/namespaces/${agentNamespace}/leases`;
export const holdPath = `${leasesPath}/${holdName}`;

/** Annotation: who holds, as JSON. */
export const ownerAnnotation = 'skipbeat.dev/owner';

/** So long a hold lasts that nobody renews. */
export const holdSeconds = 60;

/** Date has whole seconds, and the API servers of one cluster need not agree to the last one. */
const clockMs = 3000;

const text = z.record(z.string(), z.string()).default({});

export const leaseShape = z.object({
  metadata: z.object({
    uid: z.string(),
    resourceVersion: z.string(),
    labels: text,
    annotations: text,
  }),
  spec: z
    .object({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.number().positive().nullish(),
      renewTime: z.string().nullish(),
    })
    .prefault({}),
});

export type HoldLease = z.infer<typeof leaseShape>;

const ownerOf = ({ metadata }: HoldLease) => {
  try {
    return ownerShape.parse(JSON.parse(metadata.annotations[ownerAnnotation] ?? ''));
  } catch {
    // Somebody else's, or of another version: then it is not known whose process it is.
    return null;
  }
};

/**
 * Who holds a cluster. A hold is live while it was renewed within its duration, both by the API server's clock: the owner
 * writes that clock's time, too. One whose process was on this machine and is gone is dead at once. Whatever does not say
 * when it was renewed, or says a time to come, is live: nobody knows that it is not.
 * @param nowMs the API server's clock
 */
export const holderOf = (lease: HoldLease, nowMs: number): Holder => {
  const { holderIdentity, renewTime, leaseDurationSeconds } = lease.spec;
  const owner = ownerOf(lease);
  const renewedMs = Date.parse(renewTime ?? '');
  const silentMs = Number.isFinite(renewedMs) ? Math.max(0, nowMs - renewedMs) : null;
  const isLapsed = silentMs !== null && silentMs > (leaseDurationSeconds ?? holdSeconds) * 1000 + clockMs;
  const isDead = owner !== null && ownerLife(owner) === 'dead';
  return {
    run: printable(lease.metadata.labels[runLabel] ?? holderIdentity ?? 'a run without a name'),
    who: owner === null ? null : ownerText(owner),
    isLive: !(isLapsed || isDead),
    silentMs,
  };
};
