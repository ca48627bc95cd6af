import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { messageOf } from '../../src/common/errors.ts';
import { surveyCluster, watchGuards } from '../../src/guard/index.ts';
import { type StandIn, startStandIn } from './api-server.ts';

let server: StandIn;
const { signal } = new AbortController();

const setNode = (name: string, ready = 'True', spec: object = {}): void => {
  server.put(`/api/v1/nodes/${name}`, {
    spec,
    status: {
      conditions: [{ type: 'Ready', status: ready, reason: '' }],
      nodeInfo: { kubeletVersion: 'v1.34.4', operatingSystem: 'linux' },
    },
  });
};

beforeEach(async () => {
  server = await startStandIn();
  for (const name of ['w01', 'w02', 'w03']) setNode(name);
});
afterEach(() => server.close());

type Times = Parameters<typeof watchGuards>[3];

const tripped = async (change: () => void, hit: readonly string[] = [], times?: Times): Promise<unknown> => {
  const guards = watchGuards(server.access, await surveyCluster(server.access, signal), undefined, times);
  guards.hit(hit);
  change();
  if (!guards.tripped.aborted) await once(guards.tripped, 'abort');
  guards.dispose();
  return guards.tripped.reason;
};

test('a node that no fault is on and that falls ends the run', async () => {
  expect(await tripped(() => setNode('w02', 'Unknown'), ['w01'])).toMatchObject({
    ...{ code: 'GUARD_TRIPPED', exitCode: 2 },
    message:
      'staging-eu: the run was ended, for no fault of it explains nodes that are not Ready, on which no fault is: w02.',
  });
});

test('the node that is hit may fall; a rollout that begins meanwhile ends the run', async () => {
  const reason = await tripped(() => {
    setNode('w01', 'Unknown');
    setNode('w03', 'True', { unschedulable: true });
  }, ['w01']);
  expect(reason).toMatchObject({
    message: 'staging-eu: the run was ended, for no fault of it explains cordoned nodes: w03.',
  });
});

test('another cluster at the same address ends the run', async () => {
  const path = '/api/v1/namespaces/kube-system';
  const uid = (): string => server.objects.get(path)?.metadata.uid ?? '';
  const before = uid();
  const reason = await tripped(() => {
    server.objects.delete(path);
    server.put(path, {});
  });
  expect(reason).toMatchObject({
    message: `staging-eu: the run was ended, for no fault of it explains another cluster: kube-system has the UID ${uid()}, and had ${before}.`,
  });
});

/** What ended the run; the silence of 2 s may be known to be longer on a busy machine. */
const silence = (reason: unknown): string => messageOf(reason).replace(/ (?:[2-9]|\d{2,}) s \(/, ' TIME (');

test('an API server that has not answered for as long as it may ends the run', async () => {
  const reason = await tripped(() => server.intercept(() => 'cut'), [], { everyMs: 200, silentMs: 2000 });
  expect(silence(reason)).toBe(
    `staging-eu: the run was ended, for no fault of it explains an API server that has not answered for TIME (${server.url}: expected the answer of an API server, found other side closed).`,
  );
});

test('one that takes a question and gives no answer ends the run as soon, not when the question is given up', async () => {
  const reason = await tripped(() => server.intercept(() => 'held'), [], { everyMs: 200, silentMs: 2000 });
  expect(silence(reason)).toBe(
    'staging-eu: the run was ended, for no fault of it explains an API server that has not answered for TIME (nothing came).',
  );
});

test('what it says to type next bears the context as a shell wants it', async () => {
  const survey = { ...(await surveyCluster(server.access, signal)), context: 'stage; touch x #' };
  const guards = watchGuards(server.access, survey);
  setNode('w02', 'Unknown');
  if (!guards.tripped.aborted) await once(guards.tripped, 'abort');
  guards.dispose();
  expect(guards.tripped.reason).toMatchObject({
    next: "npm run skipbeat -- watch --context 'stage; touch x #' --for 10m",
  });
});
