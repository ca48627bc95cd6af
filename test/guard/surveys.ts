import type { ClusterSurvey, SurveyedNode } from '../../src/guard/index.ts';

/** 2026-11-24, noon. */
export const nowMs = Date.UTC(2026, 10, 24, 12);
export const minuteMs = 60_000;

/** A worker that is well, old, and may be hit. */
export const worker = (name: string, changes: Partial<SurveyedNode> = {}): SurveyedNode => ({
  name,
  uid: `uid-${name}`,
  labels: { 'skipbeat.dev/faults': 'allowed', pool: 'chaos', 'kubernetes.io/os': 'linux' },
  controlPlane: null,
  zone: '',
  ready: 'True',
  reason: 'KubeletReady',
  unschedulable: false,
  kubeletVersion: 'v1.34.4',
  os: 'linux',
  taints: [],
  addresses: [`10.0.0.${name.length}`, name],
  address: `10.0.0.${name.length}`,
  createdAtMs: nowMs - 600 * minuteMs,
  machine: { id: `machine-${name}`, uuid: null },
  isDeleting: false,
  ...changes,
});

export const controlPlane = worker('cp', {
  controlPlane: 'it bears node-role.kubernetes.io/control-plane',
  labels: {},
});

/** `w01`, `w02` and so on. */
export const workers = (count: number, changes: Partial<SurveyedNode> = {}, prefix = 'w'): readonly SurveyedNode[] =>
  Array.from({ length: count }, (_, index) => worker(`${prefix}${String(index + 1).padStart(2, '0')}`, changes));

/** A cluster in which nothing is in the way. */
export const survey = (
  nodes: readonly SurveyedNode[],
  changes: Partial<Omit<ClusterSurvey, 'nodes'>> = {},
): ClusterSurvey => ({
  context: 'staging',
  clusterName: 'staging-eu',
  server: 'https://10.0.0.1:6443',
  uid: '5f6b1d3e-0000-4000-8000-000000000000',
  createdAtMs: nowMs - 1000 * minuteMs,
  serverVersion: 'v1.34.4',
  apiServers: ['10.0.0.2'],
  apiServerPlaces: [{ address: '10.0.0.2', port: 6443 }],
  nowMs,
  nodes,
  holder: null,
  unfinished: [],
  self: { host: 'build-7', addresses: ['192.168.1.7'], node: null, unknown: null },
  ...changes,
});
