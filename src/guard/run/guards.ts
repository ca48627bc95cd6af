import type { ClusterAccess } from '../../cluster/index.ts';
import { contextText } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { pause } from '../../common/wait.ts';
import { createApi } from '../api/request.ts';
import { unexplainedChanges } from '../rules/changes.ts';
import { assertStillTargets, type ChosenTargets } from '../rules/targets.ts';
import { readIdentity, readNodes, surveyCluster } from '../survey/read.ts';
import type { ClusterSurvey } from '../survey/survey.ts';

type GuardTimes = {
  /** Between two looks. */
  readonly everyMs: number;
  /** The API server may be away for so long: an election among its members, a restart of a load balancer. */
  readonly silentMs: number;
};

const usualTimes: GuardTimes = { everyMs: 3000, silentMs: 15_000 };

export type Guards = {
  /** Fires with GUARD_TRIPPED (exit 2): the run is to undo what it did and end. */
  readonly tripped: AbortSignal;
  /** From now on a fault is on these nodes, and they may be not Ready until the end. */
  readonly hit: (nodes: readonly string[]) => void;
  /**
   * Asks by all rules whether the run's nodes may still be hit: just before a fault begins.
   * @throws SkipbeatError TARGETS_REFUSED, and as `surveyCluster`
   */
  readonly confirm: (signal: AbortSignal) => Promise<void>;
  /** Leaves no timer. Safe twice. */
  readonly dispose: () => void;
};

const trip = (survey: ClusterSurvey, reasons: readonly string[]): SkipbeatError =>
  new SkipbeatError(
    'GUARD_TRIPPED',
    `${survey.clusterName}: the run was ended, for no fault of it explains ${reasons.join('; ')}.`,
    {
      exitCode: exitCodes.inconclusive,
      next: skipbeat(`watch ${contextText(survey)} --for 10m`),
    },
  );

/**
 * Surveys the cluster again, and asks by all rules whether nodes that were chosen before may be hit; writes nothing.
 * @param before when they were chosen
 * @throws SkipbeatError TARGETS_REFUSED (exit 75); as `surveyCluster`
 */
export const confirmTargets = async (
  access: ClusterAccess,
  before: ClusterSurvey,
  chosen: ChosenTargets,
  signal: AbortSignal,
): Promise<void> => assertStillTargets(before, await surveyCluster(access, signal), chosen);

/** A run that chose no node, where only the cluster is to be seen. */
const nobody = { targets: [], choice: null, run: null };

/**
 * Looks at the cluster every three seconds while a run is on it, and ends the run by what no fault explains: a node that is
 * not Ready and not hit, a rollout that begins, a node of the run's that is no more as when it was chosen, another cluster, an
 * API server that has not answered for 15 s.
 * @param before when the run's nodes were chosen
 * @param times another pace than that of runs
 */
export const watchGuards = (
  access: ClusterAccess,
  before: ClusterSurvey,
  { targets, choice, run }: Omit<ChosenTargets, 'hit'> = nobody,
  times = usualTimes,
): Guards => {
  const { everyMs, silentMs } = times;
  const api = createApi(access);
  const tripping = new AbortController();
  const ending = new AbortController();
  const { signal } = ending;
  const hit = new Set<string>();
  let answeredMs = performance.now();
  let problem = 'nothing came';
  const check = async (): Promise<void> => {
    const { uid } = await readIdentity(api, signal);
    const nodes = await readNodes(api, before.apiServers, signal);
    answeredMs = performance.now();
    problem = 'nothing came';
    const reasons = unexplainedChanges(before, { uid, nodes }, { hit: [...hit], targets, choice });
    if (reasons.length > 0) tripping.abort(trip(before, reasons));
  };
  const follow = async (): Promise<void> => {
    while (!signal.aborted && !tripping.signal.aborted) {
      const checked = new AbortController();
      const checking = check()
        .catch((thrown: unknown) => {
          problem = (messageOf(thrown).split('\n')[0] ?? '').replace(/\.$/, '');
        })
        .finally(() => checked.abort());
      const within = (waitMs: number): Promise<void> =>
        Promise.race([checking, pause(waitMs, AbortSignal.any([signal, checked.signal]), { ref: false })]);
      const silence = (): number => performance.now() - answeredMs;
      // One that is under way may take longer than an API server may be away. Where this process stood still, its answer may be here by now.
      await within(Math.max(0, silentMs - silence()));
      if (silence() >= silentMs) await within(everyMs);
      if (signal.aborted) return;
      const ms = silence();
      if (ms >= silentMs) {
        const reason = `an API server that has not answered for ${Math.round(ms / 1000)} s (${problem})`;
        tripping.abort(trip(before, [reason]));
      }
      await pause(everyMs, signal, { ref: false });
    }
  };
  void follow();
  return {
    tripped: tripping.signal,
    hit: (nodes) => {
      for (const node of nodes) hit.add(node);
    },
    confirm: (within) => confirmTargets(access, before, { targets, choice, hit: [...hit], run }, within),
    dispose: () => ending.abort(),
  };
};
