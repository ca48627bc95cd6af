import { expect, test } from 'vitest';
import type { Answer } from '../../src/cluster/reach/api.ts';
import { createController } from '../../src/watch/reach/controller.ts';
import { podsPath, readControllerSettings, readKubelet } from '../../src/watch/reach/settings.ts';
import type { Sighting } from '../../src/watch/seen/sighting.ts';

const { signal } = new AbortController();

const pod = (name: string, image: string, ...flags: readonly string[]) => ({
  metadata: { name, namespace: 'kube-system', annotations: { 'kubernetes.io/config.mirror': 'x' } },
  spec: {
    containers: [{ name: 'kube-controller-manager', image, command: ['kube-controller-manager', ...flags] }],
    nodeName: 'cp',
  },
  status: { phase: 'Running' },
});

const controller = (answer: Partial<Answer>) =>
  readControllerSettings(() => Promise.resolve({ status: 200, text: '', dateMs: null, ...answer }), 'v1.33.1', signal);
const pods = (...items: readonly object[]) => controller({ text: JSON.stringify({ items }) });

const image = 'registry.k8s.io/kube-controller-manager:v1.31.2';

test('what the manifest says holds, and what it does not say is the default of its own version', async () => {
  expect(await pods(pod('kube-controller-manager-cp', image, '--node-monitor-period=2s'))).toEqual({
    grace: { ms: 40_000, source: 'default', from: 'pod kube-controller-manager-cp, v1.31.2' },
    monitorPeriod: { ms: 2000, source: 'manifest', from: 'pod kube-controller-manager-cp' },
    missing: [],
  });
});

test('of an image without a version the server’s counts', async () => {
  const { grace } = await pods(pod('kube-controller-manager-cp', 'mirror/kcm@sha256:0123'));
  expect(grace).toMatchObject({ ms: 50_000, from: 'pod kube-controller-manager-cp, v1.33.1' });
});

test.each([
  ['the token may not', { status: 403, text: '{"message":"pods is forbidden"}' }, 'pods is forbidden'],
  ['the control plane is hidden', { text: '{"items":[]}' }, 'the cluster shows no pod of kube-controller-manager'],
  [
    'members differ',
    {
      text: JSON.stringify({
        items: [
          pod('kube-controller-manager-1', image),
          pod('kube-controller-manager-2', image, '--node-monitor-grace-period=20s'),
        ],
      }),
    },
    'its pods have different settings',
  ],
])('where %s nothing is known, and the reason is named', async (_, answer, reason) => {
  const { grace, monitorPeriod, missing } = await controller(answer);
  expect([grace.ms, monitorPeriod.ms]).toEqual([null, null]);
  expect(missing).toMatchObject([{ verb: 'list', resource: 'pods in kube-system', reason }]);
});

test('a manifest that a shell starts is not read', async () => {
  const hidden = pod('kube-controller-manager-cp', image);
  hidden.spec.containers[0] = {
    name: 'kube-controller-manager',
    image,
    command: ['sh', '-c', 'exec kube-controller-manager --node-monitor-grace-period=20s'],
  };
  const { grace, missing } = await pods(hidden);
  expect(grace.ms).toBeNull();
  expect(missing[0]?.reason).toBe(
    'pod kube-controller-manager-cp:1:206: spec.containers.0.command: expected the argv of kube-controller-manager, received a shell, whose text is not read',
  );
});

test('a kubelet that does not answer is told apart from a missing right', async () => {
  const ask = (answer: Partial<Answer>) =>
    readKubelet(() => Promise.resolve({ status: 200, text: '{}', dateMs: null, ...answer }), 'a', signal);
  expect(await ask({ status: 403, text: '{"message":"no"}' })).toEqual({ refused: 'no', isRight: true });
  expect(await ask({ status: 502, text: 'gateway' })).toEqual({ refused: 'HTTP 502', isRight: false });
  expect(await ask({})).toEqual({ refused: 'configz holds no kubeletconfig', isRight: false });
  const kubeletconfig = { nodeStatusUpdateFrequency: '20s', nodeLeaseDurationSeconds: 80 };
  expect(await ask({ text: JSON.stringify({ kubeletconfig }) })).toEqual({
    settings: { nodeStatusUpdateFrequencyMs: 20_000, nodeStatusReportFrequencyMs: null, nodeLeaseDurationSeconds: 80 },
  });
});

test('what the control plane answers is emitted each time it is asked, and so is why it does not', async () => {
  const said: Sighting[] = [];
  const answers: readonly (Partial<Answer> | Error)[] = [
    { text: JSON.stringify({ items: [pod('kube-controller-manager-cp', image)] }) },
    { status: 403, text: '{"message":"pods is forbidden"}' },
    { text: '<html>' },
    Object.assign(new Error('late'), { name: 'TimeoutError' }),
  ];
  const asked = answers.values();
  const { read, missing } = createController({
    ask: async () => {
      const answer = asked.next().value;
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('over');
      return { status: 200, text: '', dateMs: null, ...answer };
    },
    serverVersion: 'v1.31.2',
    nowMs: () => 7,
    take: (sighting) => said.push(sighting),
    signal,
  });
  for (const _ of answers) await read();
  expect(said).toMatchObject([
    { type: 'controller', grace: { ms: 40_000 }, problem: null },
    { grace: { ms: null }, problem: 'pods is forbidden' },
    { grace: { ms: null }, problem: expect.stringContaining('not valid JSON') },
    { grace: { ms: null }, problem: `GET ${podsPath}: no answer in 5 s` },
  ]);
  expect(missing()).toMatchObject([{ verb: 'list', resource: 'pods in kube-system' }]);
});
