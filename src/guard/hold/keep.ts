import { contextText } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { pause } from '../../common/wait.ts';
import { type Api, parseAnswer } from '../api/request.ts';
import { agentNamespace, holdName, ownLabels, printable, runLabel, runLabelOf } from '../names.ts';
import { thisOwner } from '../owner.ts';
import { microTime, type ServerClock } from './clock.ts';
import { type HoldLease, holdPath, holdSeconds, leaseShape, ownerAnnotation } from './lease.ts';
import { notMade, removeNamespace } from './namespace.ts';

const renewEveryMs = 10_000;
/** After one that failed. */
const retryEveryMs = 2000;
/** Without a renewal for so long a run lets go by itself, well before anybody else may take it for dead. */
const letGoMs = 40_000;
/** A Lease that changes under a renewal is read again; nobody but this run writes to it. */
const maxTries = 3;
/** The time that was written may be so far off the server's before it is written anew: this machine may have slept. */
const staleMs = 5000;

/** A cluster that this run holds. */
export type Hold = {
  /** Fires with HOLD_LOST (exit 75) once nobody can say any more that this run holds the cluster: it is to undo and end. */
  readonly lost: AbortSignal;
  /** Renews now: called before each step that writes. @throws SkipbeatError HOLD_LOST; as `Api.request` */
  readonly confirm: (signal: AbortSignal) => Promise<void>;
  /**
   * Asks whether this run still holds the cluster, also where it could not renew for a while: before each step that takes
   * something away. @throws SkipbeatError HOLD_LOST; as `Api.request`
   */
  readonly assertOwn: (signal: AbortSignal) => Promise<void>;
  /**
   * Lets go: the Lease goes, and the namespace with it where a run has made it and nothing else is in it. Safe twice.
   * @param failed called where the namespace stays and nobody knows that it has to
   * @returns what stays, in words; null: nothing of ours
   * @throws SkipbeatError HOLD_LOST where somebody has it, and this run did not know yet; as `Api.request`
   */
  readonly release: (signal: AbortSignal, failed?: () => void) => Promise<string | null>;
};

export const leaseNeeds = (verb: string) => ({
  verb,
  resource: `leases.coordination.k8s.io/${holdName} in ${agentNamespace}`,
});

const nonceAnnotation = 'skipbeat.dev/hold';

/** @param nonce which of the holds of one run: two processes may be given the same run's name */
export const holdManifest = (run: string, nonce: string, acquiredMs: number, nowMs: number) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: {
    name: holdName,
    namespace: agentNamespace,
    labels: { ...ownLabels, [runLabel]: runLabelOf(run) },
    annotations: { [ownerAnnotation]: JSON.stringify(thisOwner()), [nonceAnnotation]: nonce },
  },
  spec: {
    holderIdentity: run,
    leaseDurationSeconds: holdSeconds,
    acquireTime: microTime(acquiredMs),
    renewTime: microTime(nowMs),
  },
});

export const lostBy = ({ place }: Api, why: string): SkipbeatError =>
  new SkipbeatError('HOLD_LOST', `${place.server}: expected this run to hold the cluster, found ${why}.`, {
    exitCode: exitCodes.environment,
    next: skipbeat(`cleanup ${contextText(place)} --dry-run`),
  });

/** Whether a Lease is that of this hold, and of no other. */
export const isOfHold = ({ metadata }: HoldLease, nonce: string): boolean =>
  metadata.annotations[nonceAnnotation] === nonce;

/** Removes a Lease as it was read. @returns whether it is gone; else somebody has changed it since */
export const removeLease = async (
  api: Api,
  { metadata: { uid, resourceVersion } }: HoldLease,
  signal: AbortSignal,
): Promise<boolean> => {
  const options = { needs: leaseNeeds('delete'), signal, body: { preconditions: { uid, resourceVersion } } };
  const { status } = await api.request('DELETE', holdPath, { ...options, takes: [404, 409] });
  return status !== 409;
};

/** A hold that was taken just now. */
export type Taken = {
  readonly run: string;
  readonly nonce: string;
  readonly lease: HoldLease;
  readonly acquiredMs: number;
  readonly clock: ServerClock;
};

/** Keeps a hold until it is released. */
export const keepHold = (api: Api, { run, nonce, lease: taken, acquiredMs, clock }: Taken): Hold => {
  let lease = taken;
  let renewedMs = performance.now();
  const losing = new AbortController();
  const ending = new AbortController();

  /** Whose Lease stands there, after a write that was refused: ours may have been written by a request without an answer. */
  const reread = async (within: AbortSignal): Promise<void> => {
    const found = await api.read(holdPath, leaseShape, { needs: leaseNeeds('get'), signal: within });
    if (found === null) throw lostBy(api, 'that its Lease is gone');
    if (!isOfHold(found, nonce)) {
      throw lostBy(api, `that ${printable(found.spec.holderIdentity ?? 'somebody')} holds it`);
    }
    lease = found;
  };
  /** @returns how far off the written time was */
  const write = async (within: AbortSignal): Promise<number> => {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const nowMs = clock.nowMs() ?? acquiredMs;
      const { metadata, ...rest } = holdManifest(run, nonce, acquiredMs, nowMs);
      const { uid, resourceVersion } = lease.metadata;
      const body = { ...rest, metadata: { ...metadata, uid, resourceVersion } };
      const sentMs = performance.now();
      const options = { needs: leaseNeeds('update'), signal: within, body, takes: [404, 409] };
      const answer = await api.request('PUT', holdPath, options);
      clock.see(answer.dateMs);
      if (answer.status < 300) {
        lease = parseAnswer(api.place, holdPath, answer, leaseShape);
        renewedMs = sentMs;
        return Math.abs((clock.nowMs() ?? nowMs) - nowMs);
      }
      await reread(within);
    }
    throw lostBy(api, 'that somebody writes to its Lease all the time');
  };
  let turn: Promise<void> = Promise.resolve();
  /** One after another: each writes over the version of the one before it. */
  const renew = (within: AbortSignal): Promise<void> => {
    const next = turn.then(async () => {
      losing.signal.throwIfAborted();
      try {
        if ((await write(within)) > staleMs) await write(within);
      } catch (thrown) {
        if (thrown instanceof SkipbeatError && thrown.code === 'HOLD_LOST') losing.abort(thrown);
        throw thrown;
      }
    });
    // Whoever asked for this one gets its failure; the next one is tried all the same.
    turn = next.catch(() => undefined);
    return next;
  };
  const keep = async (): Promise<void> => {
    let waitMs = renewEveryMs;
    let failure = 'no answer';
    while (!ending.signal.aborted && !losing.signal.aborted) {
      await pause(waitMs, ending.signal, { ref: false });
      if (ending.signal.aborted) return;
      waitMs = await renew(ending.signal).then(
        () => renewEveryMs,
        (thrown: unknown) => {
          failure = messageOf(thrown);
          return retryEveryMs;
        },
      );
      if (ending.signal.aborted || performance.now() - renewedMs <= letGoMs) continue;
      losing.abort(lostBy(api, `no renewal for ${Math.round((performance.now() - renewedMs) / 1000)} s: ${failure}`));
    }
  };
  const keeping = keep();
  const assertOwn = (within: AbortSignal): Promise<void> =>
    reread(within).catch((thrown: unknown) => {
      if (thrown instanceof SkipbeatError && thrown.code === 'HOLD_LOST') losing.abort(thrown);
      throw thrown;
    });
  /** Only as long as it is this run's: whoever took it over goes on with it. */
  const drop = async (within: AbortSignal): Promise<void> => {
    for (let tries = 0; tries < maxTries; tries += 1) {
      if (await removeLease(api, lease, within)) return;
      await reread(within);
    }
  };
  let released: Promise<string | null> | null = null;
  /** From then on the Lease may be gone by this run's own hand. */
  let isLeaving = false;
  const release = async (within: AbortSignal, failed: () => void): Promise<string | null> => {
    ending.abort();
    await keeping;
    await turn;
    // Where somebody took it over, he finishes what this run left; one that could not be renewed may still be this run's.
    if (!isLeaving) {
      const isKnown = losing.signal.aborted;
      const lost = await assertOwn(within).then(
        () => null,
        (thrown: unknown) => {
          if (thrown instanceof SkipbeatError && thrown.code === 'HOLD_LOST') return thrown;
          throw thrown;
        },
      );
      if (lost !== null && !isKnown) throw lost;
      if (lost !== null) return `what this run left in ${agentNamespace} is up to whoever holds the cluster now`;
    }
    isLeaving = true;
    const removing = { excepted: [`Lease ${holdName}`], confirm: assertOwn };
    const kept = await removeNamespace(api, agentNamespace, removing, within).catch((thrown: unknown) => {
      // Who may not list every kind leaves it to those who may.
      if (!(thrown instanceof SkipbeatError && thrown.code === 'RIGHT_MISSING')) failed();
      return messageOf(thrown);
    });
    if (kept === null) return null;
    await drop(within);
    return kept === notMade ? null : `the namespace ${agentNamespace} stays: ${kept}`;
  };
  return {
    lost: losing.signal,
    confirm: renew,
    assertOwn,
    release: (within, failed = () => undefined) => {
      released ??= release(within, failed).catch((thrown: unknown) => {
        released = null;
        throw thrown;
      });
      return released;
    },
  };
};
