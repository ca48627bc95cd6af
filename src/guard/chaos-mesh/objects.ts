import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, type ClusterAccess, refusalOf } from '../../cluster/index.ts';
import { contextText, type NamedContext } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { readGroupVersions } from '../api/groups.ts';
import { type Api, createApi, evenAway, refused } from '../api/request.ts';
import { agentNamespace, ownLabels, printable } from '../names.ts';
import { type NetworkChaos, networkChaosApi } from './network-chaos.ts';
import { isInjected, networkChaosShape, type ReadNetworkChaos, statusText } from './status.ts';

export const chaosPath = `/apis/${networkChaosApi}/namespaces/${agentNamespace}/networkchaos`;
const chaosNeeds = (verb: string) => ({ verb, resource: `networkchaos.chaos-mesh.org in ${agentNamespace}` });

/** So long Chaos Mesh is given to take away what it did, once its object is deleted; it takes some seconds. */
export const recoverWithinMs = 45_000;
const everyMs = 500;

const readOne = (api: Api, name: string, signal: AbortSignal): Promise<ReadNetworkChaos | null> =>
  api.read(`${chaosPath}/${name}`, networkChaosShape, { needs: chaosNeeds('get'), signal });

/** Of a kind that it does not know an API server answers 404 in no words of its own. */
const isKnown = async (api: Api, signal: AbortSignal): Promise<boolean> =>
  (await readGroupVersions(api, signal)).includes(networkChaosApi);

const notRecovered = (name: string, place: NamedContext, withinMs: number, found: string): SkipbeatError =>
  new SkipbeatError(
    'CHAOS_MESH_NOT_RECOVERED',
    `Expected Chaos Mesh to take back NetworkChaos ${name} in ${agentNamespace} within ${withinMs / 1000} s, found that it is there still: ${found}.`,
    {
      exitCode: exitCodes.environment,
      next: `kubectl ${contextText(place)} --namespace ${agentNamespace} describe networkchaos ${name}`,
    },
  );

/** What removing one that is not there is answered. */
export const wasGone = 'it was gone';

const rest = async (signal: AbortSignal): Promise<void> => {
  await delay(everyMs, undefined, { signal }).catch(() => signal.throwIfAborted());
};

/**
 * Deletes the NetworkChaos of an act, and resolves once it is gone: its finalizer goes when Chaos Mesh has recovered. Safe twice, and where it never was, or
 * no such kind is known. One that bears the label of skipbeat no more is left alone.
 * @param name the act's id, which no other object has
 * @param withinMs how long it is waited for: `recoverWithinMs`, where nothing asks for another time
 * @returns what was last seen of it
 * @throws SkipbeatError CHAOS_MESH_NOT_RECOVERED (exit 75); as `Api.request`
 */
export const removeNetworkChaos = async (
  access: ClusterAccess,
  name: string,
  withinMs: number,
  signal: AbortSignal,
): Promise<string> => {
  const api = createApi(access);
  const found = (await isKnown(api, signal)) ? await readOne(api, name, signal) : null;
  if (found === null) return wasGone;
  const isOurs = Object.entries(ownLabels).every(([label, value]) => found.metadata.labels[label] === value);
  if (!isOurs)
    throw notRecovered(name, api.place, withinMs, 'it bears the label of skipbeat no more, and is left alone');
  const body = { preconditions: { uid: found.metadata.uid } };
  const options = { needs: chaosNeeds('delete'), signal, body, takes: [404, 409] };
  await api.request('DELETE', `${chaosPath}/${name}`, options);
  const limitMs = performance.now() + withinMs;
  let last = found;
  for (;;) {
    const now = await evenAway(readOne(api, name, signal), (thrown) => {
      if (performance.now() > limitMs) throw thrown;
      return last;
    });
    if (now === null || now.metadata.uid !== found.metadata.uid) {
      const { finalizers } = last.metadata;
      return finalizers.length === 0
        ? `${statusText(last)}; it went without a finalizer: nobody had taken it up`
        : `${statusText(last)}; its finalizer ${finalizers.map(printable).join(', ')} was taken away`;
    }
    last = now;
    if (performance.now() > limitMs) throw notRecovered(name, api.place, withinMs, statusText(last));
    await rest(signal);
  }
};

/**
 * Asks for one to be made. What says that it is not made is answered, that of a webhook, too: it refuses with 403, as one that has not the right is.
 * @see controller-runtime pkg/webhook/admission, Denied
 * @param takes what else the caller reads himself
 * @throws as `Api.request`
 */
export const offer = async (
  api: Api,
  object: NetworkChaos,
  { query, takes }: { readonly query: string; readonly takes: readonly number[] },
  signal: AbortSignal,
): Promise<Answer> => {
  const needs = chaosNeeds('create');
  const options = { needs, signal, body: object, takes: [400, 403, 404, 409, 422, ...takes] };
  const answer = await api.request('POST', `${chaosPath}?fieldValidation=Strict${query}`, options);
  if (answer.status !== 403 || refusalOf(answer).startsWith('admission webhook ')) return answer;
  throw refused(api.place, answer, needs);
};

/**
 * Writes it; its act's entry is in the journal by then. Where this is interrupted, or the API server fails within (500), it may be written all the same.
 * @throws SkipbeatError CHAOS_MESH_REFUSED (exit 75) where the API server, or a webhook, does not take it; as `Api.request`
 */
export const createNetworkChaos = async (
  access: ClusterAccess,
  object: NetworkChaos,
  signal: AbortSignal,
): Promise<void> => {
  const api = createApi(access);
  const { name } = object.metadata;
  const answer = await offer(api, object, { query: '', takes: [] }, signal);
  if (answer.status < 200 || answer.status >= 300) {
    throw new SkipbeatError(
      'CHAOS_MESH_REFUSED',
      `expected the API server to take NetworkChaos ${name}, found ${printable(refusalOf(answer))}.`,
      { exitCode: exitCodes.environment, next: 'leave --injector out: an agent makes the same fault' },
    );
  }
};

/**
 * Resolves once Chaos Mesh says that it acts on the agent's pod of that act, and on nothing else, with what it says.
 * @throws SkipbeatError CHAOS_MESH_NOT_INJECTED (exit 75); as `Api.request`; the signal's reason
 */
export const awaitInjected = async (
  access: ClusterAccess,
  name: string,
  withinMs: number,
  signal: AbortSignal,
): Promise<string> => {
  const api = createApi(access);
  const podId = `${agentNamespace}/act-${name}`;
  const limitMs = performance.now() + withinMs;
  for (;;) {
    const found = await readOne(api, name, signal);
    if (found !== null && isInjected(found, podId)) return statusText(found);
    if (found === null || performance.now() > limitMs) {
      const seen = found === null ? 'that somebody has deleted it' : statusText(found);
      throw new SkipbeatError(
        'CHAOS_MESH_NOT_INJECTED',
        `Expected Chaos Mesh to say that NetworkChaos ${name} is injected into ${podId}, and nothing else, within ${withinMs / 1000} s, found ${seen}.`,
        {
          exitCode: exitCodes.environment,
          next: 'look at the log of chaos-controller-manager, and whether chaos-daemon runs on the node; or leave --injector out',
        },
      );
    }
    await rest(signal);
  }
};
