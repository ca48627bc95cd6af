import { type ModelConfig, runModel } from '../../../../src/backend/model/index.ts';
import { recordInto } from '../../../../src/backend/model/record.ts';
import type { EventBody, RequestRecord, TimelineEvent } from '../../../../src/timeline/index.ts';

export type Recorded = { readonly events: readonly TimelineEvent[]; readonly requests: readonly RequestRecord[] };

/** Runs a config and keeps everything that its sink was sent, in that order. */
export const record = (config: ModelConfig): Recorded => {
  const events: TimelineEvent[] = [];
  const requests: RequestRecord[] = [];
  const sink = recordInto({
    event: (body, atMs) => {
      events.push({ atMs: atMs ?? Number.NaN, ...body });
    },
    requests: (batch) => {
      requests.push(...batch);
    },
  });
  runModel(config, sink);
  sink.flush();
  return { events, requests };
};

type EventOf<T extends EventBody['type']> = Extract<TimelineEvent, { type: T }>;

export const ofType = <T extends EventBody['type']>({ events }: Recorded, type: T): EventOf<T>[] =>
  events.filter((event): event is EventOf<T> => event.type === type);

/** ms; throws where the run has no fault, for then the test asks something else than it thinks. */
export const faultStart = (run: Recorded): number => {
  const began = ofType(run, 'fault.injecting')[0];
  if (began === undefined) throw new Error('a run without a fault');
  return began.atMs;
};

/** When a node's condition changed, in ms since the first fault began; earlier changes are negative. */
export const readyChanges = (run: Recorded, node: string): { readonly afterMs: number; readonly status: string }[] =>
  ofType(run, 'node.ready')
    .filter((event) => event.node === node)
    .map(({ atMs, status }) => ({ afterMs: atMs - faultStart(run), status }));

export const firstNotReady = (run: Recorded, node: string): number | null =>
  readyChanges(run, node).find(({ afterMs, status }) => afterMs >= 0 && status !== 'True')?.afterMs ?? null;

export const taintChanges = (run: Recorded, node: string, effect: string) =>
  ofType(run, 'node.taint')
    .filter((event) => event.node === node && event.effect === effect)
    .map(({ atMs, change, key }) => ({ afterMs: atMs - faultStart(run), change, key }));

export const firstTaint = (run: Recorded, node: string, effect = 'NoExecute'): number | null =>
  taintChanges(run, node, effect).find(({ afterMs, change }) => afterMs >= 0 && change === 'added')?.afterMs ?? null;

/** Times of evictions, in ms since the first fault began. */
export const evictions = (run: Recorded): { readonly afterMs: number; readonly node: string | null }[] =>
  ofType(run, 'pod')
    .filter(({ change, evicted }) => change === 'deleting' && evicted)
    .map(({ atMs, node }) => ({ afterMs: atMs - faultStart(run), node }));
