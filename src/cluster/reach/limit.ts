import type { ConfigurationOptions } from '@kubernetes/client-node';
import { SkipbeatError } from '../../common/errors.ts';
import { unlessAborted } from '../../common/wait.ts';
import type { KubernetesClient } from '../client.ts';
import { causeOf, isLate, statusText } from './api.ts';
import { sendPatiently } from './patience.ts';

/** Of an answer that needs nobody but the API server, or a kubelet of a node that is well. */
export const answerMs = 10_000;

type Limit = { readonly client: KubernetesClient; readonly signal: AbortSignal; readonly timeoutMs?: number };

/** A call of the client library that came to nothing, in few words: its own error has every header of the answer in it, cookies too. */
export class CallFailed extends Error {
  /** The answer's; null: there was none. */
  readonly code: number | null;
  readonly body: string;

  constructor(message: string, answer: { readonly code: number | null; readonly body: string }, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = answer.code;
    this.body = answer.body;
  }
}

const failureOf = (thrown: unknown, timeoutMs: number): CallFailed => {
  const none = { code: null, body: '' };
  if (isLate(thrown)) return new CallFailed(`no answer of the API server within ${timeoutMs / 1000} s`, none, thrown);
  const { code, body } = (thrown ?? {}) as { readonly code?: unknown; readonly body?: unknown };
  if (typeof code !== 'number') return new CallFailed(causeOf(thrown), none, thrown);
  const text = typeof body === 'string' ? body : '';
  return new CallFailed(statusText({ status: code, text }), { code, body: text });
};

/**
 * One call of the client library, which of itself waits for an answer for minutes: it ends with the signal, and after so long.
 * @param call hands the options on to the library
 * @throws CallFailed; SkipbeatError where there are no credentials to send; the signal's reason
 */
export const withinLimit = async <T>(
  { client, signal, timeoutMs = answerMs }: Limit,
  call: (options: ConfigurationOptions) => Promise<T>,
): Promise<T> => {
  signal.throwIfAborted();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const limitMs = performance.now() + timeoutMs;
  const library = new client.IsomorphicFetchHttpLibrary();
  const httpApi: NonNullable<ConfigurationOptions['httpApi']> = {
    send: (request) => {
      // What has waited for credentials until now is not sent any more.
      limit.throwIfAborted();
      request.setSignal(limit);
      const send = () => library.send(request).toPromise();
      return new client.Observable(sendPatiently(request, send, { limitMs, signal: limit }));
    },
  };
  return unlessAborted(call({ httpApi }), limit).catch((thrown: unknown) => {
    signal.throwIfAborted();
    throw thrown instanceof SkipbeatError ? thrown : failureOf(thrown, timeoutMs);
  });
};
