import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHollowNodes, createHollowPods, loadClient, openAccess } from '../../../src/cluster/index.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';

type Answer = (name: string, response: ServerResponse, request: IncomingMessage) => void;

type Body = { readonly metadata: { readonly name: string } };

let folder: string;
let bodies: Body[];
let answer: Answer;
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(parts).toString()) as Body;
    bodies.push(body);
    answer(body.metadata.name, response, request);
  });
});

beforeEach(async () => {
  bodies = [];
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-nodes-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const send = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: status < 300 ? 'Node' : 'Status', apiVersion: 'v1', metadata: {} }));
};

const openHere = async () => {
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder, 'config');
  // The client speaks HTTP without TLS only where no certificate is to be checked.
  const cluster = { name: 'a', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } };
  const context = { name: 'a', context: { cluster: 'a', user: 'a' } };
  const user = { name: 'a', user: {} };
  writeFileSync(
    kubeconfig,
    JSON.stringify({ clusters: [cluster], contexts: [context], users: [user], 'current-context': 'a' }),
  );
  return openAccess(await loadClient(), kubeconfig, null);
};

const create = async (count: number, signal = new AbortController().signal): Promise<void> => {
  const nodes = Array.from({ length: count }, (_, index) => `hollow-${index + 1}`);
  await createHollowNodes(
    await openHere(),
    'skipbeat-x',
    { nodes: count, zones: 1 },
    [{ name: 'group-1', nodes, isRelayed: false }],
    signal,
  );
};

test('a node whose request got no answer is asked for again, also where it had been made', async () => {
  const made = new Set<string>();
  const asked: string[] = [];
  answer = (name, response, request) => {
    asked.push(name);
    const isThere = made.has(name);
    made.add(name);
    // Of the first two the answer is lost: one was made, of the other nothing came through.
    if (asked.filter((one) => one === name).length === 1 && /-[12]$/.test(name)) {
      if (name.endsWith('-2')) made.delete(name);
      request.socket.destroy();
    } else send(response, isThere ? 409 : 201);
  };
  await create(20);
  expect([...made].length).toBe(20);
  expect(asked).toHaveLength(22);
});

test('a node is made with the labels that a kubelet gives its own, so that the controller manager has none to add', async () => {
  answer = (_, response) => send(response, 201);
  await create(1);
  expect(bodies).toEqual([
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: 'skipbeat-x-hollow-1',
        labels: {
          'skipbeat/hollow': 'group-1',
          'kubernetes.io/hostname': 'skipbeat-x-hollow-1',
          'kubernetes.io/os': 'hollow',
          'beta.kubernetes.io/os': 'hollow',
          'topology.kubernetes.io/zone': 'a',
        },
      },
      spec: { taints: [{ key: 'skipbeat/hollow', effect: 'NoSchedule' }] },
    },
  ]);
});

test('a server that is not up to it is asked again', async () => {
  let count = 0;
  answer = (_, response) => {
    count += 1;
    send(response, count === 1 ? 429 : count === 2 ? 503 : 201);
  };
  await create(1);
  expect(count).toBe(3);
});

test.each([403, 409, 422])('a node that is refused with %d ends it at once', async (status) => {
  let count = 0;
  answer = (_, response) => {
    count += 1;
    send(response, status);
  };
  await expect(create(1)).rejects.toMatchObject({ code: status });
  expect(count).toBe(1);
});

test('a run that is called off asks no more', async () => {
  const stop = new AbortController();
  answer = (_, __, request) => {
    request.socket.destroy();
    stop.abort(new Error('called off'));
  };
  await expect(create(1, stop.signal)).rejects.toThrow('called off');
});

test('pods are put on their nodes by name, with what pods of the workload tolerate', async () => {
  answer = (_, response) => send(response, 201);
  const { scenario } = checkScenario(
    'name: a\nprofile: default\ncluster: {hollow: {nodes: 2, podsPerNode: 2}}\nworkload: {terminationGracePeriod: 5s, tolerations: {unreachable: 10s}}\nphases: [{steady: 10s}]\n',
    'x.yaml',
  );
  const plan = makePlan(scenario, { kubernetesVersion: 'v1.34.4' });
  await createHollowPods(await openHere(), 'skipbeat-x', 'image:1', plan, new AbortController().signal);
  expect(bodies.map(({ metadata }) => metadata.name).toSorted()).toEqual([
    'hollow-1-pod-1',
    'hollow-1-pod-2',
    'hollow-2-pod-1',
    'hollow-2-pod-2',
  ]);
  expect(bodies.find(({ metadata }) => metadata.name === 'hollow-2-pod-1')).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'hollow-2-pod-1',
      namespace: 'skipbeat',
      labels: { 'skipbeat/hollow': 'pod' },
      annotations: { 'skipbeat/own-tolerations': 'node.kubernetes.io/unreachable' },
    },
    spec: {
      nodeName: 'skipbeat-x-hollow-2',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 5,
      tolerations: [
        { key: 'skipbeat/hollow', operator: 'Exists' },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 10 },
      ],
      containers: [{ name: 'nothing', image: 'image:1', imagePullPolicy: 'Never' }],
    },
  });
});

test('a pod that is refused ends it', async () => {
  answer = (_, response) => send(response, 422);
  const { scenario } = checkScenario(
    'name: a\nprofile: default\ncluster: {hollow: {nodes: 1, podsPerNode: 1}}\nphases: [{steady: 10s}]\n',
    'x.yaml',
  );
  const plan = makePlan(scenario, { kubernetesVersion: 'v1.34.4' });
  const creating = createHollowPods(await openHere(), 'skipbeat-x', 'image:1', plan, new AbortController().signal);
  await expect(creating).rejects.toMatchObject({ code: 422 });
});
