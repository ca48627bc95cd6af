import type { RequestRecord } from '../timeline/index.ts';
import { entranceOf, requestOutcomes } from '../timeline/index.ts';
import type { Ending } from './http/outcome.ts';
import { type ConnectionChoice, connectionOf, dueOnRunClockMs } from './schedule.ts';

/**
 * Finished requests on their way between threads, in order of completion: six numbers each (seq, sent, ended, outcome,
 * status, code), one buffer that is handed over rather than copied. When a request was due and which connection it used
 * follow from `seq`. NaN stands for null; a code is a place in `codes`.
 */
export type Batch = { readonly rows: Float64Array<ArrayBuffer>; readonly codes: readonly string[] };

const columns = 6;

export type BatchWriter = {
  readonly add: (seq: number, sentMs: number | null, endedMs: number, ending: Ending) => void;
  /** What was added since the last take; null where that is nothing. */
  readonly take: () => Batch | null;
};

export const createBatchWriter = (): BatchWriter => {
  let rows = new Float64Array(256 * columns);
  let used = 0;
  const codes: string[] = [];

  const placeOf = (code: string | null): number => {
    if (code === null) return Number.NaN;
    const known = codes.indexOf(code);
    return known === -1 ? codes.push(code) - 1 : known;
  };

  return {
    add: (seq, sentMs, endedMs, ending) => {
      if (used === rows.length) {
        const larger = new Float64Array(rows.length * 2);
        larger.set(rows);
        rows = larger;
      }
      rows[used] = seq;
      rows[used + 1] = sentMs ?? Number.NaN;
      rows[used + 2] = endedMs;
      rows[used + 3] = requestOutcomes.indexOf(ending.outcome);
      rows[used + 4] = ending.status ?? Number.NaN;
      rows[used + 5] = placeOf(ending.code);
      used += columns;
    },
    take: () => {
      if (used === 0) return null;
      const taken = { rows: rows.slice(0, used), codes: [...codes] };
      used = 0;
      return taken;
    },
  };
};

/** What turns rows back into records. `startedAtMs`: when request 0 was due, in ms since the run started. */
export type BatchContext = {
  readonly startedAtMs: number;
  readonly ratePerSecond: number;
  readonly connection: ConnectionChoice;
  /** As in the load's targets. */
  readonly entrances: readonly (string | undefined)[];
};

/** @throws RangeError on a row that no writer makes */
export const readBatch = (batch: Batch, context: BatchContext): readonly RequestRecord[] => {
  const { rows, codes } = batch;
  const records: RequestRecord[] = [];
  for (let at = 0; at < rows.length; at += columns) {
    const seq = numberAt(rows, at);
    const outcome = requestOutcomes[numberAt(rows, at + 3)];
    if (outcome === undefined) throw new RangeError(`Request ${seq}: outcome ${rows[at + 3]} is none.`);
    const code = nullable(rows, at + 5);
    const entrance = context.entrances[entranceOf(seq, context.connection, context.entrances.length)];
    records.push({
      seq,
      connection: connectionOf(seq, context.connection),
      ...(entrance === undefined ? {} : { entrance }),
      dueMs: dueOnRunClockMs(context.startedAtMs, seq, context.ratePerSecond),
      sentMs: nullable(rows, at + 1),
      endedMs: numberAt(rows, at + 2),
      outcome,
      status: nullable(rows, at + 4),
      code: code === null ? null : codeAt(codes, code),
    });
  }
  return records;
};

const numberAt = (rows: Float64Array, at: number): number => {
  const value = rows[at];
  if (value === undefined || Number.isNaN(value)) throw new RangeError(`A batch ends or has a gap at number ${at}.`);
  return value;
};

const codeAt = (codes: readonly string[], place: number): string => {
  const code = codes[place];
  if (code === undefined) throw new RangeError(`A batch has no code number ${place}.`);
  return code;
};

const nullable = (rows: Float64Array, at: number): number | null => {
  const value = rows[at];
  return value === undefined || Number.isNaN(value) ? null : value;
};
