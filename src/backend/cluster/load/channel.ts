import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { podProblem } from '../../../agent/index.ts';
import { type ClusterAccess, isNotThere, withinLimit, workloadNamespace } from '../../../cluster/index.ts';
import { messageOf } from '../../../common/errors.ts';
import { pause } from '../../../common/wait.ts';
import { bridgeCommand, createLink, type RemoteChannel } from '../../../load/index.ts';
import { loadContainer } from './pod.ts';

/** Both ends say so often that they are there. */
const confirmEveryMs = 1000;
/** A way on which nothing has come for so long carries no more: an API server that is gone closes nothing. */
const silentMs = 5000;
const againMs = 250;
/** Nobody reached the generator for so long: what it keeps is lost. */
const lostMs = 60_000;

export type PodChannel = RemoteChannel & {
  /** Ends the way; the generator stays until its pod goes. Safe twice. */
  readonly close: () => void;
};

/** A way that works: what goes over it, and when it ended. */
type Way = { readonly ended: Promise<string>; readonly end: () => void };

/**
 * The way to the generator in its pod, over `exec`. Where it breaks, for the API server is away, it is made anew, and what
 * could not be carried meanwhile comes then: the generator keeps each record until this end has it.
 * @param name of the pod @param uid another one of that name has not what this one kept
 */
export const openPodChannel = (
  access: ClusterAccess,
  { name, uid }: { readonly name: string; readonly uid: string },
): PodChannel => {
  const { client, config } = access;
  const api = config.makeApiClient(client.CoreV1Api);
  const closing = new AbortController();
  const { signal } = closing;
  const ended = Promise.withResolvers<string>();
  let take: (line: string) => void = () => undefined;
  const link = createLink((line) => take(line));
  let lastLineMs = performance.now();

  const connect = async (): Promise<Way> => {
    const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const over = Promise.withResolvers<string>();
    let printed = '';
    errors.on('data', (part: Buffer) => {
      printed = (printed + part.toString()).slice(-300);
    });
    const opening = new client.Exec(config).exec(
      ...[workloadNamespace, name, loadContainer, [...bridgeCommand()], output, errors, input, false],
    );
    const late = new AbortController();
    const limit = pause(silentMs, late.signal, { ref: false }).then(() => null);
    const socket = await Promise.race([opening, limit]).finally(() => late.abort());
    if (socket === null) {
      // One that comes after all is of no use any more.
      opening.then(
        (opened) => opened.close(),
        () => undefined,
      );
      throw new Error(`no exec within ${silentMs / 1000} s`);
    }
    const receive = link.attach((text) => input.write(text));
    const lines = createInterface({ input: output });
    lines.on('line', (line) => {
      lastLineMs = performance.now();
      receive(line);
    });
    const end = (): void => {
      link.detach();
      input.end();
      socket.close();
      over.resolve(printed.trim() || 'the connection ended');
    };
    socket.onclose = end;
    lastLineMs = performance.now();
    return { ended: over.promise, end };
  };

  /** Why the generator will answer no more; null: it may. */
  const problemOfPod = async (): Promise<string | null> => {
    try {
      const pod = await withinLimit({ client, signal }, (limited) =>
        api.readNamespacedPod({ namespace: workloadNamespace, name }, limited),
      );
      if (pod.metadata?.uid !== uid) return 'its pod was made anew by somebody';
      const state = pod.status?.containerStatuses?.[0]?.state;
      if (state?.terminated !== undefined) {
        const { exitCode, reason = 'no reason' } = state.terminated;
        return `exit code ${exitCode}, ${reason}`;
      }
      return podProblem(pod);
    } catch (thrown) {
      // While the API server does not answer nobody knows.
      return isNotThere(thrown, `/api/v1/namespaces/${workloadNamespace}/pods/${name}`) ? 'its pod is gone' : null;
    }
  };

  const follow = async (): Promise<void> => {
    let reachedMs = performance.now();
    while (!signal.aborted) {
      let seen = '';
      try {
        const way = await connect();
        const stop = (): void => way.end();
        signal.addEventListener('abort', stop, { once: true });
        const watch = setInterval(() => {
          link.confirm();
          if (performance.now() - lastLineMs > silentMs) way.end();
        }, confirmEveryMs);
        watch.unref();
        if (signal.aborted) stop();
        seen = await way.ended;
        clearInterval(watch);
        signal.removeEventListener('abort', stop);
        reachedMs = Math.max(reachedMs, lastLineMs);
      } catch (thrown) {
        seen = messageOf(thrown).split('\n')[0] || 'an exec that was refused';
      }
      if (signal.aborted) break;
      const problem = await problemOfPod();
      if (problem !== null) return ended.resolve(problem);
      if (performance.now() - reachedMs > lostMs) {
        return ended.resolve(`nobody reached it for ${lostMs / 1000} s: ${seen}`);
      }
      await pause(againMs, signal, { ref: false });
    }
    ended.resolve('it was let go');
  };
  void follow();

  return {
    send: link.send,
    onLine: (next) => {
      take = next;
    },
    ended: ended.promise,
    close: () => closing.abort(),
  };
};
