import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../../../src/backend/model/check.ts';
import type { ModelConfig, ModelFault } from '../../../../src/backend/model/index.ts';
import { cluster, fault, recover, steady, us, version } from '../support/clusters.ts';
import { faultStart, firstNotReady, ofType, type Recorded, readyChanges, record } from '../support/runs.ts';

const graceSeconds = 40;

type Asked = { readonly bySeconds: number; readonly lasts: number; readonly beside?: readonly ModelFault[] };

/** The clock of a worker is off for some seconds of 300. */
const run = (
  of: ReturnType<typeof version>,
  { bySeconds, lasts, beside = [] }: Asked,
  changes: Partial<ModelConfig> = {},
): Recorded => {
  const jump: ModelFault = {
    ...{ id: 'jump', kind: 'clock-jump', targets: ['worker'], byUs: us(bySeconds) },
    occurrences: [{ id: 'jump', startUs: 0, endUs: us(lasts) }],
  };
  return record(
    cluster(
      of,
      { graceSeconds },
      { replicas: 2, phases: [steady(20), fault(300, jump, ...beside), recover(400)], ...changes },
    ),
  );
};

const hasLeases = [version(14), version(17, 17), version(25), version(31), version(34, 4), version(36)];

describe('a clock that is set back', () => {
  test.each(hasLeases)('makes a node Unknown though it renews its lease, up to 1.36 (1.%o)', (of) => {
    const recorded = run(of, { bySeconds: -120, lasts: 300 });
    const lostMs = firstNotReady(recorded, 'worker');
    // As a kubelet that is paused at that moment: from the last stamp that counted on.
    expect(Number(lostMs)).toBeGreaterThan((graceSeconds - 11) * 1000);
    expect(Number(lostMs)).toBeLessThan((graceSeconds + 11) * 1000);
    expect(firstNotReady(recorded, 'worker2')).toBeNull();
    const renewed = ofType(recorded, 'lease.renewed').filter(
      ({ node, atMs }) => node === 'worker' && atMs > faultStart(recorded) && atMs < faultStart(recorded) + 40_000,
    );
    expect(renewed.length).toBeGreaterThan(2);
    // The status that its kubelet then posts counts whatever its stamp is, and lets renewals count again.
    expect(
      readyChanges(recorded, 'worker').filter(({ afterMs, status }) => afterMs > 0 && status === 'True'),
    ).toHaveLength(1);
  });

  test.each([-120, 120])(
    'by %d s costs no node without leases, nor from 1.37 on, where the live lease is read',
    (bySeconds) => {
      for (const release of [version(13), version(37, 2)])
        expect(firstNotReady(run(release, { bySeconds, lasts: 150 }), 'worker')).toBeNull();
    },
  );

  test('by less than a node may be silent for costs none, and stamps are what the clock says', () => {
    const recorded = run(version(34, 4), { bySeconds: -20, lasts: 300 });
    expect(firstNotReady(recorded, 'worker')).toBeNull();
    const stamps = ofType(recorded, 'lease.renewed')
      .filter(({ node }) => node === 'worker')
      .map(({ renewTime }) => Date.parse(renewTime));
    const back = stamps.filter((stamp, index) => stamp < (stamps[index - 1] ?? 0));
    expect(back).toHaveLength(1);
  });

  test('1.37 does not find out that a node dies while its stamps are behind: kubernetes#138698', () => {
    const off: ModelFault = {
      ...{ id: 'off', kind: 'node-stop', targets: ['worker'] },
      occurrences: [{ id: 'off', startUs: us(30), endUs: us(250) }],
    };
    const asked = { bySeconds: -600, lasts: 300, beside: [off] };
    expect(firstNotReady(run(version(37, 2), asked), 'worker')).toBeNull();
    expect(firstNotReady(run(version(34, 4), asked), 'worker')).not.toBeNull();
  });
});

describe('a clock that is set forward', () => {
  test('costs a node when it is set right again, and the recovery waits until its renewals count', () => {
    const recorded = run(version(34, 4), { bySeconds: 120, lasts: 300 });
    const lostMs = Number(firstNotReady(recorded, 'worker'));
    expect(lostMs).toBeGreaterThan(300_000 + (graceSeconds - 11) * 1000);
    expect(lostMs).toBeLessThan(300_000 + (graceSeconds + 11) * 1000);
    const recovered = ofType(recorded, 'step.ended').find(({ kind }) => kind === 'recover');
    expect(recovered).toMatchObject({ outcome: 'done' });
    expect(Number(recovered?.atMs)).toBeGreaterThan(faultStart(recorded) + lostMs);
  });

  test('and right again within its time costs none', () => {
    expect(firstNotReady(run(version(34, 4), { bySeconds: 15, lasts: 100 }), 'worker')).toBeNull();
  });
});

test('the fault is proved as long as it stands, and of a control plane it is refused', () => {
  const recorded = run(version(34, 4), { bySeconds: -120, lasts: 60 });
  expect(ofType(recorded, 'fault.attested').map(({ state, evidence }) => [state, evidence])).toEqual([
    ['present', 'the clock of the node is 120 s back, in the model'],
    ['present', 'the clock of the node is 120 s back, in the model'],
  ]);
  const onControlPlane: ModelFault = { id: 'jump', kind: 'clock-jump', targets: ['control-plane'], byUs: us(1) };
  expect(() => checkConfig(cluster(version(34, 4), {}, { phases: [fault(10, onControlPlane)] }))).toThrow(
    'phases[0].inject[0].targets[0]: expected a worker, received "control-plane"',
  );
});
