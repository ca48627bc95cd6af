import { type Ask, unansweredText } from '../../cluster/index.ts';
import { pause } from '../../common/wait.ts';

export type ProofOptions = {
  readonly ask: Ask;
  readonly path: string;
  /** The resourceVersion of each object as the stream brought it last, by name; it goes on meanwhile. */
  readonly brought: ReadonlyMap<string, string>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/**
 * `complete`: what was there when it was asked has come by the stream. `behind`: it has not, and did not come in time.
 * `unanswered`: the request got no answer.
 */
export type Proof = 'complete' | 'behind' | { readonly unanswered: string };

/** What the stream has under way may take so long. */
const underWayMs = 1000;

/** Names and versions alone, where the API server can; else whole objects, which hold them, too. */
const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

const versionsOf = (text: string): ReadonlyMap<string, string> | null => {
  try {
    const { items } = JSON.parse(text) as {
      readonly items?: readonly { readonly metadata: { readonly name: string; readonly resourceVersion: string } }[];
    };
    return items === undefined
      ? null
      : new Map(items.map(({ metadata }) => [metadata.name, metadata.resourceVersion] as const));
  } catch {
    return null;
  }
};

/**
 * Asks the API server what there is, and compares it with what a stream brought. A list without a resourceVersion is never
 * older than what a watch has brought: what differs, and does not change by the stream, has not come by it.
 */
export const prove = async ({ ask, path, brought, timeoutMs, signal }: ProofOptions): Promise<Proof> => {
  const before = new Map(brought);
  const found = await ask(path, { timeoutMs, signal, accept }).catch((thrown: unknown) => ({ thrown }));
  if ('thrown' in found || found.status !== 200) return { unanswered: unansweredText(path, timeoutMs, found) };
  const there = versionsOf(found.text);
  if (there === null) return { unanswered: `GET ${path}: HTTP 200 without a list` };
  const names = new Set([...there.keys(), ...before.keys()]);
  const differing = [...names].filter((name) => there.get(name) !== before.get(name));
  const isBehind = (): boolean => differing.some((name) => brought.get(name) === before.get(name));
  if (!isBehind()) return 'complete';
  // Called off, it is compared at once; whoever asked checks the signal.
  await pause(underWayMs, signal);
  return isBehind() ? 'behind' : 'complete';
};
