import { PassThrough } from 'node:stream';
import type { V1Pod } from '@kubernetes/client-node';
import type { ClusterAccess } from '../cluster/index.ts';
import { messageOf } from '../common/errors.ts';
import { agentNamespace } from '../guard/index.ts';

export type AskOptions = { readonly timeoutMs: number; readonly signal: AbortSignal };

/**
 * What a script prints that only reads, run once on the node of an agent that is there, in the files and the network of the
 * node's own init.
 * @throws Error where nothing came within the time, or the way to the agent broke; the signal's reason
 */
export const askNode = async (
  { client, config }: ClusterAccess,
  pod: V1Pod,
  script: string,
  { timeoutMs, signal }: AskOptions,
): Promise<string> => {
  signal.throwIfAborted();
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const printed: Buffer[] = [];
  output.on('data', (part: Buffer) => printed.push(part));
  // The client ends the stream before it says how the script ended; what it still holds comes first.
  const complete = new Promise<void>((done) => output.once('end', done));
  errors.resume();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const command = ['nsenter', '-t', '1', '-m', '-n', '--', 'sh', '-c', script];
  const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const onAbort = (): void =>
    reject(signal.aborted ? signal.reason : new Error(`nothing came within ${timeoutMs / 1000} s`));
  either.addEventListener('abort', onAbort, { once: true });
  const opening = new client.Exec(config)
    .exec(agentNamespace, pod.metadata?.name ?? '', 'agent', command, output, errors, null, false, ({ status }) => {
      if (status === 'Success') void complete.then(() => resolve(Buffer.concat(printed).toString('utf8')));
      else reject(new Error('the script did not come to its end'));
    })
    .then((socket) => {
      socket.onclose = () => reject(new Error('the connection ended before its answer'));
      return socket;
    });
  opening.catch((thrown: unknown) => reject(new Error(messageOf(thrown) || 'a connection that was refused')));
  try {
    return await promise;
  } finally {
    either.removeEventListener('abort', onAbort);
    // One that opens after the time was up is closed all the same.
    opening.then(
      (socket) => {
        socket.onclose = null;
        socket.close();
      },
      () => undefined,
    );
  }
};
