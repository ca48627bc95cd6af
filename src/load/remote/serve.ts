import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { messageOf, SkipbeatError } from '../../common/errors.ts';
import { bootId } from '../../common/host/process.ts';
import { changesThings } from '../asked.ts';
import { startLoad } from '../load.ts';
import type { LoadTarget } from '../options.ts';
import type { Load } from '../supervise.ts';
import type { Asked, FromRemote, RemotePlan, ToRemote } from './remote-protocol.ts';

/** A node whose rules are just being written may swallow the first packet: better asked anew than waited for. */
const askMs = 300;
/** A handshake takes some ways more, and work of both. */
const askTlsMs = 1500;

/** What may change something is sent once: its answer is waited for, however long that takes within reason. */
const answerOnceMs = 10_000;

/** Asks a target once. */
const ask = ({ host, port, path, method, headers = [], body, tls }: LoadTarget): Promise<Asked> =>
  new Promise((resolve) => {
    let isSent = false;
    const end = (problem: string | null): void => resolve({ problem, isSent });
    const ending = new AbortController();
    const connectMs = tls === undefined ? askMs : askTlsMs;
    const giveUp = (withinMs: number): void => {
      end(`nothing within ${withinMs / 1000} s`);
      ending.abort();
    };
    let limit = setTimeout(giveUp, connectMs, connectMs);
    const connected = (): void => {
      isSent = true;
      if (!changesThings({ method, body })) return;
      clearTimeout(limit);
      limit = setTimeout(giveUp, answerOnceMs, answerOnceMs);
    };
    const options = {
      ...{ host, port, path, agent: false, method: method ?? 'GET', headers: Object.fromEntries(headers) },
      signal: ending.signal,
    };
    const secured =
      tls === undefined
        ? null
        : {
            ...options,
            servername: tls.serverName,
            ...(tls.ca === null ? { rejectUnauthorized: false } : { ca: tls.ca }),
          };
    const take = (response: IncomingMessage): void => {
      const { statusCode = 0 } = response;
      response.resume();
      response.once('end', () => end(statusCode >= 200 && statusCode < 400 ? null : `HTTP ${statusCode}`));
      response.once('error', (thrown) => end(messageOf(thrown)));
    };
    const request = secured === null ? plainRequest(options, take) : tlsRequest(secured, take);
    // Node writes nothing of it before.
    request.once('socket', (socket) => socket.once(secured === null ? 'connect' : 'secureConnect', connected));
    request.end(body);
    request.once('error', (thrown) => end(messageOf(thrown)));
    request.once('close', () => clearTimeout(limit));
  });

/**
 * The generator as it answers its owner, line by line, whatever way these go.
 * @param failed called after the failure was sent: nothing that comes later counts
 * @returns takes a line of the owner
 */
export const serveGenerator = (
  sendLine: (line: string) => void,
  failed: (thrown: unknown) => void,
): ((line: string) => void) => {
  const send = (message: FromRemote): void => sendLine(JSON.stringify(message));
  const fail = (thrown: unknown): void => {
    const code = thrown instanceof SkipbeatError ? thrown.code : 'LOAD_WORKER_DIED';
    send({ type: 'failed', code, message: messageOf(thrown) });
    failed(thrown);
  };
  let load: Load | null = null;
  const start = async ({ runStartNs, ...plan }: RemotePlan): Promise<void> => {
    load = await startLoad({
      ...plan,
      runStartNs: BigInt(runStartNs),
      onBatch: (records) => send({ type: 'records', records }),
    });
    load.failed.catch(fail);
    send({ type: 'started' });
  };
  const stop = async (atMs?: number): Promise<void> => {
    const summary = await load?.stop(atMs);
    if (summary !== undefined) send({ type: 'ended', summary });
  };
  const take = (message: ToRemote): void => {
    if (message.type === 'clock') send({ type: 'clock', nowNs: String(process.hrtime.bigint()), bootId: bootId() });
    else if (message.type === 'start') start(message.plan).catch(fail);
    else if (message.type === 'ask') ask(message.target).then((asked) => send({ type: 'asked', ...asked }), fail);
    else stop(message.atMs).catch(fail);
  };
  return (line) => {
    try {
      take(JSON.parse(line) as ToRemote);
    } catch (thrown) {
      fail(thrown);
    }
  };
};
