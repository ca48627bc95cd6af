// Of a cleanup whatever one answer is: it never says that all is gone while something of ours stands, and touches nothing else.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type CleanupAct, cleanUpContext } from '../../src/cleanup/index.ts';
import { messageOf, SkipbeatError } from '../../src/common/errors.ts';
import {
  agentNamespace,
  namespaceLabels,
  openClusterJournal,
  ownLabels,
  recoverWithinMs,
  runLabel,
} from '../../src/guard/index.ts';
import { type OtherAnswer, startStandIn } from '../guard/api-server.ts';
import { sampleOf } from '../support/sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-answers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { signal } = new AbortController();
const namespacePath = `/api/v1/namespaces/${agentNamespace}`;
const othersPath = '/api/v1/namespaces/default/configmaps/theirs';

const line = (step: string, code: number): string =>
  JSON.stringify({ step, beganMs: 100, clockMs: 100, code, out: '', err: '' });
const log = [line('found', 0), line('undo', 0), line('undone', 3), line('cleared', 0)].join('\n');
const ended = { phase: 'Succeeded', containerStatuses: [{ name: 'agent', state: { terminated: { exitCode: 0 } } }] };

/** What a dead run left: an act on a node, its agent, and a Lease that nobody renews. */
const startLeft = async () => {
  const server = await startStandIn();
  server.put(namespacePath, {
    metadata: { labels: namespaceLabels, annotations: { 'skipbeat.dev/created-by-run': 'run-1' } },
  });
  server.put(othersPath, {});
  server.put(`/apis/coordination.k8s.io/v1/namespaces/${agentNamespace}/leases/skipbeat`, {
    metadata: { labels: { ...ownLabels, [runLabel]: 'run-1' } },
    spec: { holderIdentity: 'run-1', leaseDurationSeconds: 60, renewTime: '2026-01-01T00:00:00.000000Z' },
  });
  const { uid } = server.put('/api/v1/nodes/w01', {
    status: { conditions: [], nodeInfo: { kubeletVersion: 'v1.34.4', operatingSystem: 'linux' } },
  }).metadata;
  const act = { id: 'a1-kubelet-pause-1', node: 'w01', kind: 'kubelet-pause', lengthMs: 30_000, maxMs: 600_000 };
  await openClusterJournal(server.access, 'run-1').add(
    { ...act, apply: ['true'], undo: ['true'] },
    { uid, machine: { id: 'm1', uuid: 'u1' } },
    signal,
  );
  server.put(`${namespacePath}/pods/act-a1-kubelet-pause-1`, {
    metadata: { labels: ownLabels },
    spec: { nodeName: 'w01' },
  });
  return server;
};

/** @param nth which request is answered so */
const cleanWith = async (nth: number, wrong: OtherAnswer) => {
  const server = await startLeft();
  let count = 0;
  let what = '';
  server.intercept((method, path) => {
    count += 1;
    if (count === nth) {
      what = `${method} ${path}`;
      return wrong;
    }
    if (path.endsWith('/log')) return [200, log];
    const pod = server.objects.get(path);
    return method === 'GET' && pod !== undefined && path.includes('/pods/') ? [200, { ...pod, status: ended }] : null;
  });
  const acts: CleanupAct[] = [];
  const kubeconfig = server.kubeconfig(join(folder, `kubeconfig-${nth}-${Math.random()}`));
  const isClean = await cleanUpContext({
    ...{ context: 'staging', kubeconfig, env: {}, agentImage: 'agent:1', dryRun: false, recoverWithinMs, signal },
    notify: (each) => acts.push(each),
    waiting: () => undefined,
  }).catch((thrown: unknown) => {
    if (thrown instanceof SkipbeatError) return thrown;
    throw new Error(`${what}: ${messageOf(thrown)}`, { cause: thrown });
  });
  // Who may not list every kind leaves the namespace, by name.
  const isNamed = acts.some(({ outcome, detail }) => outcome === 'left' && detail.includes('expected the right to '));
  const left = [...server.objects.keys()].filter(
    (path) => path.includes(agentNamespace) && !(isNamed && path === namespacePath),
  );
  const isTouched = !server.objects.has(othersPath);
  await server.close();
  return { isReached: what !== '', what, isClean, left, isTouched, acts };
};

const page = '<html>the way to the API server is closed</html>';
const status = (code: number): OtherAnswer => [
  code,
  { kind: 'Status', apiVersion: 'v1', code, message: `no: ${code}` },
];
/** More than a cleanup makes, so that those after which it waits a minute for something to go wait together. */
const atOnce = 48;
/** By day every third request is answered so, another one first in each case; at night each is. */
const everyNth = sampleOf(3, 1);

describe.concurrent('an answer', () => {
  const wrongs: [string, OtherAnswer][] = [
    // Those that take longest begin first.
    ['that is a page, with 200', [200, page]],
    ['that is nothing, with 200', [200, {}]],
    ['that is a list of nobody, with 200', [200, { items: [], metadata: {}, groups: [], resources: [] }]],
    ['409', status(409)],
    ['that is a page, with 404', [404, page]],
    ['that is a page, with 409', [409, page]],
    ['that never comes, of what was done', 'lost'],
    ['that never comes, of what was not', 'cut'],
    ['404 of who has no way to the API server', [404, { kind: 'Status', code: 404, message: 'no such cluster' }]],
    ['401', status(401)],
    ['403', status(403)],
    ['410', status(410)],
    ['429', status(429)],
    ['503', status(503)],
  ];
  test.each(wrongs.map(([name, wrong], index) => [name, wrong, index] as const))(
    '%s has nothing called gone that stands',
    async (_, wrong, first) => {
      const untrue: unknown[] = [];
      let isOver = false;
      for (let from = 1 + (first % everyNth); !isOver; from += atOnce) {
        const some = Array.from({ length: atOnce / everyNth }, (_each, index) =>
          cleanWith(from + index * everyNth, wrong),
        );
        for (const { isReached, what, isClean, left, isTouched, acts } of await Promise.all(some)) {
          if (!isReached) isOver = true;
          if (isTouched || (isClean === true && left.length > 0)) untrue.push({ what, left, acts });
        }
      }
      expect(untrue).toEqual([]);
    },
  );
});
