import { type RequestOutcome, reusedPortCode, shortages } from '../../timeline/index.ts';

/** How one request ended, as the client saw it. After a response's head came, `status` stays even if the body failed. */
export type Ending = {
  readonly outcome: RequestOutcome;
  readonly status: number | null;
  readonly code: string | null;
};

/** Codes of our own, beside the errno names of the system and the `HPE_…` names of Node's HTTP parser. */
export const ownCodes = {
  /** No TCP connection within the timeout. */
  connectTimeout: 'TIMEOUT_CONNECT',
  reusedPort: reusedPortCode,
  /** Connected, and no TLS within the timeout: nothing was asked yet. */
  handshakeTimeout: 'TIMEOUT_TLS',
  /** Connected and sent, but no complete response within the timeout: the server may still have acted on it. */
  responseTimeout: 'TIMEOUT_RESPONSE',
  /** The connection ended in a way that is no error to the system, and without a response (such as an unasked upgrade). */
  noResponse: 'NO_RESPONSE',
  /** Due, but never sent: as many requests as allowed were in flight. */
  inFlightLimit: 'IN_FLIGHT_LIMIT',
} as const;

const outcomeOfCode: ReadonlyMap<string, RequestOutcome> = new Map<string, RequestOutcome>(
  Object.entries({
    ECONNREFUSED: 'refused',
    // Node gives ECONNRESET also to a connection that was closed in order before the response was complete ("socket hang up").
    ECONNRESET: 'reset',
    EPIPE: 'reset',
    // The kernel's own limits on connecting and retransmitting.
    ETIMEDOUT: 'timeout',
    [ownCodes.connectTimeout]: 'timeout',
    [ownCodes.reusedPort]: 'timeout',
    [ownCodes.handshakeTimeout]: 'timeout',
    [ownCodes.responseTimeout]: 'timeout',
    EHOSTUNREACH: 'unreachable',
    ENETUNREACH: 'unreachable',
    EHOSTDOWN: 'unreachable',
    ENETDOWN: 'unreachable',
    ...Object.fromEntries(Object.keys(shortages).map((code): [string, RequestOutcome] => [code, 'dropped'])),
  } as const),
);

/**
 * The outcome that an error code stands for. What this machine lacked (ports, files) is `dropped`: it never came to the
 * service. Anything unknown is `otherError`, and its code says what it was: HPE_… (what came was no HTTP).
 */
export const outcomeOfErrorCode = (code: string): RequestOutcome => outcomeOfCode.get(code) ?? 'otherError';

/** A complete response: 2xx and 3xx are `ok` (redirects are not followed), every other status is `httpError`. */
export const endingOfStatus = (status: number): Ending => ({
  outcome: status >= 200 && status < 400 ? 'ok' : 'httpError',
  status,
  code: null,
});
