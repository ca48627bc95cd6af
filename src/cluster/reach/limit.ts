import type { ConfigurationOptions } from '@kubernetes/client-node';
import { unlessAborted } from '../../common/wait.ts';
import type { KubernetesClient } from '../client.ts';
import { isLate } from './api.ts';
import { renewOnRefusal } from './credentials.ts';

/** Of an answer that needs nobody but the API server, or a kubelet of a node that is well. */
export const answerMs = 10_000;

type Limit = { readonly client: KubernetesClient; readonly signal: AbortSignal; readonly timeoutMs?: number };

/**
 * One call of the client library, which of itself waits for an answer for minutes: it ends with the signal, and after so long.
 * @param call hands the options on to the library
 * @throws Error where nothing came in time; the signal's reason; what the call was rejected with
 */
export const withinLimit = async <T>(
  { client, signal, timeoutMs = answerMs }: Limit,
  call: (options: ConfigurationOptions) => Promise<T>,
): Promise<T> => {
  signal.throwIfAborted();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const library = new client.IsomorphicFetchHttpLibrary();
  const httpApi: NonNullable<ConfigurationOptions['httpApi']> = {
    send: (request) => {
      // What has waited for credentials until now is not sent any more.
      limit.throwIfAborted();
      request.setSignal(limit);
      return library
        .send(request)
        .pipe((response) => renewOnRefusal(request, response, () => library.send(request).toPromise()));
    },
  };
  return unlessAborted(call({ httpApi }), limit).catch((thrown: unknown) => {
    signal.throwIfAborted();
    if (!isLate(thrown)) throw thrown;
    throw new Error(`no answer of the API server within ${timeoutMs / 1000} s`, { cause: thrown });
  });
};
