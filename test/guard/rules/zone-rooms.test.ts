import { expect, test } from 'vitest';
import { SkipbeatError } from '../../../src/common/errors.ts';
import { chooseTargets, readNodeChoice } from '../../../src/guard/index.ts';
import { zoneRooms } from '../../../src/guard/rules/targets.ts';
import { survey, worker, workers } from '../surveys.ts';

// Nodes of a zone, those Ready, and how many may be hit: ⌊10 %⌋ or one, and 55 % have to stay Ready.
test.each([
  [1, 1, 0],
  [2, 2, 0],
  [3, 3, 1],
  [3, 2, 0],
  [4, 4, 1],
  [9, 9, 1],
  [10, 10, 1],
  [19, 19, 1],
  [20, 20, 2],
  [20, 12, 1],
  [20, 11, 0],
  [30, 30, 3],
  [100, 100, 10],
  [100, 60, 5],
  [100, 55, 0],
] as const)('of a zone of %i nodes, %i of them Ready, %i may be hit', (nodes, ready, room) => {
  const those = workers(nodes).map((node, index) => (index < ready ? node : { ...node, ready: 'False' as const }));
  expect(zoneRooms(those).map((zone) => zone.room)).toEqual([room]);
  if (room > 0) expect((ready - room) / nodes).toBeGreaterThanOrEqual(0.55);
});

test('a zone is counted with its control planes, and nodes without a zone are one', () => {
  const nodes = [worker('cp', { zone: 'a', controlPlane: 'by label' }), ...workers(2, { zone: 'a' }), worker('x')];
  expect(zoneRooms(nodes).map(({ zone, nodes: count, room }) => [zone, count, room])).toEqual([
    ['a', 3, 1],
    ['', 1, 0],
  ]);
});

const messageFor = (count: number, wanted: number): string => {
  try {
    chooseTargets(survey(workers(count, { zone: 'eu-1a' })), {
      choice: readNodeChoice('pool=chaos'),
      wanted,
      maxNodes: 9,
    });
    return '';
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError)) throw thrown;
    return thrown.message.split('\n').slice(1).join('\n');
  }
};

test('the error says the rule that has no room', () => {
  expect(messageFor(2, 1)).toBe(
    '  - zone eu-1a: 2 nodes, 2 Ready, of which at least 55 % have to stay Ready: 0 may be hit',
  );
  expect(messageFor(19, 2)).toBe(
    '  - zone eu-1a: 19 nodes, 19 Ready, of which a tenth, at least one, may be hit at once: 1',
  );
  expect(messageFor(20, 2)).toBe('');
});
