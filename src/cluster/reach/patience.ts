import { pause } from '../../common/wait.ts';
import type { ClusterAccess } from '../client.ts';
import { renewOnRefusal } from './credentials.ts';

type Context = InstanceType<ClusterAccess['client']['RequestContext']>;
type Response = InstanceType<ClusterAccess['client']['ResponseContext']>;

/** When it is to be asked again; null: the answer stands. Others than 429 do not say that nothing was done. */
const againAfterMs = ({ httpStatusCode, headers }: Response): number | null => {
  const [seconds] = /^\d{1,6}$/.exec(headers['retry-after'] ?? '') ?? [];
  return httpStatusCode !== 429 || seconds === undefined ? null : Math.max(1, Number(seconds)) * 1000;
};

/**
 * Sends a request until it is taken: an API server that has too much to do, as one that comes back is, answers 429, has done nothing,
 * and says when to ask again. Where there is no time for that its answer stands.
 * @param limitMs of `performance.now()`
 * @see client-go rest/with_retry.go; kubernetes pkg/apiserver filters, tooManyRequests
 */
export const sendPatiently = async (
  context: Context,
  send: () => Promise<Response>,
  { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<Response> => {
  for (;;) {
    const response = await renewOnRefusal(context, await send(), send);
    const waitMs = againAfterMs(response);
    if (waitMs === null || performance.now() + waitMs > limitMs) return response;
    // Of an answer that is not read the connection would stay taken.
    await response.body.text();
    await pause(waitMs, signal);
    signal.throwIfAborted();
  }
};
