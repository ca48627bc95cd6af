import { describe, expect, test } from 'vitest';
import type { AskedSettings, ModelConfig, ModelFault } from '../../../../src/backend/model/index.ts';
import { cluster, fault, recover, steady, version } from '../support/clusters.ts';
import { faultStart, firstNotReady, ofType, type Recorded, record } from '../support/runs.ts';

const seeds = Array.from({ length: 30 }, (_, index) => index + 1);

const onControlPlane = (
  kind: 'apiserver-pause' | 'etcd-pause' | 'controller-manager-pause' | 'controller-manager-kill',
): ModelFault => ({
  id: kind,
  kind,
  targets: ['control-plane'],
});

const disturbed = (
  one: ModelFault,
  seconds: number,
  asked: AskedSettings = {},
  changes: Partial<ModelConfig> = {},
): Recorded[] =>
  seeds.map((seed) =>
    record(
      cluster(version(34), asked, {
        seed,
        phases: [steady(30 + seed / 7), fault(seconds, one), steady(120), recover(60)],
        ...changes,
      }),
    ),
  );

/** ms since the fault began. */
const notes = (run: Recorded, pattern: RegExp): number[] =>
  ofType(run, 'note')
    .filter(({ text }) => pattern.test(text))
    .map(({ atMs }) => atMs - faultStart(run));

const lost = (run: Recorded): number[] => notes(run, /could not renew/);
const leads = (run: Recorded): number[] => notes(run, / leads$/);

describe.each(['apiserver-pause', 'etcd-pause'] as const)('%s', (kind) => {
  const pause = onControlPlane(kind);
  test('of less than 10 s costs nobody the leadership', () => {
    for (const run of disturbed(pause, 9.9)) expect(lost(run)).toEqual([]);
  });

  test('of more than 12 s ends the controller manager 10 to 12 s after it began', () => {
    for (const run of disturbed(pause, 20)) {
      const [lostMs = Number.NaN, ...again] = lost(run);
      expect(again).toEqual([]);
      expect(lostMs).toBeGreaterThanOrEqual(10_000);
      expect(lostMs).toBeLessThanOrEqual(12_100);
    }
  });

  test('a new controller manager leads 15.0 to 23.8 s after the stall', () => {
    for (const run of disturbed(pause, 30)) {
      const [leadsMs = Number.NaN] = leads(run);
      expect(leadsMs - 30_000).toBeGreaterThanOrEqual(15_000);
      expect(leadsMs - 30_000).toBeLessThan(23_900);
    }
  });

  test('makes no node NotReady under the default grace, however long it lasts', () => {
    for (const run of disturbed(pause, 90)) expect(firstNotReady(run, 'worker')).toBeNull();
  });

  test('leaves kubelets back within 7 s', () => {
    for (const run of disturbed(pause, 60)) {
      const back = ofType(run, 'lease.renewed').find(
        ({ node, atMs }) => node === 'worker' && atMs > faultStart(run) + 60_000,
      );
      const afterMs = (back?.atMs ?? Number.NaN) - faultStart(run) - 60_000;
      expect(afterMs).toBeGreaterThanOrEqual(0);
      expect(afterMs).toBeLessThan(7100);
    }
  });
});

test('a stall shorter than the leader’s patience can cost a short grace: what was decided in it is written at its end', () => {
  const stall = onControlPlane('apiserver-pause');
  const times = disturbed(stall, 9.9, { graceSeconds: 11 }).flatMap((run) => firstNotReady(run, 'worker') ?? []);
  expect(times.length).toBeGreaterThan(3);
  for (const atMs of times) {
    expect(atMs).toBeGreaterThan(9900);
    expect(atMs).toBeLessThan(9950);
  }
});

describe('the controller manager', () => {
  test('killed is followed by another that grants every node its full grace', () => {
    const kill = onControlPlane('controller-manager-kill');
    for (const run of disturbed(kill, 1)) {
      const [leadsMs = Number.NaN] = leads(run);
      // 1 to 3 s until it runs, then 15 s from its first read of the lock, and the pause between two reads.
      expect(leadsMs).toBeGreaterThan(16_000);
      expect(leadsMs).toBeLessThan(3000 + 15_000 + 4400 + 100);
      expect(firstNotReady(run, 'worker')).toBeNull();
    }
  });

  test('that led is succeeded by a standby 15 to 23.8 s after its last renewal', () => {
    const kill = onControlPlane('controller-manager-kill');
    for (const run of disturbed(kill, 1, {}, { controlPlanes: 3 })) {
      const [leadsMs = Number.NaN] = leads(run);
      expect(leadsMs).toBeGreaterThan(13_000);
      expect(leadsMs).toBeLessThan(23_900);
      expect(ofType(run, 'note').filter(({ text }) => / leads$/.test(text))).toHaveLength(1);
    }
  });

  test('frozen for less than the grace notices nothing; with one control plane it goes on leading', () => {
    for (const run of disturbed(onControlPlane('controller-manager-pause'), 30)) {
      expect(lost(run)).toEqual([]);
      expect(firstNotReady(run, 'worker')).toBeNull();
    }
  });

  test('frozen for longer than the grace takes for silent what it got no renewal of when it goes on, and finds it back', () => {
    const runs = disturbed(onControlPlane('controller-manager-pause'), 80);
    const spared = runs.filter((run) => firstNotReady(run, 'worker') === null);
    for (const run of runs.filter((one) => !spared.includes(one))) {
      expect(firstNotReady(run, 'worker')).toBeGreaterThan(80_000);
      expect(firstNotReady(run, 'worker')).toBeLessThan(80_100);
      expect(ofType(run, 'step.ended').at(-2)?.outcome).toBe('done');
    }
    // A lease that came between its last pass and the freeze is still new to it, and is as good as one of now.
    expect(spared.length).toBeGreaterThan(0);
    expect(spared.length).toBeLessThan(runs.length);
  });

  test('from 1.37 on reads the lease itself before that, and leaves the nodes alone', () => {
    const pause = onControlPlane('controller-manager-pause');
    for (const run of disturbed(pause, 80, {}, { version: version(37) }))
      expect(firstNotReady(run, 'worker')).toBeNull();
  });
});

describe('how long a leader holds out is what its flags say', () => {
  const stall = onControlPlane('etcd-pause');
  const patient = { leaderElectLeaseDurationMs: 90_000, leaderElectRenewDeadlineMs: 60_000 };

  test('a stall of 40 s ends the controller manager by default, and not with --leader-elect-renew-deadline=60s', () => {
    for (const run of disturbed(stall, 40)) expect(lost(run)).toHaveLength(1);
    for (const run of disturbed(stall, 40, { controllerManager: patient })) expect(lost(run)).toEqual([]);
  });

  test('with a deadline of 60 s it ends after as many, and another waits for the whole lease of 90 s', () => {
    for (const run of disturbed(stall, 80, { controllerManager: patient })) {
      const [lostMs = Number.NaN] = lost(run);
      expect(lostMs).toBeGreaterThan(58_000);
      expect(lostMs).toBeLessThan(62_100);
      const [leadsMs] = leads(run);
      expect(leadsMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(80_000 + 85_000);
    }
  });

  test('with a deadline of 4 s a stall of 8 s is too long', () => {
    const hasty = {
      leaderElectLeaseDurationMs: 6000,
      leaderElectRenewDeadlineMs: 4000,
      leaderElectRetryPeriodMs: 1000,
    };
    for (const run of disturbed(stall, 8, { controllerManager: hasty })) expect(lost(run)).toHaveLength(1);
    for (const run of disturbed(stall, 8)) expect(lost(run)).toEqual([]);
  });
});
