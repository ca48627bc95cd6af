import { formatDuration } from '../../common/duration.ts';
import type { Path } from '../../common/plain-data.ts';
import type { Fields } from '../read/fields.ts';
import type { Problem } from '../read/problems.ts';
import type { timing } from './fault-fields.ts';

type Timing = Fields<typeof timing>;

const checkRepetition = ({ every, times, lasts }: Timing, path: Path): readonly Problem[] => {
  if (every !== undefined && times === undefined)
    return [{ path: [...path, 'every'], message: 'expected times beside every, received every alone', atKey: true }];
  if (every === undefined && (times ?? 1) > 1)
    return [{ path: [...path, 'times'], message: 'expected every beside times, received times alone', atKey: true }];
  if (every == null || lasts == null || lasts < every) return [];
  return [
    {
      path: [...path, 'lasts'],
      message: `expected less than every (${formatDuration(every)}), so that it is gone before it comes again, received ${formatDuration(lasts)}`,
    },
  ];
};

const checkFits = ({ after, every, times, lasts }: Timing, phaseMs: number, path: Path): readonly Problem[] => {
  const lastStartMs = (after ?? 0) + (every ?? 0) * ((times ?? 1) - 1);
  const endMs = lastStartMs + (lasts ?? 0);
  const within = `the phase, which takes ${formatDuration(phaseMs)}`;
  if (lastStartMs >= phaseMs)
    return [
      {
        path,
        message: `expected to begin within ${within}, received one that begins after ${formatDuration(lastStartMs)}`,
      },
    ];
  if (endMs > phaseMs)
    return [
      { path, message: `expected to end within ${within}, received one that ends after ${formatDuration(endMs)}` },
    ];
  return [];
};

/**
 * Checks when a fault stands: within its phase, and each time gone before it comes again.
 * @param phaseMs null where the phase has no length that could be read
 */
export const checkTiming = (fault: Timing, phaseMs: number | null, path: Path): readonly Problem[] => {
  const problems = checkRepetition(fault, path);
  return problems.length > 0 || phaseMs === null ? problems : checkFits(fault, phaseMs, path);
};
