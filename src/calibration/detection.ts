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
      return { ...sum, priorityLevel: null };
    },
  };
};

const spreadOf = (values: readonly number[]): NonNullable<ModelledDetection[number]['late']> | null => {
  const sorted = values.toSorted((one, other) => one - other);
  const [p1, p50, p99] = [0.01, 0.5, 0.99].map((share) => quantile(sorted, share));
  return p1 == null || p50 == null || p99 == null ? null : { p1, p50, p99 };
};

/** What runs of the model had of each part of detection; nothing where none of them lost a node. */
export const detectionSpread = (simulations: readonly SimulatedDetection[]): Pick<Calibration, 'detection'> => {
  const detection = (['first', 'median', 'last'] as const).flatMap((which) => {
    const own = simulations.flatMap((one) => one.filter((node) => node.which === which));
    const late = spreadOf(own.map(({ lateMs }) => lateMs));
    if (late === null) return [];
    const parts = Object.fromEntries(
      detectionParts.map((part) => [
        part,
        spreadOf(
          own.flatMap(({ parts }) => {
            const ms = parts[part];
            return ms === null ? [] : [ms];
          }),
        ),
      ]),
    ) as ModelledDetection[number]['parts'];
    return [{ which, late, parts }];
  });
  return detection.length === 0 ? {} : { detection };
};
