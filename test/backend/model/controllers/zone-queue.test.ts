import { describe, expect, test } from 'vitest';
import type { NodeHealth } from '../../../../src/backend/model/controllers/controller-manager.ts';
import { ZoneQueue } from '../../../../src/backend/model/controllers/eviction/zone-queue.ts';

const members = Array.from({ length: 4 }, (_, inZone) => ({ inZone }) as NodeHealth);
const [a, b, c, d] = members as [NodeHealth, NodeHealth, NodeHealth, NodeHealth];

const queueOf = (...nodes: readonly NodeHealth[]): ZoneQueue => {
  const queue = new ZoneQueue(members);
  for (const node of nodes) queue.add(node);
  return queue;
};

/** Whose turns come, one after the other; 9 at the most. */
const turns = (queue: ZoneQueue): readonly number[] => {
  const came: number[] = [];
  for (let head = queue.head(); head !== null && came.length < 9; head = queue.head()) {
    came.push(head.inZone);
    queue.served(head);
  }
  return came;
};

describe('the queue of a zone', () => {
  test('has nobody at first', () => {
    expect(queueOf().head()).toBeNull();
    expect(queueOf().has(a)).toBe(false);
  });

  test('serves in the order of queueing, each once', () => {
    expect(turns(queueOf(c, a, c, d, a, b))).toEqual([2, 0, 3, 1]);
  });

  test('takes out the first, one between and the last', () => {
    const queue = queueOf(a, b, c, d);
    queue.remove(b);
    queue.remove(d);
    queue.remove(a);
    queue.remove(a);
    queue.add(d);
    expect(turns(queue)).toEqual([2, 3]);
  });

  test('is empty once the only one is taken out, and takes it in anew', () => {
    const queue = queueOf(b);
    queue.remove(b);
    expect(queue.head()).toBeNull();
    queue.add(b);
    expect(turns(queue)).toEqual([1]);
  });

  test('puts one that could not be served last', () => {
    const queue = queueOf(a, b, c);
    queue.moveLast(a);
    expect(turns(queue)).toEqual([1, 2, 0]);
  });

  test('does not queue again what it served, until that is taken out', () => {
    const queue = queueOf(a);
    queue.served(a);
    queue.add(a);
    expect(queue.has(a)).toBe(true);
    expect(queue.head()).toBeNull();
    queue.remove(a);
    queue.add(a);
    expect(turns(queue)).toEqual([0]);
  });

  test('gives a node that it has forgotten one more place, and takes the first of them', () => {
    const queue = queueOf(a, b);
    queue.forget(a);
    expect(queue.has(a)).toBe(false);
    queue.add(a);
    queue.forget(a);
    queue.add(a);
    queue.moveLast(a);
    expect(turns(queue)).toEqual([1, 0, 0, 0]);
  });

  test('keeps for good at its head a place of one that was taken out after it had been forgotten', () => {
    const queue = queueOf(a);
    queue.forget(a);
    queue.add(a);
    queue.remove(a);
    expect(turns(queue)).toEqual(Array.from({ length: 9 }, () => 0));
    queue.add(b);
    queue.moveLast(a);
    expect(queue.head()).toBe(b);
  });
});
