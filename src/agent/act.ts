/**
 * Everything that is to happen on one node of somebody's cluster, as data that is complete before it begins: its pod needs
 * nobody any more once it may go.
 */
export type Act = {
  /** `[a-z0-9-]{1,50}`, unique in the cluster: names the pod, the timers and the files on the node. */
  readonly id: string;
  /** The Node's name. */
  readonly node: string;
  /** Kind of fault. */
  readonly kind: string;
  /** Before anything: fails, with the reason, where the node cannot bear the fault; null: nothing is to be asked of it. */
  readonly survey: Argv | null;
  /** Each runs in the namespaces of the node's own init. */
  readonly apply: Argv;
  /** Safe twice, and when nothing was applied. */
  readonly undo: Argv;
  /** Exit code 0: the fault stands; 3: it does not; any other: nobody knows. Prints what it saw. */
  readonly verify: Argv;
  /** How long it stands, by the node's own clock. */
  readonly lengthMs: number;
  /** The bound that was agreed to (`--max-duration`): never below `lengthMs`. */
  readonly maxMs: number;
  /** Where somebody else makes the fault, and `apply` only waits for it; absent: `apply` makes it. */
  readonly madeElsewhere?: MadeElsewhere;
};

/**
 * A fault that begins when its maker comes to it: its length counts from when the node saw it. After its end the node waits for its maker, who
 * may still put back what he finds missing, and takes away what is left then.
 */
export type MadeElsewhere = {
  /** So much later than its moment it may begin. */
  readonly withinMs: number;
  /** So long after its moment its maker is through by himself, where nobody says earlier that he is. */
  readonly throughMs: number;
};

export type Argv = readonly [string, ...string[]];

export const actIdPattern = /^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/;

/** @throws Error for what no pod may be made of: a bug */
export const assertAct = ({ id, lengthMs, maxMs, madeElsewhere }: Act): void => {
  if (!actIdPattern.test(id)) throw new Error(`no id of an act: ${JSON.stringify(id)}`);
  const maxStandMs = lengthMs + (madeElsewhere?.withinMs ?? 0);
  if (!Number.isInteger(lengthMs) || lengthMs <= 0 || maxStandMs > maxMs) {
    throw new Error(`act ${id} of ${lengthMs} ms, with at most ${maxMs} ms`);
  }
};
