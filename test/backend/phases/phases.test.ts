import { expect, test } from 'vitest';
import type { PhasePlace } from '../../../src/backend/phases/context.ts';
import { runPhases } from '../../../src/backend/phases/phases.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { loadScenario } from '../../../src/scenario/index.ts';
import type { EventBody } from '../../../src/timeline/index.ts';

const complete = makePlan(loadScenario('kubelet-pause-one').scenario, { kubernetesVersion: 'v1.34.4' });
const plan = { ...complete, phases: complete.phases.filter(({ kind }) => kind === 'fault') };

/** A run of one fault phase, whose load fails at its end. */
const run = async (fault: () => Promise<{ outcome: 'done'; detail: string }>) => {
  const events: EventBody[] = [];
  const recorder = {
    ...{ startNs: 0n, nowMs: () => 0, requests: () => undefined },
    event: (body: EventBody) => void events.push(body),
  };
  const nothing = () => null;
  const thrown = await runPhases({ plan, recorder, signal: new AbortController().signal }, {} as PhasePlace, {
    load: {
      load: {
        failed: new Promise<never>(() => undefined),
        stop: async () => {
          throw new Error('the last records did not come');
        },
      },
      ...{ lastFailedMs: nothing, lastAnsweredMs: nothing, openSinceMs: nothing, watermarkMs: nothing },
    },
    ...{ countsWrites: false, heartbeatOf: nothing, fault },
  }).catch((error: unknown) => error);
  return { thrown, notes: events.flatMap((one) => (one.type === 'note' ? [one.text] : [])) };
};

test('what broke a phase goes before a load that fails at its end, which is noted', async () => {
  const { thrown, notes } = await run(async () => {
    throw new Error('the node is not as it was');
  });
  expect(thrown).toEqual(new Error('the node is not as it was'));
  expect(notes).toEqual(['the load, at its end: the last records did not come']);
});

test('where nothing else did, a load that fails at its end breaks the run', async () => {
  const { thrown, notes } = await run(async () => ({ outcome: 'done', detail: '' }));
  expect([thrown, notes]).toEqual([new Error('the last records did not come'), []]);
});

test('a run that is ended while a fault stands to its own end asks for nothing any more', async () => {
  const ending = new AbortController();
  const order: string[] = [];
  const stopped = Promise.withResolvers<void>();
  const recorder = { startNs: 0n, nowMs: () => 0, requests: () => undefined, event: () => undefined };
  const nothing = () => null;
  const running = runPhases({ plan, recorder, signal: ending.signal }, {} as PhasePlace, {
    load: {
      load: {
        failed: new Promise<never>(() => undefined),
        stop: async () => {
          order.push('the load is stopped');
          stopped.resolve();
          return { offered: 0 } as never;
        },
      },
      ...{ lastFailedMs: nothing, lastAnsweredMs: nothing, openSinceMs: nothing, watermarkMs: nothing },
    },
    ...{ countsWrites: false, heartbeatOf: nothing },
    fault: async () => {
      ending.abort(new Error('ended'));
      await stopped.promise;
      order.push('the fault is over');
      throw ending.signal.reason;
    },
  });
  await expect(running).rejects.toThrow('ended');
  expect(order).toEqual(['the load is stopped', 'the fault is over', 'the load is stopped']);
});
