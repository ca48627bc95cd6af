import type { RequestRecord } from '../../timeline/index.ts';
import type { Recorder } from '../backend.ts';
import { epoch, secondUs } from './engine/constants.ts';
import type { ModelSink, RequestRun } from './engine/sink.ts';
import type { NodeObject, NodeState, Taint } from './engine/state.ts';

/** Requests are handed over in batches of about so many. */
const batchSize = 1000;

const startMs = Date.parse(epoch);

/** `2000-01-01T00:00:31Z`: as the API stamps conditions. */
const stampText = (timeUs: number): string =>
  `${new Date(startMs + Math.floor(timeUs / secondUs) * 1000).toISOString().slice(0, 19)}Z`;

/** `2000-01-01T00:00:31.123456Z`: as leases are stamped. */
const microText = (timeUs: number): string => {
  const seconds = Math.floor(timeUs / secondUs);
  return `${stampText(timeUs).slice(0, 19)}.${String(timeUs - seconds * secondUs).padStart(6, '0')}Z`;
};

const taintKey = ({ key }: Taint): string => (key.includes('/') ? key : `node.kubernetes.io/${key}`);

/** Records all that the observer of a real cluster would record; times in virtual ms. */
export const recordInto = (
  recorder: Pick<Recorder, 'event' | 'requests'>,
): ModelSink & { readonly flush: () => void } => {
  let batch: RequestRecord[] = [];
  const flush = (): void => {
    // Runs of fresh and kept connections come one after the other; records are kept in the order of their end.
    batch.sort((a, b) => a.endedMs - b.endedMs || a.seq - b.seq);
    recorder.requests(batch);
    batch = [];
  };
  const taint = (atMs: number, node: string, change: 'added' | 'removed', taint: Taint): void =>
    recorder.event(
      {
        type: 'node.taint',
        node,
        change,
        key: taintKey(taint),
        effect: taint.effect,
        timeAdded: change === 'added' ? stampText(taint.addedUs) : null,
      },
      atMs,
    );
  const taints = (atMs: number, { name }: NodeState, before: NodeObject | null, after: NodeObject): void => {
    const has = (list: readonly Taint[], { key, effect }: Taint): boolean =>
      list.some((one) => one.key === key && one.effect === effect);
    for (const one of after.taints) if (!has(before?.taints ?? [], one)) taint(atMs, name, 'added', one);
    for (const one of before?.taints ?? []) if (!has(after.taints, one)) taint(atMs, name, 'removed', one);
  };
  const expand = ({ firstSeq, count, stride, connection, entrance, ending, dueUs }: RequestRun): void => {
    for (let index = 0; index < count; index += 1) {
      const seq = firstSeq + index * stride;
      const due = dueUs(seq);
      batch.push({
        seq,
        connection,
        entrance,
        dueMs: due / 1000,
        sentMs: due / 1000,
        endedMs: (due + ending.afterUs) / 1000,
        outcome: ending.outcome,
        status: ending.status,
        code: ending.code,
      });
    }
  };

  return {
    flush,
    lease: (atUs, { name }, renewUs) =>
      recorder.event({ type: 'lease.renewed', node: name, renewTime: microText(renewUs) }, atUs / 1000),
    node: (atUs, node, before, after) => {
      const atMs = atUs / 1000;
      const judged = before === null || before.ready !== after.ready || before.reason !== after.reason;
      if (judged && after.ready !== null) {
        recorder.event(
          {
            type: 'node.ready',
            node: node.name,
            status: after.ready,
            reason: after.reason,
            lastTransitionTime: stampText(after.transitionUs),
            resourceVersion: String(after.revision),
          },
          atMs,
        );
      }
      if (before !== null && before.heartbeatUs !== after.heartbeatUs) {
        const lastHeartbeatTime = stampText(after.heartbeatUs);
        recorder.event({ type: 'node.statusPosted', node: node.name, lastHeartbeatTime }, atMs);
      }
      if (before?.taints !== after.taints) taints(atMs, node, before, after);
    },
    pod: (atUs, { name, uid, node, evicted, deletedUs, graceUs }, change) =>
      recorder.event(
        {
          type: 'pod',
          pod: name,
          uid,
          node: node?.name ?? null,
          change,
          evicted,
          deletionTimestamp: deletedUs === null ? null : stampText(deletedUs + graceUs),
        },
        atUs / 1000,
      ),
    endpoints: (atUs, counts) => recorder.event({ type: 'endpoints', ...counts }, atUs / 1000),
    requests: (run) => {
      expand(run);
      if (batch.length >= batchSize) flush();
    },
    event: (atUs, body) => {
      // Whoever receives the end of the load has all its requests.
      if (body.type === 'load.ended') flush();
      recorder.event(body, atUs / 1000);
    },
  };
};
