import type { ModelSink } from '../backend/model/index.ts';
import { quantile } from '../common/statistics.ts';
import { detectionParts, type ModelledDetection, type PassWork, type SimulatedDetection } from '../verdict/index.ts';
import type { Calibration } from './document.ts';

type Work = Parameters<NonNullable<ModelSink['passWork']>>[1] & { readonly atUs: number };

/** Keeps what passes of one run of the model took, as a real controller manager counts it. */
export const collectWork = () => {
  const all: Work[] = [];
  return {
    add: (atUs: number, work: Omit<Work, 'atUs'>): void => {
      all.push({ atUs, ...work });
    },
    between: (fromMs: number, toMs: number): PassWork => {
      const sum = { updates: 0, writes: 0, rateLimiter: 0 };
      for (const { atUs, updateUs, waitedUs, answeredUs } of all) {
        if (atUs < fromMs * 1000 || atUs > toMs * 1000) continue;
        sum.updates += updateUs / 1e6;
        sum.rateLimiter += waitedUs / 1e6;
        sum.writes += (waitedUs + answeredUs) / 1e6;
      }
      // It has no priority levels to wait in, and nobody else's writes.
      return { ...sum, priorityLevel: 0, isByHost: false };
    },
    /** When the pass began whose work on a node had begun, and was the last that had, as it was lost. */
    beganMs: ({ node, atMs }: { readonly node: string; readonly atMs: number }): number | null => {
      const own = all.findLast((work) => work.node === node && work.atUs - work.updateUs <= atMs * 1000);
      return own === undefined ? null : own.beganUs / 1000;
    },
  };
};

const spreadOf = (values: readonly number[]): NonNullable<ModelledDetection[number]['late']> | null => {
  const sorted = values.toSorted((one, other) => one - other);
  const [p1, p50, p99] = [0.01, 0.5, 0.99].map((share) => quantile(sorted, share));
  return p1 == null || p50 == null || p99 == null ? null : { p1, p50, p99 };
};

/** null where not every run has it: of some alone it would be the spread of other runs. */
const spreadOfAll = (values: readonly (number | null)[]): ReturnType<typeof spreadOf> => {
  const known = values.filter((ms) => ms !== null);
  return known.length < values.length ? null : spreadOf(known);
};

/** What runs of the model had of each part of detection; nothing where none of them lost a node. */
export const detectionSpread = (simulations: readonly SimulatedDetection[]): Pick<Calibration, 'detection'> => {
  const detection = (['first', 'median', 'last'] as const).flatMap((which) => {
    const own = simulations.flatMap((one) => one.filter((node) => node.which === which));
    const late = spreadOf(own.map(({ lateMs }) => lateMs));
    if (late === null) return [];
    const parts = Object.fromEntries(
      detectionParts.map((part) => [part, spreadOfAll(own.map(({ parts }) => parts[part]))]),
    ) as ModelledDetection[number]['parts'];
    return [{ which, late, parts }];
  });
  return detection.length === 0 ? {} : { detection };
};
