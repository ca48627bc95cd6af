import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errnoOf } from '../../src/common/errors.ts';
import { hollowProcess } from '../../src/node/index.ts';
import type { RunDocument } from '../../src/verdict/index.ts';
import { clusterName, containers, fixture, leftovers, makePlace, skipbeat, start } from './support/harness.ts';
import { errorIn, goesByName, keptText, lastLines, linesOf, withoutNumbers } from './support/said.ts';

const cluster = clusterName('hollow');
const place = makePlace();
const kept = join(place.state, 'clusters', cluster);
/** As it begins: the rest says which cluster of that name. */
const folder = join(kept, 'hollow-');

/** kwok processes of this cluster, and relays before them, by the folder that is theirs alone. */
const processes = (): readonly string[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return argv.includes(folder) && (argv.includes('/kwok.yaml') || argv.includes('-relay.ask'));
      } catch (thrown) {
        if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ESRCH') return false;
        throw thrown;
      }
    });

/** Rules of faults in the node of the API server, by the mark that each has. */
const rules = async (): Promise<readonly string[]> => {
  const { stdout } = await execa('docker', ['exec', `${cluster}-control-plane`, 'iptables-save']);
  return stdout.split('\n').filter((line) => line.includes('--comment skipbeat-'));
};

/** Node objects and pods that are there, by name. */
const hollowObjects = async (): Promise<string> => {
  const kubectl = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf'];
  const args = ['get', 'nodes,pods', '--namespace', 'skipbeat', '--selector', 'skipbeat/hollow', '--output', 'name'];
  return (await execa('docker', ['exec', `${cluster}-control-plane`, ...kubectl, ...args])).stdout;
};

const documentOf = (text: string): RunDocument => {
  const [, run = ''] = /Evidence {2}(\S+)/.exec(text) ?? [];
  return JSON.parse(readFileSync(join(place.folder, run, 'run.json'), 'utf8')) as RunDocument;
};

/** What was seen of each fault, without what differs from run to run: numbers of processes, and who else renewed. */
const evidenceOf = ({ faults }: RunDocument): Readonly<Record<string, readonly string[]>> => {
  const known = (line: string): string => withoutNumbers(line).replace(/(?<= while those of others were: ).*/, '…');
  return Object.fromEntries(faults.map(({ id, evidence }) => [id, evidence.map(known)]));
};

afterAll(async () => {
  await skipbeat(place, ['cleanup', '--cluster', cluster]);
  place.remove();
});

test('kwok that is missing is an error before anything is made', async () => {
  const noCache = join(place.folder, 'no-cache');
  const refused = await skipbeat(place, ['run', fixture('hollow-stop'), '--backend', 'kind'], {
    SKIPBEAT_CACHE_DIR: noCache,
    PATH: `${process.env.HOME}/.cache/skipbeat/bin:${process.env.PATH}`,
  });
  expect([refused.exitCode, refused.all]).toEqual([
    75,
    `KWOK_UNUSABLE  Hollow nodes need kwok: expected kwok v0.8.0 at ${noCache}/bin/kwok-v0.8.0, found none.\nTry: npm run setup -- --hollow`,
  ]);
  expect(leftovers(place)).toEqual([]);
});

/** What holds of any run that lost 50 nodes, however fast its machine is. */
const expectDetection = ({ detection, nodes }: RunDocument): void => {
  if (detection === undefined) throw new Error('expected why detection was late, found nothing');
  expect(detection).toMatchObject({ lost: 50, requestsPerSecond: 20, burst: 30, why: null });
  expect(detection.nodes.map(({ which }) => which)).toEqual(['first', 'median', 'last']);
  for (const { node, lateMs, withinPassMs, parts, predictedLateMs } of detection.nodes) {
    expect(parts.grace.how).toBe('seen');
    expect(predictedLateMs?.p1).toBeGreaterThan(0);
    // Requests are counted by host alone; and the first of a pass, or one in a pass that is not known, has no time in it.
    expect(parts.controller).toMatchObject({ ms: null, why: expect.any(String) });
    if (withinPassMs === null) continue;
    const { grace, passes, rateLimiter, priorityLevel, requests } = parts;
    const sum = (some: readonly (number | null)[]): number =>
      some.reduce<number>((all, ms) => all + (ms ?? Number.NaN), 0);
    const inPass = [rateLimiter, priorityLevel, requests].map(({ ms }) => ms);
    expect(Math.min(...inPass.map((ms) => ms ?? Number.NaN))).toBeGreaterThanOrEqual(0);
    expect(sum(inPass), node).toBeCloseTo(withinPassMs ?? Number.NaN, 3);
    expect(sum([grace.ms, passes.ms, withinPassMs]), node).toBeCloseTo(lateMs, 3);
    expect(parts.rateLimiter.predicted?.p99).toBeGreaterThanOrEqual(parts.rateLimiter.predicted?.p1 ?? Number.NaN);
  }
  const counted = detection.counters;
  // Each loss is one such write, and was seen before the last reading began.
  expect(
    counted?.served?.find(({ verb, resource }) => `${verb} ${resource}` === 'PUT nodes/status')?.count,
  ).toBeGreaterThanOrEqual(50);
  expect(counted?.passes?.count).toBeGreaterThan(0);
  // Items that were taken out of the queue: taints share the rate limiter with the pass, and some still wait as the reading is made.
  expect(counted?.queues.node_lifecycle_controller?.items).toBeGreaterThan(0);
  expect(Object.keys(counted?.zones ?? {}).toSorted()).toEqual(['', 'a', 'b', 'c']);
  expect(counted?.flows?.map(({ schema }) => schema)).toContain('kube-system-service-accounts');
  expect(nodes.maxNotReady).toBe(50);
};

describe('on one cluster', () => {
  beforeAll(async () => {
    const args = ['run', fixture('hollow-storm'), '--backend', 'kind', '--cluster', cluster, '--keep-cluster'];
    const storm = await skipbeat(place, args);
    expect(lastLines(storm), storm.all).toBe(keptText(cluster));
    const document = documentOf(storm.all);
    expect([document.verdict, document.reasons, storm.exitCode]).toEqual(['pass', [], 0]);
    expectDetection(document);
    expect(storm.all).toContain('Why detection was late, beside the median of the model’s runs');
    // Renewals of nodes that were made together come together: the first is anywhere in the window of one node.
    expect(document.findings.join('\n')).toMatch(
      /^50 times a hollow node went NotReady, the first (?:39|4\d|5[0-5])\.\d s after the fault began, the median \d/m,
    );
    const [stopped, cut] = ['40 hollow nodes (hollow-1 to hollow-40)', '10 hollow nodes (hollow-41 to hollow-50)'];
    const silent = (nodes: string): string => `no lease of ${nodes} was renewed, while those of others were: …`;
    const dropped = (moment: 'start' | 'end') =>
      expect.stringMatching(
        new RegExp(
          `^10 hollow nodes \\(hollow-41 to hollow-50\\), ${moment}: present \\(2 of 2 rules; packets dropped: INPUT \\d+(?:, OUTPUT \\d+)?; canary through the relay not answered; nothing came down to it\\)$`,
        ),
      );
    expect(evidenceOf(document)).toEqual({
      'kubelet-pause-1': [
        `${stopped}, start: present (kwok is stopped, which keeps group-1)`,
        `${stopped}, end: present (kwok is stopped, which keeps group-1)`,
        silent(stopped),
        'undo: group-1: kwok lives, which keeps group-1',
      ],
      'partition-1': [
        dropped('start'),
        dropped('end'),
        silent(cut),
        'undo: control-plane: no rule of ours, all others as before',
      ],
    });
    expect(document.findings.join('\n')).toMatch(
      /^once partition-1 was undone 10 hollow nodes \(hollow-41 to hollow-50\) renewed their leases, the first after 1?\d\.\d s, the last after 1?\d\.\d s/m,
    );
  });

  test('a run of 100 leaves neither a process nor a Node object, and nothing to undo', async () => {
    expect(processes()).toEqual([]);
    expect(await hollowObjects()).toBe('');
    expect(leftovers(place)).toEqual([cluster]);
  });

  const begin = (scenario: string, ...more: readonly string[]) =>
    start(place, ['run', fixture(scenario), '--backend', 'kind', '--cluster', cluster, '--keep-cluster', ...more]);

  test('kwok that is killed in the middle makes the run inconclusive, by name', async () => {
    const out = join(place.folder, 'lost');
    const running = begin('hollow-stop', '--out', out);
    await running.shown('… steady');
    // The second group is hit by no fault.
    const [own = ''] = readdirSync(kept).filter((name) => name.startsWith('hollow-'));
    process.kill(hollowProcess(join(kept, own), 'group-2')?.pid ?? 0, 'SIGKILL');
    const ended = await running.child;
    // What kwok logs is its own.
    expect([ended.exitCode, errorIn(ended).replace(/ It said last: .*/, '')]).toEqual([
      2,
      `HOLLOW_LOST  The kwok process of hollow-2, hollow-4 was gone in the middle of the run: they fell silent by no fault of the plan.
Try: read ${join(kept, own, 'group-2.log')}, then run again
What was seen until then: ${out}/
${keptText(cluster)}`,
    ]);
    expect(processes()).toEqual([]);
  });

  test('a way of kwok that is slow and lossy is proved, renewals over it come later by as much, and all others keep time', async () => {
    const ended = await begin('hollow-slow').child;
    const document = documentOf(ended.all);
    expect([document.verdict, document.reasons, ended.exitCode]).toEqual(['pass', [], 0]);
    const slow = (moment: 'start' | 'end') =>
      expect.stringMatching(
        new RegExp(
          `^hollow-1, hollow-3, hollow-5, ${moment}: present \\(relay: .* added 1\\d{3}\\.\\d ms \\(asked 1000 ms\\) up, 1\\d{3}\\.\\d ms \\(asked 1000 ms\\) down; \\d+ of \\d+ packets dropped \\(asked 10 %\\); `,
        ),
      );
    expect(evidenceOf(document)).toEqual({
      'latency-1': [
        slow('start'),
        slow('end'),
        'undo: group-1: the relay of group-1 delays nothing; control-plane: no rule of ours, all others as before',
      ],
    });
    expect(document.findings.filter((line) => /^(?:under latency-1 between|latency-1:) /.test(line))).toEqual([
      expect.stringMatching(
        /^under latency-1 between two renewals of hollow-1, hollow-3, hollow-5 lay p50 1[2-9]\.\d s, .*: \d came later than they do without it, the latest, of hollow-[135], by \d+\.\d s/,
      ),
      'latency-1: kwok has one connection for hollow-1, hollow-3, hollow-5, on which what is lost holds up all that comes behind it; kubelets have one each',
    ]);
    expect(processes()).toEqual([]);
  });

  test('killed while nodes are stopped and cut off, cleanup ends kwok and its relay, lets packets through again and deletes the nodes; what is kept is the cluster alone', async () => {
    const running = begin('hollow-stop');
    await running.shown('in place');
    expect((await hollowObjects()).split('\n')).toHaveLength(6 + 6 * 2);
    await expect.poll(rules, { timeout: 30_000 }).toHaveLength(2);
    running.child.kill('SIGKILL');
    await running.child;
    const cleaned = await skipbeat(place, ['cleanup']);
    // Beside its faults a run changes a setting of the node through which its requests come.
    expect([cleaned.exitCode, linesOf(cluster, cleaned)], cleaned.all).toEqual([
      0,
      [
        `done    hollow nodes of ${cluster}: 3 kwok processes and 1 relay ended`,
        `done    fault partition-1 on ${cluster}: ${cluster}-control-plane: no rule of ours, all others as before`,
        `done    fault kubelet-stop-1 on ${cluster}: its nodes are gone, and it with them`,
        `done    settings ${cluster}: restored on 1 node`,
        `done    hollow nodes of ${cluster}: Node objects deleted`,
        `left    cluster ${cluster}: kept on purpose; ${goesByName(cluster)}`,
      ],
    ]);
    expect(processes()).toEqual([]);
    expect(await hollowObjects()).toBe('');
    expect(await rules()).toEqual([]);
    expect(leftovers(place)).toEqual([cluster]);
    expect(await containers(cluster)).toHaveLength(3);
  });
});
