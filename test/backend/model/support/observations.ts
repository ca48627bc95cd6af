import type { ModelSink } from '../../../../src/backend/model/engine/sink.ts';
import type { NodeObject } from '../../../../src/backend/model/engine/state.ts';
import { type ModelConfig, runModel } from '../../../../src/backend/model/index.ts';

/** Without what a heartbeat alone changes. */
const saidOf = (object: NodeObject | null): object | null => {
  if (object === null) return null;
  const { revision: _, heartbeatUs: __, ...said } = object;
  return said;
};

/**
 * All that a sink gets of a run but its unchanged heartbeats, which are counted: at each event, so many renewals and
 * posts were there since the run began.
 */
export const observationsOf = (config: ModelConfig, options: { readonly oneByOne: boolean }): readonly unknown[] => {
  const seen: unknown[] = [];
  let renewals = 0;
  let posts = 0;
  const sink: ModelSink = {
    heartbeats: (moreRenewals, morePosts) => {
      renewals += moreRenewals;
      posts += morePosts;
    },
    lease: () => {
      renewals += 1;
    },
    node: (atUs, { name }, before, after) => {
      if (before !== null && before.heartbeatUs !== after.heartbeatUs) posts += 1;
      const [was, is] = [saidOf(before), saidOf(after)];
      const changes = JSON.stringify(was) !== JSON.stringify(is);
      // Who is seen of a change of anything else is seen of the stamp, too.
      if (changes) seen.push({ atUs, name, was, is, heartbeats: [before?.heartbeatUs ?? null, after.heartbeatUs] });
    },
    pod: (atUs, { name, uid, node, ready, evicted, deletedUs }, change) =>
      seen.push({ atUs, name, uid, node: node?.name ?? null, ready, evicted, deletedUs, change }),
    endpoints: (atUs, counts) => seen.push({ atUs, ...counts }),
    requests: ({ dueUs, ...run }) => seen.push({ dueUs: dueUs(run.firstSeq), ...run }),
    event: (atUs, body) => {
      const counts = body.type === 'step.started' || body.type === 'load.started';
      seen.push({ atUs, ...body, ...(counts ? { renewals, posts } : {}) });
    },
  };
  const run = runModel(config, sink, options);
  seen.push({ endUs: run.nowUs() });
  return seen;
};
