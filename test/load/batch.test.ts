import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBatchWriter, readBatch } from '../../src/load/batch.ts';
import { type RequestRecord, requestOutcomes } from '../../src/timeline/index.ts';

const context = {
  startedAtMs: 100,
  ratePerSecond: 1000,
  connection: 'both',
  entrances: ['worker', 'worker2'],
} as const;

test('a batch carries records between threads in the order in which they ended', () => {
  const writer = createBatchWriter();
  writer.add(1, 101.002, 101.5, { outcome: 'ok', status: 200, code: null });
  writer.add(0, 100, 102, { outcome: 'reset', status: 200, code: 'ECONNRESET' });
  writer.add(2, null, 102, { outcome: 'dropped', status: null, code: 'IN_FLIGHT_LIMIT' });
  const batch = writer.take();
  const expected: readonly RequestRecord[] = [
    {
      seq: 1,
      connection: 'keep-alive',
      entrance: 'worker',
      dueMs: 101,
      sentMs: 101.002,
      endedMs: 101.5,
      outcome: 'ok',
      status: 200,
      code: null,
    },
    {
      seq: 0,
      connection: 'fresh',
      entrance: 'worker',
      dueMs: 100,
      sentMs: 100,
      endedMs: 102,
      outcome: 'reset',
      status: 200,
      code: 'ECONNRESET',
    },
    {
      seq: 2,
      connection: 'fresh',
      entrance: 'worker2',
      dueMs: 102,
      sentMs: null,
      endedMs: 102,
      outcome: 'dropped',
      status: null,
      code: 'IN_FLIGHT_LIMIT',
    },
  ];
  expect(batch).not.toBeNull();
  if (batch !== null) expect(readBatch(batch, context)).toEqual(expected);
});

test('whatever is written, in however many batches, is read back once and in order', () => {
  const ending = fc.record({
    outcome: fc.constantFrom(...requestOutcomes),
    status: fc.option(fc.integer({ min: 100, max: 999 })),
    code: fc.option(fc.constantFrom('ECONNREFUSED', 'ECONNRESET', 'HPE_INVALID_CONSTANT', '')),
  });
  const row = fc.record({ sentMs: fc.option(fc.nat(1e9)), endedMs: fc.nat(1e9), ending, takeAfter: fc.boolean() });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 700, size: 'max' }), (rows) => {
      const writer = createBatchWriter();
      const read: RequestRecord[] = [];
      const collect = (): void => {
        const batch = writer.take();
        if (batch !== null) read.push(...readBatch(batch, context));
      };
      rows.forEach(({ sentMs, endedMs, ending, takeAfter }, seq) => {
        writer.add(seq, sentMs, endedMs, ending);
        if (takeAfter && seq % 50 === 0) collect();
      });
      collect();
      expect(writer.take()).toBeNull();
      expect(
        read.map(({ seq, sentMs, endedMs, outcome, status, code }) => [seq, sentMs, endedMs, outcome, status, code]),
      ).toEqual(
        rows.map(({ sentMs, endedMs, ending }, seq) => [
          seq,
          sentMs,
          endedMs,
          ending.outcome,
          ending.status,
          ending.code,
        ]),
      );
    }),
    { numRuns: 30 },
  );
});

test('a row that no writer makes is refused, not guessed at', () => {
  expect(() => readBatch({ rows: new Float64Array([7, 1, 1, 99, 200, Number.NaN]), codes: [] }, context)).toThrow(
    'Request 7: outcome 99 is none.',
  );
  expect(() => readBatch({ rows: new Float64Array([7, 1]), codes: [] }, context)).toThrow(
    'A batch ends or has a gap at number 3.',
  );
  expect(() => readBatch({ rows: new Float64Array([7, 1, 1, 3, Number.NaN, 0]), codes: [] }, context)).toThrow(
    'A batch has no code number 0.',
  );
});
