import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentStep, actPod, actsOf } from '../../../src/agent/index.ts';
import { chaosMeshWork } from '../../../src/backend/cluster/chaos-mesh.ts';
import type { EventBody } from '../../../src/timeline/index.ts';
import { actOptions, planned } from '../../agent/prepared.ts';
import { type StandIn, startStandIn } from '../../guard/api-server.ts';
import { chaosStatus, installChaosMesh, objects } from '../../guard/chaos-mesh/cluster.ts';

const id = 'a1b2c3-partition-1';
const lengthMs = 300;
const { signal } = new AbortController();
let server: StandIn;
let notes: string[];

beforeEach(async () => {
  server = await startStandIn();
  notes = [];
  server.put('/api/v1/namespaces/skipbeat-agents', {});
  installChaosMesh(server);
});
afterEach(() => server.close());

const step = (name: string, out: string, code = 0): AgentStep => ({
  ...{ step: name, beganMs: 1, clockMs: 2, code, out, err: '' },
});
const surveyed = step('survey', 'eth0\n10.0.0.2 6443');

const workOf = async () => {
  const fault = { ...planned('partition'), direction: 'to' } as ReturnType<typeof planned>;
  const [prepared] = await actsOf(fault, { ...actOptions, id, lengthMs, injector: 'chaos-mesh' });
  if (prepared === undefined) throw new Error('no act');
  const began = performance.now();
  const run = {
    options: { access: server.access, run: 'run-1' },
    hold: { confirm: () => Promise.resolve() },
    recorder: {
      nowMs: () => performance.now() - began,
      event: (body: EventBody) => notes.push('text' in body ? body.text : body.type),
    },
  };
  const pod = actPod(prepared.act, { run: 'run-1', image: 'none' });
  const work = chaosMeshWork(run as never, prepared, pod, surveyed);
  if (work === null) throw new Error('nothing is asked of Chaos Mesh');
  return work;
};

/** What its controller says of each object that is there, and that it has taken it up. */
const report = (phase: string): void =>
  server.intercept((method, path) => {
    const found = server.objects.get(path);
    if (method !== 'GET' || !path.startsWith(`${objects}/`) || found === undefined) return null;
    const metadata = { ...found.metadata, finalizers: ['chaos-mesh/records'] };
    return [200, { ...found, metadata, status: chaosStatus(`skipbeat-agents/act-${id}`, phase) }];
  });

const injected =
  'AllInjected True, AllRecovered False, Paused False, Selected True, skipbeat-agents/act-a1b2c3-partition-1 Injected (Apply Succeeded at 2026-11-28T12:00:01Z)';

const notNotified =
  'Chaos Mesh on worker: the agent was not notified that it is through, and waits for it by itself: Unexpected server response: 404';

test('it is asked for on the node’s own device, stands its whole length, goes, and its status is part of each proof', async () => {
  const work = await workOf();
  report('Injected');
  const began = performance.now();
  await work.begin(signal);
  const written = server.objects.get(`${objects}/${id}`);
  expect(written?.spec).toMatchObject({ device: 'eth0', externalTargets: ['10.0.0.2:6443'], duration: '20300ms' });
  await work.takeBack(true);
  expect(performance.now() - began).toBeGreaterThanOrEqual(lengthMs);
  await work.assertGone();
  expect(server.objects.has(`${objects}/${id}`)).toBe(false);
  expect(notes).toEqual([
    `Chaos Mesh on worker: ${injected}`,
    `Chaos Mesh on worker: taken back: ${injected}; its finalizer chaos-mesh/records was taken away`,
    // No exec is answered here.
    notNotified,
  ]);
  const proof = await work.proven().attest(step('end', 'no iptables', 2));
  expect([proof.state, proof.evidence]).toEqual(['unreadable', `no iptables; Chaos Mesh: ${injected}`]);
  const undone = await work.proven().attestUndone(step('undone', 'no chain of it', 3), null);
  expect(undone).toEqual({
    state: 'absent',
    evidence: `no chain of it; Chaos Mesh: ${injected}; its finalizer chaos-mesh/records was taken away`,
  });
});

test('what stands on the node is no proof where Chaos Mesh never said that it is injected', async () => {
  const work = await workOf();
  const { output } = (await import('../../../src/fault/chaos-mesh/names.ts')).chaosNames(id, true);
  const stands = [
    `[3:180] -A ${output} -o eth0 -m set --match-set x dst,dst -j DROP`,
    `[9:9] -A CHAOS-OUTPUT -j ${output}`,
    ...['[9:9] -A OUTPUT -j CHAOS-OUTPUT', 'canary 10.0.0.2 28'],
  ].join('\n');
  expect(await work.proven().attest(step('start', stands))).toEqual({
    state: 'absent',
    evidence:
      '3 of 3 rules; packets stopped: OUTPUT 3; canary to 10.0.0.2 not answered; Chaos Mesh did not say that it is injected',
  });
});

test('where it was never written nothing is taken back, and twice', async () => {
  const work = await workOf();
  await work.takeBack(false);
  await work.takeBack(false);
  await work.assertGone();
  expect([notes, server.written]).toEqual([[], []]);
});

test('one that is interrupted while it is waited for is taken back at once', async () => {
  const work = await workOf();
  report('Not Injected');
  const interrupted = new AbortController();
  const beginning = work.begin(interrupted.signal);
  await expect.poll(() => server.objects.has(`${objects}/${id}`)).toBe(true);
  interrupted.abort(new Error('Ctrl-C'));
  await expect(beginning).rejects.toThrow('Ctrl-C');
  await work.takeBack(true);
  expect(server.objects.has(`${objects}/${id}`)).toBe(false);
});

test('one that is refused is not there; the agent that was to go is notified all the same', async () => {
  const work = await workOf();
  server.intercept((method) => (method === 'POST' ? [422, { kind: 'Status', code: 422, message: 'no' }] : null));
  await expect(work.begin(signal)).rejects.toMatchObject({ code: 'CHAOS_MESH_REFUSED', exitCode: 75 });
  await work.takeBack(true);
  await work.assertGone();
  expect(notes).toEqual([notNotified]);
});

test('one that comes to be there only after it was asked for is taken back', async () => {
  const work = await workOf();
  const { put } = server;
  server.intercept((method, path, body) => {
    if (method !== 'POST' || path !== objects) return null;
    setTimeout(() => put(`${objects}/${id}`, body as object), 1500);
    return 'cut';
  });
  await expect(work.begin(signal)).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
  await work.takeBack(true);
  expect(notes[0]).toBe(
    'Chaos Mesh on worker: taken back: no condition and no record; it went without a finalizer: nobody had taken it up',
  );
  expect(server.objects.has(`${objects}/${id}`)).toBe(false);
});

test.each([
  ['whose answer never came', 'cut' as const],
  [
    'whose API server failed as its etcd was late',
    [500, { code: 500, message: 'etcdserver: request timed out' }] as const,
  ],
])('one %s, and that is there all the same, is taken back', async (_, answer) => {
  const work = await workOf();
  const { put, objects: all } = server;
  server.intercept((method, path, body) => {
    if (method !== 'POST' || path !== objects) return null;
    put(`${objects}/${id}`, body as object);
    return answer === 'cut' ? answer : [...answer];
  });
  await expect(work.begin(signal)).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
  expect(all.has(`${objects}/${id}`)).toBe(true);
  await work.takeBack(true);
  expect(all.has(`${objects}/${id}`)).toBe(false);
});
