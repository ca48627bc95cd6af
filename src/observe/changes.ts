import type { KubernetesObject } from '@kubernetes/client-node';

export type WatchedObject = KubernetesObject & Record<string, unknown>;

/** What the API server says of a change, a line each. */
export type Change =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: WatchedObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string | null }
  | { readonly type: 'ERROR'; readonly code: number | null; readonly message: string }
  | { readonly type: 'unexpected'; readonly reason: string };

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

export const isNamed = (value: unknown): value is WatchedObject =>
  isObject(value) && isObject(value.metadata) && typeof value.metadata.name === 'string';

export const versionOf = (value: unknown): string | null => {
  const version = isObject(value) && isObject(value.metadata) ? value.metadata.resourceVersion : null;
  return typeof version === 'string' ? version : null;
};

/** So much of a line that is no change is shown. */
const maxShown = 120;

/**
 * A proxy between here and the API server may put in a line of its own, and a Status is no change either.
 * @throws SyntaxError for what is no JSON
 */
export const changeOf = (line: string): Change => {
  const { type, object }: Record<string, unknown> = Object(JSON.parse(line));
  if (type === 'BOOKMARK') return { type, resourceVersion: versionOf(object) };
  if (type === 'ERROR' && isObject(object)) {
    const { code, message } = object;
    return {
      type,
      code: typeof code === 'number' ? code : null,
      message: typeof message === 'string' ? message : '',
    };
  }
  if ((type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') && isNamed(object)) return { type, object };
  return { type: 'unexpected', reason: `the stream brought what is no change: ${line.slice(0, maxShown)}` };
};

export async function* linesOf(body: ReadableStream<Uint8Array>, onData: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    onData();
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}
