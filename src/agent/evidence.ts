/** One step of an agent, as it put it on record. */
export type AgentStep = {
  /**
   * `survey`: what it read of the node; `before`: what verifies, before anything; `armed`, `going`: the undo is armed in the node, for as long as it waits and
   * for its end; `applied`; `start`, `end`: what verifies while it stands; `undo`; `undone`: what verifies after it;
   * `timer`: the node's own timer undid; `idle`, `refused`: it ended without having done anything; `found`: of a later
   * undo, how it found the node; `failed`: not proved; `cleared`: nothing is left on the node; `kept`: nothing but its files.
   */
  readonly step: string;
  /** The node's monotonic clock (ms since its kernel booted, in steps of 10), before and after. */
  readonly beganMs: number;
  readonly clockMs: number;
  readonly code: number;
  readonly out: string;
  readonly err: string;
};

const textOf = (hex: unknown): string =>
  Buffer.from(typeof hex === 'string' ? hex : '', 'hex')
    .toString('utf8')
    .trim();

/**
 * Reads what an agent printed. A line that is none of its steps, such as one that was cut off or what a shell complained
 * of, is handed back beside them. Steps come in the order of the node's clock, each once.
 */
export const parseSteps = (
  text: string,
): { readonly steps: readonly AgentStep[]; readonly others: readonly string[] } => {
  const steps = new Map<string, AgentStep>();
  const others: string[] = [];
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    try {
      const { step, beganMs, clockMs, code, out, err } = JSON.parse(line) as Readonly<Record<string, unknown>>;
      if (typeof step !== 'string' || typeof beganMs !== 'number' || typeof clockMs !== 'number') throw new Error();
      if (typeof code !== 'number') throw new Error();
      steps.set(line, { step, beganMs, clockMs, code, out: textOf(out), err: textOf(err) });
    } catch {
      others.push(line);
    }
  }
  return { steps: [...steps.values()].sort((a, b) => a.clockMs - b.clockMs), others };
};
