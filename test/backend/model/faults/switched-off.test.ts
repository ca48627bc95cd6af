import { describe, expect, test } from 'vitest';
import { type ModelFault, settingsFor } from '../../../../src/backend/model/index.ts';
import { cluster, fault, recover, steady, us, version } from '../support/clusters.ts';
import { faultStart, ofType, type Recorded, readyChanges, record } from '../support/runs.ts';

const asked = { graceSeconds: 20 } as const;
const shutdownPeriods = { gracePeriodUs: us(30), criticalPodsUs: us(10) } as const;

/** A fault on the worker, that stands from and to so many seconds after the phase began. */
const stands = <K extends ModelFault['kind']>(kind: K, from: number, to: number) => ({
  id: kind,
  kind,
  targets: ['worker'],
  occurrences: [{ id: kind, startUs: us(from), endUs: us(to) }],
});

const run = (seed: number, ...faults: readonly ModelFault[]): Recorded =>
  record(
    cluster(version(34, 4), asked, {
      settings: { ...settingsFor(version(34, 4), asked), shutdown: shutdownPeriods },
      seed,
      replicas: 2,
      phases: [steady(20), fault(100, ...faults), recover(300)],
    }),
  );

/** When heartbeats of the worker came, in seconds since the first fault. */
const heartbeats = (recorded: Recorded): readonly number[] =>
  [...ofType(recorded, 'lease.renewed'), ...ofType(recorded, 'node.statusPosted')]
    .filter(({ node }) => node === 'worker')
    .map(({ atMs }) => (atMs - faultStart(recorded)) / 1000);

/** What each fault was found to be, as it began and ended. */
const evidence = (recorded: Recorded, id: string): readonly string[] =>
  ofType(recorded, 'fault.attested')
    .filter(({ fault: one }) => one === id)
    .map(({ state, evidence: found }) => `${state}: ${found}`);

const goesAtOnce = 'present: the node is off, for nothing holds its shutdown up, in the model';

describe('a machine that is off', () => {
  const cut: ModelFault = { ...stands('partition', 0, 30), direction: 'both' };

  test.each([
    ['node-stop', stands('node-stop', 5, 85)],
    ['node-shutdown', stands('node-shutdown', 5, 85)],
  ] as const)('sends nothing again of what had not arrived: %s in a partition that ends before it', (_, off) => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const recorded = run(seed, cut, off);
      expect(heartbeats(recorded).filter((second) => second > 29 && second < 85)).toEqual([]);
      expect(readyChanges(recorded, 'worker').filter(({ afterMs }) => afterMs > 0 && afterMs < 85_000)).toMatchObject([
        { status: 'Unknown' },
      ]);
    }
  });

  test('takes with it what a delay held back in it', () => {
    const slow: ModelFault = { ...stands('latency', 0, 90), delayUs: us(3), direction: 'both' };
    for (let seed = 1; seed <= 20; seed += 1) {
      const recorded = run(seed, slow, stands('node-stop', 20, 85));
      expect(heartbeats(recorded).filter((second) => second > 20.01 && second < 85)).toEqual([]);
    }
  });

  test('has said what it said: the word of a shutdown is NotReady, whenever the API server comes to it', () => {
    const slow: ModelFault = { ...stands('apiserver-latency', 0, 90), targets: ['control-plane'], delayUs: us(3) };
    const said = readyChanges(run(1, slow, stands('node-shutdown', 5, 85)), 'worker');
    const [first, second] = said.filter(({ afterMs }) => afterMs > 0);
    expect([first?.status, second?.status]).toEqual(['False', 'Unknown']);
    expect(Number(first?.afterMs)).toBeGreaterThan(8000);
    expect(Number(first?.afterMs)).toBeLessThan(8100);
  });
});

describe('a machine that boots, or whose kubelet has just been started', () => {
  test.each([
    ['boots', stands('node-stop', 0, 5)],
    ['starts its kubelet', stands('kubelet-stop', 0, 5)],
  ] as const)('and is shut down goes at once, for nobody holds a lock: one that %s', (_, before) => {
    const recorded = run(7, before, stands('node-shutdown', 5.1, 35));
    expect(evidence(recorded, 'node-shutdown')).toEqual([goesAtOnce, goesAtOnce]);
    expect(heartbeats(recorded).filter((second) => second > 0.01 && second < 35)).toEqual([]);
  });

  test('has no kubelet that could be stopped or paused, and boots no faster for that', () => {
    const firstAfterPower = (recorded: Recorded): number =>
      Math.min(...heartbeats(recorded).filter((second) => second > 5));
    for (let seed = 1; seed <= 20; seed += 1) {
      const off = stands('node-stop', 0, 5);
      const alone = firstAfterPower(run(seed, off));
      const paused = run(seed, off, stands('kubelet-pause', 5.1, 15));
      const stopped = run(seed, off, stands('kubelet-stop', 5.1, 5.3));
      expect(evidence(paused, 'kubelet-pause')[0]).toBe('absent: no kubelet runs, in the model');
      expect(evidence(stopped, 'kubelet-stop')[0]).toBe('present: no kubelet ran, in the model');
      expect(alone).toBeGreaterThanOrEqual(6.5);
      expect([firstAfterPower(paused), firstAfterPower(stopped)]).toEqual([alone, alone]);
    }
  });
});

test('a machine that is frozen is notified of its shutdown once it goes on: then its kubelet says NotReady, and it goes in order', () => {
  const runs = [1, 2, 3, 4, 5].map((seed) => run(seed, stands('node-pause', 0, 60), stands('node-shutdown', 5, 85)));
  let readyFirst = 0;
  for (const recorded of runs) {
    const changes = readyChanges(recorded, 'worker').filter(({ afterMs }) => afterMs > 0 && afterMs < 85_000);
    // Of one in twenty the first status is Ready, for its watch was quicker: the word of its shutdown comes after it all the same.
    const said = changes[1]?.status === 'True' ? changes.toSpliced(1, 1) : changes;
    readyFirst += Number(said !== changes);
    expect(said.map(({ status }) => status)).toEqual(['Unknown', 'False', 'Unknown']);
    expect(Number(said[1]?.afterMs)).toBeGreaterThan(60_000);
    expect(Number(said[1]?.afterMs)).toBeLessThan(60_100);
    // It ends its pod, which takes 0.26 s and more; one that is off has none to end.
    const gone = ofType(recorded, 'pod').find(({ change, node }) => change === 'gone' && node === 'worker');
    const goneMs = Number(gone?.atMs) - faultStart(recorded);
    expect(goneMs).toBeGreaterThan(60_260);
    expect(goneMs).toBeLessThan(61_420);
  }
  expect(readyFirst).toBeLessThan(3);
});
