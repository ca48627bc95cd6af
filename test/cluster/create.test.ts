import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { kindConfigFor } from '../../src/cluster/create.ts';
import type { Plan } from '../../src/plan/index.ts';
import { compileProfile, findProfile } from '../../src/profile/index.ts';

const planFor = (profile: string, topology: Partial<Plan['topology']> = {}): Plan => {
  const found = findProfile(profile);
  if (found === null || found === undefined) throw new Error(`no profile ${profile}`);
  return {
    kubernetesVersion: 'v1.34.4',
    profile: compileProfile(found, 'literal', 'v1.34.4'),
    topology: { name: 'single', controlPlanes: 1, workers: 2, apiServerPort: null, ...topology },
  } as unknown as Plan;
};
const topology = {
  nodes: [{ role: 'control-plane' }, { role: 'worker', labels: { a: 'b' } }],
  networking: { ipFamily: 'ipv4' },
};

type Config = {
  readonly nodes: readonly {
    readonly role: string;
    readonly extraMounts: readonly object[];
    readonly labels?: object;
  }[];
  readonly networking: object;
  readonly kubeadmConfigPatches: readonly string[];
};
const configFor = (plan: Plan): Config => parse(kindConfigFor(plan, topology, '/state/owner.json')) as Config;

describe('kindConfigFor', () => {
  test('has as many nodes as the plan says, further ones like the last of their role, each with our mark', () => {
    const { nodes } = configFor(planFor('tight-grace', { workers: 3 }));
    expect(nodes.map(({ role }) => role)).toEqual(['control-plane', 'worker', 'worker', 'worker']);
    expect(nodes[3]?.labels).toEqual({ a: 'b' });
    for (const node of nodes) {
      expect(node.extraMounts).toEqual([
        { hostPath: '/state/owner.json', containerPath: '/etc/skipbeat/owner.json', readOnly: true },
      ]);
    }
  });

  test('passes the profile in patches without apiVersion, arguments as maps', () => {
    const patches = configFor(planFor('tight-grace')).kubeadmConfigPatches.map((text) => parse(text) as object);
    expect(patches).toEqual([
      {
        kind: 'ClusterConfiguration',
        apiServer: {
          extraArgs: {
            'default-not-ready-toleration-seconds': '10',
            'default-unreachable-toleration-seconds': '10',
          },
        },
        controllerManager: { extraArgs: { 'node-monitor-period': '5s', 'node-monitor-grace-period': '10s' } },
      },
      { kind: 'KubeletConfiguration', failCgroupV1: false, nodeStatusUpdateFrequency: '10s' },
    ]);
  });

  test('the default profile passes no heartbeat setting at all', () => {
    const patches = configFor(planFor('default')).kubeadmConfigPatches.map((text) => parse(text) as object);
    expect(patches).toEqual([
      { kind: 'ClusterConfiguration', apiServer: { extraArgs: {} }, controllerManager: { extraArgs: {} } },
      { kind: 'KubeletConfiguration', failCgroupV1: false },
    ]);
  });

  test('keeps what the topology file says and adds the port that was asked for', () => {
    expect(configFor(planFor('default', { apiServerPort: 6443 })).networking).toEqual({
      ipFamily: 'ipv4',
      apiServerPort: 6443,
    });
    expect(configFor(planFor('default')).networking).toEqual({ ipFamily: 'ipv4' });
  });

  test('a topology file that is no mapping is refused by name', () => {
    expect(() => kindConfigFor(planFor('default'), null, '/x')).toThrow(
      'kind-configs/single.yaml: expected a mapping of kind v1alpha4, received nothing.',
    );
  });
});
