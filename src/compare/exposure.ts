import { isDeepStrictEqual } from 'node:util';
import { formatDuration } from '../common/duration.ts';
import type { GrowsWith } from '../figures/index.ts';
import type { RunDocument } from '../verdict/index.ts';

/** Why figures that grow with it do not compare; null: both sides have the same of it. */
export type ExposureDifferences = Readonly<Record<GrowsWith, string | null>>;

/** Of a run: what decides how many requests are offered and for how long, each as people read it. */
type Exposure = {
  readonly offered: Readonly<Record<string, string>>;
  readonly length: string;
  readonly replicas: number;
};

/** null: not on record. */
const exposureOf = ({ conditions }: RunDocument): Exposure | null => {
  if (conditions === undefined) return null;
  const { load, phases, workload } = conditions;
  const lengths = phases.map((phase) =>
    phase.kind === 'recover'
      ? `${phase.kind} within ${formatDuration(phase.withinMs)}`
      : `${phase.kind} ${formatDuration(phase.durationMs)}`,
  );
  return {
    offered: {
      rates: `${load.ratePerSecond}/s`,
      entrances: load.through ?? 'untouched',
      connections: load.connection,
    },
    length: lengths.join(', '),
    replicas: workload.replicas,
  };
};

/**
 * What the runs differ in that lets a figure grow although nothing got worse: a tenth of the requests refused is a harm of
 * 50 where 500 were offered, and of 5 where 50 were.
 * @returns `rates differ: 50/s against 5/s`
 */
export const exposureDifferences = (
  base: readonly RunDocument[],
  candidate: readonly RunDocument[],
): ExposureDifferences => {
  const [first, ...others] = [...base, ...candidate].map(exposureOf);
  const other = others.find((one) => !isDeepStrictEqual(one, first));
  if (first == null || other === null) {
    const why = 'what was offered, and for how long, is not on record';
    return { offered: why, length: why, replicas: why };
  }
  if (other === undefined) return { offered: null, length: null, replicas: null };
  const length =
    first.length === other.length ? null : `lengths of phases differ: ${first.length} against ${other.length}`;
  const load = Object.entries(first.offered).flatMap(([name, own]) =>
    own === other.offered[name] ? [] : [`${name} differ: ${own} against ${other.offered[name]}`],
  );
  const replicas =
    first.replicas === other.replicas ? [] : [`replicas differ: ${first.replicas} against ${other.replicas}`];
  const withLength = (own: readonly string[]): string | null =>
    [...own, ...(length === null ? [] : [length])].join('; ') || null;
  return { offered: withLength(load), length, replicas: withLength(replicas) };
};
