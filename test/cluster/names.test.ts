import { describe, expect, test } from 'vitest';
import { clusterNameFrom, fullNodeName, shortNodeName } from '../../src/cluster/index.ts';

describe('cluster names', () => {
  test.each([
    ['demo', 'skipbeat-demo'],
    ['skipbeat-demo', 'skipbeat-demo'],
    ['a1', 'skipbeat-a1'],
  ])('%s is the cluster %s', (said, name) => {
    expect(clusterNameFrom(said)).toBe(name);
  });

  test.each([[''], ['Demo'], ['a b'], ['-x-'], ['../x'], ['x;rm'], ['skipbeat-'], ['x'.repeat(60)], ['$(id)']])(
    '%j cannot be a cluster',
    (said) => {
      expect(clusterNameFrom(said)).toBeNull();
    },
  );

  test('short node names leave the cluster out, and full ones bring it back', () => {
    expect(shortNodeName('skipbeat-x', 'skipbeat-x-worker2')).toBe('worker2');
    expect(shortNodeName('skipbeat-x', 'somebody-else')).toBe('somebody-else');
    expect(fullNodeName('skipbeat-x', 'worker2')).toBe('skipbeat-x-worker2');
  });
});
