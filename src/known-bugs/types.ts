import type { FaultKind } from '../scenario/index.ts';

/**
 * Versions from the first to the last, both included. A last one without a patch (`1.26`) stands for every patch of that
 * minor. The major is always 1.
 */
export type VersionRange = readonly [first: string, last: string];

/** How the model shows a bug, or why it cannot. */
export type Shown =
  | { readonly model: string; readonly command?: string }
  | { readonly notModelled: string; readonly command?: string };

/** What has to be so for the bug to matter to a plan. Nothing at all: it is listed, and named nowhere else. */
export type Concerns = {
  /** One of these kinds of fault. */
  readonly faults?: readonly FaultKind[];
  /** Pods go by tolerations, and not by `--pod-eviction-timeout`. */
  readonly evictsByTolerations?: true;
  /** A review of settings names it, too: it strikes without a fault, or what it does lasts. */
  readonly review?: true;
};

export type KnownBug = {
  /** The issue that it is known by, as `kubernetes#94183`, or where there is none the change that brought it. */
  readonly id: string;
  /** Other issues about the same. */
  readonly also?: readonly string[];
  /** One sentence. */
  readonly title: string;
  /** Read in the source, or said by a changelog. */
  readonly affected: readonly VersionRange[];
  /** Neither read nor said: they may have it. */
  readonly unverified?: readonly VersionRange[];
  /** The first patch without it of each minor that has one, oldest first; empty where it is open. */
  readonly fixedIn: readonly string[];
  /** What a user sees. */
  readonly seen: string;
  readonly shown: Shown;
  readonly concerns: Concerns;
  /** Predictions of these are wrong where the bug strikes. */
  readonly hides?: 'eviction';
  /** Where it strikes, pods of a node that was NotReady may never be ready again: no formula says when an outage is over. */
  readonly keepsPodsAway?: true;
  /** Pull requests that brought the fix, or that took it to other minors. */
  readonly fix: readonly string[];
  /** Where it was read. */
  readonly source: string;
};
