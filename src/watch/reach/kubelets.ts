import { setTimeout as delay } from 'node:timers/promises';
import type { Ask } from '../../cluster/index.ts';
import type { Missing } from '../document-shape.ts';
import type { NodeSight, Sighting } from '../seen/sighting.ts';
import { readKubelet } from './settings.ts';

export type KubeletsOptions = {
  readonly ask: Ask;
  readonly nowMs: () => number;
  readonly take: (sighting: Sighting) => void;
  readonly signal: AbortSignal;
};

export type Kubelets = {
  /** A node was seen: its kubelet is asked where it is new, rebooted or another version. */
  readonly see: (sight: NodeSight) => void;
  readonly forget: (node: string) => void;
  /** All nodes that there are: the others are forgotten. */
  readonly forgetOthers: (nodes: ReadonlySet<string>) => void;
  /** Asks one after another, until the signal fires. */
  readonly follow: () => Promise<void>;
  /** What could not be read so far. */
  readonly missing: () => readonly Missing[];
};

/** A guest asks one kubelet at a time, and not all at once. */
const pauseMs = 100;

/** A kubelet that did not answer is asked again. */
const againMs = 600_000;

/** Whether it is time for that is checked this often. */
const probeEveryMs = 60_000;

/** Keeps the kubelets' own settings current, by configz, for as long as the token may read it. */
export const createKubelets = ({ ask, nowMs, take, signal }: KubeletsOptions): Kubelets => {
  const waiting = new Map<string, number>();
  const read = new Map<string, string>();
  const refused = new Map<string, string>();
  let forbidden: string | null = null;
  let wake: (() => void) | null = null;
  const forget = (node: string): void => {
    for (const map of [waiting, read, refused]) map.delete(node);
  };
  const next = (): string | null => {
    const atMs = nowMs();
    for (const [node, dueMs] of waiting) if (dueMs <= atMs) return node;
    return null;
  };
  return {
    see: ({ node, ready, uid, bootId, kubeletVersion }) => {
      const key = [uid, bootId, kubeletVersion].join(' ');
      if (forbidden !== null || read.get(node) === key || ready !== 'True') return;
      read.set(node, key);
      waiting.set(node, 0);
      wake?.();
    },
    forget,
    forgetOthers: (nodes) => {
      for (const node of [...read.keys()]) if (!nodes.has(node)) forget(node);
    },
    follow: async () => {
      signal.addEventListener('abort', () => wake?.(), { once: true });
      while (!signal.aborted && forbidden === null) {
        const node = next();
        if (node === null) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, probeEveryMs);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
          continue;
        }
        waiting.delete(node);
        const found = await readKubelet(ask, node, signal).catch((thrown: unknown) => {
          if (signal.aborted) return null;
          throw thrown;
        });
        if (found === null) return;
        if ('settings' in found) {
          refused.delete(node);
          take({ type: 'kubelet', node, settings: found.settings, atMs: nowMs() });
        } else if (found.isRight) forbidden = found.refused;
        else if (read.has(node)) {
          refused.set(node, found.refused);
          waiting.set(node, nowMs() + againMs);
        }
        await delay(pauseMs, undefined, { signal }).catch((thrown: unknown) => {
          if (!signal.aborted) throw thrown;
        });
      }
    },
    missing: () => {
      const right = { what: "the kubelets' settings", verb: 'get', resource: 'nodes/proxy' } as const;
      if (forbidden !== null) return [{ ...right, reason: forbidden }];
      const [first] = refused;
      return first === undefined
        ? []
        : [{ ...right, reason: `${refused.size} of them did not tell; ${first[0]}: ${first[1]}` }];
    },
  };
};
