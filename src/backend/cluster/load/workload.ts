import * as z from 'zod';
import { quoteArgument } from '../../../common/command.ts';
import {
  assertSameService,
  createGuestObject,
  ensureWorkloadNamespace,
  type GuestObject,
  removeWorkload,
} from '../../../guard/index.ts';
import { type RemoteClock, type RemoteGenerator, remoteGenerator } from '../../../load/index.ts';
import type { EventBody } from '../../../timeline/index.ts';
import type { LoadView } from '../../phases/context.ts';
import { followLoad } from '../../phases/load.ts';
import type { StepEnd } from '../../steps.ts';
import type { OwnClusterPlace, OwnClusterRun, OwnLoad } from '../context.ts';
import { openPodChannel } from './channel.ts';
import { awaitGenerator } from './ready.ts';
import { askTarget, bringTarget, generatorPod } from './target.ts';

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
 * Brings the generator and, unless its load goes to a Service that stands there, the workload into the cluster: the journal's
 * entry first, then the namespace and what is in it; waits until every endpoint is there and the generator was answered.
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
  if (load.service !== null) await assertSameService(access, load.service, options.survey.serverVersion, signal);
  await ensureWorkloadNamespace(access, options.run, signal);
  const create = async (object: GuestObject): Promise<string> => {
    await hold.confirm(signal);
    return createGuestObject(access, object, signal);
  };
  const made = await create(generatorPod(load, plan, options.run));
  const { uid } = podMade.parse(JSON.parse(made)).metadata;
  // Where one of the two fails, nobody waits for the other.
  const failing = new AbortController();
  const waiting = { ...run, signal: AbortSignal.any([signal, failing.signal]) };
  const [there] = await Promise.all([bringTarget(waiting, place, load, create), awaitGenerator(waiting)]).catch(
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
  const { target, text, asked, limits } = there;
  await askTarget(run, generator, there);
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
        target: `${asked}, from a pod on ${load.entrance}`,
        from: 'pod',
        ratePerSecond: plan.load.ratePerSecond,
      });
      begunMs = recorder.nowMs();
      return followLoad({ ...running, recorder: noting }, [target], (asks) =>
        generator.start({ ...asks, ...limits, onClock }),
      );
    },
    finish: () => {
      const seen = { begunMs, hasTimeouts, emptiedMs: place.emptiedMs() };
      for (const event of unknownRefusals(load.entrance, seen)) recorder.event(event);
    },
  };
};
