import { formatDuration } from '../common/duration.ts';
import type { EffectiveSettings } from '../profile/index.ts';
import type { Reading } from './figures.ts';

/**
 * What a reader should know of figures that say what they say, and speak of no fault of the machine. An unchanged status is posted
 * once in nodeStatusReportFrequency, and nodes that joined together post together: in a shorter time all of them do, or none.
 * @see kubernetes pkg/kubelet/kubelet_node_status.go, updateNodeStatus
 */
export const costNotes = (
  { nodeStatusReportFrequencyMs }: Pick<EffectiveSettings, 'nodeStatusReportFrequencyMs'>,
  measuredMs: number,
): readonly string[] => {
  const [measured, posted] = [measuredMs, nodeStatusReportFrequencyMs].map((ms) => Math.round(ms / 1000) * 1000);
  if (measured === undefined || posted === undefined || measured >= posted) return [];
  return [
    `node statuses are not as in the long run: they were counted for ${formatDuration(measured)}, and a node posts an unchanged one once in ${formatDuration(posted)}. Nodes that joined together may all have posted in that time, or none; measure with --for ${formatDuration(posted)} or longer`,
  ];
};

/** A figure a minute may be off by so much without a word. */
const exactShare = 0.02;

/**
 * That readings took so long that nobody knows well how far apart they are: of each part it is the time from somewhere in the first to
 * somewhere in the second.
 */
export const readingNotes = (
  before: Pick<Reading, 'fromMs' | 'atMs'>,
  after: Pick<Reading, 'fromMs' | 'atMs'>,
): readonly string[] => {
  const tookMs = [before, after].map(({ fromMs, atMs }) => atMs - fromMs);
  const share = Math.max(...tookMs) / (after.atMs - before.atMs);
  if (share <= exactShare) return [];
  return [
    `its counters were read within ${tookMs.map((ms) => (ms / 1000).toFixed(1)).join(' s and ')} s: each figure may be off by ${Math.ceil(share * 100)} %`,
  ];
};
