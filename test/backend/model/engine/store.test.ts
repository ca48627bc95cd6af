import { expect, test } from 'vitest';
import { stampUs } from '../../../../src/backend/model/engine/store.ts';
import { cluster, steady, version } from '../support/clusters.ts';
import { observationsOf } from '../support/observations.ts';

test('a stamp is the second that an instant lies in, also before the model’s own time begins', () => {
  const seconds = [2_000_000, 1_999_999, 1, 0, -1, -999_999, -1_000_000, -1_000_001].map(stampUs);
  expect(seconds).toEqual([2_000_000, 1_000_000, 0, 0, -1_000_000, -1_000_000, -1_000_000, -2_000_000]);
});

test('statuses each second of nodes that have run for weeks count as often deferred as one by one', () => {
  const config = cluster(
    version(34),
    { statusUpdateSeconds: 1, statusReportSeconds: 1 },
    { workers: 9, phases: [steady(10)] },
  );
  expect(observationsOf(config, { oneByOne: false })).toEqual(observationsOf(config, { oneByOne: true }));
});
