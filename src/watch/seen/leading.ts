import type { SeenLeader } from './counters-state.ts';
import type { Note } from './notable.ts';

/** What an answer said of the lease of the leading kube-controller-manager. */
export type LeaderAnswer = {
  readonly holder: string;
  /** As it is sent; null: it does not say. */
  readonly renewTime: string | null;
  /** For how long after a renewal nobody else may take the lease; null: it does not say. */
  readonly leaseSeconds: number | null;
  readonly askedMs: number;
  readonly atMs: number;
};

/**
 * So long a leader that lives leaves its lease alone at the very most: it renews every 2 s, and leads no more once it could not for 10 s;
 * another one takes over after 15 s. Who sets other times (`--leader-elect-lease-duration`) has them in the lease, and a longer one counts.
 * @see kubernetes staging/src/k8s.io/component-base/config/v1alpha1/defaults.go: leaseDuration, renewDeadline, retryPeriod
 */
export const leaderSilentFromMs = 15_000;

const silentFromMs = ({ leaseSeconds }: LeaderAnswer): number =>
  Math.max(leaderSilentFromMs, (leaseSeconds ?? 0) * 1000);

/** Between two answers further apart than this nobody knows why the lease is the same: the API server may have been away. */
const maxApartMs = 16_000;

type Quiet = NonNullable<SeenLeader['quiet']>;

const fresh = ({ renewTime, askedMs, atMs }: LeaderAnswer): Quiet => ({
  renewTime,
  sinceMs: atMs,
  lastMs: askedMs,
  isNoted: false,
});

/**
 * The leader as it is known after an answer. One whose lease stands still while the API server answers is silent: until it goes on, or
 * another one leads, nobody marks a node NotReady.
 * @param onChange called where another one leads than before
 */
export const afterAnswer = (
  leader: SeenLeader | null,
  answer: LeaderAnswer,
  note: Note,
  onChange: () => void,
): SeenLeader => {
  const { holder, askedMs, atMs } = answer;
  const silences = leader?.silences ?? { count: 0, longestMs: null };
  if (leader === null || leader.holder !== holder) {
    if (leader !== null) {
      note({ type: 'leader.changed', holder }, atMs);
      onChange();
    }
    const changes = leader === null ? 0 : leader.changes + 1;
    return { holder, sinceMs: atMs, answeredMs: askedMs, changes, quiet: fresh(answer), silences };
  }
  const { quiet } = leader;
  const isSame =
    quiet !== undefined &&
    answer.renewTime !== null &&
    quiet.renewTime === answer.renewTime &&
    askedMs - quiet.lastMs <= maxApartMs;
  if (!isSame) {
    if (quiet?.isNoted === true && answer.renewTime !== quiet.renewTime) {
      note({ type: 'leader.renewed', holder, afterMs: atMs - quiet.sinceMs }, atMs);
    }
    return { ...leader, answeredMs: askedMs, quiet: fresh(answer), silences };
  }
  const ms = askedMs - quiet.sinceMs;
  const isSilent = ms >= silentFromMs(answer);
  if (isSilent && !quiet.isNoted) note({ type: 'leader.silent', holder, atLeastMs: ms }, atMs);
  return {
    ...leader,
    answeredMs: askedMs,
    quiet: { ...quiet, lastMs: askedMs, isNoted: quiet.isNoted || isSilent },
    silences: !isSilent
      ? silences
      : {
          count: silences.count + (quiet.isNoted ? 0 : 1),
          longestMs: Math.max(silences.longestMs ?? 0, ms),
        },
  };
};
