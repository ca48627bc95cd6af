import { describe, expect, test } from 'vitest';
import {
  compileProfile,
  type EffectiveSettings,
  exactVersion,
  findProfile,
  predictOwnNotReady,
  statusFirst,
} from '../../src/profile/index.ts';

const effective = (name: string, version: string): EffectiveSettings => {
  const profile = findProfile(name);
  if (profile === null) throw new Error(`no profile ${name}`);
  return compileProfile(profile, 'literal', version).effective;
};

const chance = (seconds: number, version = 'v1.34.4', name = 'default') =>
  predictOwnNotReady(effective(name, version), exactVersion(version), [{ node: 'a', ms: seconds * 1000, ends: 'thaw' }])
    ?.chance ?? null;

describe('the chance that a kubelet says NotReady after a freeze', () => {
  test.each([1, 10, 20, 24, 24.5])('is none after %d s, on any version', (seconds) => {
    for (const version of ['v1.11.10', 'v1.20.2', 'v1.25.0', 'v1.30.0', 'v1.31.0', 'v1.34.4', 'v1.37.2']) {
      expect(chance(seconds, version)).toBeNull();
    }
  });

  // What real kubelets of v1.34.4 did, of how many; the last two: the kubelet alone, and containerd frozen beside it.
  test.each([
    [26, 3, 27],
    [27, 5, 31],
    [28, 12, 36],
    [29, 23, 44],
    [31, 65, 111],
    [31, 35, 68],
  ])('after %d s holds %d of %d within three standard errors', (seconds, seen, of) => {
    const [min, max] = chance(seconds) ?? [Number.NaN, Number.NaN];
    const error = 3 * Math.sqrt(((seen / of) * (1 - seen / of)) / of);
    expect(seen / of).toBeGreaterThan(min - error);
    expect(seen / of).toBeLessThan(max + error);
  });

  test('is as wide as what is known of a version: measured from 1.31 on and on 1.20, anything on the others', () => {
    expect(chance(31, 'v1.31.0')).toEqual([0.49, 0.68]);
    expect(chance(31, 'v1.20.2')).toEqual([0, expect.closeTo(0.032, 9)]);
    expect(chance(31, 'v1.25.0')).toEqual([0, 0.6]);
    expect(
      ['v1.19.0', 'v1.20.2', 'v1.21.0', 'v1.30.0', 'v1.31.0'].map((v) => statusFirst(exactVersion(v)).measured),
    ).toEqual([false, true, false, false, true]);
  });

  test('is possible, not impossible, between 24.5 s and 25 s, where the check of the runtime may have been late', () => {
    expect(chance(24.8)?.[0]).toBe(0);
    expect(chance(24.8)?.[1]).toBeGreaterThan(0);
  });

  test('is smaller where the status may not have come due: one a minute under slow', () => {
    const [, max] = chance(31, 'v1.34.4', 'slow') ?? [0, 0];
    expect(max).toBeCloseTo((31 / 61.2) * 0.68, 6);
  });

  test('grows after 3 minutes by the race with the list of pods', () => {
    expect(chance(185)).toEqual([1 - 0.51 * 0.3, 1 - 0.32 * (1 - 0.97)].map((part) => expect.closeTo(part, 9)));
  });

  test('of several kubelets and pauses is that of at least one; a second pause of one node may meet any moment', () => {
    const of = (...spans: readonly (readonly [string, number])[]) =>
      predictOwnNotReady(
        effective('default', 'v1.34.4'),
        exactVersion('v1.34.4'),
        spans.map(([node, ms]) => ({ node, ms, ends: 'thaw' as const })),
      )?.chance;
    expect(of(['a', 31_000], ['b', 31_000])).toEqual(
      [1 - 0.51 ** 2, 1 - 0.32 ** 2].map((part) => expect.closeTo(part, 9)),
    );
    expect(of(['a', 24_000], ['a', 27_000])).toEqual([0, 0.68]);
  });
});
