import {
  candidateJitter,
  controllerRestartUs,
  crashBackOffUs,
  maxCrashBackOffUs,
  secondUs,
} from '../engine/constants.ts';
import type { Rng } from '../engine/random.ts';
import type { Simulation } from '../engine/simulation.ts';
import { sleep, type Task } from '../engine/task.ts';
import { type ApiClient, call } from '../network/apiserver.ts';

/** The lock as the API server has it. `holder` names one start of one process of a member. */
export type Lock = { holder: string | null; revision: number; transitions: number };

/** One start of one controller manager. */
export type Candidate = { readonly identity: string; alive: boolean };

/** Takes the lock, or renews it. @see k8s.io/client-go tools/leaderelection, tryAcquireOrRenew */
export const take = (lock: Lock, identity: string): void => {
  if (lock.holder !== null && lock.holder !== identity) lock.transitions += 1;
  lock.holder = identity;
  lock.revision += 1;
};

/** @see k8s.io/client-go tools/leaderelection/resourcelock, NewFromKubeconfig */
const leaderRequestUs = ({ behaviour, settings }: Simulation): number =>
  Math.max(secondUs, Math.round(settings.leaderDeadlineUs * behaviour.leaderRequestShare));

/**
 * Becomes leader: tries every retry period · U[1, 2.2], 2 s by default, and takes over once the record has stood still for
 * the lease's duration (15 s) by its own clock.
 * @see k8s.io/client-go tools/leaderelection
 */
export function* acquire(simulation: Simulation, client: ApiClient, lock: Lock, identity: string, rng: Rng): Task {
  const { api, clock, settings } = simulation;
  const requestUs = leaderRequestUs(simulation);
  let seenRevision = -1;
  let seenUs = 0;
  for (;;) {
    let { holder } = lock;
    let { revision } = lock;
    const read = yield* call(api, client, 'quorum', requestUs, () => {
      ({ holder, revision } = lock);
      return 'ok';
    });
    if (read === 'ok') {
      if (revision !== seenRevision) {
        seenRevision = revision;
        seenUs = clock.now();
      }
      if (holder === null || clock.now() > seenUs + settings.leaderLeaseUs) {
        const written = yield* call(api, client, 'write', requestUs, () => {
          if (lock.revision !== revision) return 'conflict';
          take(lock, identity);
          return 'ok';
        });
        if (written === 'ok') return;
      }
    }
    const jitterUs = Math.round(settings.leaderRetryUs * candidateJitter);
    yield* sleep(clock, client.process, settings.leaderRetryUs + rng.below(jitterUs + 1));
  }
}

/** Stays leader until no renewal has succeeded within the deadline (10 s); a try that fails is repeated at the next tick (2 s). */
export function* stayLeader(simulation: Simulation, client: ApiClient, lock: Lock, identity: string): Task {
  const { api, clock, settings } = simulation;
  const requestUs = leaderRequestUs(simulation);
  for (;;) {
    yield* sleep(clock, client.process, settings.leaderRetryUs);
    const beganUs = clock.now();
    const deadlineUs = beganUs + settings.leaderDeadlineUs;
    for (;;) {
      const timeoutUs = Math.min(requestUs, deadlineUs - clock.now());
      const written = yield* call(api, client, 'write', timeoutUs, () => {
        if (lock.holder !== identity) return 'conflict';
        take(lock, identity);
        return 'ok';
      });
      if (written === 'ok') break;
      const elapsedUs = clock.now() - beganUs;
      const nextTickUs = (Math.floor(elapsedUs / settings.leaderRetryUs) + 1) * settings.leaderRetryUs;
      if (nextTickUs >= settings.leaderDeadlineUs) {
        yield* sleep(clock, client.process, Math.max(0, deadlineUs - clock.now()));
        return;
      }
      yield* sleep(clock, client.process, nextTickUs - elapsedUs);
    }
  }
}

/** How long until the container of a controller manager runs again that has ended so many times. */
export const restartDelayUs = (restarts: number, rng: Rng): number => {
  const [earliestUs, latestUs] = controllerRestartUs;
  const startingUs = earliestUs + rng.below(latestUs - earliestUs + 1);
  return restarts === 1 ? startingUs : startingUs + Math.min(crashBackOffUs * 2 ** (restarts - 2), maxCrashBackOffUs);
};
