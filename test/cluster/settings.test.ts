import { describe, expect, test } from 'vitest';
import { flagsOf } from '../../src/cluster/settings.ts';

describe('flagsOf', () => {
  test('reads --name=value and --name value, and takes a flag that stands alone for true', () => {
    const flags = flagsOf(['kube-controller-manager', '--node-monitor-period=5s', '--v', '2', '--leader-elect']);
    expect(Object.fromEntries(flags)).toEqual({ 'node-monitor-period': '5s', v: '2', 'leader-elect': 'true' });
  });

  test('the last of two wins, as it does in the process', () => {
    expect(flagsOf(['x', '--a=1', '--a=2']).get('a')).toBe('2');
  });

  test('a value may hold an equals sign and may be empty', () => {
    const flags = flagsOf(['x', '--feature-gates=A=true,B=false', '--empty=']);
    expect(flags.get('feature-gates')).toBe('A=true,B=false');
    expect(flags.get('empty')).toBe('');
  });

  test('a flag before another flag does not swallow it, and the empty end of a command line is no value', () => {
    expect(Object.fromEntries(flagsOf(['x', '--leader-elect', '--v=2', '--last', '']))).toEqual({
      'leader-elect': 'true',
      v: '2',
      last: 'true',
    });
  });
});
