import * as z from 'zod';
import {
  type Answer,
  apiAway,
  CallFailed,
  type ClusterAccess,
  causeOf,
  createSend,
  isLate,
  kindOf,
  type Place,
  refusalOf,
  type Send,
  saysNotThere,
} from '../../cluster/index.ts';
import { contextText } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { printable } from '../names.ts';

/** What a request needs, for the error where it is refused: `create`, `pods in skipbeat-agents`. */
export type Needs = { readonly verb: string; readonly resource: string };

export type RequestOptions = {
  readonly needs: Needs;
  readonly signal: AbortSignal;
  readonly body?: unknown;
  /** Statuses that the caller reads himself, beside those of success; 404 and 409 only where the API server itself answers so, 404 of the object that was asked for. */
  readonly takes?: readonly number[];
};

/** Requests to one API server. Everything but the statuses that are taken is thrown as an error for people. */
export type Api = {
  readonly place: Place;
  /** @throws SkipbeatError API_UNREACHABLE, CREDENTIALS_INVALID, CREDENTIALS_REFUSED, RIGHT_MISSING (all exit 75); the signal's reason */
  readonly request: (method: Parameters<Send>[0]['method'], path: string, options: RequestOptions) => Promise<Answer>;
  /** What stands there; null: nothing does. @throws as `request`, also where it has another form than the shape */
  readonly read: <T>(
    path: string,
    shape: z.ZodType<T>,
    options: Omit<RequestOptions, 'takes' | 'body'>,
  ) => Promise<T | null>;
};

const timeoutMs = 10_000;

/** With these an API server says what stands there; with others that it does not do what it was asked. */
const isState = (status: number): boolean => status === 404 || status === 409;

export const placeOf = ({ config, kubeconfig = null }: ClusterAccess): Place => ({
  server: config.getCurrentCluster()?.server ?? '',
  context: config.getCurrentContext(),
  kubeconfig,
});

/** What an answer that is no success says, as an error for people. */
export const refused = (place: Place, answer: Answer, { verb, resource }: Needs): SkipbeatError => {
  const kubectl = `kubectl ${contextText(place)}`;
  const found = refusalOf(answer);
  if (answer.status === 401) {
    return new SkipbeatError(
      'CREDENTIALS_REFUSED',
      `${place.server}: expected the context's credentials to be taken, found ${found}.`,
      { exitCode: exitCodes.environment, next: `renew them, then ${kubectl} get nodes` },
    );
  }
  if (answer.status === 403) {
    return new SkipbeatError('RIGHT_MISSING', `expected the right to ${verb} ${resource}, found: ${found}.`, {
      exitCode: exitCodes.environment,
      next: `${kubectl} auth can-i ${verb} ${resource.replace(' in ', ' -n ')}`,
    });
  }
  return apiAway(place, `HTTP ${answer.status} to ${verb} ${resource}: ${found}`);
};

/** Of a call of the client library that came to nothing the error for people; anything else is handed back as it is. */
export const namedFailure = (access: ClusterAccess, thrown: unknown): unknown => {
  if (!(thrown instanceof CallFailed)) return thrown;
  const place = placeOf(access);
  if (thrown.code !== 401) return apiAway(place, thrown.message, thrown);
  return refused(place, { status: 401, text: thrown.body, dateMs: null }, { verb: 'get', resource: 'nodes' });
};

/** What an answer holds. @throws SkipbeatError API_UNREACHABLE where it is no JSON of that shape */
export const parseAnswer = <T>(place: Place, path: string, { text }: Answer, shape: z.ZodType<T>): T => {
  try {
    return shape.parse(JSON.parse(text));
  } catch (thrown) {
    const where = thrown instanceof z.ZodError ? (thrown.issues[0]?.path.join('.') ?? '') : '';
    throw apiAway(place, `at ${path} what it does not say${where === '' ? '' : ` (${where})`}`, thrown);
  }
};

/**
 * What one poll of many found, also where it has no answer of the API server: a load balancer before one that is being renewed says 502, and
 * that ends nobody's waiting for what is going.
 */
export const evenAway = <T>(asked: Promise<T>, away: (thrown: SkipbeatError) => T): Promise<T> =>
  asked.catch((thrown: unknown) => {
    if (thrown instanceof SkipbeatError && thrown.code === 'API_UNREACHABLE') return away(thrown);
    throw thrown;
  });

export const createApi = (access: ClusterAccess): Api => {
  const send = createSend(access);
  const place = placeOf(access);
  const request: Api['request'] = async (method, path, { needs, signal, body, takes = [] }) => {
    let answer: Answer;
    try {
      answer = await send({ method, path, ...(body === undefined ? {} : { body }) }, { timeoutMs, signal });
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof SkipbeatError) throw thrown;
      throw apiAway(place, isLate(thrown) ? `none within ${timeoutMs / 1000} s` : causeOf(thrown), thrown);
    }
    const { status, text } = answer;
    const isDone = status >= 200 && status < 300;
    if (!isDone && !takes.includes(status)) throw refused(place, answer, needs);
    // What there is, was done, is gone or is there already is nobody's word but the API server's: each of its objects and lists has a kind.
    const kind = kindOf(text);
    const isOwn = status === 404 && method !== 'POST' ? saysNotThere(path, text) : kind === 'Status';
    if (isDone ? !path.startsWith('/api') || kind !== null : !isState(status) || isOwn) return answer;
    const said = refusalOf(answer);
    const more = said === `HTTP ${status}` ? '' : `: ${printable(said)}`;
    throw apiAway(place, `HTTP ${status} to ${needs.verb} ${needs.resource}, which is not an API server's own${more}`);
  };
  return {
    place,
    request,
    read: async (path, shape, options) => {
      const answer = await request('GET', path, { ...options, takes: [404] });
      return answer.status === 404 ? null : parseAnswer(place, path, answer, shape);
    },
  };
};
