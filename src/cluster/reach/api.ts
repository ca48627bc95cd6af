import { contextText, type NamedContext } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { unlessAborted } from '../../common/wait.ts';
import type { ClusterAccess } from '../client.ts';
import { certificateOf, withoutUserinfo } from './credentials.ts';
import { sendPatiently } from './patience.ts';

export type Answer = {
  readonly status: number;
  readonly text: string;
  /** By its Date header, ms since 1970; null: it has none. */
  readonly dateMs: number | null;
};

export type AskOptions = {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Of the answer; else JSON. */
  readonly accept?: string;
};

/** Asks the API server, by GET alone. @throws what the connection or the signal failed with; TimeoutError after `timeoutMs` */
export type Ask = (path: string, options: AskOptions) => Promise<Answer>;

/** One request that may write; the body goes as JSON. */
export type Request = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Of the body; else application/json. */
  readonly contentType?: string;
};

/** @throws what the connection or the signal failed with; TimeoutError after `timeoutMs` */
export type Send = (request: Request, options: AskOptions) => Promise<Answer>;

type Dispatcher = ReturnType<InstanceType<ClusterAccess['client']['RequestContext']>['getDispatcher']>;

/** Certificates of files change now and then: connections that were opened with older ones are given up. */
const renewMs = 600_000;

type Kept = {
  readonly dispatcher: Dispatcher;
  readonly fromMs: number;
  readonly certificate: ReturnType<typeof certificateOf>;
};

/** One connection for all that is sent, for a guest makes no more of them than it needs. */
export const createSend = ({ client, config }: ClusterAccess): Send => {
  let kept: Kept | null = null;
  const library = new client.IsomorphicFetchHttpLibrary();
  return async ({ method, path, body, contentType = 'application/json' }, { timeoutMs, signal, accept }) => {
    const context = new client.RequestContext(
      `${config.getCurrentCluster()?.server ?? ''}${path}`,
      client.HttpMethod[method],
    );
    await unlessAborted(config.applySecurityAuthentication(context), signal);
    if (accept !== undefined) context.setHeaderParam('Accept', accept);
    if (body !== undefined) {
      context.setHeaderParam('Content-Type', contentType);
      context.setBody(JSON.stringify(body));
    }
    const sendOnce = () => {
      const certificate = certificateOf(context);
      if (kept === null || performance.now() - kept.fromMs > renewMs || kept.certificate !== certificate) {
        kept = { dispatcher: context.getDispatcher(), fromMs: performance.now(), certificate };
      } else if (kept.dispatcher !== undefined) context.setDispatcher(kept.dispatcher);
      return library.send(context).toPromise();
    };
    const limitMs = performance.now() + timeoutMs;
    const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    context.setSignal(within);
    const response = await sendPatiently(context, sendOnce, { limitMs, signal: within });
    // A certificate that has run out is refused so, and there may be a new one in its file by now.
    if (response.httpStatusCode === 401) kept = null;
    const dateMs = Date.parse(response.headers.date ?? '');
    return {
      status: response.httpStatusCode,
      text: await response.body.text(),
      dateMs: Number.isFinite(dateMs) ? dateMs : null,
    };
  };
};

/** As `createSend`, for those who only read. */
export const createAsk = (access: ClusterAccess): Ask => {
  const send = createSend(access);
  return (path, options) => send({ method: 'GET', path }, options);
};

/** Whom one talks to, for errors. */
export type Place = NamedContext & { readonly server: string };

/** Nobody answers, or what answers is of no use. */
export const apiAway = (place: Place, found: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('API_UNREACHABLE', `${place.server}: expected the answer of an API server, found ${found}.`, {
    exitCode: exitCodes.environment,
    next: `kubectl ${contextText(place)} get --raw /readyz   (says whether it answers at all)`,
    ...(cause === undefined ? {} : { cause }),
  });

const parsed = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return Object(JSON.parse(text));
  } catch {
    // Nothing of Kubernetes: somebody between here and there has answered.
    return {};
  }
};

/** The kind of what an API server answers: of an object, or Status; null: somebody else may have said it, as the page of a proxy does. */
export const kindOf = (text: string): string | null => {
  const { kind } = parsed(text);
  return typeof kind === 'string' && kind !== '' ? kind : null;
};

/** The object that a path means, and its namespace; null: of none, as a list. */
const objectOf = (path: string) => {
  const root = /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)/;
  const [, namespace, resource = '', name = ''] =
    new RegExp(`${root.source}(?:/namespaces/([^/]+)(?=/))?/([^/]+)/([^/]+)$`).exec(path.replace(/\?.*$/, '')) ?? [];
  return resource === '' ? null : { namespace, resource, name: decodeURIComponent(name) };
};

/**
 * Whether an answer 404 says that there is no such object: an API server names it then, or its namespace. Who stands before an API server,
 * and has no way to it, answers 404, too, some by a Status of their own, and that says nothing of the object.
 * @see kubernetes apimachinery pkg/api/errors, NewNotFound; teleport lib/kube/proxy/forwarder.go, formatStatusResponseError; karmada
 *   pkg/registry/cluster/storage, proxy.go, whose Status names the cluster that it does not know
 */
export const saysNotThere = (path: string, text: string): boolean => {
  const object = objectOf(path);
  const { kind, details } = parsed(text);
  const said: { readonly kind?: unknown; readonly name?: unknown } = Object(details);
  if (object === null || kind !== 'Status') return false;
  return said.kind === object.resource
    ? said.name === object.name
    : said.kind === 'namespaces' && said.name === object.namespace;
};

/** The same of an error of the client library, which asked at that path. */
export const isNotThere = (thrown: unknown, path: string): boolean => {
  const { code, body } = (thrown ?? {}) as { readonly code?: unknown; readonly body?: unknown };
  return code === 404 && typeof body === 'string' && saysNotThere(path, body);
};

/** What an answer that is no 200 says, in few words. */
export const refusalOf = ({ status, text }: Pick<Answer, 'status' | 'text'>): string => {
  const { message } = parsed(text);
  return typeof message === 'string' ? message.slice(0, 300) : `HTTP ${status}`;
};

/** The same, with its status. */
export const statusText = (answer: Pick<Answer, 'status' | 'text'>): string => {
  const refusal = refusalOf(answer);
  return refusal === `HTTP ${answer.status}` ? refusal : `HTTP ${answer.status}, ${refusal}`;
};

/** Of fetch, whose own message says nothing. */
export const causeOf = (thrown: unknown): string => {
  const { cause } = (thrown ?? {}) as { cause?: unknown };
  return withoutUserinfo(messageOf(cause ?? thrown));
};

/** Whether it is that of an `Ask` which was not answered in time. */
export const isLate = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === 'TimeoutError';

/** What came of a question that has no answer: who was asked what, and what came back. */
export const unansweredText = (
  path: string,
  timeoutMs: number,
  found: { readonly thrown: unknown } | Answer,
): string => {
  const asked = `GET ${path}`;
  if ('thrown' in found) {
    return `${asked}: ${isLate(found.thrown) ? `no answer in ${timeoutMs / 1000} s` : causeOf(found.thrown)}`;
  }
  return `${asked}: ${statusText(found)}`;
};
