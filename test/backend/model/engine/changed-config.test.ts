import { expect, test } from 'vitest';
import { type ModelConfig, type ModelPhase, startModel } from '../../../../src/backend/model/index.ts';
import { recordInto } from '../../../../src/backend/model/record.ts';
import { cluster, fault, pauseOf, recover, steady, us, version } from '../support/clusters.ts';
import { record } from '../support/runs.ts';

/** A config as its owner may have it: without the readonly of its type. */
type Open<T> = T extends object ? { -readonly [K in keyof T]: Open<T[K]> } : T;

const base = (): Open<ModelConfig> =>
  structuredClone(
    cluster(
      version(34),
      { graceSeconds: 20 },
      {
        workers: 3,
        replicas: 2,
        hollow: { nodes: 3, zones: 1 },
        load: { ratePerSecond: 3, connection: 'fresh', timeoutUs: us(1), through: 'target' },
        phases: [steady(10), fault(40, pauseOf('worker', 'hollow-1')), recover(90)],
      },
    ),
  ) as Open<ModelConfig>;

/** The first fault of its first phase with any. */
const pauseIn = (phases: readonly Open<ModelPhase>[]) => {
  const pause = phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []))[0];
  if (pause === undefined) throw new Error('a config without a fault');
  return pause;
};

const changes: Readonly<Record<string, (config: Open<ModelConfig>) => void>> = {
  'more hollow nodes': ({ hollow }) => {
    if (hollow !== undefined) hollow.nodes = 5;
  },
  'another target': ({ phases }) => {
    pauseIn(phases).targets[0] = 'worker3';
  },
  'one more target': ({ phases }) => {
    pauseIn(phases).targets.push('worker2');
  },
  'one more fault': ({ phases }) => {
    for (const phase of phases)
      if (phase.kind === 'fault') phase.inject.push({ id: 'other', kind: 'kubelet-pause', targets: ['worker2'] });
  },
  'another phase': ({ phases }) => {
    phases.splice(1, 1, structuredClone(fault(40, pauseOf('worker2'))) as Open<ModelPhase>);
  },
  'other entrances': ({ load }) => {
    if (load !== null) load.through = 'every';
  },
  'more generators': ({ load }) => {
    if (load !== null) Object.assign(load, { through: 'untouched', generators: 2 });
  },
};

test.each(Object.entries(changes))(
  'a config that was run and then changed in place is run as it says: %s',
  (_, change) => {
    const changed = base();
    record(changed);
    change(changed);
    const seen = record(changed);
    // Of a config that nobody has run before.
    const [other, fresh] = [base(), base()];
    record({ ...other, workers: 1, phases: [] });
    change(fresh);
    expect(seen).toEqual(record(fresh));
    expect(seen).not.toEqual(record(base()));
  },
);

test('a fault is undone where it was made, whatever its targets are by then', () => {
  const config = base();
  const undone: unknown[] = [];
  const sink = recordInto({
    event: (body) => {
      if (body.type === 'fault.injected') pauseIn(config.phases).targets.splice(0, 2, 'worker3');
      if (body.type === 'fault.undone') undone.push(Object.keys(body.clockMs ?? {}));
    },
    requests: () => undefined,
  });
  const run = startModel(config, sink);
  while (run.advance(1000));
  expect(undone).toEqual([['worker', 'hollow-1']]);
});
