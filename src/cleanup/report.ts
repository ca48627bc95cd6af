import { messageOf, SkipbeatError } from '../common/errors.ts';

/** One thing that cleanup found, and what became of it. */
export type CleanupAct = {
  readonly what:
    | 'run'
    | 'fault'
    | 'hollow'
    | 'settings'
    | 'cluster'
    | 'record'
    | 'journal'
    | 'agent'
    | 'workload'
    | 'namespace';
  readonly name: string;
  /** `would`: a dry run. `left`: not ours to touch, or still in use. */
  readonly outcome: 'done' | 'would' | 'left' | 'failed';
  readonly detail: string;
};

export type Report = {
  readonly notify: (act: CleanupAct) => void;
  /** Something that was to go is still there. */
  readonly unclean: () => void;
  readonly isClean: () => boolean;
  /**
   * Does one thing and prints it; in a dry run prints it alone.
   * @param would text, or what gives it and throws where it is seen already that `act` will
   * @returns whether it was done, or would be
   */
  readonly attempt: (
    what: CleanupAct['what'],
    name: string,
    would: string | (() => string),
    act: () => Promise<string>,
  ) => Promise<boolean>;
};

/** What a message says of a thing whose kind and name stand before it. */
export const detailOf = (thrown: unknown, name: string): string => {
  const [message, head] = [messageOf(thrown), `Cluster ${name}: `];
  return message.startsWith(head) ? message.slice(head.length) : message;
};

/** Keeps what became of everything; nothing that fails keeps the next from being tried. */
export const createReport = (dryRun: boolean, notify: (act: CleanupAct) => void): Report => {
  let clean = true;
  return {
    notify,
    unclean: () => {
      clean = false;
    },
    isClean: () => clean,
    attempt: async (what, name, would, act) => {
      try {
        if (dryRun) notify({ what, name, outcome: 'would', detail: typeof would === 'string' ? would : would() });
        else notify({ what, name, outcome: 'done', detail: await act() });
        return true;
      } catch (thrown) {
        // Somebody came to use it between the check and the removal: it is theirs now.
        const busy = thrown instanceof SkipbeatError && thrown.code === 'CLUSTER_BUSY';
        if (!busy) clean = false;
        notify({ what, name, outcome: busy ? 'left' : 'failed', detail: detailOf(thrown, name) });
        return false;
      }
    },
  };
};
