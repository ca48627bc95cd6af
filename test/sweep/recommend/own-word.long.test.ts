import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compileProfile,
  exactVersion,
  maxUnsaidPauseMs,
  predictOwnNotReady,
  profiles,
} from '../../../src/profile/index.ts';
import { isSmall, mildest, type OwnWord, ownWordAfter } from '../../../src/sweep/recommend/own-word.ts';
import { type Limits, recommend } from '../../../src/sweep/recommend/recommend.ts';
import { recommendationJson, recommendationText } from '../../../src/sweep/recommend/recommend-text.ts';

const versions = ['v1.20.2', 'v1.30.4', 'v1.34.4'] as const;

test('of so many nodes the chance is that of as many standstills, and of any number it is one', () => {
  const pause = fc.integer({ min: 20_000, max: 300_000 });
  fc.assert(
    fc.property(
      fc.constantFrom(...versions),
      fc.constantFrom(...profiles),
      fc.integer({ min: 1, max: 60 }),
      pause,
      (version, profile, nodes, pauseMs) => {
        const { effective } = compileProfile(profile, 'literal', version);
        const frozen = Array.from({ length: nodes }, (_, node) => ({
          ...{ node: String(node), ms: pauseMs },
          ends: 'thaw' as const,
        }));
        const own = predictOwnNotReady(effective, exactVersion(version), frozen);
        const word = ownWordAfter(effective, version, nodes, pauseMs);
        expect(word?.chanceEach).toEqual(own?.chanceEach);
        for (const end of [0, 1] as const) expect(word?.chance[end] ?? 0).toBeCloseTo(own?.chance[end] ?? 0, 9);
        expect(word === null).toBe(pauseMs <= maxUnsaidPauseMs);
        expect(ownWordAfter(effective, version, Number.MAX_SAFE_INTEGER, pauseMs)?.chance[1] ?? 1).toBeCloseTo(1, 9);
      },
    ),
  );
});

test('the mildest is the one that is least likely', () => {
  const word = (max: number): OwnWord => ({ pauseMs: 30_000, chanceEach: [0, max], chance: [0, max] });
  expect(mildest([word(0.3), word(0.2), word(0.4)])).toEqual(word(0.2));
  expect(mildest([word(0.3), null, word(0.2)])).toBeNull();
  expect(mildest([])).toBeNull();
  expect([null, word(0.01), word(0.011)].map(isSmall)).toEqual([true, true, false]);
});

describe('a pause that settings shall survive', () => {
  const limits = (survivePauseMs: number | null): Limits => ({
    ...{ maxDetectMs: 60_000, survivePauseMs, maxWritesPerMinute: null },
    ...{ maxEvictMs: null, minAnswerMs: null },
  });
  const head = (text: string): string => text.split('\n\n')[1]?.replaceAll(/\s+/g, ' ') ?? '';

  test('after which kubelets surely call their own nodes NotReady is kept by no setting', () => {
    const found = recommend('v1.34.4', 1000, limits(30_000));
    expect(found.front.length).toBeGreaterThan(0);
    expect(found).toMatchObject({ keepsOwnWord: false, ownWord: { pauseMs: 30_000, chanceEach: [0.49, 0.68] } });
    expect(found.ownWord?.chance[0]).toBeGreaterThan(0.99);
    const text = recommendationText(found);
    expect(head(text)).toBe(
      'No setting keeps to --survive-pause 30s: kubelets call their own nodes NotReady after it, at least one of 1,000 that freeze so long, with a chance of over 99 % by the mildest of these settings. Those below keep the controller alone from it.',
    );
    expect(text.split('\n\n')[2]).toBe(
      '47 settings keep the controller to them and nothing beats (the Pareto front),\nfewest writes first:',
    );
    expect(JSON.parse(recommendationJson(found))).toMatchObject({
      keepsOwnWord: false,
      ownWord: { pauseMs: 30_000, chanceEach: [0.49, 0.68] },
    });
  });

  test('of which nobody knows whether kubelets say so after it, as to v1.30, is kept by none for sure', () => {
    const found = recommend('v1.20.2', 1000, limits(30_000));
    expect(found.keepsOwnWord).toBe(false);
    expect(head(recommendationText(found))).toBe(
      'No setting surely keeps to --survive-pause 30s: kubelets may call their own nodes NotReady after it, at least one of 1,000 that freeze so long, with a chance of 0 % to over 99 % by the mildest of these settings. Those below keep the controller alone from it.',
    );
  });

  test('after which none can, or nearly none does, is kept', () => {
    for (const [pauseMs, settings] of [
      [24_500, 71],
      [null, 203],
    ] as const) {
      const found = recommend('v1.34.4', 1000, limits(pauseMs));
      expect(found).toMatchObject({ keepsOwnWord: true, ownWord: null });
      expect(head(recommendationText(found))).toBe(
        `${settings} settings keep to them and nothing beats (the Pareto front), fewest writes first:`,
      );
    }
    const rare = recommend('v1.20.2', 3, limits(24_700));
    expect(rare).toMatchObject({ keepsOwnWord: true, ownWord: { pauseMs: 24_700 } });
    expect(rare.ownWord?.chance[1]).toBeLessThanOrEqual(0.01);
    expect(head(recommendationText(rare))).toBe(
      'By their own word kubelets may call their nodes NotReady after a pause of 24.7s: at least one of 3 that freeze so long, with a chance of 0 % to 1 % by the mildest of these settings.',
    );
  });

  test('is kept by those settings alone of which it is rare, where there are such', () => {
    const found = recommend('v1.34.4', 2, limits(24_550));
    const chances = found.front.map(
      ({ compiled }) => ownWordAfter(compiled.effective, 'v1.34.4', 2, 24_550)?.chance[1] ?? 0,
    );
    expect(found.keepsOwnWord).toBe(true);
    expect(Math.max(...chances)).toBeLessThanOrEqual(0.01);
  });
});
