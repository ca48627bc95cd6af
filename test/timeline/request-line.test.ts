import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLineScanner } from '../../src/timeline/request-line.ts';
import { requestRecordShape } from '../../src/timeline/request-record.ts';
import { requestOutcomes } from '../../src/timeline/requests.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

const time = fc.integer({ min: 0, max: 2 ** 45 }).map((us) => us / 1000);
const text = fc.oneof(fc.constantFrom('worker', 'control-plane', 'ECONNREFUSED'), fc.string());
const record = fc
  .record(
    {
      seq: fc.nat(2 ** 31),
      connection: fc.constantFrom('fresh', 'keep-alive'),
      entrance: text,
      dueMs: fc.oneof(time, fc.double({ noNaN: true, noDefaultInfinity: true })),
      sentMs: fc.option(time),
      endedMs: time,
      outcome: fc.constantFrom(...requestOutcomes),
      status: fc.option(fc.nat(999)),
      code: fc.option(text),
    },
    { requiredKeys: ['seq', 'connection', 'dueMs', 'sentMs', 'endedMs', 'outcome', 'status', 'code'] },
  )
  .map(({ seq, connection, entrance, ...rest }) => ({
    seq,
    connection,
    ...(entrance === undefined ? {} : { entrance }),
    ...rest,
  }));

const plain = {
  ...{ seq: 7, connection: 'fresh', entrance: 'worker', dueMs: 10100.037, sentMs: 10100.137, endedMs: 10101.8 },
  ...{ outcome: 'ok', status: 200, code: null },
};
const plainLine = `${JSON.stringify(plain)}\n`;

describe('a line of a request, read from its bytes', () => {
  test('says what JSON.parse finds in it, and is read up to its end', () => {
    const scan = createLineScanner();
    const line = bytesOf(`rubbish${plainLine}{"seq"`);
    expect(scan(line, 7)).toEqual({ record: plain, nextAt: 7 + plainLine.length });
    const refused = { ...plain, sentMs: null, outcome: 'refused', status: null, code: 'ECONNREFUSED' };
    expect(scan(bytesOf(`${JSON.stringify(refused)}\n`), 0)?.record).toEqual(refused);
  });

  test('of a run as it is recorded no line goes the plain way', () => {
    const scan = createLineScanner();
    fc.assert(
      fc.property(time, time, fc.constantFrom(...requestOutcomes), (dueMs, endedMs, outcome) => {
        const one = { ...plain, dueMs, sentMs: dueMs, endedMs, outcome };
        expect(scan(bytesOf(`${JSON.stringify(one)}\n`), 0)?.record).toEqual(one);
      }),
    );
  });

  test('whatever is read is a request, the one that JSON.parse finds, and is written as it was', () => {
    const scan = createLineScanner();
    const edit = fc.record({
      at: fc.nat(200),
      remove: fc.nat(3),
      insert: fc.constantFrom('', '0', '.', '-', 'e', '"', ',', ' ', '\\', 'é', '9', '}', '\n'),
    });
    fc.assert(
      fc.property(record, fc.option(edit), (one, change) => {
        const complete = `${JSON.stringify(one)}\n`;
        const line =
          change === null
            ? complete
            : complete.slice(0, change.at) + change.insert + complete.slice(change.at + change.remove);
        const bytes = bytesOf(line);
        const read = scan(bytes, 0);
        if (read === null) return;
        const text = new TextDecoder().decode(bytes.subarray(0, read.nextAt));
        expect(text.indexOf('\n')).toBe(text.length - 1);
        expect(read.record).toEqual(JSON.parse(text));
        expect(`${JSON.stringify(read.record)}\n`).toBe(text);
        expect(requestRecordShape.safeParse(read.record).success).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['a number that ends in a zero', '"dueMs":10100.037', '"dueMs":10100.030'],
    ['a number that begins with one', '"seq":7', '"seq":07'],
    ['a number that is negative', '"seq":7', '"seq":-7'],
    ['a number with an exponent', '"seq":7', '"seq":7e1'],
    ['more decimals than µs have', '"dueMs":10100.037', '"dueMs":10100.0371'],
    ['more digits than are exact', '"dueMs":10100.037', '"dueMs":1010000000000000000.037'],
    ['a point without decimals', '"dueMs":10100.037', '"dueMs":10100.'],
    ['a fraction of a request', '"seq":7', '"seq":7.5'],
    ['a key that is twice there', '"code":null', '"code":null,"code":null'],
    ['another order', '"seq":7,"connection":"fresh"', '"connection":"fresh","seq":7'],
    ['white space', '"seq":7', '"seq": 7'],
    ['an outcome that is none', '"ok"', '"okay"'],
    ['a text that JSON escapes', '"worker"', '"wor\\u006ber"'],
    ['a text of several bytes a letter', '"worker"', '"wörker"'],
    ['no end', '}\n', '}'],
    ['a carriage return', '}\n', '}\r\n'],
  ])('with %s it goes the plain way', (_, from, to) => {
    const line = plainLine.replace(from, to);
    expect(line).not.toBe(plainLine);
    expect(createLineScanner()(bytesOf(line), 0)).toBeNull();
  });

  test('texts without number do not fill the memory, and are read all the same', () => {
    const scan = createLineScanner();
    for (let one = 0; one < 200; one += 1)
      expect(scan(bytesOf(plainLine.replace('worker', `worker${one}`)), 0)?.record.entrance).toBe(`worker${one}`);
  });
});
