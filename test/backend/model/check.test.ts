import { describe, expect, test } from 'vitest';
import { checkConfig, estimateModel, type ModelConfig, type ModelFault } from '../../../src/backend/model/index.ts';
import type { SkipbeatError } from '../../../src/common/errors.ts';
import { cluster, fault, pauseOf, recover, steady, version } from './support/clusters.ts';
import { ofType, record } from './support/runs.ts';

const base = cluster(version(34), {}, { phases: [steady(3600)] });

const refusal = (config: ModelConfig, limitBytes?: number): SkipbeatError => {
  try {
    checkConfig(config, limitBytes);
  } catch (thrown) {
    return thrown as SkipbeatError;
  }
  throw new Error('it was accepted');
};

describe('a config that cannot be simulated', () => {
  test('is refused with everything that is wrong with it', () => {
    const bad: ModelConfig = {
      ...base,
      version: version(38, 1),
      controlPlanes: -1,
      workers: 2.5,
      settings: { ...base.settings, leaseRenewUs: 0, graceUs: Number.NaN },
      load: { ratePerSecond: 0, connection: 'fresh', timeoutUs: 1 },
      phases: [steady(-1), fault(5, pauseOf('worker4'))],
    };
    const { code, exitCode, message } = refusal(bad);
    expect([code, exitCode]).toEqual(['MODEL_INVALID', 64]);
    expect(message.split('\n')).toEqual([
      'version: expected 1.11 to 1.37, received "1.38.1"',
      'controlPlanes: expected an integer of at least 0, received -1',
      'workers: expected an integer of at least 0, received 2.5',
      'settings.leaseRenewUs: expected an integer of at least 1, received 0',
      'settings.graceUs: expected an integer of at least 1, received null',
      'load.ratePerSecond: expected more than 0, received 0',
      'phases[0]: expected an integer of at least 0, received -1000000',
      'phases[1].inject[0].targets[0]: expected a node of the cluster, received "worker4"',
    ]);
  });

  test('names kinds of fault that are none, and targets that cannot have them', () => {
    const unknown = { id: 'x', kind: 'meteor', targets: ['worker'] } as unknown as ModelFault;
    const misplaced: ModelFault = { id: 'y', kind: 'etcd-pause', targets: ['worker'] };
    const lossy: ModelFault = {
      id: 'z',
      kind: 'netem',
      targets: ['worker'],
      delayUs: 0,
      jitterUs: 0,
      loss: 1.5,
      direction: 'both',
    };
    const { message } = refusal({ ...base, phases: [fault(5, unknown, misplaced, lossy)] });
    expect(message.split('\n')).toEqual([
      'phases[0].inject[0].kind: expected one of kubelet-pause, kubelet-stop, node-pause, node-stop, node-shutdown, clock-jump, partition, latency, netem, apiserver-pause, apiserver-latency, etcd-pause, etcd-latency, etcd-disk-latency, controller-manager-pause, controller-manager-kill, controller-manager-watch-lost, cpu-pressure, taints-removed, out-of-service, received "meteor"',
      'phases[0].inject[1].targets[0]: expected a control plane, received "worker"',
      'phases[0].inject[2].loss: expected a share from 0 to 1, received 1.5',
    ]);
  });

  test('a million nodes: an estimate first, then a refusal where memory does not suffice', () => {
    const million = { ...base, workers: 999_999 };
    expect(estimateModel(million)).toMatchObject({ nodes: 1_000_000, bytes: 12_090_000_000 });
    const { code, exitCode, message } = refusal(million, 4_000_000_000);
    expect([code, exitCode]).toEqual(['MODEL_TOO_LARGE', 64]);
    expect(message).toMatch(
      /^1000000 nodes would take about 12\.1 GB and \d+ s: expected at most the 4\.0 GB that this process may use$/,
    );
    expect(() => checkConfig(million, 16_000_000_000)).not.toThrow();
  });
});

describe('odd but meaningful', () => {
  test('phases of no length are over at once', () => {
    const run = record({ ...base, phases: [steady(0), fault(0, pauseOf('worker')), steady(0)] });
    expect(ofType(run, 'step.ended').map(({ outcome }) => outcome)).toEqual(Array.from({ length: 6 }, () => 'done'));
  });

  test('two pauses of one kubelet end when both have', () => {
    const twice = record({
      ...base,
      phases: [
        steady(20),
        fault(30, { ...pauseOf('worker'), id: 'one' }, { ...pauseOf('worker'), id: 'two' }),
        recover(60),
      ],
    });
    expect(ofType(twice, 'fault.attested').map(({ state }) => state)).toEqual(
      Array.from({ length: 4 }, () => 'present'),
    );
    expect(ofType(twice, 'step.ended').at(-2)?.outcome).toBe('done');
  });

  test('a pause of a kubelet that another fault has ended is attested as absent, and undone without harm', () => {
    const stop: ModelFault = { id: 'stop', kind: 'kubelet-stop', targets: ['worker'] };
    const run = record({ ...base, phases: [steady(20), fault(10, stop, pauseOf('worker')), steady(30), recover(60)] });
    const states = ofType(run, 'fault.attested').map(({ fault: id, state }) => `${id} ${state}`);
    // The latest is undone first.
    expect(states).toEqual(['stop present', 'pause absent', 'pause absent', 'stop present']);
    const [undone] = ofType(run, 'fault.undone');
    const renewed = ofType(run, 'lease.renewed').filter(
      ({ node, atMs }) => node === 'worker' && atMs > (undone?.atMs ?? 0),
    );
    expect(renewed.length).toBeGreaterThan(1);
  });

  test('what never recovers in time is a timed-out step, and the last one: nothing is done to a cluster that is not whole', () => {
    const run = record({ ...base, phases: [steady(20), fault(70, pauseOf('worker')), recover(1), steady(5)] });
    const ends = ofType(run, 'step.ended').map(({ name, outcome }) => `${name} ${outcome}`);
    expect(ends).toEqual([
      'cluster done',
      'workload done',
      'steady done',
      'fault done',
      'recover timedOut',
      'undo done',
    ]);
    expect(ofType(run, 'step.ended')[4]?.detail).toBe('not recovered within 1.0 s: worker NotReady');
  });
});
