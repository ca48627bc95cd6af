import { expect, test } from 'vitest';
import { createPortMemory } from '../../../src/load/http/connection.ts';

test('a port is one that was left unanswered before for as long as conntrack remembers it, from the last time on', () => {
  const ports = createPortMemory();
  expect(ports.leave(40_000, 0)).toBe(false);
  expect(ports.leave(40_002, 1000)).toBe(false);
  expect(ports.leave(40_000, 119_999)).toBe(true);
  expect(ports.leave(40_002, 121_000)).toBe(false);
  expect(ports.leave(40_000, 239_000)).toBe(true);
  expect(ports.leave(undefined, 239_000)).toBe(false);
});
