import * as z from 'zod';
import { contextText } from '../../../common/command.ts';
import {
  assertSameService,
  createGuestObject,
  ensureWorkloadNamespace,
  type GuestObject,
  removeWorkload,
} from '../../../guard/index.ts';
import { type NamedGenerator, type RemoteClock, remoteGenerator, startSeveral } from '../../../load/index.ts';
import type { EventBody } from '../../../timeline/index.ts';
import type { LoadView } from '../../phases/context.ts';
import { followLoad } from '../../phases/load.ts';
import type { StepEnd } from '../../steps.ts';
import type { OwnClusterPlace, OwnClusterRun, OwnLoad } from '../context.ts';
import { openPodChannel, type PodChannel } from './channel.ts';
import { awaitGenerator } from './ready.ts';
import { askTarget, bringTarget, generatorPods } from './target.ts';

const podMade = z.object({ metadata: z.object({ uid: z.string() }) });

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
 * Brings the generators and, unless its load goes to a Service that stands there, the workload into the cluster: the journal's
 * entry first, then the namespace and what is in it; waits until every endpoint is there and each generator was answered.
 * @param undoing called before any object is made, with what takes it away
 * @throws SkipbeatError NAMESPACE_NOT_OURS, WORKLOAD_NOT_ADMITTED, WORKLOAD_NOT_READY, LOAD_POD_FAILED, SERVICE_REFUSED,
 *   SERVICE_NOT_ANSWERING (exit 75); the signal's reason
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
  const channels: PodChannel[] = [];
  undoing({
    remove: async () => {
      for (const channel of channels) channel.close();
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
  if (load.service !== null) await assertSameService(access, load.service, options.survey.serverVersion, signal);
  await ensureWorkloadNamespace(access, options.run, signal);
  const create = async (object: GuestObject): Promise<string> => {
    await hold.confirm(signal);
    return createGuestObject(access, object, signal);
  };
  const uids: string[] = [];
  for (const pod of generatorPods(load, plan, options.run)) {
    uids.push(podMade.parse(JSON.parse(await create(pod))).metadata.uid);
  }
  // Where one of them fails, nobody waits for the others.
  const failing = new AbortController();
  const waiting = { ...run, signal: AbortSignal.any([signal, failing.signal]) };
  const [there] = await Promise.all([
    bringTarget(waiting, place, load, create),
    ...load.generators.map(({ pod }) => awaitGenerator(waiting, pod)),
  ]).catch((thrown: unknown) => {
    failing.abort(thrown);
    throw thrown;
  });
  const next = `kubectl ${contextText(options.survey)} get nodes   (was it taken off its node?), then run again`;
  const named = load.generators.map(({ pod, entrance }, index): NamedGenerator => {
    const channel = openPodChannel(access, { name: pod, uid: uids[index] ?? '' });
    channels.push(channel);
    return { entrance, generator: remoteGenerator(channel, next) };
  });
  const { text, asked, limits } = there;
  for (const { generator } of named) await askTarget(run, generator, there);
  const targets = load.generators.map(({ entrance }) => ({ ...there.target, entrance }));
  const entrances = load.generators.map(({ entrance }) => entrance).join(', ');
  const isOne = named.length === 1;
  const onClock = (entrance: string, moment: 'start' | 'end', clock: RemoteClock): void => {
    const { shared, offsetNs, errorMs } = clock;
    const whose = isOne ? {} : { entrance };
    recorder.event({ type: 'load.clock', moment, shared, offsetMs: Number(offsetNs) / 1e6, errorMs, ...whose });
  };
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
    end: {
      outcome: 'done',
      detail: `${text}, answering ${isOne ? 'the generator' : 'the generators'} on ${entrances}`,
    },
    begin: (running) => {
      recorder.event({
        type: 'load.started',
        target: `${asked}, from ${isOne ? 'a pod' : `${named.length} pods in turn,`} on ${entrances}`,
        from: 'pod',
        ratePerSecond: plan.load.ratePerSecond,
      });
      begunMs = recorder.nowMs();
      const [first] = named;
      return followLoad({ ...running, recorder: noting }, targets, (asks) =>
        isOne && first !== undefined
          ? first.generator.start({ ...asks, ...limits, onClock: (...at) => onClock(first.entrance, ...at) })
          : startSeveral(named, { ...asks, ...limits }, onClock),
      );
    },
    finish: () => {
      const seen = { begunMs, hasTimeouts, emptiedMs: place.emptiedMs() };
      for (const { entrance } of load.generators) {
        for (const event of unknownRefusals(entrance, seen)) recorder.event(event);
      }
    },
  };
};
