import * as z from 'zod';
import { apiAway } from '../../cluster/index.ts';
import { type PollResult, waitUntil } from '../../common/wait.ts';
import { readGroupVersions } from '../api/groups.ts';
import { type Api, evenAway } from '../api/request.ts';
import { createdBy, ownLabels, ownSelector, printable } from '../names.ts';

const namespacesPath = '/api/v1/namespaces';

const namespaceShape = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});

type Namespace = z.infer<typeof namespaceShape>;

/** A namespace that is being deleted goes within seconds, unless a finalizer holds it. */
const goneMs = 60_000;
/** One that somebody changes, as a controller that sets a label of its own, is looked at once more. */
const maxTries = 3;

const pathOf = (name: string): string => `${namespacesPath}/${name}`;

export const readNamespace = (api: Api, name: string, signal: AbortSignal): Promise<Namespace | null> =>
  api.read(pathOf(name), namespaceShape, { needs: { verb: 'get', resource: `namespaces/${name}` }, signal });

/** Waits until a namespace that is being deleted is no longer there. @throws SkipbeatError WAIT_TIMED_OUT (exit 2) */
const awaitGone = (api: Api, name: string, signal: AbortSignal): Promise<true> => {
  const read = async (ending: AbortSignal): Promise<PollResult<true>> =>
    (await readNamespace(api, name, ending)) === null ? { found: true } : { seen: 'it is there' };
  const probe = (ending: AbortSignal) => evenAway(read(ending), ({ message: seen }) => ({ seen }));
  return waitUntil(`the namespace ${name} to be gone`, probe, { timeoutMs: goneMs, everyMs: 500, signal });
};

export type NamespaceOptions = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly run: string;
};

/**
 * Makes a namespace where it is not there.
 * @param found what stands there
 */
export const ensureNamespace = async (
  api: Api,
  found: Namespace | null,
  { name, labels, run }: NamespaceOptions,
  signal: AbortSignal,
): Promise<void> => {
  if (found !== null && found.metadata.deletionTimestamp === undefined) return;
  if (found !== null) await awaitGone(api, name, signal);
  const body = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels, annotations: { [createdBy]: run } },
  };
  const needs = { verb: 'create', resource: 'namespaces' };
  await api.request('POST', namespacesPath, { needs, signal, body, takes: [409] });
};

const resourcesShape = z.object({
  resources: z.array(
    z.object({ name: z.string(), namespaced: z.boolean(), verbs: z.array(z.string()).default([]), kind: z.string() }),
  ),
});
const itemsShape = z.object({
  items: z
    .array(
      z.object({
        metadata: z.object({
          name: z.string().default(''),
          labels: z.record(z.string(), z.string()).default({}),
          annotations: z.record(z.string(), z.string()).default({}),
        }),
      }),
    )
    .nullable(),
});

/** What every namespace has by itself, made by controllers; and Events, which only report. */
const ofItself = (kind: string, name: string, annotations: Readonly<Record<string, string>>): boolean =>
  kind === 'Event' ||
  (kind === 'ServiceAccount' && name === 'default') ||
  (kind === 'Secret' && annotations['kubernetes.io/service-account.name'] === 'default') ||
  (kind === 'ConfigMap' && (name === 'kube-root-ca.crt' || name === 'openshift-service-ca.crt'));

const atOnce = 8;

/**
 * Everything that is in a namespace beside what is excepted and what every namespace has: `Secret token`. Asks for every
 * kind that the API server has.
 * @throws SkipbeatError RIGHT_MISSING, API_UNREACHABLE where a kind cannot be asked for: then nobody knows
 */
const contentsOf = async (api: Api, name: string, excepted: readonly string[], signal: AbortSignal) => {
  const discovery = { needs: { verb: 'get', resource: '/apis' }, signal };
  // A kind may be in a version alone that its group does not prefer.
  const versions = await readGroupVersions(api, signal);
  // Metrics are of no object of their own: those of a pod are shown for a while after it is gone.
  const kept = versions.filter((version) => !/^(?:[a-z]+\.)?metrics\.k8s\.io\//.test(version));
  const roots = ['/api/v1', ...kept.map((version) => `/apis/${version}`)];
  const lists: { readonly path: string; readonly resource: string; readonly kind: string }[] = [];
  const seen = new Set<string>();
  for (const root of roots) {
    const group = root.split('/').slice(0, -1).join('/');
    const found = await api.read(root, resourcesShape, discovery);
    if (found === null) throw apiAway(api.place, `nothing at ${root}`);
    for (const { name: resource, namespaced, verbs, kind } of found.resources) {
      if (!namespaced || !verbs.includes('list') || seen.has(`${group} ${resource}`)) continue;
      seen.add(`${group} ${resource}`);
      lists.push({ path: `${root}/namespaces/${name}/${resource}`, resource, kind });
    }
  }
  const contents: string[] = [];
  for (let from = 0; from < lists.length; from += atOnce) {
    const found = lists.slice(from, from + atOnce).map(async ({ path, resource, kind }) => {
      const needs = { verb: 'list', resource: `${resource} in ${name}` };
      const items = (await api.read(path, itemsShape, { needs, signal }))?.items ?? [];
      return items
        .filter(({ metadata }) => !ofItself(kind, metadata.name, metadata.annotations))
        .map(({ metadata }) => `${kind} ${metadata.name}`);
    });
    contents.push(...(await Promise.all(found)).flat());
  }
  return contents.filter((each) => !excepted.includes(each));
};

/** Whether it is meant for runs, whoever made it. */
export const isLabelled = ({ metadata: { labels } }: Namespace): boolean =>
  Object.entries(ownLabels).every(([label, value]) => labels[label] === value);

export const isOurs = (namespace: Namespace): boolean =>
  createdBy in namespace.metadata.annotations && isLabelled(namespace);

/** Why a namespace stays that was there before any run. */
export const notMade = 'no run has made it';

export type RemoveOptions = {
  /** What goes with it: `Lease skipbeat`. */
  readonly excepted: readonly string[];
  /** By whom it has to be made; left out: by any run. */
  readonly run?: string;
  /** Asked just before it is deleted. @throws SkipbeatError HOLD_LOST */
  readonly confirm?: (signal: AbortSignal) => Promise<void>;
};

/**
 * Removes a namespace that a run has made, once nothing else is in it, and waits until it is gone.
 * @returns why it stays, in words; null: it is gone
 * @throws SkipbeatError WAIT_TIMED_OUT (exit 2), RIGHT_MISSING, API_UNREACHABLE (exit 75)
 */
export const removeNamespace = async (
  api: Api,
  name: string,
  { excepted, run, confirm }: RemoveOptions,
  signal: AbortSignal,
): Promise<string | null> => {
  for (let tries = maxTries; ; tries -= 1) {
    const found = await readNamespace(api, name, signal);
    if (found === null) return null;
    const maker = found.metadata.annotations[createdBy];
    if (maker === undefined) return notMade;
    if (!isLabelled(found)) return `somebody has taken the label ${ownSelector} from it, so it is his`;
    if (run !== undefined && maker !== run) return `another run has made it: ${printable(maker)}`;
    if (found.metadata.deletionTimestamp !== undefined) break;
    const contents = await contentsOf(api, name, excepted, signal);
    if (contents.length > 0) return `it holds ${contents.slice(0, 5).join(', ')}`;
    const { uid, resourceVersion } = found.metadata;
    await confirm?.(signal);
    const needs = { verb: 'delete', resource: `namespaces/${name}` };
    const body = { preconditions: { uid, resourceVersion } };
    const { status } = await api.request('DELETE', pathOf(name), { needs, signal, body, takes: [404, 409] });
    if (status !== 409) break;
    if (tries === 1) return 'it was changed meanwhile';
  }
  await awaitGone(api, name, signal);
  return null;
};
