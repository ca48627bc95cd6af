import { beforeAll, describe, expect, test } from 'vitest';
import { compareWithNights, defaultTolerance, withoutCopies } from '../../src/compare/index.ts';
import type { RunDocument } from '../../src/verdict/index.ts';
import { gracePlan, modelRuns, seedOfSet } from './runs.ts';

let runs: RunDocument[];

beforeAll(async () => {
  runs = await modelRuns(gracePlan('20s', 3, seedOfSet(0)));
}, 60_000);

const side = (path: string, documents: readonly RunDocument[], planned = documents.length) => ({
  path,
  runs: documents,
  names: documents.map((_, index) => `${path}/${index + 1}`),
  planned,
  verdict: 'pass' as const,
  notes: [],
  unsealed: [],
});

/** As if a real cluster had run them. */
const real = (documents: readonly RunDocument[]): RunDocument[] =>
  documents.map((run) => ({ ...run, predicted: false, backend: 'kind' as const }));

describe('a copy of a run', () => {
  test('of the model is the same seed and settings: it counts once and is named', () => {
    const [first, ...others] = runs as [RunDocument, ...RunDocument[]];
    const [counted] = withoutCopies([side('runs', [first, ...others, first, first])]);
    expect(counted?.runs).toEqual(runs);
    expect(counted).toMatchObject({ planned: 3, dropped: 0 });
    expect(counted?.notes).toEqual([
      'counted once: runs/4 is runs/1 over again (the same seed and settings)',
      'counted once: runs/5 is runs/1 over again (the same seed and settings)',
    ]);
  });

  test('is one whatever the file was called that says what no run has, and wherever it stood in it', () => {
    const [first] = runs as [RunDocument, ...RunDocument[]];
    if (first.conditions === undefined) throw new Error('a run that does not say what was done');
    const { conditions } = first;
    const placed = (place: string): RunDocument => ({
      ...first,
      conditions: { ...conditions, notInRun: [{ at: place, text: 'kube-apiserver --goaway-chance=0.02' }] },
    });
    const [counted] = withoutCopies([side('runs', [placed('a.yaml:1:2'), placed('b.yaml:1:2'), placed('a.yaml:9:2')])]);
    expect(counted?.runs).toHaveLength(1);
  });

  test('is one in whatever order its keys stand', () => {
    const [first] = runs as [RunDocument, ...RunDocument[]];
    const turned = JSON.parse(JSON.stringify(first), (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    ) as RunDocument;
    const [counted] = withoutCopies([side('runs', [first, turned])]);
    expect(counted?.runs).toEqual([first]);
  });

  test('of a real run is the same evidence, whatever its seed, its number and its start say', () => {
    const [first] = real(runs) as [RunDocument];
    const posed = { ...first, seed: 99, startedAt: '2026-01-01T00:00:00Z' };
    const [counted] = withoutCopies([side('runs', [first, posed])]);
    expect(counted?.runs).toEqual([first]);
    expect(counted?.notes).toEqual(['counted once: runs/2 is runs/1 over again (the same evidence)']);
  });

  test('on the other side is none of that side’s own; copies alone are nothing to compare', () => {
    const [base, candidate] = withoutCopies([side('base', runs.slice(0, 2)), side('candidate', runs)]);
    expect(base?.runs).toHaveLength(2);
    expect(candidate?.runs).toEqual(runs.slice(2));
    expect(() => withoutCopies([side('base', runs), side('candidate', runs)])).toThrow(
      'candidate: expected runs of its own, found copies alone.\n  counted once: candidate/1 is base/1 over again',
    );
  });

  test('is not a run with the same figures and another seed, nor one under other settings', async () => {
    const quiet = await modelRuns(gracePlan('40s', 2, seedOfSet(0)));
    const [counted, others] = withoutCopies([side('base', runs), side('candidate', quiet)]);
    expect([counted?.runs.length, others?.runs.length]).toEqual([3, 2]);
  });

  test('of the model is the same seed under another number of repeats, or by itself: its chances are the same', async () => {
    const [more, [alone]] = [
      await modelRuns(gracePlan('20s', 4, seedOfSet(0))),
      await modelRuns(gracePlan('20s', 1, seedOfSet(0))),
    ];
    expect(more.slice(0, 3).map(({ seed }) => seed)).toEqual(runs.map(({ seed }) => seed));
    const [counted] = withoutCopies([side('runs', [...runs, ...more, alone as RunDocument])]);
    expect(counted?.runs).toEqual([...runs, ...more.slice(3)]);
    expect(counted?.notes).toEqual([
      'counted once: runs/4 is runs/1 over again (the same seed and settings)',
      'counted once: runs/5 is runs/2 over again (the same seed and settings)',
      'counted once: runs/6 is runs/3 over again (the same seed and settings)',
      'counted once: runs/8 is runs/1 over again (the same seed and settings)',
    ]);
  });

  test('of the model under another patch release is one, too: it is the same run', () => {
    const patched = runs.map((run) => ({ ...run, kubernetesVersion: 'v1.34.3' }));
    const [counted] = withoutCopies([side('runs', [...runs, ...patched])]);
    expect(counted?.runs).toEqual(runs);
  });

  test('is no run that dropped out', () => {
    const [first, second] = runs as [RunDocument, RunDocument];
    const [counted] = withoutCopies([side('runs', [first, second, first], 5)]);
    expect(counted).toMatchObject({ planned: 4, dropped: 2 });
  });
});

describe('single runs of the model on a fresh cluster', () => {
  const others = Array.from({ length: 12 }, (_, set) => seedOfSet(100 + set));
  const singles = async (gracePeriod: string): Promise<RunDocument[]> =>
    (await Promise.all(others.map((seed) => modelRuns(gracePlan(gracePeriod, 1, seed))))).flat();

  const harmed = (documents: readonly RunDocument[]): number =>
    documents.filter(({ nodes }) => (nodes.notReadyTransitions ?? 0) > 0).length;

  test('are one draw, whatever their seeds: a harm of a quarter of all places is in none of them', async () => {
    const [alone, spread] = [await singles('28s'), await modelRuns(gracePlan('28s', 20, seedOfSet(0)))];
    expect(harmed(alone)).toBe(0);
    expect(harmed(spread)).toBeGreaterThan(0);
    const [base, candidate] = withoutCopies([side('base', await singles('40s')), side('candidate', alone, 14)]);
    expect([base?.runs.length, candidate?.runs]).toEqual([1, [alone[0]]]);
    expect(candidate).toMatchObject({ planned: 3, dropped: 2, names: ['candidate/1'] });
    expect(candidate?.notes).toEqual([
      'counted once: candidate/2 and 10 more are the same draw as candidate/1, of another seed: the fault of every single run of the model on a fresh cluster meets the same place in the heartbeat; --repeats N spreads them over it',
    ]);
    const [mixed] = withoutCopies([side('mixed', [...spread, ...alone])]);
    expect(mixed?.runs).toEqual([...spread, alone[0]]);
  });

  test('are no draws of a night, either', async () => {
    const [before, tonight] = [await singles('40s'), await singles('28s')];
    const options = { tolerance: defaultTolerance, seed: 1 };
    const nights = before.map((run) => [run, { ...run, seed: run.seed + 1 }]);
    expect(compareWithNights(nights, tonight, options)).toMatchObject({
      nights: 12,
      copies: 11,
      comparison: { runs: { base: 12 } },
    });
  });

  test('are no draw together with first repeats, with runs of an old cluster, of hollow nodes, or without a fault', async () => {
    const placed = (await Promise.all(others.map((seed) => modelRuns(gracePlan('28s', 2, seed))))).map(
      ([first]) => first as RunDocument,
    );
    const ages = placed.map(({ repeat }) => repeat?.leaseAgeAtFaultMs ?? Number.NaN);
    expect(Math.max(...ages) - Math.min(...ages)).toBeGreaterThan(4000);
    const alone = await singles('28s');
    const old = alone.map((run) => ({ ...run, topology: { ...run.topology, age: 'old' as const } }));
    const hollow = alone.map((run) => ({
      ...run,
      faults: run.faults.map((fault) => ({ ...fault, targets: ['hollow-1', 'hollow-2'] })),
    }));
    const quiet = alone.map((run) => ({ ...run, faults: [] }));
    const measured = real(alone).map((run, index) => ({ ...run, durationMs: index }));
    for (const runs of [placed, old, hollow, quiet, measured]) {
      expect(withoutCopies([side('runs', runs)])[0]?.runs).toHaveLength(12);
    }
  });
});
