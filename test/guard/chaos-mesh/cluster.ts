import type { StandIn } from '../api-server.ts';

export const group = '/apis/chaos-mesh.org/v1alpha1';
export const controller = '/apis/apps/v1/namespaces/chaos-mesh/deployments/chaos-controller-manager';
export const objects = `${group}/namespaces/skipbeat-agents/networkchaos`;

/** What the stand-in serves, with Chaos Mesh of these versions. */
export const groupsWith = (...versions: readonly string[]) =>
  [['coordination.k8s.io/v1'], versions.map((version) => `chaos-mesh.org/${version}`)].map((served) => ({
    versions: served.map((groupVersion) => ({ groupVersion })),
  }));

const allowed = { ALLOW_HOST_NETWORK_TESTING: 'true', CLUSTER_SCOPED: 'true', ENABLE_FILTER_NAMESPACE: 'false' };

/** Chaos Mesh as its chart installs it, but that it allows the network of a node, and for what is asked. */
export const installChaosMesh = (server: StandIn, changes: Record<string, string> = {}, readyReplicas = 3): void => {
  const env = Object.entries({ ...allowed, ...changes }).map(([name, value]) => ({ name, value }));
  const resources = ['networkchaos', 'networkchaos/status'].map((name) => ({
    ...{ name, namespaced: true, kind: 'NetworkChaos', verbs: name.includes('/') ? ['get'] : ['list'] },
  }));
  server.put(group, { resources });
  server.put('/apis', { groups: groupsWith('v1alpha1') });
  server.put(controller, {
    spec: { template: { spec: { containers: [{ name: 'chaos-mesh', env }] } } },
    status: { readyReplicas },
  });
};

/** What its controller writes into a status. @see chaos-mesh controllers/common/condition, records */
export const chaosStatus = (pod: string, phase: string, message = '') => {
  const isTrue = (what: boolean): string => (what ? 'True' : 'False');
  return {
    conditions: [
      { type: 'Selected', status: 'True' },
      { type: 'AllInjected', status: isTrue(phase === 'Injected') },
      { type: 'AllRecovered', status: isTrue(phase === 'Not Injected') },
      { type: 'Paused', status: 'False' },
    ],
    experiment: {
      desiredPhase: 'Run',
      containerRecords: [
        {
          ...{ id: pod, selectorKey: '.', phase, injectedCount: 1, recoveredCount: 0 },
          events: [
            {
              ...{ type: message === '' ? 'Succeeded' : 'Failed', operation: 'Apply' },
              ...{ timestamp: '2026-11-28T12:00:01Z', message },
            },
          ],
        },
      ],
    },
  };
};
