import { type ClusterAccess, refusalOf, workloadNamespace } from '../../cluster/index.ts';
import { contextText } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type PollResult, waitUntil } from '../../common/wait.ts';
import { type Api, createApi, evenAway } from '../api/request.ts';
import { ensureNamespace, isLabelled, notMade, readNamespace, removeNamespace } from '../hold/namespace.ts';
import { ownLabels, ownSelector, printable, runSelectorOf } from '../names.ts';
import { workloadNamespaceLabels } from '../rights/rbac.ts';
import { type GuestObject, kinds, listShape, needsTo, readWorkloads, roots } from './found.ts';

const namespacesPath = '/api/v1/namespaces';

const graceSeconds = { Pod: 1 } as const;

const goneMs = 90_000;
/** Endpoint slices and replica sets are collected after what they belong to. */
const usualEmptyMs = 30_000;

const notAdmitted = ({ place }: Api, what: string, found: string): SkipbeatError =>
  new SkipbeatError('WORKLOAD_NOT_ADMITTED', `${place.server}: expected ${what} to be admitted, found: ${found}.`, {
    exitCode: exitCodes.environment,
    next: 'ask whoever keeps the policies of that cluster, or leave --load-from out',
  });

/** Those that admission answers with: it refuses, finds it invalid, or cannot run dry; and one that is there. */
const answered = [400, 403, 404, 409, 422];

const assertNotTaken = (api: Api, found: Awaited<ReturnType<typeof readNamespace>>): void => {
  if (found === null || isLabelled(found)) return;
  const kubectl = `kubectl ${contextText(api.place)}`;
  throw new SkipbeatError(
    'NAMESPACE_NOT_OURS',
    `${api.place.server}: expected no namespace ${workloadNamespace} of somebody else, for the workload is brought there, found one without the label ${ownSelector}.`,
    { exitCode: exitCodes.environment, next: `${kubectl} get all --namespace ${workloadNamespace}` },
  );
};

/** Refuses where a run has left its workload: its objects have the same names. */
const assertNoneLeft = async (access: ClusterAccess, { place }: Api, signal: AbortSignal): Promise<void> => {
  const left = (await readWorkloads(access, signal)).filter(({ objects }) => objects.length > 0);
  if (left.length === 0) return;
  const found = left.map(({ run, objects }) => `${objects.slice(0, 5).join(', ')} of ${printable(run)}`).join('; ');
  throw new SkipbeatError(
    'WORKLOAD_LEFT',
    `${place.server}: expected nothing of another run in ${workloadNamespace}, found ${found}.`,
    { exitCode: exitCodes.environment, next: skipbeat(`cleanup ${contextText(place)}`) },
  );
};

/**
 * Asks whether the workload may be brought: whether its namespace is free or ours, with nothing of another run in it, and by
 * dry runs whether admission lets each object in. Where the namespace is not there, admission can be asked about the namespace
 * alone. Writes nothing.
 * @throws SkipbeatError NAMESPACE_NOT_OURS, WORKLOAD_LEFT, WORKLOAD_NOT_ADMITTED (exit 75); as `Api.request`
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
  await assertNoneLeft(access, api, signal);
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
  const found = await readNamespace(api, workloadNamespace, signal);
  assertNotTaken(api, found);
  await ensureNamespace(api, found, { name: workloadNamespace, labels: workloadNamespaceLabels, run }, signal);
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

/** Of which run the workload is, and who takes it away. */
export type WorkloadRemoval = {
  /** That brought it. */
  readonly run: string;
  /** Asked before each deletion: whether whoever deletes still holds the cluster. @throws SkipbeatError HOLD_LOST */
  readonly confirm: (signal: AbortSignal) => Promise<void>;
  /** So long controllers have to collect what they made of it, before its namespace stays for what is left there. */
  readonly emptyWithinMs?: number;
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
 * @throws SkipbeatError WAIT_TIMED_OUT (exit 2), where the API server does not answer, too; HOLD_LOST, RIGHT_MISSING (exit 75)
 */
export const removeWorkload = async (
  access: ClusterAccess,
  removal: WorkloadRemoval,
  signal: AbortSignal,
): Promise<WorkloadRest> => {
  const api = createApi(access);
  const limits = { timeoutMs: goneMs, everyMs: 500, signal };
  let isConfirmed = false;
  /** null: there is no namespace. */
  const goneBut = async (ending: AbortSignal): Promise<PollResult<readonly string[] | null>> => {
    if (!isConfirmed) await removal.confirm(ending);
    isConfirmed = true;
    if ((await readNamespace(api, workloadNamespace, ending)) === null) return { found: null };
    const { left, theirs } = await removeSome(api, removal, ending);
    return left.length === 0 ? { found: theirs } : { seen: left.slice(0, 5).join(', ') };
  };
  const probe = (ending: AbortSignal) => evenAway(goneBut(ending), ({ message: seen }) => ({ seen }));
  const theirs = await waitUntil(`what was brought to ${workloadNamespace} to be gone`, probe, limits);
  if (theirs === null) return { objects: null, namespace: null };
  const objects =
    theirs.length === 0
      ? null
      : `${theirs.slice(0, 5).join(', ')} in ${workloadNamespace} ${theirs.length === 1 ? 'stays' : 'stay'}: somebody has taken the label ${ownSelector} away`;
  if (objects !== null) return { objects, namespace: null };
  // What controllers made of it goes after it.
  let kept: string | null = null;
  const { run, confirm, emptyWithinMs = usualEmptyMs } = removal;
  const removing = { excepted: [], run, confirm };
  const emptied = async (ending: AbortSignal): Promise<PollResult<true>> => {
    kept = await removeNamespace(api, workloadNamespace, removing, ending);
    return kept?.startsWith('it ') === true ? { seen: kept } : { found: true };
  };
  const evenEmptied = (ending: AbortSignal) =>
    evenAway(emptied(ending), ({ message: seen }) => {
      // What was in it before nobody knows to be there still.
      kept = null;
      return { seen };
    });
  await waitUntil(`the namespace ${workloadNamespace} to be empty`, evenEmptied, {
    ...limits,
    timeoutMs: emptyWithinMs,
  }).catch((thrown: unknown) => {
    if (!(thrown instanceof SkipbeatError)) throw thrown;
    // To know that it is empty takes the right to list every kind, which no run needs else.
    if (thrown.code === 'RIGHT_MISSING') kept = `whether it is empty is not known: ${thrown.message}`;
    else if (kept === null || thrown.code !== 'WAIT_TIMED_OUT') throw thrown;
  });
  const stays = kept === null || kept === notMade ? null : `the namespace ${workloadNamespace} stays: ${kept}`;
  return { objects: null, namespace: stays };
};
