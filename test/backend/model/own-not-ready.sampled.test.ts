import { describe, expect, test } from 'vitest';
import { type AskedSettings, type ModelFault, simulateConfig } from '../../../src/backend/model/index.ts';
import { seedOfRepeat } from '../../../src/common/random.ts';
import { sampleOf } from '../../support/sample.ts';
import { cluster, fault, pauseOf, steady, version } from './support/clusters.ts';
import { evictions, ofType, readyChanges, record, taintChanges } from './support/runs.ts';

const frozen = (...targets: readonly string[]): ModelFault => ({ id: 'freeze', kind: 'node-pause', targets });

const configOf = (seed: number, minor: number, asked: AskedSettings, seconds: number, one: ModelFault, more = 30) =>
  cluster(version(minor, minor === 20 ? 2 : 0), asked, {
    seed,
    workers: 1,
    replicas: 1,
    phases: [steady(5 + (seed % 30_000) / 1000), fault(seconds, one), steady(more)],
  });

/** Of so many pauses of one kubelet, each met at a moment of its own, after how many it called its node NotReady. */
const seen = (minor: number, seconds: number, draws: number, one: ModelFault = pauseOf('worker'), asked = {}): number =>
  Array.from({ length: draws }, (_, repeat) =>
    simulateConfig(configOf(seedOfRepeat(77, repeat), minor, asked, seconds, one, 5)),
  ).filter(({ notReadyByKubelet }) => notReadyByKubelet > 0).length;

describe('a kubelet that goes on after a freeze', () => {
  // A grace that the controller never uses up: what is seen is the kubelet's own word.
  const patient = { graceSeconds: 600 };

  test.each([
    [26, 0.118],
    [27, 0.236],
    [28, 0.354],
    [29, 0.472],
    [31, 0.59],
  ])('of %d s calls its node NotReady with a chance of %d', (seconds, chance) => {
    const draws = sampleOf(50, 400);
    const within = 3.3 * Math.sqrt((chance * (1 - chance)) / draws);
    expect(Math.abs(seen(34, seconds, draws, pauseOf('worker'), patient) / draws - chance)).toBeLessThan(within);
  });

  test('does so when its whole node was frozen, too', () => {
    const draws = sampleOf(50, 200);
    expect(Math.abs(seen(34, 31, draws, frozen('worker'), patient) / draws - 0.59)).toBeLessThan(
      1.7 / Math.sqrt(draws),
    );
  });

  test.each([20, 27, 31, 34, 37])('never does after 24.5 s, on 1.%d', (minor) => {
    expect(seen(minor, 24.5, sampleOf(15, 100), pauseOf('worker'), patient)).toBe(0);
  });

  test('hardly ever does on 1.20, which was measured, and on 1.25, which was not, as a middle has it', () => {
    expect(seen(20, 31, 200, pauseOf('worker'), patient)).toBeLessThan(9);
    expect(Math.abs(seen(25, 31, 200, pauseOf('worker'), patient) / 200 - 0.3)).toBeLessThan(0.11);
  });

  test('does so nearly always after more than 3 minutes, for its list of pods is too old as well', () => {
    expect(seen(34, 185, 60, pauseOf('worker'), patient)).toBeGreaterThan(50);
  });

  test('says so until its next status, with a NoSchedule taint at once; no pod is marked and no endpoint lost', () => {
    const runs = Array.from({ length: 20 }, (_, repeat) =>
      record(configOf(repeat + 1, 34, patient, 31, pauseOf('worker'))),
    );
    const own = runs.filter((run) => readyChanges(run, 'worker').some(({ status }) => status === 'False'));
    expect(own.length).toBeGreaterThan(5);
    for (const run of own) {
      const [said, back] = readyChanges(run, 'worker').filter(({ afterMs }) => afterMs >= 0);
      expect([said?.status, back?.status]).toEqual(['False', 'True']);
      expect(said?.afterMs).toBeGreaterThanOrEqual(31_000);
      expect(said?.afterMs).toBeLessThan(31_050);
      const heldMs = (back?.afterMs ?? Number.NaN) - (said?.afterMs ?? Number.NaN);
      expect(heldMs).toBeGreaterThanOrEqual(10_000);
      expect(heldMs).toBeLessThan(10_450);
      const taints = (effect: string) => taintChanges(run, 'worker', effect).filter(({ afterMs }) => afterMs >= 0);
      expect(taints('NoSchedule')[0]).toMatchObject({ change: 'added', key: 'node.kubernetes.io/not-ready' });
      expect((taints('NoSchedule')[0]?.afterMs ?? 0) - (said?.afterMs ?? 0)).toBeLessThan(50);
      expect(taints('NoExecute')[0]).toMatchObject({ change: 'added', key: 'node.kubernetes.io/not-ready' });
      expect((taints('NoExecute')[0]?.afterMs ?? 0) - (said?.afterMs ?? 0)).toBeLessThan(5200);
      const during = ofType(run, 'pod').filter(({ atMs, change }) => atMs > 36_000 && change === 'notReady');
      expect([during, evictions(run)]).toEqual([[], []]);
    }
  });

  test('whose node is Unknown already says False, then True one status later, from 1.31 on', () => {
    const runs = Array.from({ length: 20 }, (_, repeat) => record(configOf(repeat + 1, 34, {}, 70, pauseOf('worker'))));
    const courses = runs.map((run) =>
      readyChanges(run, 'worker')
        .filter(({ afterMs }) => afterMs >= 0)
        .map(({ status }) => status)
        .join(' '),
    );
    expect(new Set(courses)).toEqual(new Set(['Unknown True', 'Unknown False True']));
  });
});
