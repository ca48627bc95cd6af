import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireKind } from '../../../src/setup/index.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { type ForeignCluster, startForeignCluster } from '../support/foreign.ts';
import { clusterName, fixture, leftovers, makePlace, type Running, skipbeat, start } from '../support/harness.ts';
import { nodeStates, stableStates } from '../support/node-state.ts';
import { endOf, measured } from '../support/said.ts';

const cluster = clusterName('net');
const secondCluster = clusterName('net2');
const nodes = ['control-plane', 'worker', 'worker2'].map((node) => `${cluster}-${node}`);
const place = makePlace();
const folder = join(place.folder, 'run');
const runArgs = (scenario: string) => ['run', fixture(scenario), '--cluster', cluster, '--keep-cluster'];

const hostRules = async (): Promise<string> =>
  (await execa('iptables-save')).stdout.replaceAll(/^#.*$|\[\d+:\d+\]$/gm, '');

/** Talks to somebody else's server on the API server's port from a node in whose path a relay stands, and says with whom. */
const script = `
exec 3<>"/dev/tcp/$0/6443" && echo word >&3 && read -r -t 20 word <&3 && [ "$word" = word ] || exit 1
conntrack -L -p tcp --orig-dst "$0" --orig-port-dst 6443 --state ESTABLISHED 2>/dev/null
`;

describe('faults of paths on a real cluster, with others beside it', () => {
  let foreign: ForeignCluster;
  let before: readonly string[] = [];
  let host = '';
  let foreignRules = '';
  const during = { host: '', answered: '' };
  let run: { exitCode: number | undefined; all: string };
  let second: { exitCode: number | undefined; stdout: string; all: string };
  const started: Running[] = [];

  beforeAll(async () => {
    const { nodeImage } = await requireKind('v1.34');
    host = await hostRules();
    foreign = await startForeignCluster(nodeImage.reference);
    foreignRules = await foreign.rules();
    const made = await skipbeat(place, [...runArgs('short'), '--profile', 'default']);
    expect(made.exitCode, made.all).toBe(0);
    before = await stableStates(nodes);
    const running = start(place, [...runArgs('network-faults'), '--out', folder]);
    // Beside it from here on: a whole run of another cluster, made and removed while paths of this one are slow and cut.
    const beside = start(place, [
      'run',
      fixture('short'),
      '--cluster',
      secondCluster,
      '--out',
      join(place.folder, 'second'),
    ]);
    started.push(running, beside);
    await running.shown('latency on worker2 in place');
    during.host = await hostRules();
    const asked = ['exec', `${cluster}-worker2`, 'bash', '-c', script, foreign.address];
    during.answered = (await execa('docker', asked)).stdout;
    const [one, other] = await Promise.all([running.child, beside.child]);
    run = { exitCode: one.exitCode, all: one.all ?? '' };
    second = { exitCode: other.exitCode, stdout: other.stdout, all: other.all ?? '' };
  }, 1_200_000);
  afterAll(async () => {
    // Each ends by itself where all went well, and is ended where it did not: a cluster that stays takes the next test's room.
    for (const { child } of started) {
      child.kill('SIGTERM');
      await child;
    }
    for (const name of [cluster, secondCluster]) await skipbeat(place, ['cleanup', '--cluster', name]);
    await foreign.remove();
    place.remove();
  });

  const document = (): RunDocument => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument;
  const faultOf = (id: string) => {
    const found = document().faults.find((fault) => fault.id === id);
    if (found === undefined) throw new Error(`no fault ${id} in\n${run.all}`);
    return found;
  };

  test.each([
    ['latency-1', 'worker2'],
    ['apiserver-latency-1', 'control-plane'],
    ['etcd-latency-1', 'control-plane'],
    ['partition-1', 'worker2'],
    ['partition-2', 'worker2'],
  ])('%s was proved just after it was made and just before it was undone, and was undone', (id, node) => {
    const { attested, undone, evidence, askedMs, heldMs = {} } = faultOf(id);
    expect({ attested, undone }, evidence.join('\n')).toEqual({ attested: true, undone: true });
    const lengths = Object.values(heldMs).map((ms) => Math.abs((ms ?? Number.NaN) - (askedMs ?? Number.NaN)));
    expect(lengths).toEqual([expect.toSatisfy((ms: number) => ms <= 500)]);
    expect(evidence.at(-1)).toEqual(
      evidence[0]?.includes('(netem on ') === true
        ? expect.stringMatching(/^undo: worker2: the queues and filters of \S+ are listed as before/)
        : `undo: ${node}: no rule of ours, all others as before`,
    );
  });

  test('latency says which way it took: the kernel’s, or a relay with loss by the packet filter', () => {
    const { evidence } = faultOf('latency-1');
    expect(evidence[0]).toMatch(/\((netem on eth0|relay: \d+ of \d+ connections? open).*(asked|lost)/);
  });

  test('a ramp began with its first step and ended with its last', () => {
    const [first = '', last = ''] = faultOf('etcd-latency-1').evidence;
    const relayed = (moment: 'start' | 'end', ms: number): RegExp =>
      new RegExp(
        `^control-plane, ${moment}: present \\(relay: .*; added [\\d.]+ ms \\(asked ${ms} ms\\) up, [\\d.]+ ms \\(asked ${ms} ms\\) down; `,
      );
    expect(first).toMatch(relayed('start', 20));
    expect(last).toMatch(relayed('end', 40));
    expect(faultOf('etcd-latency-1').grown).toEqual({ step: 2, steps: 2 });
  });

  test('a partition by drop is not answered, one by reject is refused, and each stops packets on its ways alone', () => {
    const stopped = (packets: string, canary: string): RegExp =>
      new RegExp(
        `^worker2, end: present \\((\\d+) of \\1 rules; packets stopped: ${packets}; canary to [\\d.]+ ${canary}\\)$`,
      );
    expect(faultOf('partition-1').evidence[1]).toMatch(stopped('[A-Z]+ \\d+(?:, [A-Z]+ \\d+)*', 'not answered'));
    expect(faultOf('partition-2').evidence[1]).toMatch(stopped('OUTPUT \\d+', 'refused'));
  });

  test('afterwards every node is as it was, its rules, settings and processes', async () => {
    await expect.poll(() => nodeStates(nodes), { timeout: 60_000, interval: 500 }).toEqual(before);
    expect(leftovers(place)).toEqual([cluster]);
  });

  test('this machine’s own rules bore no mark of a fault meanwhile', () => {
    expect(during.host).not.toContain('skipbeat-');
    expect(host).not.toContain('skipbeat-');
  });

  test('a node in whose path a relay stands still speaks with others on that port directly', () => {
    const { address } = foreign;
    expect(during.answered).toMatch(new RegExp(` dport=6443 src=${address.replaceAll('.', '\\.')} `));
  });

  test('somebody else’s cluster kept its rules and its connection, whose round trips stayed below every delay', async () => {
    expect(await foreign.rules()).toBe(foreignRules);
    const { unbroken, medianMs, count } = await foreign.connection();
    expect(unbroken).toBe(true);
    expect(count).toBeGreaterThan(100);
    expect(medianMs).toBeLessThan(40);
  });

  test('a second run beside it passed and left nothing', () => {
    expect(endOf(second), second.all).toEqual(measured);
  });
});
