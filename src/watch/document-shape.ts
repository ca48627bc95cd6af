import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';
import { blindSources } from './seen/blind.ts';
import { boundsShape } from './seen/bounds.ts';
import { bucketsShape } from './seen/histogram.ts';
import { causeCountsShape, causes, kubeletSettingsShape } from './seen/node-state.ts';
import { settingShape } from './seen/said.ts';

const count = z.number();
const ms = z.number();
const maybeMs = z.number().nullable();
const stamp = z.string().describe('RFC 3339, by the clock of the machine that watched.');
const offset = boundsShape.nullable();

const gapsShape = z
  .strictObject({ count, p50Ms: maybeMs, p99Ms: maybeMs, maxMs: maybeMs, buckets: bucketsShape })
  .describe('Times between two renewals of one lease. Those that fell into blind time are not among them.');

export const missingShape = z
  .strictObject({ what: z.string(), verb: z.string(), resource: z.string(), reason: z.string() })
  .describe('What could not be read, and would have been used.');

export type Missing = Frozen<z.infer<typeof missingShape>>;

const silenceShape = z.strictObject({
  node: z.string(),
  from: stamp,
  ms,
  endedBy: z
    .enum(['lease', 'status', 'deleted'])
    .nullable()
    .describe('The sign of life that ended it, or that its node was deleted; null: it still lasts, or ended unseen.'),
  exact: z.boolean().describe('false: it was at least so long, for its beginning or its end was not seen.'),
  notReady: z.boolean().describe('Whether the node was not Ready when it ended.'),
  shareOfGrace: z.number().nullable().describe('Of nodeMonitorGracePeriod; 1 and more: longer than it.'),
});

const nodeShape = z.strictObject({
  node: z.string(),
  zone: z.string().nullable(),
  ready: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  kubeletVersion: z.string(),
  taints: z.array(z.string()),
  renewPeriodMs: maybeMs.describe('How often its kubelet means to renew its lease.'),
  kubelet: kubeletSettingsShape.nullable().describe('From configz; null: not read.'),
  lastRenewTime: z.string().nullable().describe("RFC 3339, the kubelet's clock."),
  lastRenewalAgeMs: maybeMs.describe('At the end, since it came; null: it came unseen.'),
  renewals: count,
  gapsByRenewTime: gapsShape.describe("By the leases' own stamps: the kubelet's clock."),
  gapsByArrival: gapsShape.describe('By when they came here: the clock of the machine that watched.'),
  maxLatenessMs: maybeMs.describe('The longest gap by arrival, less the period.'),
  lateRenewals: count.describe('After more than twice the period.'),
  renewTimeWentBack: count.describe(
    'Renewals with an older stamp than one before, which the controller does not count.',
  ),
  unseenGaps: count,
  statusPosts: count,
  longestSilenceMs: maybeMs.describe('Without a renewal and without a status post.'),
  silentMs: maybeMs.describe('At least so long it had been silent when all was seen last.'),
  notReady: causeCountsShape,
  notReadyMs: ms,
  unseenTransitions: count,
  reboots: count,
  clockAheadMs: offset.describe("Of the API server's clock, as a bound; null: not known."),
  clockMoved: count,
});

const episodeShape = z.strictObject({
  node: z.string(),
  zone: z.string().nullable(),
  cause: z.enum(causes),
  reason: z.string(),
  message: z.string(),
  from: stamp,
  startSeen: z.boolean().describe('false: it had come before the watch began, or in blind time.'),
  lastTransitionTime: z.string().nullable(),
  until: stamp.nullable().describe('null: still not Ready at the end.'),
  endedBy: z.enum(['ready', 'deleted']).nullable(),
  notReadyMs: ms,
  unseenTransitions: count
    .describe(
      'How often its Ready condition had another lastTransitionTime with the same status: what it was meanwhile nobody saw, and it may have been Ready. Left out where never.',
    )
    .exactOptional(),
  bySilence: z.boolean().describe('Whether it was Unknown by silence at any time, whatever its cause was at first.'),
  silentMs: maybeMs.describe('Since the last sign of life came; null: it came unseen.'),
  sinceRenewTimeMs: maybeMs.describe("Since the last renewTime, which is by the kubelet's clock."),
  lastSign: z.enum(['lease', 'status']).nullable(),
  isNew: z.boolean().describe('The node had never been seen Ready.'),
  rebooted: z.boolean(),
  kubeletChanged: z.boolean(),
  unschedulable: z.boolean(),
  taints: z.array(z.string()),
  togetherInZone: count.describe('Nodes of its zone that were not Ready then, itself among them.'),
  later: z.array(z.strictObject({ at: stamp, status: z.string(), reason: z.string() })),
});

export const watchDocumentShape = z
  .strictObject({
    schemaVersion: z.literal(1),
    context: z.string(),
    server: z.string(),
    clusterUid: z.string().nullable().describe('Of the namespace kube-system.'),
    otherCluster: z
      .strictObject({ uid: z.string(), since: stamp })
      .describe(
        'Another cluster that answered at the same address, and when this one had answered last. Left out where none did.',
      )
      .exactOptional(),
    kubernetesVersion: z.string().nullable(),
    sittings: z
      .array(
        z.strictObject({
          from: stamp,
          to: stamp,
          ended: z
            .enum(['for', 'interrupted', 'lost', 'otherCluster'])
            .nullable()
            .describe('null: it goes on. `lost`: killed. `otherCluster`: another one answered.'),
        }),
      )
      .describe('The newest 201.'),
    from: stamp.describe('When the first of all sittings began, whether it is still among them or not.'),
    to: stamp,
    watchedMs: ms.describe('From the first moment to the last, less blind time.'),
    verdict: z.enum(['pass', 'fail', 'inconclusive']),
    reasons: z.array(z.string()),
    margin: z.number().describe('The share of nodeMonitorGracePeriod that has to stay unused.'),
    blind: z.strictObject({
      count,
      ms,
      times: z.array(
        z.strictObject({ from: stamp, to: stamp, sources: z.array(z.enum(blindSources)), reason: z.string() }),
      ),
    }),
    settings: z.strictObject({
      nodeMonitorGracePeriod: settingShape,
      said: z
        .array(settingShape)
        .describe(
          'Everything that has said nodeMonitorGracePeriod; where that is more than one value, it is not known.',
        ),
      notReadAnew: z
        .string()
        .nullable()
        .describe('Why the control plane did not say it when it was asked last; null: it did.'),
      nodeMonitorPeriod: settingShape,
      inferredGrace: z
        .strictObject({ n: count, atLeastMs: maybeMs, atMostMs: maybeMs, contradictory: z.boolean() })
        .describe('What nodes that fell silent say of nodeMonitorGracePeriod, n of them.'),
    }),
    leaderChanges: count
      .nullable()
      .describe('How often another kube-controller-manager took over; null: not read, or not answered at the end.'),
    leaderSilences: z
      .strictObject({ count, longestMs: maybeMs })
      .describe(
        'How often the lease of the leading kube-controller-manager stood still for as long as it lasts, which is 15 s unless it was set otherwise, and more, while the API server answered, and for how long at least: meanwhile nobody marks a node. Left out where it could not be read, where it was silent never as far as was seen but was not answered at the end, and in what an older skipbeat wrote.',
      )
      .exactOptional(),
    missing: z.array(missingShape),
    serverClockAheadMs: offset.describe('Of the machine that watched.'),
    nodes: z.strictObject({ seen: count, ready: count, gone: count }),
    notReady: causeCountsShape,
    unseenTransitions: count,
    renewals: count,
    gapsByRenewTime: gapsShape,
    gapsByArrival: gapsShape,
    nearMisses: z.strictObject({
      overMs: maybeMs.describe('Silences longer than this are near misses; null: the grace is not known.'),
      count: count.nullable(),
    }),
    longestSilences: z.array(silenceShape),
    zones: z.array(z.strictObject({ zone: z.string().nullable(), maxNotReady: count, at: stamp, ofNodes: count })),
    notReadyTimes: z.array(episodeShape).describe('All that still last, and the newest 200 of the others.'),
    byNode: z.array(nodeShape),
  })
  .describe('watch.json: what `skipbeat watch` saw of a cluster. Durations in ms.');

export type WatchDocument = Frozen<z.infer<typeof watchDocumentShape>>;
