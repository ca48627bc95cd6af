import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { relayEngine } from '../support/engine.ts';
import {
  clusterName,
  containers,
  fixture,
  kubeletState,
  leftovers,
  makePlace,
  skipbeat,
  start,
  until,
} from '../support/harness.ts';
import { interruptedAt, killedAt } from '../support/interrupted.ts';
import { killedOn } from '../support/undo-matrix.ts';

const cluster = clusterName('undo');
const workers = [`${cluster}-worker`, `${cluster}-worker2`];
const stateOfBoth = async (): Promise<string> => (await Promise.all(workers.map(kubeletState))).join(' ');

describe('on a cluster that was kept', () => {
  const place = makePlace();
  const runOn = (scenario: string) => start(place, ['run', fixture(scenario), '--cluster', cluster, '--keep-cluster']);

  beforeAll(async () => {
    const made = await skipbeat(place, ['run', fixture('short'), '--cluster', cluster, '--keep-cluster']);
    expect(made.all).toContain(`Cluster ${cluster} was kept`);
    expect(made.exitCode).toBe(0);
  });
  afterAll(async () => {
    await skipbeat(place, ['cleanup', '--cluster', cluster]);
    place.remove();
  });

  test('its kubeconfig is our own, readable by its owner alone', async () => {
    const { stdout } = await execa('stat', ['--format', '%a', `${place.state}/clusters/${cluster}/kubeconfig`]);
    expect(stdout).toBe('600');
  });

  test.each([
    ['steady', 'interrupted', '… steady'],
    ['fault', 'interrupted', 'in place'],
    ['recover', 'recovering', '… recover'],
  ])('Ctrl-C in the phase %s undoes, ends with 130 and leaves nothing but the cluster', async (_, scenario, sign) => {
    const running = runOn(scenario);
    await running.shown(sign);
    running.child.kill('SIGINT');
    const ended = await running.child;
    expect(ended.all).toContain('SIGINT: undoing what this run did');
    expect(ended.all).toContain('INTERRUPTED  Interrupted by SIGINT; everything this run did was undone.');
    expect(ended.exitCode).toBe(130);
    expect(await stateOfBoth()).not.toContain('T');
    expect(leftovers(place)).toEqual([cluster]);
  });

  test('SIGTERM in the fault ends with 143 and undoes as well', async () => {
    const running = runOn('interrupted');
    await running.shown('in place');
    running.child.kill('SIGTERM');
    expect((await running.child).exitCode).toBe(143);
    expect(await stateOfBoth()).not.toContain('T');
    expect(leftovers(place)).toEqual([cluster]);
  });

  test("killed in the fault, the dead-man's switch alone lets the kubelets go on", async () => {
    const running = runOn('interrupted');
    await running.shown('in place');
    expect(await stateOfBoth()).toBe('T (stopped) T (stopped)');
    running.child.kill('SIGKILL');
    await running.child;
    await until('both kubelets running', async () => !(await stateOfBoth()).includes('T'), 20_000);
  });

  test('until cleanup has run, the next run refuses the cluster and says what to do', async () => {
    const refused = await skipbeat(place, ['run', fixture('short'), '--cluster', cluster]);
    expect(refused.exitCode).toBe(75);
    expect(refused.all).toContain(`CLUSTER_UNCLEAN  Cluster ${cluster}: run `);
    expect(refused.all).toContain('Try: npm run skipbeat -- cleanup');
  });

  test('cleanup --dry-run lists and does nothing; cleanup undoes and empties the journal; again finds nothing', async () => {
    const dryRun = await skipbeat(place, ['cleanup', '--dry-run']);
    expect(dryRun.stdout).toContain(`would   fault kubelet-pause-1 on ${cluster}: would be undone`);
    expect(leftovers(place)).toHaveLength(2);
    const cleaned = await skipbeat(place, ['cleanup']);
    expect(cleaned.stdout).toContain(`done    fault kubelet-pause-1 on ${cluster}: ${cluster}-worker: kubelet`);
    expect(cleaned.exitCode).toBe(0);
    expect(leftovers(place)).toEqual([cluster]);
    const again = await skipbeat(place, ['cleanup']);
    expect(again.stdout).not.toMatch(/^\S+ +fault /m);
  });

  test("with the dead-man's switch gone too, cleanup alone restores the kubelets", async () => {
    const running = runOn('interrupted');
    await running.shown('in place');
    for (const node of workers) await execa('docker', ['exec', node, 'pkill', '-KILL', '-f', 'skipbeat-guard']);
    running.child.kill('SIGKILL');
    await running.child;
    expect(await stateOfBoth()).toBe('T (stopped) T (stopped)');
    const cleaned = await skipbeat(place, ['cleanup']);
    expect(cleaned.exitCode).toBe(0);
    expect(await stateOfBoth()).not.toContain('T');
    expect(leftovers(place)).toEqual([cluster]);
  });

  test('a second run on the same cluster while one runs is refused with the reason, and the first is not disturbed', async () => {
    const first = runOn('interrupted');
    await first.shown('… steady');
    const second = await skipbeat(place, ['run', fixture('short'), '--cluster', cluster]);
    expect(second.exitCode).toBe(75);
    expect(second.all).toContain(
      `CLUSTER_BUSY  Cluster ${cluster}: expected to have it alone, found process ${first.child.pid}`,
    );
    const cleanup = await skipbeat(place, ['cleanup', '--cluster', cluster]);
    expect(cleanup.exitCode).toBe(75);
    expect(cleanup.all).toContain(
      `CLUSTER_BUSY  Cluster ${cluster}: expected to have it alone, found process ${first.child.pid}`,
    );
    await first.shown('in place');
    first.child.kill('SIGINT');
    expect((await first.child).exitCode).toBe(130);
  });

  test('an engine that stops in the middle: exit 75 with the reason; when it is back, cleanup takes up what was left', async () => {
    const engine = await relayEngine();
    const out = join(place.folder, 'engine');
    const args = ['run', fixture('interrupted'), '--cluster', cluster, '--keep-cluster', '--out', out];
    const running = start(place, args, { DOCKER_HOST: engine.host });
    await running.shown('… steady');
    await engine.stop();
    const ended = await running.child;
    expect(ended.all).toContain('ENGINE_LOST  The container engine stopped answering during the run');
    expect(ended.all).toContain('npm run skipbeat -- cleanup');
    expect(ended.exitCode).toBe(75);
    const document = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { verdict: string };
    expect(document.verdict).toBe('inconclusive');
    expect(leftovers(place)).toHaveLength(2);
    const cleaned = await skipbeat(place, ['cleanup']);
    expect(cleaned.exitCode).toBe(0);
    expect(leftovers(place)).toEqual([cluster]);
  });

  test('a disk that fills up while recording ends the run with 75, after its undo', async () => {
    const out = join(place.folder, 'small-disk');
    mkdirSync(out);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', out]);
    try {
      const args = ['run', fixture('interrupted'), '--cluster', cluster, '--keep-cluster', '--out', out];
      const running = start(place, args);
      await running.shown('in place');
      await execa('dd', ['if=/dev/zero', `of=${join(out, 'ballast')}`, 'bs=1k', 'count=1000'], { reject: false });
      const ended = await running.child;
      expect(ended.all).toContain(`RECORD_FAILED  The evidence could not be written to ${out}: ENOSPC`);
      expect(ended.exitCode).toBe(75);
      expect(await stateOfBoth()).not.toContain('T');
      expect(leftovers(place)).toEqual([cluster]);
    } finally {
      await execa('umount', [out]);
    }
  });

  test('a plan with other nodes is refused, naming each difference, and the cluster stays', async () => {
    const refused = await skipbeat(place, [
      'run',
      fixture('short'),
      '--cluster',
      cluster,
      '--set',
      'cluster.workers=1',
    ]);
    expect(refused.exitCode).toBe(75);
    expect(refused.all).toContain(`CLUSTER_DIFFERS  Cluster ${cluster} cannot be used for this plan.`);
    expect(refused.all).toContain('workers: expected 1, found 2');
    expect(await containers(`${cluster}-`)).toHaveLength(3);
  });

  // The one boundary at which every fault stands in its node; the others, and what takes long to come back, run nightly.
  killedOn(cluster, place, ['while it stands'], 'quick');

  test('cleanup leaves a kept cluster alone, and removes it when it is named', async () => {
    const kept = await skipbeat(place, ['cleanup']);
    expect(kept.stdout).toContain(`left    cluster ${cluster}: kept on purpose`);
    const removed = await skipbeat(place, ['cleanup', '--cluster', cluster]);
    expect(removed.stdout).toContain(`done    cluster ${cluster}: removed (3 containers)`);
    expect(await containers(`${cluster}-`)).toEqual([]);
    expect(leftovers(place)).toEqual([]);
  });
});

describe('on a cluster of its own', () => {
  test('Ctrl-C in the step cluster ends with 130 and leaves nothing', () => interruptedAt('… cluster'));

  test('kill -9 while kind creates the cluster, then cleanup: no container, no kubeconfig, no journal entry', () =>
    killedAt('… cluster'));
});
