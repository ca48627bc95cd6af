import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { undoNow } from '../../src/agent/index.ts';
import { agentPods } from '../../src/agent/pods.ts';
import { loadClient } from '../../src/cluster/index.ts';
import { ownLabels } from '../../src/guard/index.ts';
import { notFound } from '../guard/api-server.ts';
import { prepared } from './prepared.ts';

// An API server that knows nothing but pods of one namespace, and whose kubelet does with them what the test says.
let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Kubelet = { readonly status: object; readonly log: string };

const serve = async (kubelet: Kubelet) => {
  const asked: string[] = [];
  let pod: object | null = null;
  const answer = (response: ServerResponse, status: number, body: object | string): void => {
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json' });
    response.end(isText ? body : JSON.stringify(body));
  };
  const handle = (request: IncomingMessage, text: string, response: ServerResponse): void => {
    const [path = ''] = (request.url ?? '').replace('/api/v1/namespaces/skipbeat-agents/', '').split('?');
    asked.push(`${request.method} ${path}`);
    if (request.method === 'POST') {
      pod = JSON.parse(text) as object;
      answer(response, 201, pod);
      return;
    }
    if (pod === null) {
      answer(response, ...notFound(`/pods/${path.split('/')[1]}`));
      return;
    }
    if (path.endsWith('/log')) {
      answer(response, 200, kubelet.log);
      return;
    }
    const seen = { ...pod, status: kubelet.status };
    if (request.method === 'DELETE') pod = null;
    answer(response, 200, seen);
  };
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => {
      text += part;
    });
    request.on('end', () => handle(request, text, response));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = await loadClient();
  const config = new client.KubeConfig();
  config.loadFromClusterAndUser({ name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }, { name: 'u' });
  return { access: { client, config }, asked };
};

const statusOf = (state: object, phase = 'Running'): object => ({
  phase,
  containerStatuses: [{ name: 'agent', state }],
});
const line = (step: string, clockMs: number, code: number): string =>
  JSON.stringify({ step, beganMs: clockMs, clockMs, code, out: '', err: '' });
const options = { run: 'r', image: 'i' };
const signal = new AbortController().signal;

test('an undo from outside makes a pod on the node, reads what it printed, and takes it away', async () => {
  const { act } = await prepared('kubelet-pause');
  const log = [line('found', 1, 3), line('undo', 2, 0), line('undone', 3, 3), line('cleared', 4, 0)].join('\n');
  const { access, asked } = await serve({ status: statusOf({ terminated: { exitCode: 0 } }, 'Succeeded'), log });
  const { stood, byTimer } = await undoNow(access, act, options, signal);
  expect([stood, byTimer]).toEqual([false, false]);
  const name = `pods/undo-${act.id}`;
  expect([...new Set(asked)]).toEqual([`GET ${name}`, 'POST pods', `GET ${name}/log`, `DELETE ${name}`]);
  expect(asked.at(-1)).toBe(`GET ${name}`);
});

test('the pod of an undo that is not proved is left there, for somebody to look at', async () => {
  const { act } = await prepared('kubelet-pause');
  const { access, asked } = await serve({
    status: statusOf({ terminated: { exitCode: 1 } }, 'Failed'),
    log: line('found', 1, 0),
  });
  await expect(undoNow(access, act, options, signal)).rejects.toMatchObject({ code: 'UNDO_FAILED', exitCode: 75 });
  expect(asked.filter((one) => one.startsWith('DELETE'))).toEqual([]);
});

test("somebody else's pod of that name is left where it is", async () => {
  const { act } = await prepared('kubelet-pause');
  const { access, asked } = await serve({ status: {}, log: '' });
  const core = access.config.makeApiClient(access.client.CoreV1Api);
  const metadata = { name: `undo-${act.id}`, labels: { app: 'theirs' } };
  await core.createNamespacedPod({ namespace: 'skipbeat-agents', body: { metadata } });
  await expect(undoNow(access, act, options, signal)).rejects.toMatchObject({
    code: 'AGENT_NOT_STARTED',
    exitCode: 75,
  });
  expect(asked.filter((one) => one.startsWith('DELETE'))).toEqual([]);
});

test.each([
  [
    'an image that cannot be had',
    statusOf({ waiting: { reason: 'ErrImagePull', message: 'no such image' } }),
    'ErrImagePull: no such image',
  ],
  [
    'an image without nsenter',
    statusOf({ terminated: { exitCode: 128, reason: 'StartError', message: '"nsenter": executable file not found' } }),
    'StartError: "nsenter": executable file not found',
  ],
  [
    'a kubelet that refuses it',
    { phase: 'Failed', reason: 'OutOfpods', message: 'too many pods' },
    'OutOfpods: too many pods',
  ],
])('an agent with %s is an error that says so', async (_, status, why) => {
  const { act } = await prepared('kubelet-pause');
  const { access } = await serve({ status, log: '' });
  await expect(undoNow(access, act, options, signal)).rejects.toMatchObject({
    code: 'AGENT_NOT_STARTED',
    exitCode: 75,
    message: `Expected the agent's pod to run on node-of-worker, found ${why}. Nothing was done there by it.`,
  });
});

/** An API server that takes every request of the kind, and gives no answer to it. */
const hanging = async (method: string, path: RegExp) => {
  const aborted: string[] = [];
  let isThere = false;
  server = createServer((request, response) => {
    request.resume();
    if (request.method === method && path.test(request.url ?? '')) {
      response.on('close', () => aborted.push(`${request.method} ${request.url}`));
      return;
    }
    isThere ||= request.method === 'POST';
    const { labels } = agentPod.metadata;
    response.writeHead(isThere ? 200 : 404, { 'content-type': 'application/json' });
    const [, missing] = notFound('/pods/agent-1');
    response.end(JSON.stringify(isThere ? { metadata: { uid: 'u', labels } } : missing));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const client = await loadClient();
  const config = new client.KubeConfig();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: true }, { name: 'u' });
  return { pods: agentPods({ client, config }, { answerMs: 100, createMs: 200 }), aborted };
};

const agentPod = { metadata: { name: 'agent-1', labels: ownLabels }, spec: { containers: [], nodeName: 'n' } };

test.each([
  ['create', 'POST', /pods$/, 0.2],
  ['logs', 'GET', /log/, 0.1],
  ['remove', 'GET', /agent-1$/, 0.1],
] as const)(
  '%s ends where an API server takes the request and gives no answer',
  async (what, method, path, seconds) => {
    const { pods, aborted } = await hanging(method, path);
    await expect(pods[what](agentPod, signal)).rejects.toThrow(`no answer of the API server within ${seconds} s`);
    await expect.poll(() => aborted).toHaveLength(1);
  },
);

test.each([
  ['create', 'POST', /pods$/],
  ['logs', 'GET', /log/],
  ['started', 'GET', /agent-1$/],
] as const)('%s that is not answered ends with the signal, too', async (what, method, path) => {
  const { pods } = await hanging(method, path);
  const ending = new AbortController();
  const asked = pods[what](agentPod, ending.signal);
  ending.abort(new Error('interrupted'));
  await expect(asked).rejects.toThrow('interrupted');
});

test('a pod whose deletion is not answered is an error that says so', async () => {
  const { pods } = await hanging('DELETE', /agent-1/);
  await pods.create(agentPod, signal);
  await expect(pods.remove(agentPod)).rejects.toThrow('no answer of the API server within 0.1 s');
});

test('a proxy that does not know the cluster says nothing of a pod, though it says so by a Status', async () => {
  const { act } = await prepared('kubelet-pause');
  const kubelet = { status: statusOf({ running: {} }), log: '' };
  const { access } = await serve(kubelet);
  const core = access.config.makeApiClient(access.client.CoreV1Api);
  await core.createNamespacedPod({ namespace: 'skipbeat-agents', body: agentPod });
  server?.removeAllListeners('request');
  const message = 'kubernetes cluster "staging" not found';
  server?.on('request', (_, response: ServerResponse) => {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', status: 'Failure', code: 404, reason: 'NotFound', message }));
  });
  const pods = agentPods(access);
  await expect(pods.remove(agentPod)).rejects.toMatchObject({ code: 404, message: `HTTP 404, ${message}` });
  await expect(pods.ended(agentPod, 10_000, signal)).rejects.toThrow(message);
  await expect(undoNow(access, act, options, signal)).rejects.toThrow(message);
});
