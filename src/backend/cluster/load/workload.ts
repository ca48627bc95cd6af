import * as z from 'zod';
import { guestObjects, servicePort, workloadNamespace, workloadPath } from '../../../cluster/index.ts';
import { quoteArgument } from '../../../common/command.ts';
import { type PollResult, waitUntil } from '../../../common/wait.ts';
import {
  createGuestObject,
  ensureWorkloadNamespace,
  type GuestObject,
  ownLabels,
  removeWorkload,
  runLabel,
  runLabelOf,
} from '../../../guard/index.ts';
import { type LoadTarget, type RemoteClock, type RemoteGenerator, remoteGenerator } from '../../../load/index.ts';
import type { Plan } from '../../../plan/index.ts';
import type { EventBody } from '../../../timeline/index.ts';
import type { LoadView } from '../../phases/context.ts';
import { followLoad, maxLoadMs } from '../../phases/load.ts';
import type { StepEnd } from '../../steps.ts';
import type { OwnClusterPlace, OwnClusterRun, OwnLoad } from '../context.ts';
import { openPodChannel } from './channel.ts';
import { loadPod } from './pod.ts';
import { awaitGenerator, awaitPods, workloadBudgetMs } from './ready.ts';

/** Around the load: its pod starts before the workload is ready, and is asked for its last records after the phases. */
const spareMs = 600_000;

/** Every object that a load brings into a cluster, in the order in which they are made. Pure but for the generator's files. */
export const loadObjects = (load: OwnLoad, plan: Pick<Plan, 'workload' | 'phases'>, run: string) => {
  const labels = { ...ownLabels, [runLabel]: runLabelOf(run) };
  const { deployment, service } = guestObjects(plan.workload, {
    ...{ image: load.workloadImage, nodes: load.workloadNodes, labels },
  });
  const pod = loadPod({ node: load.node, image: load.image, labels, deadlineMs: maxLoadMs(plan) + spareMs });
  return { deployment, service, pod } as const;
};

const podMade = z.object({ metadata: z.object({ uid: z.string() }) });
const serviceMade = z.object({ spec: z.object({ clusterIP: z.ipv4().or(z.ipv6()) }) });

/**
 * A node refuses by ICMP, which its kernel limits to about one a second unless somebody has set it otherwise: where the Service
 * had no endpoint and requests timed out, some of these may have been refused, and only the node could say how many.
 */
export const unknownRefusals = (
  node: string,
  seen: { readonly begunMs: number; readonly hasTimeouts: boolean; readonly emptiedMs: number | null },
): readonly EventBody[] => {
  const { begunMs, hasTimeouts, emptiedMs } = seen;
  if (!hasTimeouts || emptiedMs === null || emptiedMs < begunMs) return [];
  return (['start', 'end'] as const).map((moment) => ({
    ...({ type: 'entrance.icmp', moment, node, heldBack: null, limitsRefusals: true } as const),
  }));
};

/** The workload and its load, there and asked. */
export type BroughtLoad = {
  /** Of the step that brought it. */
  readonly end: StepEnd;
  readonly begin: (run: OwnClusterRun) => Promise<LoadView>;
  /** After the load: puts on record what nobody could read of it. */
  readonly finish: () => void;
};

/** Takes away whatever was brought of it. Safe twice. */
export type LoadEnds = { readonly remove: () => Promise<string | null> };

/**
 * Brings the workload and the generator into the cluster: the journal's entry first, then the namespace and what is in it; waits
 * until every replica answers and the generator has asked the Service.
 * @param undoing called before any object is made, with what takes it away
 * @throws SkipbeatError NAMESPACE_NOT_OURS, WORKLOAD_NOT_ADMITTED, WORKLOAD_NOT_READY, LOAD_POD_FAILED (exit 75); the signal's reason
 */
export const bringLoad = async (
  run: OwnClusterRun,
  place: OwnClusterPlace,
  load: OwnLoad,
  undoing: (ends: LoadEnds) => void,
): Promise<BroughtLoad> => {
  const { options, journal, plan, recorder, signal, hold } = run;
  const { access } = options;
  const always = new AbortController().signal;
  await hold.confirm(signal);
  const entry = await journal.addWorkload(signal);
  let letGo = (): void => undefined;
  undoing({
    remove: async () => {
      letGo();
      const { objects, namespace } = await removeWorkload(
        access,
        { run: options.run, confirm: hold.assertOwn },
        always,
      );
      // By it cleanup finds what is still there.
      if (objects === null) await entry.done(always);
      return objects ?? namespace;
    },
  });
  const { deployment, service, pod } = loadObjects(load, plan, options.run);
  await ensureWorkloadNamespace(access, options.run, signal);
  const create = async (object: GuestObject): Promise<string> => {
    await hold.confirm(signal);
    return createGuestObject(access, object, signal);
  };
  const made = await create(pod);
  const { uid } = podMade.parse(JSON.parse(made)).metadata;
  const serviceText = await create(service);
  const { clusterIP } = serviceMade.parse(JSON.parse(serviceText)).spec;
  await create(deployment);
  const nodes = load.workloadNodes.map((name) => [...options.nodeOf].find(([, node]) => node === name)?.[0] ?? name);
  // Where one of the two fails, nobody waits for the other.
  const failing = new AbortController();
  const waiting = { ...run, signal: AbortSignal.any([signal, failing.signal]) };
  const [text] = await Promise.all([awaitPods(waiting, place, nodes), awaitGenerator(waiting)]).catch(
    (thrown: unknown) => {
      failing.abort(thrown);
      throw thrown;
    },
  );
  const channel = openPodChannel(access, uid);
  letGo = channel.close;
  const generator: RemoteGenerator = remoteGenerator(
    channel,
    `kubectl --context ${quoteArgument(options.survey.context)} get nodes   (was it taken off its node?), then run again`,
  );
  const target: LoadTarget = {
    ...{ host: clusterIP, port: servicePort, path: workloadPath(plan.workload) },
    entrance: load.entrance,
  };
  const asked = async (): Promise<PollResult<true>> => {
    const problem = await generator.ask(target);
    return problem === null ? { found: true } : { seen: problem };
  };
  await waitUntil('the Service to answer the generator', asked, {
    ...{ timeoutMs: workloadBudgetMs, everyMs: 100, signal },
  });
  const onClock = (moment: 'start' | 'end', { shared, offsetNs, errorMs }: RemoteClock): void =>
    recorder.event({ type: 'load.clock', moment, shared, offsetMs: Number(offsetNs) / 1e6, errorMs });
  let begunMs = Number.POSITIVE_INFINITY;
  let hasTimeouts = false;
  const noting: OwnClusterRun['recorder'] = {
    ...recorder,
    requests: (batch) => {
      hasTimeouts ||= batch.some(({ outcome }) => outcome === 'timeout');
      recorder.requests(batch);
    },
  };
  return {
    end: { outcome: 'done', detail: `${text}, answering the generator on ${load.entrance}` },
    begin: (running) => {
      recorder.event({
        type: 'load.started',
        target: `Service ${workloadNamespace}/${service.metadata.name} ${clusterIP}:${servicePort}, from a pod on ${load.entrance}`,
        from: 'pod',
        ratePerSecond: plan.load.ratePerSecond,
      });
      begunMs = recorder.nowMs();
      return followLoad({ ...running, recorder: noting }, [target], (asks) => generator.start({ ...asks, onClock }));
    },
    finish: () => {
      const seen = { begunMs, hasTimeouts, emptiedMs: place.emptiedMs() };
      for (const event of unknownRefusals(load.entrance, seen)) recorder.event(event);
    },
  };
};
