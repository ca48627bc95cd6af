import { formatDuration, parseDurationMs } from '../common/duration.ts';
import { isMapping, type Mapping, type Path, type Problem } from './problems.ts';

/** A duration as far as it can be read; what cannot is reported elsewhere. */
const ms = (value: unknown): number | null => (typeof value === 'string' ? parseDurationMs(value) : null);

const checkRepetition = (fault: Mapping, path: Path): readonly Problem[] => {
  const { every, times } = fault;
  if (every !== undefined && times === undefined)
    return [{ path: [...path, 'every'], message: 'expected times beside every, received every alone', atKey: true }];
  if (every === undefined && typeof times === 'number' && times > 1)
    return [{ path: [...path, 'times'], message: 'expected every beside times, received times alone', atKey: true }];
  const everyMs = ms(every);
  const lastsMs = ms(fault.lasts);
  if (everyMs === null || lastsMs === null || lastsMs < everyMs) return [];
  return [
    {
      path: [...path, 'lasts'],
      message: `expected less than every (${formatDuration(everyMs)}), so that it is gone before it comes again, received ${formatDuration(lastsMs)}`,
    },
  ];
};

const checkFits = (fault: Mapping, phaseMs: number, path: Path): readonly Problem[] => {
  const afterMs = ms(fault.after) ?? 0;
  const times = typeof fault.times === 'number' ? fault.times : 1;
  const lastStartMs = afterMs + (ms(fault.every) ?? 0) * (times - 1);
  const endMs = lastStartMs + (ms(fault.lasts) ?? 0);
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

/** Checks when the faults of a phase stand: within it, and each gone before it comes again. */
export const checkTimings = (inject: unknown, phase: unknown, path: Path): readonly Problem[] => {
  if (!Array.isArray(inject)) return [];
  const phaseMs = ms(phase);
  return inject.flatMap((fault, index) => {
    if (!isMapping(fault)) return [];
    const here = [...path, index];
    const problems = checkRepetition(fault, here);
    return problems.length > 0 || phaseMs === null ? problems : checkFits(fault, phaseMs, here);
  });
};
