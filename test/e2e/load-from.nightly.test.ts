import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import type { RunDocument } from '../../src/verdict/index.ts';
import { main } from '../support/program.ts';
import { clusterName, containers, leftovers, makePlace, skipbeat, start } from './support/harness.ts';

const place = makePlace();
const cluster = clusterName('from');
const loadContainer = `${cluster}-load`;
const scenario = join(place.folder, 'steady.yaml');
const pipe = new URL('./support/pipe.ts', import.meta.url).pathname;

const run = (name: string, ...more: readonly string[]): readonly string[] => [
  ...['run', scenario, '--backend', 'kind', '--plain', '--keep-cluster', '--cluster', cluster],
  ...['--out', join(place.folder, name), ...more],
];
const documentOf = (name: string): RunDocument =>
  JSON.parse(readFileSync(join(place.folder, name, 'run.json'), 'utf8')) as RunDocument;
const eventsOf = (name: string): readonly TimelineEvent[] =>
  readFileSync(join(place.folder, name, 'events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TimelineEvent);
const loads = () => containers(`${loadContainer}$`);
const toBeGone = () => expect.poll(loads, { timeout: 30_000 }).toEqual([]);

beforeAll(async () => {
  const phases = 'load: {ratePerSecond: 100}\nphases: [{steady: 20s}]\n';
  writeFileSync(scenario, `name: steady\nprofile: default\n${phases}`);
  expect((await skipbeat(place, run('direct'))).exitCode).toBe(0);
}, 600_000);

afterAll(async () => {
  await skipbeat(place, ['cleanup', '--cluster', cluster]);
  place.remove();
}, 120_000);

/**
 * A command line in a network namespace whose only way out is the API server's port, as kind published it; `addresses`
 * are its own beside.
 */
const withoutRoute = async (args: readonly string[], addresses: readonly string[] = []) => {
  const kubeconfig = readFileSync(join(place.state, 'clusters', cluster, 'kubeconfig'), 'utf8');
  const [, port = ''] = /server: https:\/\/127\.0\.0\.1:(\d+)/.exec(kubeconfig) ?? [];
  const socket = join(place.folder, 'api.sock');
  const outside = execa(process.execPath, [pipe, socket, port], { reject: false });
  // $1 node, $2 pipe.ts, $3 port, $4 socket, then the command line.
  const own = addresses.map((address) => `ip addr add ${address}/32 dev lo;`).join(' ');
  const script = `ip link set lo up; ${own} "$1" "$2" "$3" "$4" >/dev/null & inside=$!
    trap 'kill $inside' EXIT; until (exec 3<>"/dev/tcp/127.0.0.1/$3") 2>/dev/null; do :; done
    node=$1; shift 4; "$node" "$@"`;
  try {
    await expect.poll(() => existsSync(socket)).toBe(true);
    const inside = ['--net', 'bash', '-c', script, 'bash', process.execPath, pipe, port, socket, main, ...args];
    return await execa('unshare', inside, {
      ...{ cwd: place.folder, reject: false, all: true, stdin: 'ignore' },
      env: { SKIPBEAT_STATE_DIR: place.state },
    });
  } finally {
    outside.kill();
    await outside;
    rmSync(socket, { force: true });
  }
};

test('where no route leads to the nodes, the load comes from a container beside them, on the same clock', async () => {
  const { exitCode, all } = await withoutRoute(run('apart', '--load-from', 'container'));
  expect([exitCode, all]).toEqual([0, expect.stringContaining('from a container on the network of the nodes')]);
  const { requests, findings, writes } = documentOf('apart');
  expect(requests.ok).toBe(requests.offered);
  expect(requests.offered).toBeGreaterThanOrEqual(2000);
  // The counters of the API server come by the way that there is.
  expect(writes.apiServer?.statuses.counted).toBeGreaterThanOrEqual(0);
  expect(findings.filter((finding) => finding.startsWith('requests came from '))).toEqual([
    'requests came from a container on the network of the nodes, not from this machine',
  ]);
  const clocks = eventsOf('apart').filter((event) => event.type === 'load.clock');
  expect(clocks.map(({ moment, shared, offsetMs }) => [moment, shared, offsetMs])).toEqual([
    ['start', true, 0],
    ['end', true, 0],
  ]);
  await toBeGone();
}, 300_000);

test('where the way is missing though the address of the network is ours, auto sees it by its probe', async () => {
  const gateways = ['network', 'inspect', 'kind', '--format', '{{range .IPAM.Config}}{{.Gateway}} {{end}}'];
  const { stdout } = await execa('docker', gateways);
  const addresses = stdout.split(' ').filter((word) => /^\d+(\.\d+){3}$/.test(word));
  expect(addresses).not.toEqual([]);
  const { exitCode, all } = await withoutRoute(run('auto'), addresses);
  expect([exitCode, all]).toEqual([0, expect.stringContaining('from a container on the network of the nodes')]);
  const { requests } = documentOf('auto');
  expect(requests.ok).toBe(requests.offered);
  await toBeGone();
}, 300_000);

test('from there, this machine is no choice, and says so before anything is done to the cluster', async () => {
  const { exitCode, all } = await withoutRoute(run('refused', '--load-from', 'host'));
  expect(exitCode).toBe(75);
  expect(all).toMatch(/nodes cannot be reached from here/);
}, 120_000);

test('one that dies in the middle makes the run inconclusive, by name', async () => {
  const { child, shown } = start(place, run('died', '--load-from', 'container'));
  await shown('… steady');
  await execa('docker', ['kill', loadContainer]);
  expect((await child).exitCode).toBe(2);
  const { verdict, reasons } = documentOf('died');
  expect([verdict, reasons.join()]).toEqual([
    'inconclusive',
    expect.stringContaining("load generator's container ended"),
  ]);
  await toBeGone();
}, 300_000);

test('Ctrl-C removes it before the run ends', async () => {
  const { child, shown } = start(place, run('called-off', '--load-from', 'container'));
  await shown('… steady');
  child.kill('SIGINT');
  expect((await child).exitCode).toBe(130);
  expect(await loads()).toEqual([]);
}, 300_000);

test('it does not outlive a run that was killed, and cleanup finds nothing of it', async () => {
  const { child, shown } = start(place, run('killed', '--load-from', 'container'));
  await shown('… steady');
  child.kill('SIGKILL');
  await child;
  await toBeGone();
  expect((await skipbeat(place, ['cleanup'])).exitCode).toBe(0);
  expect(leftovers(place)).toEqual([cluster]);
}, 300_000);
