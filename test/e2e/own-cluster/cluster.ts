// A cluster made by plain kind, which skipbeat knows by its kubeconfig alone: no engine answers it. The test itself looks into
// the nodes by the engine, to see what was done there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { defaultKubernetes, requireKind } from '../../../src/setup/index.ts';
import { clusterName, kubeletState, type Place, type Running, start, until } from '../support/harness.ts';
import { makeBase } from '../support/image.ts';

export type OwnCluster = {
  readonly name: string;
  readonly context: string;
  readonly kubeconfig: string;
  /** Of the API server, as the kubeconfig names it. */
  readonly server: string;
  /** As a command that is to be typed names the cluster. */
  readonly named: string;
  readonly uid: string;
  /** The container of a node. */
  readonly node: (short: string) => string;
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
  /** As somebody else makes an object. */
  readonly apply: (object: object) => Promise<void>;
  /** Every object of the cluster but Events, and everything on its nodes that a run could leave there. */
  readonly everything: () => Promise<readonly string[]>;
  /** Starts the command line without an engine. */
  readonly start: (...args: readonly string[]) => Running;
  /** Options that say which cluster is meant, before `args`. */
  readonly on: (...args: readonly string[]) => readonly string[];
  /** Whether the kubelet of the node that bears the label is stopped. */
  readonly standsStill: () => Promise<boolean>;
  /** Runs a script in the node that bears the label. */
  readonly inWorker: (script: string) => Promise<{ readonly stdout: string }>;
  /** Options of a run that may begin, on the node that bears the label. */
  readonly allowed: readonly string[];
  /** The image of agents, where the default cannot be had. */
  readonly agent: readonly string[];
  /** Gives every worker but the first an image with Node.js alone for a load. @returns options of a run with it */
  readonly withLoad: () => Promise<readonly string[]>;
  readonly remove: () => Promise<void>;
};

const noEngine = { DOCKER_HOST: 'tcp://127.0.0.1:1' };

/** @param word tells it from others of this test process @param workers two or more */
export const makeOwnCluster = async (place: Place, word: string, workers = 2): Promise<OwnCluster> => {
  const environment = await requireKind(defaultKubernetes);
  const name = clusterName(word).replace(/^skipbeat-/, 'others-');
  const kubeconfig = join(place.folder, 'kubeconfig');
  const config = join(place.folder, 'kind.yaml');
  const roles = ['control-plane', ...Array.from({ length: workers }, () => 'worker')];
  const free = Array.from({ length: workers - 1 }, (_, index) => `worker${index + 2}`);
  const nodes = roles.map((role) => ({ role }));
  writeFileSync(config, stringify({ kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4', nodes }));
  const image = environment.nodeImage.reference;
  const args = ['--name', name, '--image', image, '--config', config, '--kubeconfig', kubeconfig, '--wait', '3m'];
  await execa(environment.kind.path, ['create', 'cluster', ...args]);
  const node = (short: string): string => `${name}-${short}`;
  const inNode = async (short: string, ...argv: readonly string[]): Promise<string> =>
    (await execa('docker', ['exec', node(short), ...argv])).stdout;
  const kubectl = (...own: readonly string[]): Promise<string> =>
    inNode('control-plane', 'kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', ...own);
  const apply = async (object: object): Promise<void> => {
    const argv = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', 'apply', '--filename', '-'];
    await execa('docker', ['exec', '--interactive', node('control-plane'), ...argv], { input: JSON.stringify(object) });
  };
  await kubectl('label', 'node', node('worker'), 'skipbeat.dev/faults=allowed');
  const uid = await kubectl('get', 'namespace', 'kube-system', '--output', 'jsonpath={.metadata.uid}');
  const context = `kind-${name}`;
  const [, server = ''] = /server: (\S+)/.exec(readFileSync(kubeconfig, 'utf8')) ?? [];
  const named = `--context ${context} --kubeconfig ${kubeconfig}`;
  // Nodes of a built image hold no agnhost with a shell; their kube-proxy's image has one, and nsenter.
  const { source, kubernetesVersion } = environment.nodeImage;
  const agent = source === 'built' ? ['--agent-image', `registry.k8s.io/kube-proxy:${kubernetesVersion}`] : [];
  const loadImage = `skipbeat-load-${word}:test`;
  let hasLoadImage = false;
  const withLoad = async (): Promise<readonly string[]> => {
    if (!hasLoadImage) await makeBase(loadImage);
    hasLoadImage = true;
    // Generators are on workers that no fault hits.
    const to = ['--name', name, '--nodes', free.map(node).join(',')];
    await execa(environment.kind.path, ['load', 'docker-image', ...to, loadImage]);
    return [
      ...['--load-from', 'pod', '--load-image', loadImage],
      ...['--workload-image', environment.nodeImage.workloadImage],
    ];
  };
  const objects = async (): Promise<readonly string[]> => {
    const kinds = (await kubectl('api-resources', '--verbs=list', '--output=name'))
      .split('\n')
      .filter((kind) => !kind.startsWith('events') && !kind.startsWith('componentstatuses'));
    const columns = 'K:.kind,NS:.metadata.namespace,N:.metadata.name,U:.metadata.uid,L:.metadata.labels,T:.spec.taints';
    const table = await kubectl('get', kinds.join(','), '--all-namespaces', `--output=custom-columns=${columns}`);
    return table.split('\n');
  };
  const onNode = async (short: string): Promise<readonly string[]> => {
    const left =
      'ls -d /run/skipbeat* 2> /dev/null; systemctl list-units --all --no-legend --plain "skipbeat-agent*"; iptables-save | grep -e "--comment skipbeat-"; ip6tables-save | grep -e "--comment skipbeat-"; true';
    const processes = 'ps -e --no-headers --format comm,stat | sed "s/\\(T\\|[A-Z]\\).*$/\\1/" | sort | uniq -c';
    const kubelet = 'systemctl show --property ActiveState --value kubelet.service';
    const [files, kubelets] = [await inNode(short, 'sh', '-c', left), await inNode(short, 'sh', '-c', kubelet)];
    const stopped = (await inNode(short, 'bash', '-o', 'pipefail', '-c', processes))
      .split('\n')
      .filter((line) => / T$/.test(line));
    const agents = await inNode(
      short,
      'bash',
      '-o',
      'pipefail',
      '-c',
      'ps -e --no-headers --format args | sed -n "/skipbeat-[a]gent/p"',
    );
    return [files, kubelets, ...stopped, agents].map((text) => `${short}: ${text}`);
  };
  const everything = async (): Promise<readonly string[]> => [
    ...(await objects()),
    ...(await Promise.all(['control-plane', 'worker', ...free].map(onNode))).flat(),
  ];
  // A lease is made seconds after its node: what a cluster still makes of itself is no run's.
  let seen = '';
  const isStable = async (): Promise<boolean> => {
    const [before, now] = [seen, (await everything()).join('\n')];
    seen = now;
    return before === now && (now.match(/^Lease +kube-node-lease/gm) ?? []).length === roles.length;
  };
  await until('the cluster to be as it stays', isStable, 120_000);
  return {
    ...{ name, context, kubeconfig, server, named, uid, node, kubectl, apply, agent, withLoad },
    everything,
    on: (...own) => ['--context', context, '--kubeconfig', kubeconfig, ...own],
    standsStill: async () => (await kubeletState(node('worker'))).startsWith('T'),
    inWorker: (script) => execa('docker', ['exec', node('worker'), 'sh', '-c', script]),
    start: (...own) => start(place, own, noEngine),
    allowed: ['--nodes', 'skipbeat.dev/faults=allowed', '--cluster-uid', uid, ...agent],
    remove: async () => {
      await execa(environment.kind.path, ['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig]);
      if (hasLoadImage) await execa('docker', ['image', 'rm', loadImage]);
    },
  };
};

/** A scenario with one fault on one worker, as a file. */
export const oneFault = (place: Place, kind: string, seconds: number, more: object = {}): string => {
  const file = join(place.folder, `${kind}-${seconds}${'load' in more ? '-load' : ''}.yaml`);
  const scenario = {
    name: `${kind}-${seconds}`,
    title: 'One fault on one worker',
    profile: 'default',
    cluster: { topology: 'single', kubernetes: defaultKubernetes },
    phases: [
      { steady: '3s' },
      { fault: `${seconds}s`, inject: [{ kind, target: { nodes: ['worker'] } }] },
      { recover: { within: '90s' } },
    ],
    expect: [{ figure: 'nodes.notReadyTransitions', max: 0 }],
    ...more,
  };
  writeFileSync(file, stringify(scenario));
  return file;
};

/** What is asked of a scenario with a load. */
export const asked = {
  workload: { replicas: 2 },
  load: { ratePerSecond: 50, connection: 'fresh', timeout: '1s' },
  expect: [{ figure: 'requests.refused', max: 0 }],
} as const;

export const documentOf = (out: string) => JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
