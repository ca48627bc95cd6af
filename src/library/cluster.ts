// The type has Symbol.asyncDispose, which a project of an older target lacks.
/// <reference lib="esnext.disposable" preserve="true" />
import { randomBytes } from 'node:crypto';
import { cleanUp } from '../cleanup/index.ts';
import { clusterPrefix, readRecord } from '../cluster/index.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { hostExec } from '../node/index.ts';
import { type RunOptions, type RunResult, runAt } from './run.ts';

/** A cluster that several runs use, one after the other: bringing one up takes most of a short run's time. */
export type OpenCluster = {
  /** Its full name. It is made by the first run on kind; where all are predictions there never is one. */
  readonly name: string;
  /** `run`, on this cluster; runs that are asked for at once wait for each other. What a run says itself wins over what the cluster was opened with. */
  readonly run: (scenario: string, options?: RunOptions) => Promise<RunResult>;
  /** Waits for the runs, then removes the cluster. Safe twice. @throws SkipbeatError CLUSTER_NOT_REMOVED, CLUSTER_BUSY, ENGINE_UNREACHABLE */
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/**
 * Opens a cluster of one's own for several runs. Nothing is made until the first run. Who ends the process without
 * `close` leaves it there, and `skipbeat cleanup --all` removes it.
 * @param defaults of each of its runs
 */
export const openCluster = (defaults: Omit<RunOptions, 'outFolder' | 'signal'> = {}): OpenCluster => {
  const name = `${clusterPrefix}own-${randomBytes(3).toString('hex')}`;
  let last: Promise<unknown> = Promise.resolve();
  let mayStand = false;
  let closing: Promise<void> | null = null;

  const next = <T>(act: () => Promise<T>): Promise<T> => {
    const own = last.then(act);
    // Whoever asked for a run gets its failure; the next one is run all the same.
    last = own.catch(() => undefined);
    return own;
  };
  const remove = async (): Promise<void> => {
    if (!mayStand || readRecord(name) === null) return;
    const failed: string[] = [];
    const clean = await cleanUp({
      host: hostExec,
      dryRun: false,
      cluster: name,
      folder: null,
      all: false,
      notify: ({ what, name: thing, outcome, detail }) => {
        if (outcome === 'failed' || outcome === 'left') failed.push(`${what} ${thing}: ${detail}`);
      },
    });
    if (clean) return;
    throw new SkipbeatError(
      'CLUSTER_NOT_REMOVED',
      `Cluster ${name}: expected it to be gone, found ${failed.join('; ')}.`,
      {
        exitCode: exitCodes.environment,
        next: skipbeat(`cleanup --cluster ${name}`),
      },
    );
  };
  const close = (): Promise<void> => {
    closing ??= next(remove);
    return closing;
  };
  return {
    name,
    run: (scenario, options = {}) => {
      if (closing !== null) {
        const error = new SkipbeatError('CLUSTER_CLOSED', `Cluster ${name}: expected no run after its close.`, {
          exitCode: exitCodes.usage,
          next: 'open another',
        });
        return Promise.reject(error);
      }
      const onKind = (): void => {
        mayStand = true;
      };
      return next(() => runAt(scenario, { ...defaults, ...options }, { cluster: name, onKind }));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
};
