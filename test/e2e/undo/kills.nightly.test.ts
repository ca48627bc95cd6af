import { readdirSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errnoOf } from '../../../src/common/errors.ts';
import { clusterName, containers, fixture, leftovers, makePlace, skipbeat, start } from '../support/harness.ts';
import { nodeState } from '../support/node-state.ts';

/** Where a run is killed: so long after its stderr has shown the sign, at a moment drawn by the seed. */
type Moment = { readonly sign: string; readonly withinMs: number };

const seed = Number(process.env.SKIPBEAT_KILLS_SEED ?? 20_261_126);

/** @see "mulberry32" of Tommy Ettinger, public domain: its formula alone */
const draws = (from: number): (() => number) => {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
const draw = draws(seed);

const rounds = (moments: readonly Moment[]) =>
  moments.map(({ sign, withinMs }, index) => ({ round: index + 1, sign, afterMs: Math.round(draw() * withinMs) }));

const place = makePlace();

/** Processes of this machine that a run of ours started, or its children: they bear its state folder in their environment. */
const processes = (): readonly string[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        if (!environment.includes(`SKIPBEAT_STATE_DIR=${place.state}`)) return [];
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch (thrown) {
        if (['ENOENT', 'ESRCH', 'EACCES'].includes(errnoOf(thrown) ?? '')) return [];
        throw thrown;
      }
    });

/** Everything below a folder, but for what runs saw and for locks, which are files for ever. */
const files = (): readonly string[] =>
  (readdirSync(place.folder, { recursive: true }) as string[])
    .filter((path) => !path.startsWith('runs') && !path.startsWith('state/locks'))
    .sort();

/** What containers of a cluster have on this machine beside themselves: volumes, and ports with their rules. */
const traces = async (cluster: string): Promise<readonly string[]> => {
  const names = await containers(`${cluster}-`);
  if (names.length === 0) return [];
  const format =
    '{{range .Mounts}}{{.Name}} {{end}}{{range .NetworkSettings.Ports}}{{range .}}{{.HostPort}} {{end}}{{end}}';
  const { stdout } = await execa('docker', ['inspect', '--format', format, ...names], { reject: false });
  return stdout.split(/\s+/).filter((word) => word !== '');
};

const listing = async (): Promise<string> => {
  const [volumes, rules] = await Promise.all([
    execa('docker', ['volume', 'ls', '--quiet']),
    execa('iptables-save', [], { reject: false }),
  ]);
  return `${volumes.stdout}\n${rules.stdout}`;
};

const environment = { TMPDIR: place.folder };

/** Runs, kills and cleans up. @returns what stood on this machine when it was killed */
const killAndClean = async (
  { sign, afterMs }: { readonly sign: string; readonly afterMs: number },
  run: readonly string[],
  cleanup: readonly string[],
  cluster: string,
): Promise<readonly string[]> => {
  const running = start(place, ['run', ...run], environment);
  await running.shown(sign);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const stood = await traces(cluster);
  running.child.kill('SIGKILL');
  const killed = await running.child;
  expect(killed.signal, killed.all).toBe('SIGKILL');
  const cleaned = await skipbeat(place, ['cleanup', ...cleanup], environment);
  process.stdout.write(`killed ${afterMs} ms after "${sign}"; ${cleaned.stdout.replaceAll('\n', ' | ')}\n`);
  expect(cleaned.exitCode, cleaned.all).toBe(0);
  await expect.poll(processes, { timeout: 20_000, interval: 200 }).toEqual([]);
  return stood;
};

afterAll(() => place.remove());

describe(`killed while it makes its cluster (seed ${seed})`, () => {
  const cluster = clusterName('kills');
  const bringUp: readonly Moment[] = [
    { sign: '… cluster', withinMs: 1500 },
    { sign: '… cluster', withinMs: 6000 },
    { sign: '… cluster', withinMs: 14_000 },
    { sign: '… cluster', withinMs: 25_000 },
    { sign: '… workload', withinMs: 1500 },
    { sign: '… leases', withinMs: 500 },
  ];
  test.each(rounds(bringUp))('$round: $afterMs ms after "$sign", cleanup leaves nothing', async (moment) => {
    const before = files();
    const run = [fixture('killed'), '--cluster', cluster];
    // By its own name, or with whatever else a dead run left: the same.
    const stood = await killAndClean(moment, run, moment.round % 2 === 0 ? ['--cluster', cluster] : [], cluster);
    expect(await containers(`${cluster}-`)).toEqual([]);
    const now = await listing();
    expect(stood.filter((trace) => new RegExp(`\\b${trace}\\b`).test(now))).toEqual([]);
    expect(files().filter((file) => !before.includes(file) && !/^state(\/\w+)?$/.test(file))).toEqual([]);
    expect(leftovers(place)).toEqual([]);
  });
});

describe(`killed on a cluster that is kept (seed ${seed})`, () => {
  const cluster = clusterName('kept');
  const nodes = ['control-plane', 'worker', 'worker2'].map((node) => `${cluster}-${node}`);
  const states = async (): Promise<string> => (await Promise.all(nodes.map(nodeState))).join('\n');
  let before = { states: '', files: [] as readonly string[] };

  beforeAll(async () => {
    const made = await skipbeat(place, [
      'run',
      fixture('short'),
      '--profile',
      'default',
      '--cluster',
      cluster,
      '--keep-cluster',
    ]);
    expect(made.exitCode, made.all).toBe(0);
    before = { states: await states(), files: files() };
  });
  afterAll(() => skipbeat(place, ['cleanup', '--cluster', cluster]));

  const run: readonly Moment[] = [
    { sign: '… cluster', withinMs: 3000 },
    { sign: '… workload', withinMs: 500 },
    { sign: '… leases', withinMs: 3000 },
    { sign: '… steady', withinMs: 3000 },
    { sign: '… steady', withinMs: 3000 },
    { sign: '… fault', withinMs: 1000 },
    { sign: '… fault', withinMs: 3000 },
    { sign: '… fault', withinMs: 6000 },
    { sign: '… fault', withinMs: 6500 },
    { sign: '… fault-2', withinMs: 3000 },
    { sign: '… fault-2', withinMs: 6500 },
    { sign: '… fault-3', withinMs: 4000 },
    { sign: '… recover', withinMs: 500 },
    { sign: '… recover', withinMs: 3000 },
  ];
  test.each(rounds(run))('$round: $afterMs ms after "$sign", cleanup leaves the nodes as they were', async (moment) => {
    await killAndClean(moment, [fixture('killed'), '--cluster', cluster], [], cluster);
    expect(leftovers(place)).toEqual([cluster]);
    expect(files()).toEqual(before.files);
    // A kubelet that goes on and a component that is started again take their time.
    await expect.poll(states, { timeout: 240_000, interval: 500 }).toBe(before.states);
  });
});
