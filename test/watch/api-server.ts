// A server of our own stands in for an API server where a real one cannot be made to do a thing at a chosen moment: to
// refuse one right, to go away, to be another cluster. Against real ones watch is tried in test/e2e.

import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Refused = { readonly status: number; readonly message: string };

export type ApiServer = {
  readonly url: string;
  /** Method and path of everything that was asked, without what follows a `?`. */
  readonly asked: readonly string[];
  /** Resolves when such a request, as `asked` has it, has been made. */
  readonly isAsked: (request: string) => Promise<void>;
  /** Answers a path, and what is watched there where `verb` says so, with a refusal from now on. */
  readonly refuse: (verb: 'list' | 'watch' | 'get', path: string, refused: Refused) => void;
  readonly allow: (verb: 'list' | 'watch' | 'get', path: string) => void;
  /** The next lists of whole resources are not answered: those that are asked for one object alone are. */
  readonly holdLists: () => void;
  readonly setUid: (uid: string) => void;
  /** The kubelet of a node renews its lease now. */
  readonly renew: (node: string) => void;
  readonly setNode: (node: string, ready: 'True' | 'False' | 'Unknown', reason: string) => void;
  /** A node goes, and no watch says so: what a watch missed while it was down. */
  readonly removeUnseen: (node: string) => void;
  /** A line that is written to all watches as it is. */
  readonly writeLine: (line: string) => void;
  /** Nobody answers any more, and what was open is cut, until it is called with false. */
  readonly setAway: (isAway: boolean) => void;
  /**
   * Ends every watch in order, as API servers do now and then: a bookmark comes 2 s before.
   * @see k8s.io/apiserver, pkg/storage/cacher/cache_watcher.go, nextBookmarkTime
   */
  readonly endWatches: () => void;
  /** What is watched now hangs from here on: it stays open, and nothing comes by it any more. */
  readonly hangWatches: () => void;
  /** Resolves when so many watches are open. */
  readonly watched: (count: number) => Promise<void>;
  readonly kubeconfig: (file: string) => string;
  readonly close: () => Promise<void>;
};

export const context = 'staging';
const nodesPath = '/api/v1/nodes';
const leasesPath = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

type Held = { readonly metadata: Record<string, unknown> & { name: string } };

export const startApiServer = async (names: readonly string[]): Promise<ApiServer> => {
  let version = 1;
  let uid = 'uid-1';
  let isAway = false;
  let holdsLists = false;
  const asked: string[] = [];
  const refusals = new Map<string, Refused>();
  const streams = new Set<{ readonly path: string; readonly response: ServerResponse }>();
  const waiting = new Set<() => void>();
  const now = (): string => new Date().toISOString();
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const probe = (): void => {
        if (!holds()) return;
        waiting.delete(probe);
        resolve();
      };
      waiting.add(probe);
      probe();
    });

  const nodeOf = (name: string, status = 'True', reason = 'KubeletReady'): Held => ({
    metadata: {
      name,
      uid: `uid-${name}`,
      labels: { 'topology.kubernetes.io/zone': 'a' },
      resourceVersion: String(version),
    },
    ...{
      spec: {},
      status: {
        nodeInfo: { bootID: 'boot-1', kubeletVersion: 'v1.34.4' },
        conditions: [
          {
            type: 'Ready',
            status,
            reason,
            message: 'said so',
            lastHeartbeatTime: '2026-01-01T00:00:00Z',
            lastTransitionTime: now(),
          },
        ],
      },
    },
  });
  const leaseOf = (name: string): Held => ({
    metadata: { name, uid: `lease-${name}`, resourceVersion: String(version) },
    ...{ spec: { leaseDurationSeconds: 40, renewTime: now().replace('Z', '000Z') } },
  });
  const objects = new Map<string, Map<string, Held>>([
    [nodesPath, new Map(names.map((name) => [name, nodeOf(name)]))],
    [leasesPath, new Map(names.map((name) => [name, leaseOf(name)]))],
  ]);
  const change = (path: string, object: Held): void => {
    objects.get(path)?.set(object.metadata.name, object);
    for (const stream of streams) {
      if (stream.path === path) stream.response.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
    }
  };

  const plain: Readonly<Record<string, () => object>> = {
    '/readyz': () => ({}),
    '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager': () => ({
      spec: { holderIdentity: 'cp-1' },
    }),
    '/version': () => ({ gitVersion: 'v1.34.4' }),
    '/api/v1/namespaces/kube-system': () => ({ metadata: { uid } }),
    '/api/v1/namespaces/kube-system/pods': () => ({ items: [] }),
  };
  const kubeletconfig = {
    nodeStatusUpdateFrequency: '10s',
    nodeStatusReportFrequency: '5m0s',
    nodeLeaseDurationSeconds: 40,
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    if (isAway) {
      request.socket.destroy();
      return;
    }
    asked.push(`${request.method} ${pathname}`);
    for (const probe of waiting) probe();
    const isWatch = searchParams.get('watch') === 'true';
    const held = objects.get(pathname);
    const refused = refusals.get(`${held === undefined ? 'get' : isWatch ? 'watch' : 'list'} ${pathname}`);
    if (refused !== undefined) {
      response.statusCode = refused.status;
      response.end(JSON.stringify({ kind: 'Status', message: refused.message }));
    } else if (held !== undefined && isWatch) {
      if (searchParams.has('timeoutSeconds')) {
        response.end();
        return;
      }
      response.flushHeaders();
      const stream = { path: pathname, response };
      streams.add(stream);
      response.once('close', () => streams.delete(stream));
      for (const probe of waiting) probe();
    } else if (held !== undefined) {
      if (holdsLists && !searchParams.has('limit')) request.socket.destroy();
      else response.end(JSON.stringify({ metadata: { resourceVersion: String(version) }, items: [...held.values()] }));
    } else if (plain[pathname] !== undefined) response.end(JSON.stringify(plain[pathname]()));
    else if (pathname.endsWith('/proxy/configz')) response.end(JSON.stringify({ kubeletconfig }));
    else {
      response.statusCode = 404;
      response.end('{}');
    }
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  return {
    url,
    asked,
    allow: (verb, path) => refusals.delete(`${verb} ${path}`),
    refuse: (verb, path, refused) => refusals.set(`${verb} ${path}`, refused),
    holdLists: () => {
      holdsLists = true;
    },
    setUid: (other) => {
      uid = other;
    },
    renew: (name) => {
      version += 1;
      change(leasesPath, leaseOf(name));
    },
    setNode: (name, status, reason) => {
      version += 1;
      change(nodesPath, nodeOf(name, status, reason));
    },
    removeUnseen: (name) => {
      version += 1;
      objects.get(nodesPath)?.delete(name);
    },
    writeLine: (line) => {
      for (const { response } of streams) response.write(`${line}\n`);
    },
    setAway: (away) => {
      isAway = away;
      if (away) server.closeAllConnections();
    },
    endWatches: () => {
      const object = { metadata: { resourceVersion: String(version) } };
      for (const { response } of streams) response.end(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
      streams.clear();
    },
    hangWatches: () => streams.clear(),
    watched: (count) => until(() => streams.size >= count),
    isAsked: (one) => until(() => asked.includes(one)),
    kubeconfig: (file) => {
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'u', user: { token: 'word' } }],
        contexts: [{ name: context, context: { cluster: 'c', user: 'u' } }],
        'current-context': context,
      };
      writeFileSync(file, JSON.stringify(config));
      return file;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
