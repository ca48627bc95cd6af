import { messageOf } from '../../common/errors.ts';
import { counted } from '../../common/text/counted.ts';
import {
  admissionPod,
  confirmTargets,
  countsSlice,
  holdCluster,
  namedFailure,
  openClusterJournal,
  serviceText,
  watchGuards,
} from '../../guard/index.ts';
import { type Observer, startObserver } from '../../observe/index.ts';
import { hitBy, type Plan } from '../../plan/index.ts';
import type { EventBody } from '../../timeline/index.ts';
import type { Backend, Recorder } from '../backend.ts';
import { awaitRecord } from '../phases/load.ts';
import { runPhases } from '../phases/phases.ts';
import { runStep } from '../steps.ts';
import { goesBefore, isNotUndone, worstOf } from './cause.ts';
import type { OwnClusterOptions, OwnClusterPlace, OwnClusterRun, OwnLoad } from './context.ts';
import { runOwnFaults } from './faults.ts';
import { awaitLeases, awaitPlaceInHeartbeat, leasesBudgetMs } from './leases.ts';
import { workloadBudgetMs } from './load/ready.ts';
import { type BroughtLoad, bringLoad } from './load/workload.ts';
import { networkReader } from './network.ts';
import { readPlace } from './place.ts';
import { readOwnSettings } from './settings.ts';

const clusterBudgetMs = 120_000;
const undoBudgetMs = 120_000;

const withoutLoad = [
  ['requests', 'no load was asked for with --load-from pod'],
  ['endpointslices', 'no workload was asked for with --load-from pod'],
  ['pods', 'no workload was asked for with --load-from pod'],
  ['events', 'Events of a cluster of somebody else are not watched'],
] as const;

/** Of a Service that stood there before the run. */
const ofOthers = ({ service }: OwnLoad) =>
  service === null
    ? []
    : (['pods', 'events'] as const).map((what) => {
        const why = `what is behind Service ${serviceText(service)} is not the run's: its endpoints are watched, its pods are not`;
        return [what, why] as const;
      });

const unmeasured = (load: OwnLoad | null): readonly EventBody[] =>
  [
    ...(load === null ? withoutLoad : ofOthers(load)),
    ['processes', 'who runs as a component is known to the nodes alone'] as const,
  ].map(([what, why]) => ({ type: 'unmeasured', what, why }));

const readSettings = async (
  run: Omit<OwnClusterRun, 'hold' | 'journal' | 'guards'>,
  place: OwnClusterPlace,
  moment: 'start' | 'end',
) => {
  const { read, hidden } = await readOwnSettings(run.options, run.plan, place.nodes, moment, run.signal);
  for (const setting of read) run.recorder.event(setting);
  const why = hidden.join('; ');
  if (why !== '' && moment === 'start') run.recorder.event({ type: 'unmeasured', what: 'settings', why });
  if (why !== '' && moment === 'end') run.recorder.event({ type: 'note', text: `settings at the end: ${why}` });
  return { read, hidden };
};

/** Watches nodes and their leases; when each was renewed counts by its arrival, for nodes have clocks of their own. */
const observe = async (
  { access, survey, nodeOf, load }: OwnClusterOptions,
  plan: Plan,
  recorder: Recorder,
  failed: (thrown: unknown) => void,
  signal: AbortSignal,
): Promise<OwnClusterPlace> => {
  const names = new Map([...nodeOf].map(([node, name]) => [name, node]));
  const renewedMs = new Map<string, number>();
  let emptiedMs: number | null = null;
  const observer = await startObserver({
    access,
    cluster: '',
    workload: load === null || load.service !== null ? null : plan.workload,
    ...(load === null || load.service === null
      ? {}
      : { service: { ...load.service, counts: countsSlice(load.service) } }),
    isGuest: true,
    short: (name) => names.get(name) ?? name,
    kubernetesVersion: survey.serverVersion,
    nowMs: recorder.nowMs,
    record: (body, atMs) => {
      if (body.type === 'lease.renewed') renewedMs.set(body.node, atMs);
      if (body.type === 'endpoints' && body.ready === 0) emptiedMs = atMs;
      recorder.event(body, atMs);
    },
    failed,
    signal,
  });
  const nodes = [...nodeOf].map(([node, name]) => {
    const found = survey.nodes.find((one) => one.name === name);
    return { node, role: found?.controlPlane == null ? 'worker' : 'control-plane', address: found?.address ?? '' };
  });
  return { access, observer, nodes, hollow: null, renewedMs, emptiedMs: () => emptiedMs };
};

/**
 * Runs plans on a cluster that somebody has: nothing is made there but the Lease that holds it, the journal's entries, the
 * agents' pods and, where a load is asked for, its workload and generator; and all of it goes at the end.
 */
export const ownClusterBackend = (options: OwnClusterOptions): Backend => ({
  name: 'cluster',
  predicted: false,
  run: async (plan, recorder, signal) => {
    const { access, survey, choice } = options;
    const broken = new AbortController();
    const ends: (() => Promise<string | null>)[] = [];
    const targets = [...hitBy(plan)];
    const chosen = targets.map((target) => options.nodeOf.get(target) ?? '');
    let failure: { readonly thrown: unknown } | null = null;
    for (const event of unmeasured(options.load)) recorder.event(event);
    try {
      let run: OwnClusterRun | null = null;
      let place: OwnClusterPlace | null = null;
      const early = AbortSignal.any([signal, broken.signal]);
      await runStep(
        recorder.event,
        { name: 'cluster', kind: 'cluster', budgetMs: clusterBudgetMs },
        early,
        async () => {
          // Whoever was asked took his time, and a repeat before this one, too.
          await confirmTargets(access, survey, { targets: chosen, choice, hit: [], run: null }, early);
          const hold = await holdCluster(access, {
            run: options.run,
            pod: admissionPod(options.agentImage),
            signal: early,
          });
          ends.push(() => hold.release(new AbortController().signal));
          const guards = watchGuards(access, survey, { targets: chosen, choice, run: options.run });
          ends.push(async () => {
            guards.dispose();
            return null;
          });
          const all = AbortSignal.any([early, hold.lost, guards.tripped]);
          place = await observe(options, plan, recorder, (thrown) => broken.abort(thrown), all);
          const { observer }: { readonly observer: Observer } = place;
          ends.push(async () => {
            await observer.stop();
            return null;
          });
          run = {
            plan,
            recorder,
            signal: all,
            options,
            hold,
            guards,
            journal: openClusterJournal(access, options.run),
            readNetwork: networkReader(access, recorder),
          };
          recorder.event(await readPlace(options, targets, recorder, all));
          const { read, hidden } = await readSettings(run, place, 'start');
          const asked = read.length === 0 ? 'no setting can be read' : `${counted(read.length, 'setting')} read`;
          return {
            outcome: 'done',
            detail: hidden.length === 0 ? `held; ${asked}` : `held; ${asked}, not all are shown`,
          };
        },
      );
      if (run === null || place === null) throw new Error('the cluster step ended without a cluster');
      await perform(run, place, ends);
    } catch (thrown) {
      const cause = signal.aborted ? signal.reason : broken.signal.aborted ? broken.signal.reason : thrown;
      failure = { thrown: namedFailure(access, isNotUndone(thrown) ? thrown : cause) };
    }
    await runStep(recorder.event, { name: 'undo', kind: 'undo', budgetMs: undoBudgetMs }, signal, async () => {
      const isLeft = failure !== null && isNotUndone(failure.thrown);
      const stays: string[] = isLeft ? ['what could not be undone stays, and its entry of the journal'] : [];
      const failures: unknown[] = [];
      for (const end of ends.reverse()) {
        try {
          const left = await end();
          if (left !== null) stays.push(left);
        } catch (thrown) {
          // What comes after it goes all the same.
          failures.push(thrown);
        }
      }
      for (const failed of failures.slice(1)) recorder.event({ type: 'note', text: messageOf(failed) });
      if (failures.length > 0) throw namedFailure(access, worstOf(failures));
      return {
        outcome: 'done',
        detail: stays.length === 0 ? 'nothing of this run is left in the cluster' : stays.join('; '),
      };
    }).catch((thrown: unknown) => {
      // What did not win is kept beside it.
      const first = failure?.thrown;
      if (failure === null) failure = { thrown };
      else if (goesBefore(thrown, first) && !signal.aborted) {
        failure = { thrown };
        recorder.event({ type: 'note', text: `before that was known: ${messageOf(first)}` });
      } else recorder.event({ type: 'note', text: `on the way out: ${messageOf(thrown)}` });
    });
    if (failure !== null) throw failure.thrown;
  },
});

/** Brings workload and load, where they are asked for. */
const bring = async (
  run: OwnClusterRun,
  place: OwnClusterPlace,
  ends: (() => Promise<string | null>)[],
): Promise<BroughtLoad | null> => {
  const { load } = run.options;
  if (load === null) return null;
  let brought: BroughtLoad | null = null;
  const step = { name: 'workload', kind: 'workload', budgetMs: workloadBudgetMs } as const;
  await runStep(run.recorder.event, step, run.signal, async () => {
    const made = await bringLoad(run, place, load, ({ remove }) => ends.push(remove));
    brought = made;
    return made.end;
  });
  return brought;
};

const perform = async (
  run: OwnClusterRun,
  place: OwnClusterPlace,
  ends: (() => Promise<string | null>)[],
): Promise<void> => {
  const { recorder, signal } = run;
  const brought = await bring(run, place, ends);
  await runStep(recorder.event, { name: 'leases', kind: 'cluster', budgetMs: leasesBudgetMs }, signal, async () => {
    await awaitLeases(run, place);
    const placed = await awaitPlaceInHeartbeat(run, place);
    return { outcome: 'done', detail: `every node Ready, every lease renewed${placed}` };
  });
  const load = brought === null ? null : await brought.begin(run);
  await runPhases(run, place, {
    load,
    countsWrites: false,
    heartbeatOf: (node) => place.renewedMs.get(node) ?? null,
    fault: async (guarded, phase) => {
      const { phases } = guarded.plan;
      const [before] = phases.slice(0, phases.indexOf(phase)).slice(-1);
      if (load !== null && before?.kind === 'steady') await awaitRecord(guarded, load);
      return runOwnFaults(guarded, phase);
    },
  });
  brought?.finish();
  await readSettings(run, place, 'end');
};
