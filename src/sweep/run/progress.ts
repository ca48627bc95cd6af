import { formatDuration } from '../../common/duration.ts';
import { counted } from '../../common/text/counted.ts';
import type { SweepProgress } from './sweep.ts';

export type SweepProgressLine = {
  readonly onProgress: (progress: SweepProgress) => void;
  /** Leaves no live line. */
  readonly end: () => void;
};

export type SweepProgressOptions = {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Monotonic, ms; performance.now where not given. */
  readonly nowMs?: () => number;
};

const eraseLine = '\r\u001b[2K';
const repaintEveryMs = 100;
/** Without a terminal: a line at every so much of the work, and at least as often as this. */
const lineEveryShare = 0.1;
const lineEveryMs = 60_000;
const barWidth = 20;

const bar = (share: number): string => {
  const full = Math.floor(share * barWidth);
  return `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}]`;
};

/** How far a sweep is: one live line on a terminal, a plain line now and then elsewhere. */
export const createSweepProgress = ({
  write,
  isTerminal,
  nowMs = () => performance.now(),
}: SweepProgressOptions): SweepProgressLine => {
  const startedMs = nowMs();
  let paintedMs = Number.NEGATIVE_INFINITY;
  let linedMs = startedMs;
  let linedShare = 0;

  const textOf = ({ share, unitsDone, units }: SweepProgress): string => {
    const spentMs = nowMs() - startedMs;
    const leftMs = (spentMs / share) * (1 - share);
    const left = share >= 1 ? `took ${seconds(spentMs)}` : `about ${seconds(leftMs)} left`;
    return `${Math.floor(share * 100)} %, ${unitsDone} of ${counted(units, 'part')}, ${left}`;
  };

  return {
    onProgress: (progress) => {
      const now = nowMs();
      const isLast = progress.unitsDone === progress.units;
      if (isTerminal) {
        if (now - paintedMs < repaintEveryMs && !isLast) return;
        paintedMs = now;
        write(`${eraseLine}${bar(progress.share)} ${textOf(progress)}`);
      } else if (isLast || progress.share - linedShare >= lineEveryShare || now - linedMs >= lineEveryMs) {
        linedMs = now;
        linedShare = progress.share;
        write(`${textOf(progress)}\n`);
      }
    },
    end: () => {
      if (isTerminal && paintedMs > 0) write('\n');
    },
  };
};

const seconds = (ms: number): string => formatDuration(Math.ceil(ms / 1000) * 1000);
