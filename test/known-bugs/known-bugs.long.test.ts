import { describe, expect, test } from 'vitest';
import { bugStatus, bugsOf, bugsThatMatter, knownBugs, measured, measuredResults } from '../../src/known-bugs/index.ts';
import { exactVersion } from '../../src/profile/index.ts';
import { faultKindsThat } from '../../src/scenario/index.ts';
import { measurements } from './measurements.ts';
import { probes } from './probes.ts';

/** What a range ends with where it names a minor alone. */
const exact = (text: string, patch: number) =>
  exactVersion(text.split('.').length > 2 ? `v${text}` : `v${text}.${patch}`);

const ends = knownBugs
  .filter(({ id }) => id in probes)
  .flatMap(({ id, affected, fixedIn }) => [
    ...affected.flatMap(([first, last]) => [
      { id, version: exact(first, 0), has: true },
      { id, version: exact(last, 9), has: true },
    ]),
    ...fixedIn.map((version) => ({ id, version: exact(version, 0), has: false })),
  ])
  .map((end) => ({ ...end, name: `v1.${end.version.minor}.${end.version.patch}` }));

describe('the model', () => {
  test.each(ends)('of $name has $id: $has', ({ id, version, has }) => {
    const seen = probes[id]?.(version);
    if (seen !== null) expect(seen).toBe(has);
  });

  test('shows every bug that the table says it shows, and no other', () => {
    const shown = knownBugs.filter((bug) => 'model' in bug.shown).map(({ id }) => id);
    expect(Object.keys(probes).toSorted()).toEqual(shown.toSorted());
  });
});

describe('measurements', () => {
  const results = knownBugs.flatMap((bug) =>
    measuredResults.flatMap((one) => (one.id === bug.id ? [{ ...one, bug }] : [])),
  );

  test.each(results)('$id on the real $version: $present, as table and model have it', ({ bug, version, present }) => {
    expect(bugStatus(bug, exactVersion(version))).toBe(present ? 'has' : 'hasNot');
    const predicted = probes[bug.id]?.(exactVersion(version)) ?? null;
    if (predicted !== null) expect(predicted).toBe(present);
  });

  test('are there of every bug, on a version that has it, or it says why not', () => {
    expect(Object.keys(measured).toSorted()).toEqual(knownBugs.map(({ id }) => id).toSorted());
    const asked = Object.entries(measured).flatMap(([id, of]) =>
      'notMeasured' in of || of.run !== undefined ? [] : [id],
    );
    expect(asked.toSorted()).toEqual(Object.keys(measurements).toSorted());
    expect(asked.filter((id) => !results.some((one) => one.id === id && one.present))).toEqual([]);
  });
});

describe('the table', () => {
  test('names a bug once, with where it was read and what a user sees', () => {
    expect(new Set(knownBugs.map(({ id }) => id)).size).toBe(knownBugs.length);
    expect(knownBugs.length).toBeGreaterThanOrEqual(20);
    for (const { source, seen, title } of knownBugs) {
      expect([source, seen, title].every((text) => text.length > 10)).toBe(true);
    }
  });

  test('has no version in two states, and no fix inside of what is affected', () => {
    for (const bug of knownBugs) {
      for (const version of bug.fixedIn)
        expect([bug.id, bugStatus(bug, exact(version, 0))]).toEqual([bug.id, 'hasNot']);
      for (const [first, last] of bug.affected) {
        expect([bugStatus(bug, exact(first, 0)), bugStatus(bug, exact(last, 9))]).toEqual(['has', 'has']);
      }
    }
  });

  const idsOf = (version: string): readonly string[] => bugsOf(version).map(({ bug }) => bug.id);
  test.each([
    ['v1.18.20', false],
    ['v1.19.0', true],
    ['v1.19.8', true],
    ['v1.19.9', false],
    ['v1.20.4', true],
    ['v1.20.5', false],
    ['v1.21.0', false],
  ])('%s loses NoExecute taints: %s', (version, has) => {
    expect(idsOf(version).includes('kubernetes#94183')).toBe(has);
  });

  test('says of what nobody has read that it may be so', () => {
    const statusOn = (id: string, version: string) => bugsOf(version).find(({ bug }) => bug.id === id)?.status;
    expect(statusOn('kubernetes#90794', 'v1.16.14')).toBe('mayHave');
    expect(statusOn('kubernetes#135205', 'v1.37.2')).toBe('has');
    expect(statusOn('kubernetes#135205', 'v1.37.3')).toBe('mayHave');
  });

  const lost = (faults: readonly string[] | null, evictsByTolerations: boolean): readonly string[] =>
    bugsThatMatter({ kubernetesVersion: 'v1.20.2', faults, evictsByTolerations }).map(({ bug }) => bug.id);
  test('names of a version what matters to the faults and settings at hand', () => {
    expect(lost(['kubelet-pause'], true)).toEqual(['kubernetes#94183']);
    expect(lost(['kubelet-pause'], false)).toEqual([]);
    expect(lost(null, true)).toEqual(['kubernetes#94183']);
    expect(lost(['kubelet-stop'], false)).toEqual(['kubernetes#122338', 'kubernetes#100277']);
    expect(lost([], true)).toEqual([]);
  });

  test('names kinds of fault that there are', () => {
    const known = faultKindsThat(() => true);
    const named = knownBugs.flatMap(({ concerns }) => (Array.isArray(concerns.faults) ? concerns.faults : []));
    expect(named.filter((kind) => !known.some((one) => one === kind))).toEqual([]);
    expect(named).not.toEqual([]);
  });
});
