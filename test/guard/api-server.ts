// A server of our own stands in for an API server where a real one cannot be made to do a thing at a chosen moment: to
// refuse one right, to show another clock, to lose an answer. Against real ones the same is tried in test/e2e.
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClusterAccess, loadClient } from '../../src/cluster/index.ts';

export type Stored = {
  metadata: {
    name: string;
    uid: string;
    resourceVersion: string;
    labels?: Record<string, string>;
    [key: string]: unknown;
  };
  [key: string]: unknown;
};

type Answer = readonly [status: number, body: unknown];

/** In place of its own answer; `lost`: it does what it is asked, and its answer does not come. */
export type OtherAnswer = Answer | 'cut' | 'held' | 'lost';

export type StandIn = {
  readonly access: ClusterAccess;
  /** Where it listens; errors name it so. */
  readonly url: string;
  /** By their paths; a test may put there what it likes. */
  readonly objects: Map<string, Stored>;
  /** Method and path of everything that would have written, dry runs apart. */
  readonly written: readonly string[];
  readonly put: (path: string, object: object) => Stored;
  /** `create pods in skipbeat-agents`: reviews say no, and so does the server itself. */
  readonly deny: (right: string) => void;
  /** Answers this request itself, once or until it returns null. */
  readonly intercept: (answer: (method: string, path: string, body: unknown) => OtherAnswer | null) => void;
  /** Its clock is so much ahead of this machine's. */
  readonly setAheadMs: (ms: number) => void;
  readonly nowMs: () => number;
  /** Of the context `staging`. */
  readonly kubeconfig: (file: string) => string;
  readonly close: () => Promise<void>;
};

const refusal = (code: number, message: string): Answer => [code, { kind: 'Status', code, message }];

/** As an API server names what is not there. @see kubernetes apimachinery pkg/api/errors, NewNotFound */
export const notFound = (path: string): readonly [404, object] => {
  const [kind, name] = path.split('/').slice(-2);
  const message = `${kind} "${name}" not found`;
  return [404, { kind: 'Status', code: 404, reason: 'NotFound', message, details: { name, kind } }];
};

const done: Answer = [200, { kind: 'Status', status: 'Success' }];

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  let text = '';
  for await (const part of request) text += String(part);
  return text === '' ? null : JSON.parse(text);
};

const namespaceOf = (path: string): string | null => /\/namespaces\/([^/]+)\//.exec(path)?.[1] ?? null;

/** Of a right, as the reviews and `deny` have it. */
const rightText = (verb: string, resource: string, namespace: string | null | undefined): string =>
  `${verb} ${resource}${namespace === null || namespace === undefined ? '' : ` in ${namespace}`}`;

export const startStandIn = async (): Promise<StandIn> => {
  const objects = new Map<string, Stored>();
  const written: string[] = [];
  const denied = new Set<string>();
  let intercept: Parameters<StandIn['intercept']>[0] = () => null;
  let aheadMs = 0;
  let version = 0;
  const nowMs = (): number => Date.now() + aheadMs;

  const store = (path: string, object: object): Stored => {
    version += 1;
    const sent = object as { metadata?: object };
    const name = path.slice(path.lastIndexOf('/') + 1);
    const before = objects.get(path)?.metadata;
    const stored: Stored = {
      // Each has one; of which kind it is nobody here reads.
      ...{ kind: 'Kind', ...object },
      metadata: {
        creationTimestamp: before?.creationTimestamp ?? new Date(nowMs()).toISOString(),
        ...sent.metadata,
        ...{ name, uid: before?.uid ?? randomUUID(), resourceVersion: String(version) },
      },
    };
    objects.set(path, stored);
    return stored;
  };

  const list = (path: string, selector: string): Answer => {
    const wanted = selector === '' ? [] : selector.split(',').map((part) => part.split('=') as [string, string]);
    const items = [...objects].flatMap(([at, object]) => {
      const isInside = at.startsWith(`${path}/`) && !at.slice(path.length + 1).includes('/');
      const { labels = {} } = object.metadata;
      return isInside && wanted.every(([key, value]) => labels[key] === value) ? [object] : [];
    });
    return [200, { kind: 'List', metadata: { resourceVersion: String(version) }, items }];
  };

  const write = (method: string, path: string, body: unknown, isDry: boolean): Answer => {
    if (!isDry) written.push(`${method} ${path}`);
    if (method === 'POST') {
      const namespace = namespaceOf(`${path}/`);
      if (namespace !== null && !objects.has(`/api/v1/namespaces/${namespace}`)) {
        return notFound(`/api/v1/namespaces/${namespace}`);
      }
      const { metadata } = body as Stored;
      const at = `${path}/${metadata.name}`;
      if (objects.has(at)) return refusal(409, `"${metadata.name}" already exists`);
      return [201, isDry ? body : store(at, body as object)];
    }
    const found = objects.get(path);
    if (found === undefined) return notFound(path);
    if (method === 'DELETE') {
      const { preconditions = {} } = (body ?? {}) as { preconditions?: { uid?: string; resourceVersion?: string } };
      const { uid, resourceVersion } = found.metadata;
      if (
        (preconditions.uid ?? uid) !== uid ||
        (preconditions.resourceVersion ?? resourceVersion) !== resourceVersion
      ) {
        return refusal(409, 'the precondition failed');
      }
      // With a namespace goes what is in it, of whatever group.
      const inside = `${path.replace('/api/v1', '')}/`;
      for (const each of objects.keys()) if (each === path || each.includes(inside)) objects.delete(each);
      return done;
    }
    const { resourceVersion } = (body as Stored).metadata;
    if (resourceVersion !== undefined && resourceVersion !== found.metadata.resourceVersion) {
      return refusal(409, 'the object has been modified');
    }
    return [200, store(path, body as object)];
  };

  const review = (body: unknown): Answer => {
    const { verb, resource, subresource, namespace } = (
      body as { spec: { resourceAttributes: Record<string, string> } }
    ).spec.resourceAttributes;
    const full = subresource === undefined ? (resource ?? '') : `${resource}/${subresource}`;
    return [
      201,
      { kind: 'SelfSubjectAccessReview', status: { allowed: !denied.has(rightText(verb ?? '', full, namespace)) } },
    ];
  };

  const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', DELETE: 'delete' };
  const answer = (method: string, url: URL, body: unknown): Answer => {
    const path = url.pathname;
    if (path.endsWith('/selfsubjectaccessreviews')) return review(body);
    const isList =
      method === 'GET' &&
      !objects.has(path) &&
      /(nodes|configmaps|pods|services|deployments|endpointslices|leases|namespaces|networkchaos)$/.test(path);
    const parts = path.split('/');
    const resource = (isList || method === 'POST' ? parts.at(-1) : parts.at(-2)) ?? '';
    const right = rightText(isList ? 'list' : (verbs[method] ?? 'get'), resource, namespaceOf(path));
    if (denied.has(right)) return refusal(403, `no right to ${right}`);
    if (isList) return list(path, url.searchParams.get('labelSelector') ?? '');
    if (method !== 'GET') return write(method, path, body, url.searchParams.get('dryRun') === 'All');
    const found = objects.get(path);
    return found === undefined ? notFound(path) : [200, found];
  };

  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const url = new URL(request.url ?? '', 'http://localhost');
      const method = request.method ?? '';
      const intercepted = intercept(method, url.pathname, body);
      if (intercepted === 'cut') {
        request.socket.destroy();
        return;
      }
      if (intercepted === 'held') return;
      const [status, answered] =
        intercepted === null || intercepted === 'lost' ? answer(method, url, body) : intercepted;
      if (intercepted === 'lost') {
        request.socket.destroy();
        return;
      }
      response.statusCode = status;
      response.setHeader('Date', new Date(nowMs()).toUTCString());
      response.setHeader('Content-Type', typeof answered === 'string' ? 'text/plain' : 'application/json');
      response.end(typeof answered === 'string' ? answered : JSON.stringify(answered));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;

  store('/apis', { groups: [{ versions: [{ groupVersion: 'coordination.k8s.io/v1' }] }] });
  store('/api/v1', {
    resources: [
      { name: 'configmaps', namespaced: true, verbs: ['list'], kind: 'ConfigMap' },
      { name: 'pods/log', namespaced: true, verbs: ['get'], kind: 'Pod' },
      { name: 'nodes', namespaced: false, verbs: ['list'], kind: 'Node' },
    ],
  });
  store('/apis/coordination.k8s.io/v1', {
    resources: [{ name: 'leases', namespaced: true, verbs: ['list'], kind: 'Lease' }],
  });
  store('/version', { gitVersion: 'v1.34.4' });
  store('/api/v1/namespaces/kube-system', {});
  store('/api/v1/namespaces/default', {});
  store('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes', {
    endpoints: [{ addresses: ['10.0.0.2'] }],
  });

  const url = `http://127.0.0.1:${port}`;
  const client = await loadClient();
  const config = new client.KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'staging-eu', server: url, skipTLSVerify: true }],
    users: [{ name: 'u', token: 'word' }],
    contexts: [{ name: 'staging', cluster: 'staging-eu', user: 'u' }],
    currentContext: 'staging',
  });
  return {
    access: { client, config },
    url,
    objects,
    written,
    put: store,
    deny: (right) => denied.add(right),
    intercept: (next) => {
      intercept = next;
    },
    setAheadMs: (ms) => {
      aheadMs = ms;
    },
    nowMs,
    kubeconfig: (file) => {
      writeFileSync(file, config.exportConfig());
      return file;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
