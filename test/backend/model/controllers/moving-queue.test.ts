import { describe, expect, test } from 'vitest';
import type { NodeHealth } from '../../../../src/backend/model/controllers/controller-manager.ts';
import { ZoneQueue } from '../../../../src/backend/model/controllers/eviction/zone-queue.ts';
import { createPassOrder } from '../../../../src/backend/model/controllers/passes/pass-order.ts';
import { createRngSource } from '../../../../src/backend/model/engine/random.ts';

/** Of a zone that has every third node of a cluster. */
const members = Array.from({ length: 40 }, (_, inZone) => ({ inZone, node: { index: inZone * 3 } }) as NodeHealth);

/** What a pass does with one: queues it, as one that has its taint, or one that lacks it; moves it to the end; takes it out. */
type How = 'adds' | 'moves' | 'removes';

const turnsOf = (queue: ZoneQueue): readonly (number | undefined)[] => {
  const turns: (number | undefined)[] = [];
  for (let count = 0; count < 12; count += 1) {
    const head = queue.head();
    turns.push(head?.inZone);
    if (head !== null) queue.served(head);
  }
  return turns;
};

describe('a queue in which passes move nodes to the end', () => {
  test('is as if each pass had moved them one by one, in its order, whoever joins or leaves them', () => {
    let served = 0;
    for (let seed = 0; seed < 150; seed += 1) {
      const source = createRngSource(seed);
      const rng = source.next();
      const order = createPassOrder(members.length * 3, source.next());
      const [lazy, eager] = [new ZoneQueue(members), new ZoneQueue(members)];
      // In some queues nearly all are moved, in others hardly any.
      const hows: readonly How[] =
        seed % 2 === 0
          ? ['adds', 'moves', 'moves', 'removes']
          : ['adds', 'adds', 'adds', 'moves', 'removes', 'removes'];
      const moving = new Set<NodeHealth>();
      const both = (act: (queue: ZoneQueue) => void): void => [lazy, eager].forEach(act);
      const stop = (health: NodeHealth): void => {
        if (moving.delete(health)) lazy.stopMoving(health);
      };
      const pass = (): void => {
        lazy.passBegins();
        const checked = new Map<NodeHealth, How>();
        for (let count = rng.below(6); count > 0; count -= 1) {
          const health = members[rng.below(members.length)] as NodeHealth;
          stop(health);
          checked.set(health, hows[rng.below(hows.length)] as How);
        }
        order.next();
        const nodes = [...order.all()].flatMap((index) => (index % 3 === 0 ? [members[index / 3] as NodeHealth] : []));
        const waitsAt = rng.below(4) === 0 ? rng.below(nodes.length) : -1;
        const before = nodes.slice(0, waitsAt === -1 ? nodes.length : waitsAt);
        const handle = (health: NodeHealth, how: How, keeps: boolean): void => {
          both((queue) => {
            if (how !== 'adds') queue.remove(health);
            if (how !== 'removes') queue.add(health);
          });
          if (how !== 'moves' || !keeps) return;
          moving.add(health);
          lazy.keepMoving(health);
        };
        const old = new Set(moving);
        for (const health of before) {
          const how = checked.get(health);
          if (how !== undefined) handle(health, how, true);
          else if (old.has(health)) {
            eager.remove(health);
            eager.add(health);
          }
        }
        if (waitsAt === -1) {
          lazy.movedAtOnce(order.sortLater());
          return;
        }
        lazy.catchUp();
        for (const health of before) lazy.movedInTurn(health);
        for (const health of nodes.slice(waitsAt)) {
          const how = checked.get(health) ?? (old.has(health) ? 'moves' : undefined);
          stop(health);
          if (how !== undefined) handle(health, how, rng.below(2) === 0);
        }
      };
      for (let step = 0; step < 60; step += 1) {
        const does = rng.below(9);
        if (does < 5) pass();
        else if (does === 5) stop(members[rng.below(members.length)] as NodeHealth);
        else {
          expect(lazy.isEmpty()).toBe(eager.head() === null);
          if (does === 6) continue;
          const head = lazy.head();
          expect(head?.inZone).toBe(eager.head()?.inZone);
          if (head === null) continue;
          served += 1;
          // A pass may come between.
          if (rng.below(3) === 0) pass();
          both((queue) => (does === 7 ? queue.served(head) : queue.moveLast(head)));
        }
      }
      for (const health of members) expect(lazy.has(health)).toBe(eager.has(health));
      expect(turnsOf(lazy)).toEqual(turnsOf(eager));
    }
    expect(served).toBeGreaterThan(1000);
  });
});
