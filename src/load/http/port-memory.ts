import { unansweredLifeMs } from '../../timeline/index.ts';

/** The source ports on which nobody answered, for as long as the kernels on the way remember them. */
export type PortMemory = {
  /** Notes that a connection from that port was given up unanswered. @returns whether an earlier one had been, too */
  readonly leave: (port: number | undefined, nowMs: number) => boolean;
};

export const createPortMemory = (): PortMemory => {
  const leftMs = new Map<number, number>();
  return {
    leave: (port, nowMs) => {
      if (port === undefined) return false;
      const beforeMs = leftMs.get(port);
      leftMs.set(port, nowMs);
      return beforeMs !== undefined && nowMs - beforeMs < unansweredLifeMs;
    },
  };
};
