import { describe, expect, test } from 'vitest';
import type { Expectation } from '../../src/plan/index.ts';
import { expectedText, figureAt, judge } from '../../src/verdict/index.ts';
import { tightPlan, tightRun } from './timeline-builder.ts';

const wanted = (change: Partial<Expectation>): Expectation => ({
  figure: 'requests.refused',
  min: null,
  max: null,
  equals: null,
  ...change,
});

describe('figureAt', () => {
  test('finds a number by its dotted path', async () => {
    const { plan, events, requests } = tightRun();
    const document = await judge(plan, events, requests);
    expect(figureAt(document, 'nodes.byNode.worker2.notReadyTransitions')).toBe(1);
    expect(figureAt(document, 'requests.byPhase.fault.refused')).toBe(850);
    expect(figureAt(document, 'durationMs')).toBe(92_200);
  });

  test.each([
    ['a figure that was not observed', { timing: { firstRefusedMs: null } }, 'timing.firstRefusedMs', null],
    ['a path that leads nowhere', { timing: {} }, 'timing.first', undefined],
    ['a path through a null', { timing: null }, 'timing.first', undefined],
    ['a path through a number', { timing: 3 }, 'timing.first', undefined],
    ['what is no number', { scenario: 'default' }, 'scenario', undefined],
    ['what an array only inherits', { reasons: [] }, 'reasons.__proto__.length', undefined],
    ['an empty path', { a: 1 }, '', undefined],
  ])('%s', (_, document, path, figure) => {
    expect(figureAt(document, path)).toBe(figure);
  });
});

test.each([
  [{ min: 1 }, '≥ 1'],
  [{ max: 20_000 }, '≤ 20,000'],
  [{ min: 1, max: 3 }, '1 … 3'],
  [{ equals: 0 }, '0'],
  [{ min: 0.25 }, '≥ 0.25'],
])('%j is written %s', (change, text) => {
  expect(expectedText(wanted(change))).toBe(text);
});

test.each([
  ['at its lower bound', { min: 1470 }, true],
  ['below its lower bound', { min: 1471 }, false],
  ['at its upper bound', { max: 1470 }, true],
  ['above its upper bound', { max: 1469 }, false],
  ['equal', { equals: 1470 }, true],
  ['not equal', { equals: 0 }, false],
  ['within a range', { min: 1, max: 2000 }, true],
])('a figure %s is as expected or not', async (_, change, held) => {
  const { events, requests } = tightRun();
  const others = ['nodes.notReadyTransitions', 'pods.evicted', 'pods.unavailableSeconds'].map((figure) => ({
    ...wanted({ max: figure.endsWith('Seconds') ? 60 : 20 }),
    figure,
  }));
  const document = await judge({ ...tightPlan, expectations: [wanted(change), ...others] }, events, requests);
  expect(document.expectations).toMatchObject([{ observed: 1470, held }, ...others.map(() => ({ held: true }))]);
  expect(document.verdict).toBe(held ? 'pass' : 'fail');
});
