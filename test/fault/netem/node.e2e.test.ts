import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SkipbeatError } from '../../../src/common/errors.ts';
import type { FaultSite } from '../../../src/fault/index.ts';
import { netem } from '../../../src/fault/netem/netem.ts';
import { canary } from '../../../src/fault/netem/scripts.ts';
import { hasNetem, surveyNode } from '../../../src/fault/netem/survey.ts';
import { containerExec, hostExec, startHold } from '../../../src/node/index.ts';
import { defaultKubernetes, requireKind } from '../../../src/setup/index.ts';
import { chance, delayOf, nothing, planned } from './settings.ts';

// What a node of ours has (bash, iproute2, its kernel) is not what the lab has: the scripts run in both.
const exec = containerExec(hostExec);
const own = randomBytes(6).toString('hex');
const names = ['worker', 'control-plane'].map((role) => `skipbeat-netem-${own}-${role}`) as [string, string];
const [worker, controlPlane] = names;
const { signal } = new AbortController();
let site: FaultSite;

const docker = async (...argv: readonly string[]): Promise<string> => {
  const result = await hostExec({ argv: ['docker', ...argv], timeoutMs: 60_000 });
  if (result.exitCode !== 0) throw new Error(`${result.command}: ${result.stderr}`);
  return result.stdout;
};

beforeAll(async () => {
  const { nodeImage } = await requireKind(defaultKubernetes);
  const addresses: string[] = [];
  for (const name of names) {
    await docker(
      'run',
      '--detach',
      '--privileged',
      '--name',
      name,
      '--entrypoint',
      'sleep',
      nodeImage.reference,
      '600',
    );
    addresses.push(await docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', name));
  }
  const nodes = ['worker', 'control-plane'].map((node, index) => ({
    ...{ node, role: node, container: names[index] ?? '', address: addresses[index] ?? '' },
  }));
  site = {
    cluster: 'netem',
    incarnation: 'netem',
    run: 'netem',
    nodes,
    exec,
    hold: startHold,
    host: hostExec,
  };
});

afterAll(async () => {
  await docker('rm', '--force', '--volumes', ...names);
});

test('is prepared on a node whose kernel has netem, and names latency on one whose kernel has not', async () => {
  const address = site.nodes[1]?.address ?? '';
  const where = { towards: address, names: [controlPlane], direction: 'both' as const };
  const before = await surveyNode(worker, where, exec, signal);
  expect(before.device).toBe('eth0');
  const settings = { ...nothing, delay: delayOf(200, 50), loss: chance(5), direction: 'both' as const };
  const fault = planned({ ...settings, peer: 'api-server' });
  const has = await hasNetem(worker, exec, signal);
  const prepared = await netem.prepare(fault, site, signal).catch((thrown: unknown) => thrown);
  if (has) expect(prepared).toMatchObject({ nodes: [{ node: worker }] });
  else {
    if (!(prepared instanceof SkipbeatError)) throw prepared;
    expect(prepared.code).toBe('NETEM_UNAVAILABLE');
    expect(prepared.message).toContain('Specified qdisc kind is unknown');
    expect(prepared.next).toContain('use kind latency');
  }
  expect(await surveyNode(worker, where, exec, signal)).toEqual(before);
});

test('measures no round trip to a port that refuses', async () => {
  const address = site.nodes[1]?.address ?? '';
  const refused = await exec({ node: worker, argv: canary({ address, port: 6443 }, 3, 5), timeoutMs: 20_000 });
  expect(refused).toMatchObject({ exitCode: 0, stdout: '' });
});
