import type { ErrorCode } from '../../common/error-codes.ts';
import type { RequestRecord } from '../../timeline/index.ts';
import type { LoadPlan, LoadTarget } from '../options.ts';
import type { LoadSummary } from '../protocol.ts';

// What a generator in another place and its owner say to each other: JSON, a line each.

/** `runStartNs` is on the generator's clock. */
export type RemotePlan = Omit<LoadPlan, 'runStartNs'> & { readonly runStartNs: string };

/** `start` once, then `stop`; `ask`: one request beside the load. */
export type ToRemote =
  | { readonly type: 'clock' }
  | { readonly type: 'ask'; readonly target: LoadTarget }
  | { readonly type: 'start'; readonly plan: RemotePlan }
  /** `atMs`: as of `ToWorker`; left out: now. */
  | { readonly type: 'stop'; readonly atMs?: number };

/** What became of one request beside the load. */
export type Asked = {
  /** null: it was answered as the load counts it; else what came instead. */
  readonly problem: string | null;
  /** Whether a connection came about, so that the other side may have had it. */
  readonly isSent: boolean;
};

export type FromRemote =
  /** `bootId`: of the kernel; null where that has none. */
  | { readonly type: 'clock'; readonly nowNs: string; readonly bootId: string | null }
  | ({ readonly type: 'asked' } & Asked)
  | { readonly type: 'started' }
  | { readonly type: 'records'; readonly records: readonly RequestRecord[] }
  | { readonly type: 'ended'; readonly summary: LoadSummary }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string };
