/** The API server's clock, carried on by this machine's monotonic one between its answers. */
export type ServerClock = {
  /** @param dateMs of an answer, which has whole seconds; null: it has none */
  readonly see: (dateMs: number | null) => void;
  /** ms since 1970; null: nobody has said it. */
  readonly nowMs: () => number | null;
};

export const createServerClock = (): ServerClock => {
  let seen: { readonly dateMs: number; readonly atMs: number } | null = null;
  return {
    see: (dateMs) => {
      if (dateMs !== null) seen = { dateMs, atMs: performance.now() };
    },
    nowMs: () => (seen === null ? null : seen.dateMs + performance.now() - seen.atMs),
  };
};

/** RFC 3339 with microseconds, as a Lease has it. @see k8s.io/apimachinery meta/v1, MicroTime */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
