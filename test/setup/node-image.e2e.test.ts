import { beforeAll, describe, expect, test } from 'vitest';
import { hostExec } from '../../src/node/index.ts';
import { defaultKubernetes, type KindEnvironment, requireKind } from '../../src/setup/index.ts';

let environment: KindEnvironment;

beforeAll(async () => {
  environment = await requireKind(defaultKubernetes);
});

const inImage = (...argv: [string, ...string[]]) => {
  const [program, ...args] = argv;
  const { reference } = environment.nodeImage;
  const run = ['docker', 'run', '--rm', '--network', 'none', '--entrypoint', program] as const;
  return hostExec({ argv: [...run, reference, ...args], timeoutMs: 60_000 });
};

describe('the node image that set-up provides', () => {
  test('runs the Kubernetes version it says', async () => {
    const { kubernetesVersion } = environment.nodeImage;
    expect(kubernetesVersion.startsWith(`${defaultKubernetes}.`)).toBe(true);
    expect((await inImage('kubelet', '--version')).stdout).toBe(`Kubernetes ${kubernetesVersion}`);
    expect((await inImage('kubeadm', 'version', '--output', 'short')).stdout).toBe(kubernetesVersion);
    expect((await inImage('cat', '/kind/version')).stdout).toBe(kubernetesVersion);
  });

  test('holds the programs that faults and observers run on a node', async () => {
    const programs = [
      'bash',
      'systemctl',
      'containerd',
      'iptables',
      'conntrack',
      'ip',
      'tc',
      'ss',
      'ps',
      'pgrep',
      'jq',
    ];
    const script = 'for name in "$@"; do command -v "$name" >/dev/null || echo "$name"; done';
    const result = await inImage('sh', '-c', script, 'sh', ...programs);
    expect([result.exitCode, result.stdout]).toEqual([0, '']);
  });
});
