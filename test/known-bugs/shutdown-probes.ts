import { behaviourOf } from '../../src/backend/model/engine/versions.ts';
import { type ModelFault, type ModelVersion, settingsFor } from '../../src/backend/model/index.ts';
import { cluster, fault, steady, us } from '../backend/model/support/clusters.ts';
import { faultStart, ofType, type Recorded, readyChanges, record } from '../backend/model/support/runs.ts';
import type { Probe } from './probe.ts';

/** A worker is shut down in order, within 20 s, and is off for 100 s. */
const shutDown = (version: ModelVersion): Recorded => {
  const shutdown: ModelFault = { id: 'shutdown', kind: 'node-shutdown', targets: ['worker'] };
  const settings = { ...settingsFor(version, {}), shutdown: { gracePeriodUs: us(20), criticalPodsUs: us(5) } };
  return record(cluster(version, {}, { settings, replicas: 2, phases: [steady(30), fault(100, shutdown)] }));
};

/** The kinds of change of pods since the shutdown, with the ms since then, of those on the worker or elsewhere. */
const changes = (recorded: Recorded, isOnWorker: boolean): readonly (readonly [string, number])[] =>
  ofType(recorded, 'pod')
    .filter(({ node, atMs }) => (node === 'worker') === isOnWorker && atMs > faultStart(recorded))
    .map(({ change, atMs }) => [change, atMs - faultStart(recorded)]);

/** No kubelet shuts anything down in order before. */
const isKnown = ({ minor }: ModelVersion): boolean => minor >= 20;

const notReplaced: Probe = (version) =>
  isKnown(version)
    ? !changes(shutDown(version), false).some(([change, afterMs]) => change === 'seen' && afterMs < 20_000)
    : false;

const readyThoughFailed: Probe = (version) => {
  if (!isKnown(version)) return false;
  // Of these the model has what an orderly shutdown does alone, in which the phase stays Running.
  if (behaviourOf(version).shutdownPods === 'running') return null;
  const recorded = shutDown(version);
  const madeMs = changes(recorded, false).find(([change]) => change === 'seen')?.[1] ?? Number.POSITIVE_INFINITY;
  const endedMs = changes(recorded, true)[0]?.[1] ?? Number.POSITIVE_INFINITY;
  return madeMs < endedMs;
};

const endpointUntilItsEnd: Probe = (version) => {
  if (!isKnown(version)) return false;
  const recorded = shutDown(version);
  const fromMs = faultStart(recorded);
  const gone = ofType(recorded, 'endpoints').find(({ ready, atMs }) => ready < 2 && atMs > fromMs);
  const said = readyChanges(recorded, 'worker').find(({ afterMs }) => afterMs >= 0);
  if (gone === undefined || said === undefined) throw new Error('a shutdown that nobody saw');
  return gone.atMs - fromMs > said.afterMs + 100;
};

/** Of nodes that are shut down in order; by the id of the bug. */
export const shutdownProbes: Readonly<Record<string, Probe>> = {
  'kubernetes#104531': notReplaced,
  'kubernetes#108594': readyThoughFailed,
  'kubernetes#116965': endpointUntilItsEnd,
};
