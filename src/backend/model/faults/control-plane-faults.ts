import type { PlannedFaultOf } from '../../../plan/index.ts';
import { commitUs, pressedCores } from '../engine/constants.ts';
import { freeze, thaw } from '../engine/process.ts';
import { type SlowServer, spread, us } from '../network/fault-options.ts';
import { declare, type Maker, type Nothing, nothing } from './active-fault.ts';

const apiServerPause: Maker<Nothing> = ({ simulation, controlPlane }, node) => {
  simulation.api.pause(node.index);
  return {
    holds: () => simulation.api.isPaused(node.index),
    evidence: 'the API server is stopped in its tracks',
    undo: () => {
      simulation.api.resume(node.index);
      controlPlane.catchUp();
    },
  };
};

const slowServer =
  (where: 'apiserver' | 'etcd'): Maker<SlowServer> =>
  ({ simulation: { api } }, { index }, { delayUs, jitterUs = 0 }) => {
    api.slowDown(where, index, delayUs, jitterUs);
    return {
      holds: () => true,
      evidence: `${delayUs / 1000} ms more before each answer`,
      undo: () => api.slowDown(where, index, -delayUs, -jitterUs),
    };
  };

const etcdDiskLatency: Maker<{ readonly delayUs: number }> = ({ simulation: { api } }, { index }, { delayUs }) => {
  api.slowDown('disk', index, delayUs, 0);
  return {
    holds: () => true,
    evidence: `each sync of etcd's log takes ${delayUs / 1000} ms`,
    undo: () => api.slowDown('disk', index, -delayUs, 0),
  };
};

const etcdPause: Maker<Nothing> = ({ controlPlane }, node) => {
  controlPlane.pauseStore(node.index);
  return {
    holds: () => controlPlane.isStorePaused(node.index),
    evidence: 'the etcd member is stopped in its tracks',
    undo: () => controlPlane.resumeStore(node.index),
  };
};

const controllerManagerPause: Maker<Nothing> = ({ simulation, controlPlane }, node) => {
  const process = controlPlane.processOf(node.index);
  const generation = freeze(process, simulation.clock.now());
  return {
    holds: () => process.frozen && process.generation === generation,
    evidence: 'the controller manager is stopped in its tracks',
    undo: () => {
      if (thaw(process, simulation.clock, generation)) controlPlane.catchUp();
    },
  };
};

const controllerManagerKill: Maker<Nothing> = ({ controlPlane }, node) => {
  controlPlane.kill(node.index);
  return { holds: () => true, evidence: 'the controller manager was killed', undo: () => undefined };
};

/**
 * The caches of nodes and leases stand still while everything else goes on: the controller reads nodes live only where a write
 * of its own failed, from 1.37 on also the lease of a node before it gives it up. What it watches of pods still comes.
 * @see kubernetes pkg/controller/nodelifecycle, tryUpdateNodeHealth: leaseLister, nodeLister
 */
const controllerManagerWatchLost: Maker<Nothing> = ({ controlPlane }, { index }) => {
  controlPlane.loseWatch(index);
  return {
    holds: () => controlPlane.isWatchLost(index),
    evidence: 'the watches of nodes and leases bring the controller manager nothing',
    undo: () => controlPlane.regainWatch(index),
  };
};

/** Busy loops take their share of the machine's cores, so that a call takes as much longer. */
const cpuPressure: Maker<{ readonly loops: number }> = ({ simulation: { api } }, { index }, { loops }) => {
  const extraUs = Math.round((commitUs * loops) / pressedCores);
  api.slowDown('apiserver', index, extraUs, 0);
  return {
    holds: () => true,
    evidence: `each call takes ${extraUs / 1000} ms longer`,
    undo: () => api.slowDown('apiserver', index, -extraUs, 0),
  };
};

const slowServerOptions = (fault: PlannedFaultOf<'apiserver-latency' | 'etcd-latency'>): SlowServer => ({
  ...spread(fault),
  rampSteps: fault.rampSteps,
});

/** Faults of what runs on control planes. */
export const controlPlaneKinds = {
  'apiserver-pause': declare(apiServerPause, nothing),
  'apiserver-latency': declare(slowServer('apiserver'), slowServerOptions),
  'etcd-pause': declare(etcdPause, nothing),
  'etcd-latency': declare(slowServer('etcd'), slowServerOptions),
  'etcd-disk-latency': declare(etcdDiskLatency, ({ delayMs }: PlannedFaultOf<'etcd-disk-latency'>) => ({
    delayUs: us(delayMs),
  })),
  'controller-manager-pause': declare(controllerManagerPause, nothing),
  'controller-manager-kill': declare(controllerManagerKill, nothing),
  'controller-manager-watch-lost': declare(controllerManagerWatchLost, nothing),
  'cpu-pressure': declare(cpuPressure, ({ loops }: PlannedFaultOf<'cpu-pressure'>) => ({
    loops: loops ?? 2 * pressedCores,
  })),
};
