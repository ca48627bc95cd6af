// What an API server of somebody's does not do is no bug of ours, and of its answer nothing is shown but its words.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { agentPods } from '../../../src/agent/pods.ts';
import { ownClusterBackend } from '../../../src/backend/index.ts';
import { loadClient } from '../../../src/cluster/index.ts';
import { agentNamespace, namedFailure, readNodeChoice, surveyCluster } from '../../../src/guard/index.ts';
import { startStandIn } from '../../guard/api-server.ts';
import { defaultPlan } from '../../verdict/timeline-builder.ts';

const { signal } = new AbortController();

test.each([
  [401, 'no such token', 'CREDENTIALS_REFUSED', "expected the context's credentials to be taken, found HTTP 401."],
  [503, 'apiserver is shutting down', 'API_UNREACHABLE', 'found HTTP 503, apiserver is shutting down.'],
])(
  'a run whose node cannot be read, for %d, ends with that, and leaves nothing',
  async (status, message, code, found) => {
    const server = await startStandIn();
    try {
      for (const name of ['w01', 'w02', 'w03']) {
        server.put(`/api/v1/nodes/${name}`, {
          metadata: { labels: { 'skipbeat.dev/faults': 'allowed' } },
          status: {
            conditions: [{ type: 'Ready', status: 'True', reason: '' }],
            nodeInfo: { kubeletVersion: 'v1.34.4', operatingSystem: 'linux' },
          },
        });
      }
      const survey = await surveyCluster(server.access, signal);
      server.intercept((_, path) =>
        path === '/api/v1/nodes/w01' ? [status, { kind: 'Status', code: status, message }] : null,
      );
      const began = performance.now();
      const recorder = {
        ...{ startNs: process.hrtime.bigint(), nowMs: () => performance.now() - began },
        ...{ event: () => undefined, requests: () => undefined },
      };
      const backend = ownClusterBackend({
        ...{ access: server.access, survey, run: 'run-1', tail: 'a1b2c3', agentImage: 'none', injector: 'agent' },
        choice: readNodeChoice('skipbeat.dev/faults=allowed'),
        ...{ maxMs: 600_000, load: null, nodeOf: new Map([['worker', 'w01']]) },
      });
      await expect(backend.run(defaultPlan, recorder, signal)).rejects.toMatchObject({
        ...{ code, exitCode: 75 },
        message: expect.stringContaining(found),
      });
      expect([...server.objects.keys()].filter((path) => path.includes(agentNamespace))).toEqual([]);
    } finally {
      await server.close();
    }
  },
);

test.each([
  ['AGENT_NOT_STARTED', 403, 'found that it is not made: HTTP 403, admission webhook "x" denied the request.'],
  ['API_UNREACHABLE', 502, 'found HTTP 502, admission webhook "x" denied the request.'],
])('a pod that is not made is %s for %d, without the headers of the answer', async (code, status, found) => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json', 'set-cookie': 'session=SECRET' });
    response.end(JSON.stringify({ kind: 'Status', message: 'admission webhook "x" denied the request' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const client = await loadClient();
    const config = new client.KubeConfig();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: true }, { name: 'u' });
    const access = { client, config };
    const pod = { metadata: { name: 'act-a' }, spec: { containers: [], nodeName: 'w01' } };
    const thrown = namedFailure(
      access,
      await agentPods(access)
        .create(pod, signal)
        .catch((failed: unknown) => failed),
    );
    expect(thrown).toMatchObject({ code, exitCode: 75, message: expect.stringContaining(found) });
    expect(inspect(thrown, { depth: 10 })).not.toContain('SECRET');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
