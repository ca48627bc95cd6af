// Bring-up until the Service answers through every node: skipbeat's own way beside what one would do by hand, which is
// `kind create cluster --wait` and a roll-out of the same workload. In turns on the same machine; medians and ratio.
//   npm run bench:bring-up -- --repeats 3

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { requireKind } from '../src/setup/index.ts';

const { values } = parseArgs({ options: { repeats: { type: 'string', default: '3' } } });
const repeats = Number(values.repeats);
if (!Number.isInteger(repeats) || repeats < 1)
  throw new Error(`--repeats: expected an integer from 1, received ${values.repeats}`);

const root = fileURLToPath(new URL('../', import.meta.url));
const { kind, nodeImage } = await requireKind('v1.34');
const folder = mkdtempSync(join(tmpdir(), 'skipbeat-bench-'));
const name = 'bench-plain';
const kubeconfig = join(folder, 'kubeconfig');

const workload = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'skipbeat' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'beat', namespace: 'skipbeat' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'beat' } },
      template: {
        metadata: { labels: { app: 'beat' } },
        spec: {
          containers: [
            {
              name: 'netexec',
              image: nodeImage.workloadImage,
              imagePullPolicy: 'IfNotPresent',
              args: ['netexec', '--http-port=8080'],
              readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'beat', namespace: 'skipbeat' },
    spec: { type: 'NodePort', selector: { app: 'beat' }, ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] },
  },
];
const config = {
  kind: 'Cluster',
  apiVersion: 'kind.x-k8s.io/v1alpha4',
  nodes: [{ role: 'control-plane' }, { role: 'worker' }, { role: 'worker' }],
  kubeadmConfigPatches: ['kind: KubeletConfiguration\nfailCgroupV1: false\n'],
};

const answers = (host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const signal = AbortSignal.timeout(1000);
    get({ host, port: 30080, path: '/', agent: false, signal }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
    }).once('error', () => resolve(false));
  });

/** By hand. @returns seconds until the Service answers through every node */
const plain = async (): Promise<number> => {
  const startedAt = performance.now();
  const path = join(folder, 'kind.yaml');
  writeFileSync(path, stringify(config));
  const options = ['--image', nodeImage.reference, '--config', path, '--kubeconfig', kubeconfig, '--wait', '300s'];
  try {
    await execa(kind.path, ['create', 'cluster', '--name', name, ...options]);
    const kubectl = ['exec', '-i', `${name}-control-plane`, 'kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf'];
    const input = workload.map((object) => stringify(object)).join('---\n');
    await execa('docker', [...kubectl, 'apply', '-f', '-'], { input });
    await execa('docker', [...kubectl, '-n', 'skipbeat', 'rollout', 'status', 'deployment/beat', '--timeout=180s']);
    const format = '{{.NetworkSettings.Networks.kind.IPAddress}}';
    const nodes = [`${name}-control-plane`, `${name}-worker`, `${name}-worker2`];
    const { stdout } = await execa('docker', ['inspect', '--format', format, ...nodes]);
    for (const host of stdout.split('\n')) while (!(await answers(host)));
    return (performance.now() - startedAt) / 1000;
  } finally {
    await execa(kind.path, ['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig]);
  }
};

/** skipbeat's way, read from the timeline of a run: from its start to the end of the step `workload`. */
const ours = async (): Promise<number> => {
  const out = mkdtempSync(join(folder, 'run-'));
  const scenario = join(root, 'test/fixtures/scenarios/short.yaml');
  await execa(process.execPath, [join(root, 'src/main.ts'), 'run', scenario, '--backend', 'kind', '--out', out]);
  const events = readFileSync(join(out, 'events.ndjson'), 'utf8').split('\n');
  const end = events.find((line) => line.includes('"step.ended"') && line.includes('"workload"'));
  if (end === undefined) throw new Error(`no end of the step workload in ${out}`);
  return (JSON.parse(end) as { atMs: number }).atMs / 1000;
};

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

const seen = { plain: [] as number[], ours: [] as number[] };
try {
  for (let turn = 0; turn < repeats; turn += 1) {
    // Who goes first changes with each turn, so that a drift of the machine favours nobody.
    for (const who of turn % 2 === 0 ? (['plain', 'ours'] as const) : (['ours', 'plain'] as const)) {
      const seconds = await (who === 'plain' ? plain() : ours());
      seen[who].push(seconds);
      process.stdout.write(
        `  ${who === 'plain' ? 'kind create --wait + roll-out' : 'skipbeat                     '}  ${seconds.toFixed(1)} s\n`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const ratio = median(seen.ours) / median(seen.plain);
process.stdout.write(
  `medians of ${repeats}: by hand ${median(seen.plain).toFixed(1)} s, skipbeat ${median(seen.ours).toFixed(1)} s, ratio ${ratio.toFixed(2)}\n`,
);
