import * as z from 'zod';
import { type ClusterAccess, refusalOf, workloadNamespace } from '../../cluster/index.ts';
import { quoteArgument } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { type PollResult, waitUntil } from '../../common/wait.ts';
import { type Api, createApi } from '../api/request.ts';
import { ensureNamespace, isLabelled, isOurs, notMade, readNamespace, removeNamespace } from '../hold/namespace.ts';
import { createdBy, ownLabels, ownSelector, runLabel, runLabelOf, runSelectorOf } from '../names.ts';
import { workloadNamespaceLabels } from '../rights/rbac.ts';

/** An object of ours in the workload's namespace. */
export type GuestObject = {
  readonly apiVersion: string;
  readonly kind: 'Deployment' | 'Service' | 'Pod';
  readonly metadata: { readonly name: string };
};

const roots = {
  Deployment: `/apis/apps/v1/namespaces/${workloadNamespace}/deployments`,
  Service: `/api/v1/namespaces/${workloadNamespace}/services`,
  Pod: `/api/v1/namespaces/${workloadNamespace}/pods`,
} as const;
const namespacesPath = '/api/v1/namespaces';

/** Of a Deployment first, so that it makes no pod anew; a pod of it stands on a node that answers. */
const kinds = ['Deployment', 'Service', 'Pod'] as const;
const graceSeconds = { Pod: 1 } as const;

const goneMs = 90_000;
/** Endpoint slices and replica sets are collected after what they belong to. */
const emptyMs = 30_000;

const needsTo = (verb: string, kind: keyof typeof roots) => ({
  verb,
  resource: `${kind.toLowerCase()}s in ${workloadNamespace}`,
});

const notAdmitted = ({ place }: Api, what: string, found: string): SkipbeatError =>
  new SkipbeatError('WORKLOAD_NOT_ADMITTED', `${place.server}: expected ${what} to be admitted, found: ${found}.`, {
    exitCode: exitCodes.environment,
    next: 'ask whoever keeps the policies of that cluster, or leave --load-from out',
  });

/** Those that admission answers with: it refuses, finds it invalid, or cannot run dry; and one that is there. */
const answered = [400, 403, 404, 409, 422];

const assertNotTaken = (api: Api, found: Awaited<ReturnType<typeof readNamespace>>): void => {
  if (found === null || isLabelled(found)) return;
  const kubectl = `kubectl --context ${quoteArgument(api.place.context)}`;
  throw new SkipbeatError(
    'NAMESPACE_NOT_OURS',
    `${api.place.server}: expected no namespace ${workloadNamespace} of somebody else, for the workload is brought there, found one without the label ${ownSelector}.`,
    { exitCode: exitCodes.environment, next: `${kubectl} get all --namespace ${workloadNamespace}` },
  );
};

/**
 * Asks whether the workload may be brought: whether its namespace is free or ours, and by dry runs whether admission lets
 * each object in. Where the namespace is not there, admission can be asked about the namespace alone. Writes nothing.
 * @throws SkipbeatError NAMESPACE_NOT_OURS, WORKLOAD_NOT_ADMITTED (exit 75); as `Api.request`
 */
export const assertWorkloadAdmitted = async (
  access: ClusterAccess,
  objects: readonly GuestObject[],
  signal: AbortSignal,
): Promise<void> => {
  const api = createApi(access);
  const found = await readNamespace(api, workloadNamespace, signal);
  assertNotTaken(api, found);
  if (found === null) {
    const metadata = { name: workloadNamespace, labels: workloadNamespaceLabels };
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata };
    const needs = { verb: 'create', resource: 'namespaces' };
    const made = await api.request('POST', `${namespacesPath}?dryRun=All`, { needs, signal, body, takes: answered });
    if (made.status >= 300 && made.status !== 409) {
      throw notAdmitted(api, `the namespace ${workloadNamespace}`, refusalOf(made));
    }
    return;
  }
  for (const body of objects) {
    const needs = needsTo('create', body.kind);
    const path = `${roots[body.kind]}?dryRun=All`;
    const made = await api.request('POST', path, { needs, signal, body, takes: answered });
    if (made.status >= 300) {
      throw notAdmitted(api, `${body.kind} ${body.metadata.name} in ${workloadNamespace}`, refusalOf(made));
    }
  }
};

/** Makes the workload's namespace where it is not there. @throws SkipbeatError NAMESPACE_NOT_OURS (exit 75); as `Api.request` */
export const ensureWorkloadNamespace = async (
  access: ClusterAccess,
  run: string,
  signal: AbortSignal,
): Promise<void> => {
  const api = createApi(access);
  assertNotTaken(api, await readNamespace(api, workloadNamespace, signal));
  await ensureNamespace(api, { name: workloadNamespace, labels: workloadNamespaceLabels, run }, signal);
};

/** Creates one object, never over another. @returns it as the API server has it @throws SkipbeatError WORKLOAD_NOT_ADMITTED (exit 75); as `Api.request` */
export const createGuestObject = async (
  access: ClusterAccess,
  body: GuestObject,
  signal: AbortSignal,
): Promise<string> => {
  const api = createApi(access);
  const options = { needs: needsTo('create', body.kind), signal, body, takes: answered };
  const made = await api.request('POST', roots[body.kind], options);
  if (made.status < 300) return made.text;
  throw notAdmitted(api, `${body.kind} ${body.metadata.name} in ${workloadNamespace}`, refusalOf(made));
};

const listShape = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        uid: z.string(),
        deletionTimestamp: z.string().optional(),
        labels: z.record(z.string(), z.string()).default({}),
        ownerReferences: z.array(z.unknown()).default([]),
      }),
    }),
  ),
});

/** What stands there of one run, by the value of its label. */
export type FoundWorkload = {
  readonly run: string;
  readonly objects: readonly string[];
  readonly madeNamespace: boolean;
};

/**
 * Finds the workloads of runs by the labels of their objects, and the namespace where a run made it, whatever a journal says.
 * @throws as `Api.request`
 */
export const readWorkloads = async (access: ClusterAccess, signal: AbortSignal): Promise<readonly FoundWorkload[]> => {
  const api = createApi(access);
  const found = await readNamespace(api, workloadNamespace, signal);
  if (found === null) return [];
  const objects: { readonly run: string; readonly object: string }[] = [];
  for (const kind of kinds) {
    const path = `${roots[kind]}?labelSelector=${encodeURIComponent(ownSelector)}`;
    const items = (await api.read(path, listShape, { needs: needsTo('list', kind), signal }))?.items ?? [];
    for (const { metadata } of items) {
      const run = metadata.labels[runLabel];
      if (run !== undefined) objects.push({ run, object: `${kind} ${metadata.name}` });
    }
  }
  const maker = isOurs(found) ? runLabelOf(found.metadata.annotations[createdBy] ?? '') : null;
  const runs = new Set([...objects.map(({ run }) => run), ...(maker === null ? [] : [maker])]);
  return [...runs].map((run) => ({
    run,
    objects: objects.flatMap((each) => (each.run === run ? [each.object] : [])),
    madeNamespace: run === maker,
  }));
};

/** Of which run the workload is, and who takes it away. */
export type WorkloadRemoval = {
  /** That brought it. */
  readonly run: string;
  /** Asked before each deletion: whether whoever deletes still holds the cluster. @throws SkipbeatError HOLD_LOST */
  readonly confirm: (signal: AbortSignal) => Promise<void>;
};

/** What of it stays, in words; null: nothing. */
export type WorkloadRest = {
  /** What the run brought, and somebody took over: its entry is still needed. */
  readonly objects: string | null;
  readonly namespace: string | null;
};

/** Deletes what that run brought and is not going yet. @returns what is still there; `theirs` bears our label no more */
const removeSome = async (api: Api, { run, confirm }: WorkloadRemoval, signal: AbortSignal) => {
  const left: string[] = [];
  const theirs: string[] = [];
  for (const kind of kinds) {
    const path = `${roots[kind]}?labelSelector=${encodeURIComponent(runSelectorOf(run))}`;
    const items = (await api.read(path, listShape, { needs: needsTo('list', kind), signal }))?.items ?? [];
    for (const { metadata } of items) {
      const isOwn = Object.entries(ownLabels).every(([label, value]) => metadata.labels[label] === value);
      // A Deployment that stays makes its pods anew.
      const isKept = kind === 'Pod' && metadata.ownerReferences.length > 0 && theirs.length > 0;
      if (!isOwn || isKept) {
        theirs.push(`${kind} ${metadata.name}`);
        continue;
      }
      left.push(`${kind} ${metadata.name}`);
      if (metadata.deletionTimestamp !== undefined) continue;
      await confirm(signal);
      const body = {
        preconditions: { uid: metadata.uid },
        propagationPolicy: 'Background',
        ...(kind === 'Pod' ? { gracePeriodSeconds: graceSeconds[kind] } : {}),
      };
      const options = { needs: needsTo('delete', kind), signal, body, takes: [404, 409] };
      await api.request('DELETE', `${roots[kind]}/${metadata.name}`, options);
    }
  }
  return { left, theirs };
};

/**
 * Removes every object that a run brought to the workload's namespace, whatever labels that has by now; waits until they are
 * gone, and removes the namespace where this run made it and nothing else is in it. Nothing without our label and the run's
 * is deleted, and nothing once somebody else holds the cluster. Safe twice, and where nothing was made.
 * @throws SkipbeatError WAIT_TIMED_OUT (exit 2), HOLD_LOST, RIGHT_MISSING, API_UNREACHABLE (exit 75)
 */
export const removeWorkload = async (
  access: ClusterAccess,
  removal: WorkloadRemoval,
  signal: AbortSignal,
): Promise<WorkloadRest> => {
  const api = createApi(access);
  await removal.confirm(signal);
  if ((await readNamespace(api, workloadNamespace, signal)) === null) return { objects: null, namespace: null };
  const limits = { timeoutMs: goneMs, everyMs: 500, signal };
  const probe = async (ending: AbortSignal): Promise<PollResult<readonly string[]>> => {
    const { left, theirs } = await removeSome(api, removal, ending);
    return left.length === 0 ? { found: theirs } : { seen: left.slice(0, 5).join(', ') };
  };
  const theirs = await waitUntil(`what was brought to ${workloadNamespace} to be gone`, probe, limits);
  const objects =
    theirs.length === 0
      ? null
      : `${theirs.slice(0, 5).join(', ')} in ${workloadNamespace} ${theirs.length === 1 ? 'stays' : 'stay'}: somebody has taken the label ${ownSelector} away`;
  if (objects !== null) return { objects, namespace: null };
  // What controllers made of it goes after it.
  let kept: string | null = null;
  const removing = { excepted: [], ...removal };
  const emptied = async (ending: AbortSignal): Promise<PollResult<true>> => {
    kept = await removeNamespace(api, workloadNamespace, removing, ending);
    return kept?.startsWith('it ') === true ? { seen: kept } : { found: true };
  };
  await waitUntil(`the namespace ${workloadNamespace} to be empty`, emptied, { ...limits, timeoutMs: emptyMs }).catch(
    (thrown: unknown) => {
      if (!(thrown instanceof SkipbeatError)) throw thrown;
      // To know that it is empty takes the right to list every kind, which no run needs else.
      if (thrown.code === 'RIGHT_MISSING') kept = `whether it is empty is not known: ${thrown.message}`;
      else if (kept === null || thrown.code !== 'WAIT_TIMED_OUT') throw thrown;
    },
  );
  const stays = kept === null || kept === notMade ? null : `the namespace ${workloadNamespace} stays: ${kept}`;
  return { objects: null, namespace: stays };
};
