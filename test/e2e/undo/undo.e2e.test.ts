import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineLost, relayEngine } from '../support/engine.ts';
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
import { errorIn, goesByName, keptText, lastLines, linesOf, recordFailed, withoutNumbers } from '../support/said.ts';
import { killedOn } from '../support/undo-matrix.ts';

const cluster = clusterName('undo');
const workers = [`${cluster}-worker`, `${cluster}-worker2`];
const stateOfBoth = async (): Promise<string> => (await Promise.all(workers.map(kubeletState))).join(' ');

describe('on a cluster that was kept', () => {
  const place = makePlace();
  const newFolder = (): string => mkdtempSync(join(place.folder, 'try-'));
  const runOn = (scenario: string, out = newFolder()) =>
    start(place, ['run', fixture(scenario), '--cluster', cluster, '--keep-cluster', '--out', out]);
  /** The one run whose journal is there. */
  const runLeft = (): string => {
    const runs = readdirSync(join(place.state, 'journal'));
    expect(runs).toHaveLength(1);
    return String(runs);
  };
  const kept = `left    cluster ${cluster}: kept on purpose; ${goesByName(cluster)}`;

  beforeAll(async () => {
    const made = await skipbeat(place, ['run', fixture('short'), '--cluster', cluster, '--keep-cluster']);
    expect([made.exitCode, lastLines(made)], made.all).toEqual([0, keptText(cluster)]);
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
    const out = newFolder();
    const running = runOn(scenario, out);
    await running.shown(sign);
    running.child.kill('SIGINT');
    const ended = await running.child;
    expect(ended.stderr.split('\n').filter((line) => line.startsWith('SIG'))).toEqual([
      'SIGINT: undoing what this run did; once more leaves at once',
    ]);
    expect([ended.exitCode, errorIn(ended)]).toEqual([
      130,
      `INTERRUPTED  Interrupted by SIGINT; everything this run did was undone.\nWhat was seen until then: ${out}/\n${keptText(cluster)}`,
    ]);
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
    expect([refused.exitCode, refused.all]).toEqual([
      75,
      `CLUSTER_UNCLEAN  Cluster ${cluster}: run ${runLeft()} was killed on it and left something to undo.\nTry: npm run skipbeat -- cleanup`,
    ]);
  });

  test('cleanup --dry-run lists and does nothing; cleanup undoes and empties the journal; again finds nothing', async () => {
    const dryRun = await skipbeat(place, ['cleanup', '--dry-run']);
    // Beside its fault a run changes a setting of the node through which its requests come.
    const [fault, settings] = [`fault kubelet-pause-1 on ${cluster}`, `settings ${cluster}`];
    expect([dryRun.exitCode, linesOf(cluster, dryRun)]).toEqual([
      0,
      [`would   ${fault}: would be undone`, `would   ${settings}: would be restored`, kept],
    ]);
    expect(leftovers(place)).toEqual([runLeft(), cluster]);
    const cleaned = await skipbeat(place, ['cleanup']);
    expect([cleaned.exitCode, linesOf(cluster, cleaned).map(withoutNumbers)]).toEqual([
      0,
      [
        `done    ${fault}: ${workers.map((node) => `${node}: kubelet lives`).join('; ')}`,
        `done    ${settings}: restored on 1 node`,
        kept,
      ],
    ]);
    expect(leftovers(place)).toEqual([cluster]);
    const again = await skipbeat(place, ['cleanup']);
    expect([again.exitCode, linesOf(cluster, again)]).toEqual([0, [kept]]);
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
    const { pid } = first.child;
    const busy = `CLUSTER_BUSY  Cluster ${cluster}: expected to have it alone, found process ${pid} on ${hostname()} at work on it.`;
    const end = `end it (Ctrl-C there, or kill -TERM ${pid})`;
    expect([second.exitCode, second.all]).toEqual([
      75,
      `${busy}\nTry: wait for it to end, ${end}, or choose another name with --cluster`,
    ]);
    const cleanup = await skipbeat(place, ['cleanup', '--cluster', cluster]);
    expect([cleanup.exitCode, cleanup.all]).toEqual([
      75,
      `${busy}\nTry: wait for it to end, or ${end}, then run cleanup again`,
    ]);
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
    expect([ended.exitCode, errorIn(ended).replace(/(?<= as: ).*/, '…')]).toEqual([
      75,
      engineLost(engine.host, out, keptText(cluster)),
    ]);
    const document = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { verdict: string };
    expect(document.verdict).toBe('inconclusive');
    expect(leftovers(place)).toEqual([runLeft(), cluster]);
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
      expect([ended.exitCode, errorIn(ended)]).toEqual([75, recordFailed(out, keptText(cluster))]);
      expect(await stateOfBoth()).not.toContain('T');
      expect(leftovers(place)).toEqual([cluster]);
    } finally {
      await execa('umount', [out]);
    }
  });

  test('a plan with other nodes is refused, naming each difference, and the cluster stays', async () => {
    const out = newFolder();
    const args = ['run', fixture('short'), '--cluster', cluster, '--set', 'cluster.workers=1', '--out', out];
    const refused = await skipbeat(place, args);
    expect([refused.exitCode, errorIn(refused)]).toEqual([
      75,
      `CLUSTER_DIFFERS  Cluster ${cluster} cannot be used for this plan. workers: expected 1, found 2.
Try: npm run skipbeat -- cleanup --cluster ${cluster}   (deletes it), or choose another name with --cluster
What was seen until then: ${out}/`,
    ]);
    expect(await containers(`${cluster}-`)).toHaveLength(3);
  });

  // The one boundary at which every fault stands in its node; the others, and what takes long to come back, run nightly.
  killedOn(cluster, place, ['while it stands'], 'quick');

  test('cleanup leaves a kept cluster alone, and removes it when it is named', async () => {
    const cleaned = await skipbeat(place, ['cleanup']);
    expect([cleaned.exitCode, linesOf(cluster, cleaned)]).toEqual([0, [kept]]);
    const removed = await skipbeat(place, ['cleanup', '--cluster', cluster]);
    expect([removed.exitCode, removed.all]).toEqual([0, `done    cluster ${cluster}: removed (3 containers)`]);
    expect(await containers(`${cluster}-`)).toEqual([]);
    expect(leftovers(place)).toEqual([]);
  });
});

describe('on a cluster of its own', () => {
  test('Ctrl-C in the step cluster ends with 130 and leaves nothing', () => interruptedAt('… cluster'));

  test('kill -9 while kind creates the cluster, then cleanup: no container, no kubeconfig, no journal entry', () =>
    killedAt('… cluster'));
});
