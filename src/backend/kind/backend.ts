import { availableParallelism, cpus, totalmem } from 'node:os';
import {
  assertUsableClaimed,
  claimCluster,
  clusterLockLost,
  readRecord,
  removeCluster,
  renewMark,
} from '../../cluster/index.ts';
import { type HostExec, succeeded } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { counted } from '../../common/text/counted.ts';
import { assertOffer } from '../../load/index.ts';
import { containerExec, failureLine } from '../../node/index.ts';
import { type Plan, sizeText } from '../../plan/index.ts';
import type { Machine } from '../../timeline/index.ts';
import type { Backend } from '../backend.ts';
import { runStep } from '../steps.ts';
import {
  awaitLeases,
  clusterBudgetMs,
  leasesBudgetMs,
  openCluster,
  readBackAgain,
  readBackSettings,
} from './bring-up.ts';
import { readNetwork, readNodes } from './cluster-class.ts';
import type { KindOptions, KindRun, RunningCluster } from './context.ts';
import { throughEntrances } from './entrance/entrance.ts';
import { awaitHollow, hollowBudgetMs, startHollow } from './hollow/hollow.ts';
import { awaitTaintsGone, taintsBudgetMs } from './hollow/new-node-taints.ts';
import { runPhases } from './phases.ts';
import { readProcesses } from './processes.ts';
import { awaitStability, stabilityBudgetMs } from './stability-check.ts';
import { createTurn } from './turn.ts';
import { awaitWorkload, deployWorkload, workloadBudgetMs } from './workload/workload.ts';
import { provideWorkloadImages } from './workload/workload-image.ts';

const gib = 2 ** 30;

/** The machine that this process runs on, as far as it bears on what a run measures. */
const thisMachine = (): Machine => ({
  architecture: process.arch,
  cpus: availableParallelism(),
  memoryGib: Math.round(totalmem() / gib),
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
});

const undoBudgetMs = 120_000;

/** What one run at most takes to bring up its cluster, or to have it gone. */
const turnBudgetMs = clusterBudgetMs + hollowBudgetMs + workloadBudgetMs + undoBudgetMs;

/** Whatever broke, an engine that no longer answers is the reason that a person can act upon. */
const explain = async (host: HostExec, thrown: unknown): Promise<unknown> => {
  const answer = await host({ argv: ['docker', 'version', '--format', '{{.Server.Version}}'], timeoutMs: 10_000 });
  if (succeeded(answer)) return thrown;
  return new SkipbeatError(
    'ENGINE_LOST',
    `The container engine stopped answering during the run (${failureLine(answer)}). First noticed as: ${messageOf(thrown)}`,
    {
      exitCode: exitCodes.environment,
      cause: thrown,
      next: `${skipbeat('setup')}   (starts the engine), then  ${skipbeat('cleanup')}   (removes what this run left)`,
    },
  );
};

/** Ended from outside, by a person or for want of a disk; not by what the run itself saw, which ends it as inconclusive. */
const isCalledOff = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && !(reason instanceof SkipbeatError && reason.exitCode === exitCodes.inconclusive);

const perform = async (run: KindRun, onCluster: (cluster: RunningCluster) => void): Promise<void> => {
  const { plan, options, recorder, signal } = run;
  let cluster: RunningCluster | undefined;
  let deployed: Promise<true> | undefined;
  await runStep(recorder.event, { name: 'cluster', kind: 'cluster', budgetMs: clusterBudgetMs }, signal, async () => {
    cluster = await openCluster(run);
    onCluster(cluster);
    // The workload is handed over while the nodes still get ready, so that it starts the moment they are.
    const on = cluster;
    deployed = provideWorkloadImages(run, on).then(() => deployWorkload(run, on));
    const [settingsStep] = await Promise.all([readBackSettings(run, cluster), deployed]);
    return settingsStep;
  });
  if (cluster === undefined) throw new Error('the cluster step ended without a cluster');
  let running: RunningCluster = cluster;
  if (plan.topology.hollow !== undefined) {
    await runStep(recorder.event, { name: 'hollow', kind: 'cluster', budgetMs: hollowBudgetMs }, signal, async () => {
      const hollow = await startHollow(run, running);
      running = { ...running, hollow };
      onCluster(running);
      return awaitHollow(run, running);
    });
  }
  const nodesRead = await readNodes(run, running);
  recorder.event({
    type: 'run.place',
    target: `kind ${options.kind.version}, Kubernetes ${plan.kubernetesVersion}, ${sizeText(plan.topology)}`,
    versions: {
      kind: options.kind.version,
      kubernetes: plan.kubernetesVersion,
      [options.engine.name]: options.engine.version,
      nodeImage: `${options.nodeImage.reference} ${options.nodeImage.imageId} (${options.nodeImage.source})`,
      workloadImage: options.nodeImage.workloadImage,
      node: process.version,
    },
    machine: thisMachine(),
    ...(nodesRead === null ? {} : { cluster: nodesRead }),
  });
  await runStep(recorder.event, { name: 'workload', kind: 'workload', budgetMs: workloadBudgetMs }, signal, () =>
    awaitWorkload(run, running),
  );
  // Its nodes and pods have opened what they will.
  await run.turn.end();
  const budgetMs = leasesBudgetMs + taintsBudgetMs(plan);
  await runStep(recorder.event, { name: 'leases', kind: 'cluster', budgetMs }, signal, async () => {
    if (running.hollow !== null) await awaitTaintsGone(run, running);
    const [end] = await Promise.all([
      awaitLeases(run, running),
      readProcesses(run, running, 'start'),
      readNetwork(run, running),
    ]);
    return end;
  });
  await throughEntrances(run, running, async (begin) => {
    const { repeat } = plan;
    if (repeat !== undefined) {
      await runStep(recorder.event, { name: 'gate', kind: 'cluster', budgetMs: stabilityBudgetMs }, signal, () =>
        awaitStability(run, running, repeat),
      );
    }
    await begin();
    await runPhases(run, running);
    await Promise.all([readBackAgain(run, running), readProcesses(run, running, 'end')]);
  });
};

/** A cluster's name held from the first run on it to the last. */
type ClusterClaim = {
  /** A cluster that was there before is not ours to remove at the end. */
  readonly removes: boolean;
  readonly entry: { readonly done: () => void } | null;
  readonly release: () => Promise<void>;
  /** Fires where the name is held no more. */
  readonly lost: AbortSignal;
};

const takeCluster = async ({ options, turn, signal }: KindRun): Promise<ClusterClaim> => {
  const { host, clusterName, incarnation, engine, keep, journal } = options;
  const { release, lost } = await claimCluster(clusterName);
  const inspect = () => assertUsableClaimed(host, clusterName, engine.id, signal);
  try {
    let stands = await inspect();
    if (stands === null) {
      await turn.begin(AbortSignal.any([signal, lost]));
      // Somebody whose names are not kept with ours may have made one of this name meanwhile.
      stands = await inspect();
      if (stands !== null) await turn.end();
    }
    const removes = stands === null;
    if (stands?.incarnation != null) {
      const record = readRecord(clusterName);
      const kept = record === null ? keep : record.kept !== false;
      renewMark({ cluster: clusterName, incarnation: stands.incarnation, run: journal.run, kept });
    }
    // Journalled before anything is made.
    return {
      removes,
      entry: removes ? journal.add({ kind: 'cluster', cluster: clusterName, incarnation }) : null,
      release,
      lost,
    };
  } catch (thrown) {
    await release();
    throw thrown;
  }
};

const giveUpCluster = async ({ host, clusterName, incarnation, journal }: KindOptions): Promise<number> => {
  const removed = await removeCluster(host, clusterName, incarnation);
  journal.clusterGone(clusterName);
  return removed;
};

const isLast = ({ repeat }: Plan): boolean => repeat === undefined || repeat.number === repeat.of;

/** Runs plans on real clusters of kind, on this machine's container engine. Repeats of a plan share one cluster. */
export const kindBackend = (options: KindOptions): Backend => {
  let claim: ClusterClaim | null = null;
  return {
    name: 'kind',
    predicted: false,
    run: async (plan, recorder, signal) => {
      const broken = new AbortController();
      const ended = new AbortController();
      const fail = (thrown: unknown): void => broken.abort(thrown);
      const turn = createTurn({ plan, options, recorder, maxMs: turnBudgetMs, fail });
      const run: KindRun = {
        ...{ plan, options, recorder, exec: containerExec(options.host), fail, turn },
        signal: AbortSignal.any([signal, broken.signal]),
      };
      let running: RunningCluster | null = null;
      let failure: { readonly thrown: unknown } | null = null;
      try {
        // Before anything is made: nobody is to wait for a cluster that cannot be asked so often.
        if (claim === null) await assertOffer(plan.load);
        claim ??= await takeCluster(run);
        const { lost } = claim;
        const onLost = (): void => broken.abort(clusterLockLost(options.clusterName, lost));
        lost.addEventListener('abort', onLost, { once: true, signal: ended.signal });
        if (lost.aborted) onLost();
        await perform(run, (cluster) => {
          running = cluster;
        });
      } catch (thrown) {
        const cause = run.signal.aborted ? run.signal.reason : thrown;
        failure = { thrown: isCalledOff(signal) ? cause : await explain(options.host, cause) };
      } finally {
        ended.abort();
      }
      const held = claim;
      const goesOn = failure === null && !signal.aborted && !isLast(plan);
      try {
        const left = running as RunningCluster | null;
        // What the load needed is removed though the watches may not come to their end.
        const stays = !(held?.removes === true && !goesOn && !(options.keep && left !== null && !isCalledOff(signal)));
        const ends = await Promise.allSettled([left?.observer.stop(), left?.client.close(), left?.hollow?.end(stays)]);
        for (const end of ends) if (end.status === 'rejected') throw end.reason;
        // A run that broke on its own leaves a cluster that was to be kept, for somebody to inspect; an interrupted one does not.
        const keeps = options.keep && running !== null && !isCalledOff(signal);
        if (held?.removes === true && !goesOn && keeps) held.entry?.done();
        if (held?.removes === true && !goesOn && !keeps) {
          await runStep(recorder.event, { name: 'undo', kind: 'undo', budgetMs: undoBudgetMs }, signal, async () => {
            const removed = await giveUpCluster(options);
            return {
              outcome: 'done',
              detail: `cluster removed (${counted(removed, 'container')}), nothing left behind`,
            };
          });
        }
      } catch (thrown) {
        // The first cause wins; what went wrong on the way out is kept beside it.
        if (failure === null) failure = { thrown };
        else recorder.event({ type: 'note', text: `on the way out: ${messageOf(thrown)}` });
      } finally {
        await turn.end();
        if (!goesOn) {
          await held?.release();
          claim = null;
        }
      }
      if (failure !== null) throw failure.thrown;
    },
    close: async () => {
      const held = claim;
      if (held === null) return;
      claim = null;
      try {
        if (held.removes && options.keep) held.entry?.done();
        else if (held.removes) await giveUpCluster(options);
      } finally {
        await held.release();
      }
    },
  };
};
