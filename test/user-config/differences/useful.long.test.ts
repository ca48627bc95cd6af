import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  args,
  changed,
  cluster,
  configMap,
  documents,
  first,
  flag,
  joined,
  kubelet,
  list,
  manager,
  managerWith,
  of,
  podOf,
  resultOf,
  review,
  server,
  serverWith,
} from './files.ts';

const entire = readFileSync(join(import.meta.dirname, '../../fixtures/review/cluster.yaml'), 'utf8');
test.each([
  ['a file of kubeadm', entire],
  ['a manifest', manager],
  ['what kubectl prints', list(podOf(manager, 'a'), podOf(server, 'a'))],
  ['a ConfigMap', configMap(cluster())],
])('%s is the same as itself', (_, text) => {
  expect(resultOf(text, text)).toBe('same');
});

test.each([
  ['the grace period of a manifest', manager, managerWith('node-monitor-grace-period=20s')],
  [
    'the same in two words',
    manager,
    managerWith('node-monitor-grace-period=20s').replace('period=20s', 'period\n    - 20s'),
  ],
  ['tolerations', server, serverWith('default-unreachable-toleration-seconds=30')],
  [
    'tolerations of both taints',
    server,
    serverWith('default-not-ready-toleration-seconds=30', 'default-unreachable-toleration-seconds=30'),
  ],
  [
    'tolerations, the other one written out',
    server,
    serverWith('default-not-ready-toleration-seconds=300', 'default-unreachable-toleration-seconds=30'),
  ],
  ['the grace period of kubeadm', entire, changed(entire, 'value: "40s"', 'value: "20s"')],
  ['a flag less', entire, changed(entire, '  - {name: node-monitor-grace-period, value: "40s"}\n', '')],
  ['a field of kubelets', entire, changed(entire, 'nodeStatusUpdateFrequency: 10s', 'nodeStatusUpdateFrequency: 4s')],
  [
    'a flag of joined nodes',
    documents(cluster(), first(flag(['v', '2'])), joined(flag(['v', '2']))),
    documents(cluster(), first(flag(['v', '2'])), joined(flag(['v', '2'], ['node-status-update-frequency', '4s']))),
  ],
  [
    'a flag of the first node and of joined ones alike',
    documents(
      cluster(),
      first(flag(['node-status-update-frequency', '10s'])),
      joined(flag(['node-status-update-frequency', '10s'])),
    ),
    documents(
      cluster(),
      first(flag(['node-status-update-frequency', '4s'])),
      joined(flag(['node-status-update-frequency', '4s'])),
    ),
  ],
  [
    'one that both have from now on',
    documents(cluster(), first(flag(['v', '2'])), joined(flag(['v', '2']))),
    documents(
      cluster(),
      first(flag(['v', '2'], ['node-status-update-frequency', '4s'])),
      joined(flag(['v', '2'], ['node-status-update-frequency', '4s'])),
    ),
  ],
  [
    'both of two managers',
    list(podOf(manager, 'a'), podOf(manager, 'b')),
    list(
      podOf(managerWith('node-monitor-grace-period=20s'), 'a'),
      podOf(managerWith('node-monitor-grace-period=20s'), 'b'),
    ),
  ],
  ['k3s', 'kubelet-arg: [v=2]\n', 'kubelet-arg: [v=2, node-status-update-frequency=4s]\n'],
] as const)('%s alone is judged', (_, base, candidate) => {
  expect(resultOf(base, candidate)).toBe('judged');
});

describe('what is the same, spelled otherwise, or on the list of harmless places', () => {
  test.each([
    ['a default that is said', entire, changed(entire, 'clusterName: kubernetes\n', '')],
    ['the registry', cluster(), cluster('imageRepository: registry.k8s.io\n')],
    ['a port', manager, managerWith('secure-port=10257')],
    ['one name more of a certificate', entire, changed(entire, '10.0.0.10]', '10.0.0.10, a.example.com]')],
    ['flags in another order', managerWith('v=2', 'profiling=false'), managerWith('profiling=false', 'v=4')],
    [
      'gates of one flag in another order',
      serverWith('feature-gates=ContextualLogging=true,WatchList=false'),
      serverWith('feature-gates=WatchList=false,ContextualLogging=true'),
    ],
    ['booleans', manager, changed(manager, '--leader-elect=true', '--leader-elect')],
    ['flags as args', manager, changed(manager, '    - --leader-elect=true', '    args:\n    - --leader-elect=true')],
    ['a mapping of kubeadm, empty', cluster(), cluster('apiServer: {}\ndns: {}\n')],
    ['a socket', entire, changed(entire, 'unix:///run/containerd', '/var/run/containerd')],
    ['a duration', entire, changed(entire, 'shutdownGracePeriod: 30s', 'shutdownGracePeriod: 0m30s')],
    [
      'quotes and order of keys',
      entire,
      changed(entire, 'mode: iptables\nclusterCIDR: 10.244.0.0/16', 'clusterCIDR: "10.244.0.0/16"\nmode: "iptables"'),
    ],
    ['comments and blanks', entire, `# ours\n${entire.replaceAll('\n- ', '\n-   ')}`],
    ['documents in another order', documents(cluster(), kubelet()), documents(kubelet(), cluster())],
    ['how much is logged', entire, changed(entire, 'verbosity: 2', 'verbosity: 4')],
    [
      'what kubeadm wrote',
      manager,
      changed(manager, '  annotations: {}\n', '  annotations: {}\n  creationTimestamp: null\n'),
    ],
  ] as const)('%s', (_, base, candidate) => {
    expect(resultOf(base, candidate)).toBe('same');
  });

  test('what the API server wrote into two pods that it shows', () => {
    const [one, other] = [podOf(manager, 'a'), podOf(manager, 'a', '2026-04-05T09:12:21Z')];
    expect(resultOf(list(one), list(other))).toBe('same');
    expect(resultOf(manager, list(other))).toBe('unknown');
  });
});

describe('what a review says of what it does not know', () => {
  const remarks = (base: string, candidate: string): readonly (readonly [string, string, string])[] =>
    review(base, candidate)
      .candidate.remarks.filter(({ weight }) => weight === 'unknown')
      .map(({ weight, origin, text }) => [weight, origin, text]);
  const nobody = 'and nobody here knows what that does';

  test('names the document, the line, and both values', () => {
    const one = cluster(args('apiServer', ['max-requests-inflight', '800']));
    const other = cluster(args('apiServer', ['max-requests-inflight', '900']));
    const text = `apiServer.extraArgs.--max-requests-inflight of ClusterConfiguration is 800 on the base (base.yaml:6:42) and 900 here, ${nobody}`;
    expect(remarks(one, other)).toEqual([['unknown', 'candidate.yaml:6:42', text]]);
  });

  test('and what one side alone has', () => {
    expect(remarks(cluster(), documents(cluster(), joined()))).toEqual([
      ['unknown', 'candidate.yaml:5:1', `the candidate alone has JoinConfiguration, ${nobody}`],
    ]);
  });

  test('but not all of a long list, and no secret', () => {
    const many = (value: string): string =>
      kubelet(
        `allowedUnsafeSysctls: [${Array.from({ length: 30 }, (_, index) => `net.${value}${index}`).join(', ')}]\n`,
      );
    const found = remarks(many('a'), many('b'));
    expect(found).toHaveLength(21);
    expect(found.at(-1)?.[2]).toBe(`KubeletConfiguration differs in 10 more places, ${nobody}`);
    const secret = (token: string): string => `token: ${token}\nkubelet-arg: []\n`;
    expect(remarks(secret('one'), secret('two'))).toEqual([
      [
        'unknown',
        'candidate.yaml:1:8',
        `token of configuration of k3s or RKE2 is a value that is not shown on the base (base.yaml:1:8) and a value that is not shown here, ${nobody}`,
      ],
    ]);
  });
});

describe('a patch with a known bug that the other has not', () => {
  test.each([
    ['v1beta3', 'v1.28.15', 'v1.28.0', ['#118741']],
    ['v1beta2', 'v1.15.12', 'v1.15.3', ['#80968', '#48681']],
    ['v1beta2', 'v1.15.3', 'v1.15.12', []],
    ['v1beta4', 'v1.34.2', 'v1.34.4', []],
  ] as const)('%s: %s → %s', (api, base, candidate, ids) => {
    const changed = review(cluster('', base, api), cluster('', candidate, api));
    expect(changed.predicted.filter(({ verdict }) => verdict === 'unknown')).toEqual(
      ids.map((id) => ({
        ...{ figure: `what kubernetes${id} does, named below`, base: 'has it not', candidate: 'has it' },
        verdict: 'unknown',
      })),
    );
    const named = changed.candidate.remarks.filter(({ text }) =>
      ids.some((id) => text.includes(`has kubernetes${id}: `)),
    );
    expect(named.map(({ weight }) => weight)).toEqual(ids.map(() => 'unknown'));
  });
});

describe('another version', () => {
  const row = 'what else another minor of Kubernetes changes';
  const texts = (base: string, candidate: string) =>
    review(base, candidate)
      .candidate.remarks.filter(({ text }) => text.includes('→'))
      .map(({ weight, text }) => `${weight}: ${text}`);

  test.each([
    [
      documents(cluster('', 'v1.34.4'), kubelet()),
      documents(cluster('', 'v1.35.4'), kubelet()),
      'unknown: v1.34.4 → v1.35.4: what else that release changes is not compared; kubelets of v1.35 and later do not start on cgroup v1 (failCgroupV1)',
    ],
    [
      cluster('', 'v1.21.14', 'v1beta2'),
      cluster('', 'v1.22.17', 'v1beta2'),
      'unknown: v1.21.14 → v1.22.17: what else that release changes is not compared; kubelets that kubeadm of v1.22 and later sets up have the cgroup driver systemd',
    ],
    [
      cluster('', 'v1.23.17', 'v1beta3'),
      cluster('', 'v1.24.17', 'v1beta3'),
      'unknown: v1.23.17 → v1.24.17: what else that release changes is not compared; kubelets of v1.24 and later do not use Docker themselves (dockershim)',
    ],
    [
      cluster('', 'v1.31.0'),
      cluster('', 'v1.34.2'),
      'unknown: v1.31.0 → v1.34.2: what else these releases change is not compared; kubeadm upgrades by one minor at a time',
    ],
    [
      of('v1.34.4', server),
      of('v1.30.4', server),
      'unknown: v1.34.4 → v1.30.4: what else these releases change is not compared; no release supports the way back to an older minor',
    ],
  ])('%#: figures are judged, and the rest is not known', (base, candidate, text) => {
    const { predicted } = review(base, candidate);
    const unknown = predicted.filter(({ verdict }) => verdict === 'unknown');
    expect(unknown.filter(({ figure }) => !figure.startsWith('what kubernetes#'))).toEqual([
      { figure: row, base: null, candidate: null, verdict: 'unknown' },
    ]);
    expect(resultOf(base, candidate)).toBe('unknown');
    expect(texts(base, candidate)).toEqual([text]);
  });

  test('of patches it is a note', () => {
    expect(resultOf(cluster('', 'v1.34.3'), cluster('', 'v1.34.4'))).toBe('same');
    expect(texts(cluster('', 'v1.34.3'), cluster('', 'v1.34.4'))).toEqual([
      'note: v1.34.3 → v1.34.4: what else that patch changes is not compared',
    ]);
  });
});
