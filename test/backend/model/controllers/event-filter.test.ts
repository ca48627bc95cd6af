import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventFilter } from '../../../../src/backend/model/controllers/rate-limited-client.ts';
import { eventBurst, eventIntervalUs, eventSubjects } from '../../../../src/backend/model/engine/constants.ts';

const filterAt = () => {
  const time = { us: 0 };
  return { time, passes: createEventFilter({ now: () => time.us }) };
};

test('of one object 25 events pass at once, then one more for each five minutes; another object has its own', () => {
  const { time, passes } = filterAt();
  expect(Array.from({ length: 30 }, () => passes('Node/a')).filter(Boolean)).toHaveLength(25);
  expect(passes('Node/b')).toBe(true);
  time.us = eventIntervalUs - 1;
  expect(passes('Node/a')).toBe(false);
  time.us = eventIntervalUs;
  expect([passes('Node/a'), passes('Node/a')]).toEqual([true, false]);
});

test('whatever comes when, no stretch of time lets more through than the bucket holds and gains in it', () => {
  const gaps = fc.array(fc.nat(2 * eventIntervalUs), { minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(gaps, (waits) => {
      const { time, passes } = filterAt();
      const through: number[] = [];
      for (const wait of waits) {
        time.us += wait % 3 === 0 ? wait : 0;
        if (passes('Node/a')) through.push(time.us);
      }
      for (const [index, fromUs] of through.entries()) {
        for (const [later, toUs] of through.slice(index).entries()) {
          expect(later + 1).toBeLessThanOrEqual(eventBurst + Math.floor((toUs - fromUs) / eventIntervalUs) + 1);
        }
      }
    }),
  );
});

test('the object with the oldest event is forgotten where there are too many', () => {
  const { passes } = filterAt();
  for (let count = 0; count < eventBurst; count += 1) passes('Node/a');
  for (let count = 1; count < eventSubjects; count += 1) passes(`Node/${count}`);
  expect(passes('Node/a')).toBe(false);
  for (let count = 1; count <= eventSubjects; count += 1) passes(`Node/${count}`);
  expect(passes('Node/a')).toBe(true);
});
