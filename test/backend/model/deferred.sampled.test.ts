import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectFigures, type ModelConfig, runModel } from '../../../src/backend/model/index.ts';
import { sampleOf } from '../../support/sample.ts';
import { anyConfig } from './support/any-config.ts';
import { cluster, fault, pauseOf, recover, steady, us, version, workers } from './support/clusters.ts';
import { observationsOf } from './support/observations.ts';

/** More nodes than passes have workers, in more zones, some of them without pods. */
const size = fc.record({
  workers: fc.constantFrom(2, 2, 9, 60),
  zones: fc.constantFrom(1, 3),
  hollow: fc.constantFrom(undefined, { nodes: 25, zones: 2 }, { nodes: 25, zones: 2, podsPerNode: 2 }),
});

const anySize = fc
  .tuple(anyConfig, size)
  .map(([config, { hollow, ...changes }]): ModelConfig => ({ ...config, ...changes, ...(hollow ? { hollow } : {}) }));

const figuresOf = (config: ModelConfig, oneByOne: boolean) => {
  const figures = collectFigures();
  runModel(config, figures, { oneByOne });
  return figures.result();
};

/** Intervals of statuses, leases and passes in place of those of the settings; some stay. */
const anyIntervals = fc
  .tuple(fc.constantFrom(undefined, 4, 10, 60), fc.constantFrom(undefined, 2, 5, 20), fc.constantFrom(1, 5, 13))
  .map(
    ([reportSeconds, renewSeconds, periodSeconds]) =>
      (settings: ModelConfig['settings']): ModelConfig['settings'] => ({
        ...settings,
        statusReportUs: reportSeconds === undefined ? settings.statusReportUs : us(reportSeconds),
        leaseRenewUs: renewSeconds === undefined ? settings.leaseRenewUs : us(renewSeconds),
        monitorPeriodUs: us(periodSeconds),
      }),
  );

/** A long steady time before the faults, with heartbeats of any intervals: what a record holds follows from the last of many passes. */
const afterLongSteady = fc.tuple(anySize, fc.integer({ min: 20, max: 900 }), anyIntervals).map(
  ([config, steadySeconds, withIntervals]): ModelConfig => ({
    ...config,
    settings: withIntervals(config.settings),
    phases: [{ kind: 'steady', name: 'long', durationUs: us(steadySeconds) }, ...config.phases],
  }),
);

/** Kubelets that are paused together, some beside other faults, some twice in a row, and any faults after that. */
const pausedTogether = fc
  .tuple(anySize, fc.integer({ min: 0, max: 130 }), fc.constantFrom(0.3, 0.6, 1), fc.integer({ min: 0, max: 1000 }))
  .chain(([config, seconds, share, offUs]) =>
    fc
      .tuple(fc.constantFrom('alone', 'alone', 'alone', 'beside others', 'twice'), anyIntervals)
      .map(([how, withIntervals]): ModelConfig => {
        const { phases } = config;
        const [before] = phases;
        const others = phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []));
        const middleUs = us(seconds) / 2 + offUs;
        const occurrences = [
          { id: 'once', startUs: offUs, endUs: middleUs },
          { id: 'again', startUs: middleUs, endUs: us(seconds) },
        ];
        const pause = {
          id: 'pause',
          kind: 'kubelet-pause' as const,
          targets: workers(Math.ceil(config.workers * share)),
        };
        const inject = how === 'twice' ? [{ ...pause, occurrences }] : [pause, ...(how === 'alone' ? [] : others)];
        return {
          ...config,
          settings: withIntervals(config.settings),
          phases: [
            ...(before === undefined ? [] : [before]),
            { kind: 'fault', name: 'pause', durationUs: us(seconds) + 2 * offUs, inject },
            ...phases.slice(how === 'alone' ? 2 : 1),
          ],
        };
      }),
  );

test('kubelets that are paused and go on come to what they come to one by one', () => {
  fc.assert(
    fc.property(pausedTogether, (config) => {
      expect(observationsOf(config, { oneByOne: false })).toEqual(observationsOf(config, { oneByOne: true }));
      expect(figuresOf(config, false)).toEqual(figuresOf(config, true));
    }),
    { numRuns: sampleOf(15, 1500), seed: 17 },
  );
});

test('passes over nodes that were well for long come to what they come to one by one', () => {
  fc.assert(
    fc.property(afterLongSteady, (config) => {
      expect(observationsOf(config, { oneByOne: false })).toEqual(observationsOf(config, { oneByOne: true }));
    }),
    { numRuns: sampleOf(10, 1000), seed: 13 },
  );
});

test('heartbeats that are worked out when somebody asks come to what they come to one by one', () => {
  fc.assert(
    fc.property(anySize, (config) => {
      expect(observationsOf(config, { oneByOne: false })).toEqual(observationsOf(config, { oneByOne: true }));
      expect(figuresOf(config, false)).toEqual(figuresOf(config, true));
    }),
    { numRuns: sampleOf(15, 1500), seed: 11 },
  );
});

test('a sink that does not count heartbeats gets all else as one that does, with as few of them happening', () => {
  fc.assert(
    fc.property(anySize, (config) => {
      const [counting, other] = [collectFigures(), collectFigures()];
      const counted = runModel(config, counting);
      const run = runModel(config, { ...other, heartbeats: null });
      const { leaseWrites: _, statusWrites: __, ...wanted } = counting.result();
      expect(other.result()).toMatchObject(wanted);
      expect(run.happened()).toBe(counted.happened());
    }),
    { numRuns: sampleOf(10, 1000), seed: 19 },
  );
});

/** Kubelets that are paused until some ms around the first pass that would find one of them late: what counts then are the ms. */
const aroundPass = fc.record({
  minor: fc.constantFrom(12, 13, 15, 18, 21, 24, 27, 30, 34, 37),
  settings: fc.record({
    graceSeconds: fc.constantFrom(16, 20, 40, 50),
    monitorPeriodSeconds: fc.constantFrom(1, 2, 5),
    statusUpdateSeconds: fc.constantFrom(2, 10),
  }),
  nodes: fc.constantFrom(9, 60),
  share: fc.constantFrom(0.3, 0.7, 1),
  zones: fc.constantFrom(1, 3),
  offUs: fc.integer({ min: -8000, max: 4000 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

test('kubelets that go on within some ms of a pass come to what they come to one by one', () => {
  let late = 0;
  fc.assert(
    fc.property(aroundPass, ({ minor, settings, nodes, share, zones, offUs, seed }) => {
      const pausedFor = (forUs: number): ModelConfig =>
        cluster(version(minor), settings, {
          ...{ seed, zones, workers: nodes, age: 'old', load: null, backgroundPods: { controlPlane: 6, worker: 2 } },
          phases: [steady(30), fault(forUs / us(1), pauseOf(...workers(Math.ceil(nodes * share)))), steady(30)],
        });
      let faultUs: number | null = null;
      let lateUs: number | null = null;
      runModel(pausedFor(us(settings.graceSeconds + 20)), {
        ...collectFigures(),
        event: (atUs, { type }) => {
          if (type === 'fault.injected') faultUs = atUs;
        },
        passWork: (_, { beganUs, updateUs }) => {
          if (faultUs !== null && updateUs > 0) lateUs ??= beganUs;
        },
      });
      if (faultUs === null || lateUs === null || lateUs + offUs <= faultUs) return;
      late += 1;
      const config = pausedFor(lateUs + offUs - faultUs);
      expect(observationsOf(config, { oneByOne: false })).toEqual(observationsOf(config, { oneByOne: true }));
      expect(figuresOf(config, false)).toEqual(figuresOf(config, true));
    }),
    { numRuns: sampleOf(15, 1000), seed: 23 },
  );
  // Of nearly all of these some are late: what is compared is not that nothing happens.
  expect(late).toBeGreaterThan(sampleOf(10, 700));
});

/** Hundreds of kubelets that are paused together: passes wait for requests while they come to the others, one after the other. */
const storm = fc.record({
  minor: fc.constantFrom(13, 15, 20, 24, 27, 30, 31, 34, 37),
  settings: fc.record({
    graceSeconds: fc.constantFrom(12, 20, 40),
    monitorPeriodSeconds: fc.constantFrom(1, 2, 3, 5),
    statusUpdateSeconds: fc.constantFrom(2, 4, 10),
  }),
  withIntervals: anyIntervals,
  nodes: fc.constantFrom(200, 600),
  share: fc.constantFrom(0.3, 0.7, 1),
  zones: fc.constantFrom(1, 3),
  seconds: fc.integer({ min: 10, max: 130 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

test('storms of hundreds of nodes come to what they come to one by one', () => {
  let lost = 0;
  fc.assert(
    fc.property(storm, ({ minor, settings, withIntervals, nodes, share, zones, seconds, seed }) => {
      const made = cluster(version(minor), settings, {
        ...{ seed, zones, workers: nodes, age: 'old', load: null, backgroundPods: { controlPlane: 6, worker: 2 } },
        phases: [steady(30), fault(seconds, pauseOf(...workers(Math.ceil(nodes * share)))), recover(90)],
      });
      const intervals = withIntervals(made.settings);
      const config = { ...made, settings: { ...intervals, monitorPeriodUs: made.settings.monitorPeriodUs } };
      const figures = figuresOf(config, false);
      lost += Number(figures.notReadyTransitions > 0);
      expect(figures).toEqual(figuresOf(config, true));
    }),
    { numRuns: sampleOf(12, 600), seed: 29 },
  );
  expect(lost).toBeGreaterThan(sampleOf(8, 400));
});
