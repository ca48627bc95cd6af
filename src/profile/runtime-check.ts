import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';
import { secondStatusOf } from './effective.ts';
import type { Window } from './predict/not-ready.ts';
import type { EffectiveSettings } from './types.ts';
import { atLeast, type Version } from './version.ts';

/**
 * A chance that depends on the machine: where it lies (0 to 1), and the one figure of that range with which the model
 * draws. `measured`: false where no kubelet of the version was tried, so that the range is that of all others.
 */
export type ChanceRange = {
  readonly min: number;
  readonly max: number;
  readonly modelled: number;
  readonly measured: boolean;
};

/** The kubelet asks its container runtime for its status so often: kubernetes pkg/kubelet/kubelet.go, updateRuntimeUp. */
export const runtimeCheckPeriodMs = 5000;
/** It calls the runtime down when the last answer is so old: pkg/kubelet/kubelet.go, maxWaitForContainerRuntime. */
export const runtimeDownAfterMs = 30_000;
/** The same of its list of pods: pkg/kubelet/pleg/generic.go, relistThreshold. */
export const relistDownAfterMs = 180_000;
/** No constant of Kubernetes: how late the last check may have been answered; below 24.5 s of freeze none was ever seen. */
const checkTookMs = 500;

/**
 * Both the status and the check of the runtime are due when a frozen kubelet goes on. The chance that the status is
 * computed first, and finds the last check too old. Measured with real kubelets and a real containerd: v1.34.4, 31 s, 65
 * of 111, and 35 of 68 with containerd frozen too; v1.20.2 0 of 116, for to v1.30 a request goes before. The interval
 * of v1.20 is the one-sided one of that, 97.5 %. Other versions to v1.30 were not tried: anything up to the figure of v1.34.
 */
export const statusFirst = (version: Version): ChanceRange => {
  if (atLeast(version, 31)) return { min: 0.49, max: 0.68, modelled: 0.59, measured: true };
  if (version.minor === 20) return { min: 0, max: 0.032, modelled: 0.01, measured: true };
  return { min: 0, max: 0.6, modelled: 0.3, measured: false };
};

/** The same race against the list of pods: 18 of 20 at 185 s, v1.34.4; the interval is Wilson's. */
export const statusBeforeRelist: ChanceRange = { min: 0.7, max: 0.97, modelled: 0.9, measured: true };

/**
 * From v1.31 on the first try of a status compares with the kubelet's own watch of its node. What that received while the
 * kubelet was frozen waits in its socket: read by one goroutine and handed on by four more, while the status that is overdue
 * needs one. The chance that the watch comes first all the same, so that a kubelet which was given up meanwhile is Ready at
 * once: 12 of 100 frozen kubelets of real v1.34.4 (6 of 60 on a quiet machine, 6 of 40 on one with far too much to do); the
 * interval is Wilson's.
 * @see kubernetes pkg/kubelet/kubelet_node_status.go, tryUpdateNodeStatus: nodeLister.Get
 */
export const watchFirst: ChanceRange = { min: 0.07, max: 0.198, modelled: 0.12, measured: true };

const within01 = (value: number): number => Math.min(1, Math.max(0, value));

/** Chance that the status comes due within a freeze of `ms`, so that it waits when the kubelet goes on. */
const statusWaits = ({ nodeStatusUpdateFrequencyMs, statusJitter }: EffectiveSettings, ms: number): number =>
  within01(ms / (nodeStatusUpdateFrequencyMs * (1 + statusJitter / 2)));

/** The longest freeze after which a kubelet never says Ready=False by its own word, whatever its settings; in ms. */
export const maxUnsaidPauseMs = runtimeDownAfterMs - runtimeCheckPeriodMs - checkTookMs;

/** Whether a kubelet that was frozen for `ms` may say Ready=False once it goes on. */
export const mayReportFalse = (ms: number): boolean => ms > maxUnsaidPauseMs;

/**
 * Chance that a kubelet which was frozen for `ms` says Ready=False in its first status. Never up to 24.5 s.
 * @param known whether when it last asked its runtime is as likely at any moment of its 5 s; not so after another freeze
 */
const chanceAfterFreeze = (effective: EffectiveSettings, version: Version, ms: number, known: boolean): Window => {
  const first = statusFirst(version);
  const oldEnough = (slackMs: number): number =>
    within01((ms + slackMs + runtimeCheckPeriodMs - runtimeDownAfterMs) / runtimeCheckPeriodMs);
  const minShare = known ? oldEnough(0) : Math.floor(oldEnough(0));
  const maxShare = known ? oldEnough(checkTookMs) : Math.ceil(oldEnough(checkTookMs));
  const relist = ms > relistDownAfterMs ? statusBeforeRelist : { min: 0, max: 0 };
  const waits = statusWaits(effective, ms);
  return [
    waits * (1 - (1 - minShare * first.min) * (1 - relist.min)),
    waits * (1 - (1 - maxShare * first.max) * (1 - relist.max)),
  ];
};

/** To v1.30 a kubelet that starts may post Ready=False first. @see kubernetes pkg/kubelet/kubelet_node_status.go at v1.30 */
const chanceAfterStart = (version: Version): Window => (atLeast(version, 31) ? [0, 0] : [0, 1]);

/** A kubelet that stood still for `ms`, and goes on or is started again. */
export type Standstill = { readonly node: string; readonly ms: number; readonly ends: 'thaw' | 'start' };

const range = z.tuple([z.number(), z.number()]);

export const ownNotReadyShape = z
  .strictObject({
    chance: range.describe('That at least one kubelet says so at least once in a run. Where it is 0 to 0, none can.'),
    chanceEach: range.describe('Of the one standstill after which it is likeliest.'),
    heldMs: range.describe('How long it holds: until the next status.'),
    evictionAfterUndoMs: range
      .nullable()
      .describe(
        'First eviction by it, counted from when the kubelet goes on, or has started; null where the node is Ready again before.',
      ),
  })
  .describe("NotReady by the kubelet's own word, Ready=False, not by the controller's for want of heartbeats.");

export type OwnNotReady = Frozen<z.infer<typeof ownNotReadyShape>>;

/** A pod goes when its toleration (or the timeout) is over and the controller has not yet seen its node Ready again. */
const evictionOf = ({ eviction, nodeMonitorPeriodMs }: EffectiveSettings, heldMs: number): Window | null => {
  const afterMs = eviction.kind === 'tolerations' ? eviction.seconds * 1000 : eviction.timeoutMs;
  const latestMs = heldMs + nodeMonitorPeriodMs;
  return afterMs <= latestMs ? [afterMs, latestMs] : null;
};

const atLeastOne = (chances: readonly number[]): number => 1 - chances.reduce((none, chance) => none * (1 - chance), 1);

/**
 * What kubelets that stood still say of their own nodes; null where none can say False.
 * @param standstills in the order in which they come; of each node the first meets its checks at any moment
 * @see kubernetes pkg/kubelet/runtime.go, runtimeErrors; pkg/kubelet/nodestatus/setters.go, ReadyCondition
 */
export const predictOwnNotReady = (
  effective: EffectiveSettings,
  version: Version,
  standstills: readonly Standstill[],
): OwnNotReady | null => {
  const seen = new Set<string>();
  const chances = standstills.map(({ node, ms, ends }): Window => {
    const known = !seen.has(node);
    seen.add(node);
    return ends === 'start' ? chanceAfterStart(version) : chanceAfterFreeze(effective, version, ms, known);
  });
  const maxChance = Math.max(0, ...chances.map(([, max]) => max));
  if (maxChance === 0) return null;
  const tickMs = effective.nodeStatusUpdateFrequencyMs;
  const maxMs = tickMs * (1 + effective.statusJitter);
  // One that starts may say True at once after its first word, from v1.26 on where its watch has that or the loss by then.
  const maySoon = secondStatusOf(version) !== 'none' && standstills.some(({ ends }) => ends === 'start');
  return {
    chance: [atLeastOne(chances.map(([min]) => min)), atLeastOne(chances.map(([, max]) => max))],
    chanceEach: chances.find(([, max]) => max === maxChance) ?? [0, 0],
    heldMs: [maySoon ? 0 : tickMs, maxMs],
    evictionAfterUndoMs: evictionOf(effective, maxMs),
  };
};
