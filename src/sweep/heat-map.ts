import { formatDuration } from '../common/duration.ts';
import { table } from '../common/layout.ts';
import { shareText } from './layout.ts';
import type { Cell } from './types.ts';

const shades = [' ', '░', '▒', '▓', '█'] as const;

/** Blank for never, full for always, three shades between. */
const shadeOf = (share: number): string => {
  if (share === 0 || share === 1) return share === 0 ? shades[0] : shades[4];
  return shades[1 + Math.min(2, Math.floor(share * 3))] as string;
};

/**
 * Pause × profile → the chance that clients are refused, of the cells of one cluster. Each has its shade and, since a
 * shade alone tells little, its percentage; where there is no cell (another shard has it), `–`.
 */
export const heatMapLines = (cells: readonly Cell[]): readonly string[] => {
  const profiles = [...new Set(cells.map(({ profile }) => profile))];
  const pauses = [...new Set(cells.map(({ pauseMs }) => pauseMs))].toSorted((one, other) => one - other);
  const square = (profile: string, pauseMs: number): string => {
    const cell = cells.find((one) => one.profile === profile && one.pauseMs === pauseMs);
    if (cell === undefined) return '–';
    return `${shadeOf(cell.refused.share).repeat(3)} ${shareText(cell.refused.share).padStart(6)}`;
  };
  return table(
    [
      ['pause', ...profiles],
      ...pauses.map((pauseMs) => [formatDuration(pauseMs), ...profiles.map((profile) => square(profile, pauseMs))]),
    ],
    2,
  );
};
