/** One reading of a node's clock: asked for and answered at these times of the run's clock, ms. */
export type ClockProbe = { readonly fromMs: number; readonly toMs: number; readonly nodeMs: number };

/** The clock of a node beside the run's: `nodeMs + offsetMs` is the run's time, wrong by `errorMs` at most. */
export type NodeClock = { readonly offsetMs: number; readonly errorMs: number };

/** /proc/uptime is cut to hundredths of a second. */
export const stepMs = 10;

/**
 * Where every reading puts the node's clock at once: it was read between the question and the answer, and showed a time
 * that was past by less than a step. Pure.
 * @returns null where no offset fits all of them: one of the clocks jumped, or one is no clock
 */
export const clockOf = (probes: readonly ClockProbe[]): NodeClock | null => {
  if (probes.length === 0) return null;
  const earliest = Math.max(...probes.map(({ fromMs, nodeMs }) => fromMs - nodeMs - stepMs));
  const latest = Math.min(...probes.map(({ toMs, nodeMs }) => toMs - nodeMs));
  if (earliest > latest) return null;
  const round = (ms: number): number => Math.round(ms * 1000) / 1000;
  return { offsetMs: round((earliest + latest) / 2), errorMs: round((latest - earliest) / 2) };
};
