// deploy/sweep-job.yaml as it is handed out, by the commands of its own head. The cluster is made by plain kind; a folder of
// this machine stands for the file system that the pods of a larger cluster would share.
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { packageVersion } from '../../src/common/package.ts';
import { defaultKubernetes, requireKind } from '../../src/setup/index.ts';
import { clusterName, makePlace, skipbeat, until } from './support/harness.ts';
import { buildImage } from './support/image.ts';

const place = makePlace();
// Without our prefix: no cluster of skipbeat.
const cluster = clusterName('sweep').replace(/^skipbeat-/, 'others-');
const image = `${cluster}:test`;
const results = join(place.folder, 'results');
const kubeconfig = join(place.folder, 'kubeconfig');
const published = readFileSync(new URL('../../deploy/sweep-job.yaml', import.meta.url), 'utf8');
/** What its head says to type. */
const [applyIt = '', awaitShards = '', beginMerge = '', awaitMerge = ''] = [
  ...published.matchAll(/^# {3}(kubectl .*)$/gm),
].map(([, command]) => (command ?? '').replace('--timeout=1h', '--timeout=10m'));

type Job = { readonly spec: { readonly template: { readonly spec: { readonly containers: [{ args: string[] }] } } } };
/** The pods' arguments, but for what makes it a shard of four. */
const sweepArgs = (manifest: string): readonly string[] => {
  const [, job] = parseAllDocuments(manifest).map((one): unknown => one.toJS()) as [unknown, Job];
  return job.spec.template.spec.containers[0].args.filter((one) => !/^--(shard|out|workers)=/.test(one));
};

let kind = '';
let removeImage: (() => Promise<void>) | null = null;

/** A line of a shell on the control plane, which has kubectl; the manifest lies in its working folder. */
const type = async (line: string): Promise<string> => {
  const shell = ['--workdir', '/kind', '--env', 'KUBECONFIG=/etc/kubernetes/admin.conf', `${cluster}-control-plane`];
  return (await execa('docker', ['exec', ...shell, 'sh', '-c', line])).stdout;
};

const inNode = async (text: string, file: string): Promise<void> => {
  const from = join(place.folder, file);
  writeFileSync(from, text);
  await execa('docker', ['cp', from, `${cluster}-control-plane:/kind/${file}`]);
};

beforeAll(async () => {
  removeImage = await buildImage(image);
  mkdirSync(results);
  const config = join(place.folder, 'kind.yaml');
  const worker = { role: 'worker', extraMounts: [{ hostPath: results, containerPath: '/results' }] };
  const nodes = [{ role: 'control-plane' }, worker, worker, worker, worker];
  writeFileSync(config, JSON.stringify({ kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4', nodes }));
  const environment = await requireKind(defaultKubernetes);
  kind = environment.kind.path;
  const own = ['--image', environment.nodeImage.reference, '--config', config, '--kubeconfig', kubeconfig];
  await execa(kind, ['create', 'cluster', '--name', cluster, ...own, '--wait', '5m']);
  await execa(kind, ['load', 'docker-image', image, '--name', cluster]);
}, 900_000);
afterAll(async () => {
  if (kind !== '') await execa(kind, ['delete', 'cluster', '--name', cluster, '--kubeconfig', kubeconfig]);
  await removeImage?.();
  place.remove();
}, 120_000);

/** Applies it, and gives its claim a volume: this cluster has nothing that provides one. */
const apply = async (manifest: string): Promise<void> => {
  const shipped = `image: skipbeat:${packageVersion()}\n`;
  expect(manifest.split(shipped)).toHaveLength(3);
  await inNode(manifest.replaceAll(shipped, `image: ${image}\n`), 'sweep-job.yaml');
  await type(applyIt);
  const storageClassName = await type("kubectl get pvc skipbeat-sweep --output jsonpath='{.spec.storageClassName}'");
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'shared' },
    spec: {
      ...{ accessModes: ['ReadWriteMany'], capacity: { storage: '1Gi' }, storageClassName },
      claimRef: { namespace: 'default', name: 'skipbeat-sweep' },
      hostPath: { path: '/results', type: 'Directory' },
    },
  };
  await inNode(JSON.stringify(volume), 'volume.json');
  await type('kubectl apply -f volume.json');
};

/** @returns what the last pod printed */
const awaitComplete = async (): Promise<string> => {
  await type(awaitShards);
  await type(beginMerge);
  return type(awaitMerge);
};

/** The same sweep in one process of this machine: what it wrote, and what it printed. */
const onOneMachine = async (manifest: string): Promise<{ readonly json: string; readonly table: string }> => {
  const out = join(place.folder, 'whole.json');
  const { exitCode, stdout, stderr } = await skipbeat(place, [...sweepArgs(manifest), `--out=${out}`]);
  expect(exitCode, stderr).toBe(0);
  return { json: readFileSync(out, 'utf8'), table: stdout };
};

type Pod = { readonly shard: string; readonly node: string; readonly phase: string };
const pods = async (): Promise<readonly Pod[]> => {
  const index = '.metadata.annotations.batch\\.kubernetes\\.io/job-completion-index';
  const columns = `custom-columns=S:${index},N:.spec.nodeName,P:.status.phase`;
  const listed = await type(`kubectl get pods -l job-name=skipbeat-sweep --no-headers --output '${columns}'`);
  const rows = listed.split('\n').map((row) => row.trim().split(/\s+/));
  return rows.map(([shard = '', node = '', phase = '']) => ({ shard, node, phase }));
};

// Also at a second try: neither the jobs nor the files of the first one.
beforeEach(async () => {
  await inNode(published, 'sweep-job.yaml');
  await type('kubectl delete --ignore-not-found -f sweep-job.yaml && kubectl delete --ignore-not-found pv shared');
  for (const name of readdirSync(results)) rmSync(join(results, name), { recursive: true });
  chownSync(results, 65532, 65532);
});

test('four pods, each with a shard, and a fifth that joins them give the bytes of one machine', async () => {
  await apply(published);
  const printed = await awaitComplete();
  const ended = await pods();
  expect(ended.map(({ shard, phase }) => [shard, phase]).sort()).toEqual(
    ['0', '1', '2', '3'].map((shard) => [shard, 'Succeeded']),
  );
  expect(new Set(ended.map(({ node }) => node)).size).toBeGreaterThan(1);
  expect(readdirSync(results).sort()).toEqual(['0.json', '1.json', '2.json', '3.json', 'sweep.json']);
  const complete = await onOneMachine(published);
  expect(readFileSync(join(results, 'sweep.json'), 'utf8')).toBe(complete.json);
  expect(printed).toContain(complete.table);
});

test('a pod that is removed in the middle is made again, goes on where it was, and changes no byte', async () => {
  const longer = published.replace('--repeats=20', '--repeats=200');
  await apply(longer);
  const kept = join(results, '0.json.partial');
  const finished = (): number => (existsSync(kept) ? readFileSync(kept, 'utf8').trimEnd().split('\n').length - 1 : 0);
  await until('a part of the first shard is finished', async () => finished() > 0, 120_000);
  await type('kubectl delete pod -l batch.kubernetes.io/job-completion-index=0 --now');
  expect(existsSync(join(results, '0.json'))).toBe(false);
  await awaitComplete();
  const said = await type('kubectl logs -l batch.kubernetes.io/job-completion-index=0 --tail=-1');
  expect(said).toMatch(/^\d+ parts? of it finished before: going on$/m);
  expect(readFileSync(join(results, 'sweep.json'), 'utf8')).toBe((await onOneMachine(longer)).json);
});
