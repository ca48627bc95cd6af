import { setTimeout as delay } from 'node:timers/promises';
import { type Ask, unansweredText } from '../../cluster/index.ts';
import type { Missing } from '../document-shape.ts';
import type { Sighting } from '../seen/sighting.ts';
import { podsPath, readControllerSettings, timeoutMs, unknown } from './settings.ts';

export type ControllerOptions = {
  readonly ask: Ask;
  /** `v1.34.4`; null: not known. */
  readonly serverVersion: string | null;
  readonly nowMs: () => number;
  readonly take: (sighting: Sighting) => void;
  readonly signal: AbortSignal;
};

export type Controller = {
  /** Asks once. @throws what `take` threw */
  readonly read: () => Promise<void>;
  /** Asks again and again, until the signal fires. */
  readonly follow: () => Promise<void>;
  /** What could not be read when it was asked last. */
  readonly missing: () => readonly Missing[];
};

/** A manifest may be written anew at any time, and a grace that held at first is not the one that holds. */
const everyMs = 60_000;

/** Keeps what the control plane says of its own settings current. */
export const createController = ({ ask, serverVersion, nowMs, take, signal }: ControllerOptions): Controller => {
  let missing: readonly Missing[] = [];
  const read = async (): Promise<void> => {
    const found = await readControllerSettings(ask, serverVersion, signal).catch((thrown: unknown) =>
      unknown(unansweredText(podsPath, timeoutMs, { thrown })),
    );
    if (signal.aborted) return;
    missing = found.missing;
    const { grace, monitorPeriod } = found;
    take({ type: 'controller', grace, monitorPeriod, problem: missing[0]?.reason ?? null, atMs: nowMs() });
  };
  return {
    read,
    follow: async () => {
      while (!signal.aborted) {
        await delay(everyMs, undefined, { signal }).catch((thrown: unknown) => {
          if (!signal.aborted) throw thrown;
        });
        if (!signal.aborted) await read();
      }
    },
    missing: () => missing,
  };
};
