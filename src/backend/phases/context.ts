import type { ClusterAccess } from '../../cluster/index.ts';
import type { Load } from '../../load/index.ts';
import type { Observed, Observer } from '../../observe/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { Recorder } from '../backend.ts';

/** A run on real nodes, as far as its phases are concerned. */
export type PhaseRun = {
  readonly plan: Plan;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
};

/** The cluster that it is on. Node names are the plan's. */
export type PhasePlace = {
  readonly access: ClusterAccess;
  readonly observer: Observer;
  readonly nodes: readonly { readonly node: string; readonly role: string; readonly address: string }[];
  /** null where the plan has no hollow nodes. */
  readonly hollow: { readonly nodes: readonly string[] } | null;
};

/** Names of all nodes, hollow ones too. */
export const allNodes = ({ nodes, hollow }: Pick<PhasePlace, 'nodes' | 'hollow'>): readonly string[] => [
  ...nodes.map(({ node }) => node),
  ...(hollow?.nodes ?? []),
];

/** The load of a run under way, and what of it is on record. */
export type LoadView = {
  readonly load: Load;
  readonly lastFailedMs: () => number | null;
  /** When the last one ended that was answered ok. */
  readonly lastAnsweredMs: () => number | null;
  /** When the first request was due that has not ended, or is not on record yet; null: by `nowMs` there is none. */
  readonly openSinceMs: (nowMs: number) => number | null;
  /** Every request that was due before this has ended and is on record; null while that is none. */
  readonly watermarkMs: () => number | null;
};

/** When a node last renewed its lease, on the run's clock; null: never, or it is not known. */
export type HeartbeatOf = (node: string, observed: Observed, nowMs: number) => number | null;
