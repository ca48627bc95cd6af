import type { Writable } from 'node:stream';
import type { ClusterAccess, ComingUp, SettingsChange } from '../../cluster/index.ts';
import type { HostExec } from '../../common/command.ts';
import type { HollowSite } from '../../fault/index.ts';
import type { Journal } from '../../journal/index.ts';
import type { NodeExec } from '../../node/index.ts';
import type { Observer } from '../../observe/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { Recorder } from '../backend.ts';
import type { Client, LoadFrom } from './client.ts';

/** This run's turn to bring up a cluster: on one machine one comes up at a time, whoever makes it. */
export type Turn = {
  /**
   * Waits for it, then checks whether there is room. At once where it has begun and not ended.
   * @returns what a program keeps open for which the turn lasts on, should this process be killed
   * @throws SkipbeatError BRING_UP_BUSY, LOCK_FOREIGN, LOCK_IMPOSSIBLE, and what `assertRoom` throws (exit 75); the signal's reason
   */
  readonly begin: (signal: AbortSignal) => Promise<Writable>;
  /** The cluster is up, and what it uses can be seen; or it is gone. Safe twice. */
  readonly end: () => Promise<void>;
};

/** What the kind backend is passed beside the plan. */
export type KindOptions = {
  readonly host: HostExec;
  readonly kind: { readonly path: string; readonly version: string };
  readonly engine: { readonly name: string; readonly version: string; readonly id: string };
  readonly nodeImage: {
    readonly reference: string;
    readonly imageId: string;
    readonly source: string;
    readonly workloadImage: string;
  };
  /** Full name, with the prefix. */
  readonly clusterName: string;
  /** Of the cluster, where this run makes it. */
  readonly incarnation: string;
  /** Leave the cluster there at the end even if this run made it. */
  readonly keep: boolean;
  readonly loadFrom: LoadFrom;
  /** Where kwok is; null where the plan has no hollow nodes. */
  readonly kwokPath: string | null;
  /** @throws where this machine has no room for one more cluster, beside one that comes up; null: none does */
  readonly assertRoom: (comingUp: ComingUp | null) => Promise<void>;
  readonly journal: Journal;
  readonly logsFolder: string;
};

/** One run on one cluster, from its first step on. */
export type KindRun = {
  readonly plan: Plan;
  readonly options: KindOptions;
  readonly recorder: Recorder;
  readonly exec: NodeExec;
  /** Lasts from before the run's cluster is made until it is up. */
  readonly turn: Turn;
  readonly signal: AbortSignal;
  /** Ends the run: what it sees it cannot take. */
  readonly fail: (thrown: unknown) => void;
};

/** Hollow nodes, and what keeps them. */
export type RunningHollow = {
  readonly nodes: readonly string[];
  readonly sites: readonly HollowSite[];
  /** Ends the processes. Safe twice. @param deletes the Node objects, too, for the cluster stays */
  readonly end: (deletes: boolean) => Promise<void>;
};

/** The cluster once it stands. Node names are short. */
export type RunningCluster = {
  readonly access: ClusterAccess;
  readonly observer: Observer;
  readonly incarnation: string;
  /** Where the requests come from. Its end is the run's to see to. */
  readonly client: Client;
  readonly nodes: readonly { readonly node: string; readonly role: string; readonly address: string }[];
  /** Its hollow nodes, once they are; null where the plan has none. Their end is the run's to see to. */
  readonly hollow: RunningHollow | null;
  /** Made by this run: its end removes it, unless it is to be kept. */
  readonly made: boolean;
  /** How its settings were changed in place for this run; null where they were as asked. */
  readonly change: SettingsChange | null;
};
