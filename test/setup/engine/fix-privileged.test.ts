import { describe, expect, test } from 'vitest';
import { missingCapabilities } from '../../../src/setup/engine/fix-privileged.ts';

const status = (bounding: string): string =>
  `Name:\tnode\nCapEff:\t0000000000000000\nCapBnd:\t${bounding}\nSeccomp:\t0\n`;

describe('the capabilities that a bounding set lacks', () => {
  test('are none where every known bit is set', () => {
    expect(missingCapabilities(status('000001ffffffffff'), 40)).toEqual([]);
  });

  test('names the one whose bit is clear', () => {
    expect(missingCapabilities(status('000001fffeffffff'), 40)).toEqual(['CAP_SYS_RESOURCE']);
  });

  test('names the first and the last', () => {
    expect(missingCapabilities(status('000000fffffffffe'), 40)).toEqual(['CAP_CHOWN', 'CAP_CHECKPOINT_RESTORE']);
  });

  test('does not miss what an older kernel does not know', () => {
    expect(missingCapabilities(status('0000003fffffffff'), 37)).toEqual([]);
  });

  test('leaves out numbers of a newer kernel that have no name here', () => {
    expect(missingCapabilities(status('000001ffffffffff'), 63)).toEqual([]);
  });

  test('are unknown where the text does not say', () => {
    expect(missingCapabilities('Name:\tnode\n', 40)).toBeNull();
  });
});
