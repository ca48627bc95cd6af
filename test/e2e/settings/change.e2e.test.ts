import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeSettings, inspectCluster, kubeconfigPath, loadClient, openAccess } from '../../../src/cluster/index.ts';
import { openJournal } from '../../../src/journal/index.ts';
import { containerExec, hostExec } from '../../../src/node/index.ts';
import type { Plan } from '../../../src/plan/index.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { clusterName, containers, fixture, leftovers, makePlace, skipbeat, until } from '../support/harness.ts';

const place = makePlace();
const cluster = clusterName('change');
const controlPlane = `${cluster}-control-plane`;

const onNode = async (node: string, ...command: readonly string[]): Promise<string> =>
  (await execa('docker', ['exec', node, ...command])).stdout;
const kubectl = (...args: readonly string[]): Promise<string> =>
  onNode(controlPlane, 'kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', ...args);

const commandLine = async (program: string): Promise<readonly string[]> =>
  (await onNode(controlPlane, 'sh', '-c', `tr '\\0' '\\n' < /proc/$(pgrep -o -f "^${program} ")/cmdline`))
    .split('\n')
    .filter((word) => word !== '')
    .sort();

/** All that a profile can change in a cluster, as its living processes and objects have it. */
const everything = async () => ({
  controllerManager: await commandLine('kube-controller-manager'),
  apiServer: await commandLine('kube-apiserver'),
  kubelets: await Promise.all(
    [controlPlane, `${cluster}-worker`, `${cluster}-worker2`].map((node) =>
      kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/configz`).then((text) => JSON.parse(text) as unknown),
    ),
  ),
  tolerations: [
    ...new Set(
      (
        await kubectl(
          'get',
          'pods',
          '-n',
          'skipbeat',
          '-o',
          'jsonpath={range .items[*]}{.spec.tolerations}{"\\n"}{end}',
        )
      )
        .split('\n')
        .filter((line) => line !== ''),
    ),
  ],
});

const run = (scenario: string, profile: string, folder: string, steadyFor?: string) =>
  skipbeat(place, [
    ...['run', scenario, '--cluster', cluster, '--keep-cluster'],
    ...['--profile', profile, '--out', join(place.folder, folder)],
    ...(steadyFor === undefined ? [] : ['--set', `phases.0.steady=${steadyFor}`]),
  ]);

const documentOf = (folder: string): RunDocument =>
  JSON.parse(readFileSync(join(place.folder, folder, 'run.json'), 'utf8')) as RunDocument;

/** What a run noted of the cluster, without the times that it took and how many pods it concerned; and what came of reading all settings back. */
const changeOf = (folder: string): readonly unknown[] => {
  const events = readFileSync(join(place.folder, folder, 'events.ndjson'), 'utf8')
    .trim()
    .split('\n');
  const notes = events.map((line) => JSON.parse(line) as TimelineEvent).filter((event) => event.type === 'note');
  return [
    ...notes
      .filter(({ text }) => text.startsWith(cluster))
      .map(({ text }) => text.replaceAll(/\d+\.\d s/g, '… s').replace(/\d+ pods/, '… pods')),
    documentOf(folder).steps.find(({ name }) => name === 'cluster')?.detail,
  ];
};

describe('a living cluster changes its profile in place', () => {
  let fresh: Awaited<ReturnType<typeof everything>> | undefined;

  beforeAll(async () => {
    const made = await run(fixture('short'), 'tight-grace', 'made');
    expect(made.exitCode).toBe(0);
    fresh = await everything();
  });
  afterAll(async () => {
    await skipbeat(place, ['cleanup', '--cluster', cluster]);
    place.remove();
  });

  test('to the defaults, and says what it changed', async () => {
    const changed = await run('default', 'default', 'default', '3s');
    expect(changed.exitCode, changed.all).toBe(0);
    expect(changeOf('default')).toEqual([
      `${cluster} changed in place to default: controller manager, API server and 3 kubelets in … s; … pods made anew for their tolerations in … s`,
      'changed in place; settings read back as configured (7 of 7)',
    ]);
    const now = await everything();
    expect(now.controllerManager.filter((word) => word.startsWith('--node-monitor'))).toEqual([]);
    expect(now.apiServer.filter((word) => word.startsWith('--default-'))).toEqual([]);
    expect(now.tolerations.map((text) => JSON.parse(text))).toEqual([
      ['not-ready', 'unreachable'].map((taint) => ({
        ...{ effect: 'NoExecute', key: `node.kubernetes.io/${taint}`, operator: 'Exists', tolerationSeconds: 300 },
      })),
    ]);
    expect(await containers(`${cluster}-`)).toHaveLength(3);
  });

  test('under which the same pause harms nobody: no NotReady, nothing refused, nothing evicted', () => {
    const document = documentOf('default');
    expect([document.reasons, document.verdict]).toEqual([[], 'pass']);
    expect(document.settings).toMatchObject({ attested: true, differences: [] });
    expect(document.faults).toMatchObject([{ attested: true, undone: true }]);
    expect(document.prediction.flap).toBe('impossible');
    expect(document.nodes.notReadyTransitions).toBe(0);
    expect(document.requests.refused).toBe(0);
    expect(document.pods.evicted).toBe(0);
    expect(document.timing.firstNotReadyMs).toBeNull();
    expect(document.requests.ok).toBeGreaterThan(0);
  });

  test('and back, and the same scenario then shows what it shows on a cluster that was made with the profile', async () => {
    // Writes are counted in its steady phase, which is as long as the scenario has it.
    const changed = await run('tight-grace', 'tight-grace', 'back');
    expect(changeOf('back'), changed.all).toEqual([
      `${cluster} changed in place to tight-grace: controller manager, API server and 3 kubelets in … s; … pods made anew for their tolerations in … s`,
      'changed in place; settings read back as configured (7 of 7)',
    ]);
    const document = documentOf('back');
    expect(document.settings).toMatchObject({ attested: true, differences: [] });
    expect(document.nodes.notReadyTransitions).toBeGreaterThanOrEqual(2);
    expect(document.requests.refused).toBeGreaterThan(0);
    expect(document.expectations.every(({ held }) => held)).toBe(true);
    expect(await everything()).toEqual(fresh);
  });

  test('heartbeat writes that the API server counted are those that the watches saw', () => {
    const { writes, findings } = documentOf('back');
    expect(writes.apiServer?.leases.seen).toBeGreaterThan(0);
    const { counted, seen } = writes.apiServer?.leases ?? { counted: null, seen: null };
    expect(Math.abs((counted ?? Number.NaN) - (seen ?? Number.NaN))).toBeLessThanOrEqual(
      writes.apiServer?.tolerance ?? 0,
    );
    expect(findings.filter((finding) => finding.includes('the API servers counted'))).toEqual([]);
  });

  test('a controller manager that does not come back gets its old manifest again, and its logs are kept', async () => {
    process.env.SKIPBEAT_STATE_DIR = place.state;
    const plan = JSON.parse(readFileSync(join(place.folder, 'back/plan.json'), 'utf8')) as Plan;
    const broken: Plan = {
      ...plan,
      profile: {
        ...plan.profile,
        controllerManagerArgs: { ...plan.profile.controllerManagerArgs, 'no-such-flag': 'x' },
      },
    };
    const inspected = await inspectCluster(hostExec, cluster);
    if (inspected === null) throw new Error('the cluster is gone');
    const access = openAccess(await loadClient(), kubeconfigPath(cluster), null);
    const exec = containerExec(hostExec);
    const { signal } = new AbortController();
    const journal = openJournal('broken', null, null);
    const manifest = '/etc/kubernetes/manifests/kube-controller-manager.yaml';
    const before = await onNode(controlPlane, 'cat', manifest);
    const logsFolder = join(place.folder, 'logs');
    const change = changeSettings({
      ...{ cluster: inspected, plan: broken, access, exec, journal, logsFolder, signal },
      timeoutMs: 20_000,
    });
    const log = join(logsFolder, 'change-control-plane.log');
    await expect(change).rejects.toMatchObject({
      ...{ code: 'SETTINGS_NOT_CHANGED', exitCode: 2, next: `read ${log}` },
    });
    expect(await onNode(controlPlane, 'cat', manifest)).toBe(before);
    expect(readFileSync(log, 'utf8')).toMatch(/ unknown flag: --no-such-flag$/m);
    journal.close();
    expect(leftovers(place)).toEqual([cluster]);
    const restored = async (): Promise<boolean> =>
      everything().then(
        (now) => JSON.stringify(now) === JSON.stringify(fresh),
        () => false,
      );
    await until('the old controller manager', restored, 120_000);
  });
});
