import { formatDuration } from '../common/duration.ts';
import { faultTraits } from '../scenario/index.ts';
import { nodesText } from './cluster/hollow.ts';
import type { PlannedFault, PlannedPhase } from './types.ts';

export type FaultPhase = Extract<PlannedPhase, { readonly kind: 'fault' }>;

/** One time that a fault stands; from the start of the phase's clock, in ms. */
export type Stand = {
  readonly planned: PlannedFault;
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
};

/** All of a phase in the order in which they begin; of the same moment, as the plan lists them. */
export const standsOf = ({ inject }: FaultPhase): readonly Stand[] =>
  inject
    .flatMap((planned) => planned.occurrences.map((occurrence): Stand => ({ planned, ...occurrence })))
    .sort((one, other) => one.startMs - other.startMs);

/** Those that end by the moment at which this one begins: they are gone before anything is done for it. */
export const goneBefore = (stands: readonly Stand[], { startMs, endMs, id }: Stand): readonly Stand[] =>
  stands.filter((other) => other.id !== id && other.endMs <= startMs && other.startMs < endMs);

/** How long before its moment a fault begins to be prepared. */
export const leadMs = ({ planned }: Stand): number => faultTraits(planned.kind).leadMs;

/** Those that are prepared before the clock of the phase starts: it would not leave them the time. */
export const preparedFirst = (stands: readonly Stand[]): readonly Stand[] =>
  stands.filter((stand) => stand.startMs <= leadMs(stand) && goneBefore(stands, stand).length === 0);

/** For how long a fault is asked to stand; null where that is not its nature. */
export const askedLengthMs = (
  { kind }: Pick<PlannedFault, 'kind'>,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): number | null => (faultTraits(kind).lasts ? endMs - startMs : null);

/** When a fault is in place, from the start of its phase, and for how long; nothing where it is the whole phase. */
const timesText = ({ occurrences }: PlannedFault, phaseMs: number): string => {
  const [first] = occurrences;
  if (first === undefined || (occurrences.length === 1 && first.startMs === 0 && first.endMs === phaseMs)) return '';
  const starts = occurrences.map(({ startMs }) => formatDuration(startMs));
  const lengths = [...new Set(occurrences.map(({ startMs, endMs }) => formatDuration(endMs - startMs)))];
  return ` in place after ${starts.join(', ')}, for ${lengths.join(' or ')}${occurrences.length > 1 ? ' each' : ''}`;
};

/** `kubelet-pause on worker, worker2; etcd-pause on control-plane in place after 5s, for 10s` */
export const faultsText = ({ inject, durationMs }: FaultPhase): string =>
  inject
    .map((fault) => {
      const where = fault.leaderOf === undefined ? nodesText(fault.targets) : `the leader of ${fault.leaderOf}`;
      return `${fault.kind} on ${where}${timesText(fault, durationMs)}`;
    })
    .join('; ');
