import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { clusterName, fixture, leftovers, makePlace, skipbeat, until } from '../support/harness.ts';
import { nodeState } from '../support/node-state.ts';
import { errorIn, keptText, lastLines } from '../support/said.ts';

// netem itself is measured in a kernel that has it (netem.integration.test.ts). Here a whole run asks a real cluster for it: where
// this machine's kernel has it the run proves it, and where not it says so; either way every node is as it was.
const place = makePlace();
const cluster = clusterName('netem');
const nodes = ['control-plane', 'worker', 'worker2'].map((node) => `${cluster}-${node}`);

const states = (): Promise<readonly string[]> => Promise.all(nodes.map(nodeState));

/** Asks the kernel itself, in a namespace of its own that ends with the question. */
const kernelHasNetem = async (): Promise<boolean> => {
  const { failed, stderr } = await execa(
    'docker',
    ['exec', nodes[0] ?? '', 'unshare', '-n', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'],
    { reject: false },
  );
  if (failed && !/qdisc kind is unknown|No such file/.test(stderr)) throw new Error(stderr);
  return !failed;
};

beforeAll(async () => {
  const made = await skipbeat(place, [
    'run',
    fixture('short'),
    '--set',
    'profile=default',
    '--cluster',
    cluster,
    '--keep-cluster',
  ]);
  expect([made.exitCode, lastLines(made)], made.all).toEqual([0, keptText(cluster)]);
});
afterAll(async () => {
  await skipbeat(place, ['cleanup', '--cluster', cluster]);
  place.remove();
});

test('lossy-bursts is proved and undone where the kernel has netem, and refused untouched where it has not', async () => {
  const before = await states();
  const folder = join(mkdtempSync(join(place.folder, 'try-')), 'run');
  const ended = await skipbeat(place, ['run', 'lossy-bursts', '--cluster', cluster, '--keep-cluster', '--out', folder]);
  const { verdict, faults } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument;
  const [fault] = faults;
  expect(fault?.kind).toBe('netem');
  if (await kernelHasNetem()) {
    expect(fault, ended.all).toMatchObject({ attested: true, undone: true });
    expect(ended.exitCode, ended.all).toBe(0);
  } else {
    // What the kernel refuses it with is its own.
    expect([ended.exitCode, errorIn(ended).replace(/(?<= found on ).*(?=\. Nothing was touched\.$)/m, '…')]).toEqual([
      75,
      `NETEM_UNAVAILABLE  netem: expected a kernel with sch_netem (and sch_prio, ifb, cls_u32, act_mirred where packets are chosen or delayed as they come in), found on …. Nothing was touched.
Try: use kind latency, which delays by a relay where the kernel cannot; or on this machine: modprobe -a sch_netem ifb
What was seen until then: ${folder}/
${keptText(cluster)}`,
    ]);
    expect(verdict).toBe('inconclusive');
    expect(fault?.attested).not.toBe(true);
  }
  // Processes of the node's own come and go.
  let after: readonly string[] = [];
  const isAsBefore = async (): Promise<boolean> => {
    after = await states();
    return isDeepStrictEqual(after, before);
  };
  await until('every node to be as it was', isAsBefore, 15_000).catch(() => expect(after).toEqual(before));
  expect(leftovers(place)).toEqual([cluster]);
});
