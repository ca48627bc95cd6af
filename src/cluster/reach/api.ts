import { contextText, type NamedContext } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { unlessAborted } from '../../common/wait.ts';
import type { ClusterAccess } from '../client.ts';
import { certificateOf, renewOnRefusal, withoutUserinfo } from './credentials.ts';

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
    context.setSignal(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    const response = await renewOnRefusal(context, await sendOnce(), sendOnce);
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

/** What an answer that is no 200 says, in few words. */
export const refusalOf = ({ status, text }: Answer): string => {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message.slice(0, 300);
  } catch {
    // No Status of Kubernetes: somebody between here and there has answered.
  }
  return `HTTP ${status}`;
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
  const refusal = refusalOf(found);
  return `${asked}: ${refusal === `HTTP ${found.status}` ? refusal : `HTTP ${found.status}, ${refusal}`}`;
};
