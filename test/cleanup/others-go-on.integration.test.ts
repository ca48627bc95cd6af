import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { markSourcePath } from '../../src/cluster/owner.ts';
import { claimCluster, clusterDir, kubeconfigPath } from '../../src/cluster/store.ts';
import type { HostExec } from '../../src/common/command.ts';
import { type ProcessIdentity, processKey, processText, thisProcess } from '../../src/common/host/process.ts';
import { isPartBy } from '../../src/common/host/text-file.ts';
import { type AskedCleanup, cleanedBy } from '../support/cleaned.ts';
import { dead, fileEngine, incarnation } from '../support/file-engine.ts';

let place: string;
let engine: ReturnType<typeof fileEngine>;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-others-'));
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(place, 'state'));
  engine = fileEngine(place);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

const host: HostExec = (command, signal) => engine.host(command, signal);
const stand = (name: string): void => engine.stand(name);
const remember = (name: string, folder: string | null): void => engine.remember(name, { folder, realFolder: folder });
const journalOf = (run: string): string => engine.journalOf(run);
const leave = (run: string, owner: object, cluster?: string): void => engine.leave(run, owner, cluster);

const cleaned = (asked: AskedCleanup = {}) => cleanedBy(host, asked);

/** Where a run left its evidence: any other folder is refused, unless a run wrote it down. */
const makeRunFolder = (name: string): string => {
  const folder = join(place, name);
  mkdirSync(folder);
  const started = { atMs: 3, type: 'run.started', scenario: 'default', startedAt: '2026-11-28T23:42:24.161Z' };
  writeFileSync(join(folder, 'events.ndjson'), `${JSON.stringify(started)}\n`);
  return folder;
};

const [used, idle] = ['skipbeat-a-used', 'skipbeat-b-idle'];

/** What is said of whoever is at work behind a lock that names nobody. */
const unnamed: Readonly<Record<string, (lock: string) => string>> = {
  '': (lock) =>
    `who is at work on it is not known, for its lock cannot be read: ${lock}: expected to read who holds it, found a lock that says nothing; fuser -v ${lock}  names the process that holds it: wait for it, or end what started it`,
  '{"pid":': (lock) =>
    `who is at work on it is not known, for ${lock} is locked and names no process; once  fuser -v ${lock}  names nobody, run this again`,
};

test.each(Object.entries(unnamed))(
  'a lock that is held and says %j is left by name with what to do, and the other clusters go',
  async (text, said) => {
    for (const name of [used, idle]) stand(name);
    const { release } = await claimCluster(used);
    const lock = join(place, 'state/locks', `${used}.lock`);
    writeFileSync(lock, text);
    try {
      expect(await cleaned()).toEqual({
        ...{ isClean: false, lines: [`left cluster ${used}`, `done cluster ${idle}`] },
        details: `${said(lock)}\nremoved (1 container)`,
      });
      await expect(cleaned({ cluster: used })).rejects.toMatchObject({
        ...{ code: 'CLUSTER_BUSY', exitCode: 75 },
        message: `Cluster ${used}: expected to have it alone, found that ${said(lock)}.`,
        next: 'find out who has it, then run cleanup again',
      });
    } finally {
      await release();
    }
    expect(readdirSync(join(place, 'nodes'))).toEqual([used]);
    expect(await cleaned()).toMatchObject({ isClean: true, lines: [`done cluster ${used}`] });
  },
);

test('a cluster that somebody has does not go by name, and the answer says whom to end', async () => {
  stand(used);
  const { release } = await claimCluster(used);
  try {
    await expect(cleaned({ cluster: used })).rejects.toMatchObject({
      ...{ code: 'CLUSTER_BUSY', exitCode: 75 },
      message: `Cluster ${used}: expected to have it alone, found ${processText(thisProcess())} at work on it.`,
      next: `wait for it to end, or end it (Ctrl-C there, or kill -TERM ${process.pid}), then run cleanup again`,
    });
  } finally {
    await release();
  }
  expect(readdirSync(join(place, 'nodes'))).toEqual([used]);
});

const x = 'skipbeat-x';

/** Each damages one thing of the state folder. */
const damages: Readonly<Record<string, () => void>> = {
  'a journal that cannot be read': () => symlinkSync('loop', journalOf('loop')),
  'a record that is a folder': () => mkdirSync(join(clusterDir(x), 'cluster.json'), { recursive: true }),
  'a file where a folder is expected': () => writeFileSync(clusterDir(x), ''),
  'a mark that is a folder': () => {
    stand(x);
    rmSync(markSourcePath(x, incarnation));
    mkdirSync(markSourcePath(x, incarnation));
  },
  'a lock that is a folder': () => {
    stand(x);
    mkdirSync(join(place, 'state/locks', `${x}.lock`), { recursive: true });
  },
  'a lock that is a link to itself': () => {
    stand(x);
    mkdirSync(join(place, 'state/locks'), { recursive: true });
    symlinkSync(`${x}.lock`, join(place, 'state/locks', `${x}.lock`));
  },
  'a kubeconfig that is a folder': () => mkdirSync(kubeconfigPath(x), { recursive: true }),
};

const goes = `done cluster ${idle}`;

test.each<[string, () => readonly string[], boolean]>([
  ['a journal that cannot be read', () => [`failed journal ${journalOf('loop')}`, goes], false],
  ['a record that is a folder', () => [goes, `failed record ${x}`], false],
  ['a file where a folder is expected', () => [goes, `failed record ${x}`], false],
  ['a mark that is a folder', () => [goes, `left cluster ${x}`], false],
  ['a lock that is a folder', () => [goes, `left cluster ${x}`], false],
  ['a lock that is a link to itself', () => [goes, `left cluster ${x}`], false],
  ['a kubeconfig that is a folder', () => [goes, `left record ${x}`], true],
])('%s is reported by itself, and the others go', async (what, said, isCleanBeside) => {
  stand(idle);
  mkdirSync(join(place, 'state/journal'), { recursive: true });
  damages[what]?.();
  const { isClean, lines } = await cleaned();
  expect([isClean, lines]).toEqual([isCleanBeside, said()]);
});

test('what would be removed in a dry run is nothing that somebody has in use', async () => {
  stand(used);
  leave('killed', {}, used);
  const { release } = await claimCluster(used);
  try {
    expect((await cleaned({ dryRun: true })).lines).toEqual([`left cluster ${used}`]);
  } finally {
    await release();
  }
  expect((await cleaned({ dryRun: true })).lines).toEqual([`would cluster ${used}`]);
});

test.each([
  ['says its folder', '{"run":"one","folder":"FOLDER","realFolder":"FOLDER","eng', true],
  ['says another folder', '{"run":"one","folder":"/another","realFolder":"/another","eng', false],
  ['says none, and the record of its cluster says its folder', '{"run":', true],
  ['says none, and no record knows it', '', true],
])(
  'a damaged journal that %s is unclean where it may be of the run that is cleaned up',
  async (text, owner, isAsked) => {
    const folder = makeRunFolder('out');
    const cluster = 'skipbeat-one';
    if (text.includes('its cluster')) remember(cluster, folder);
    leave(`run-${cluster}`, {}, cluster);
    const path = join(journalOf(`run-${cluster}`), 'owner.json');
    writeFileSync(path, owner.replaceAll('FOLDER', folder));
    const { isClean, lines } = await cleaned({ folder });
    expect(isClean).toBe(!isAsked);
    const remembered = text.includes('its cluster') ? [`left cluster ${cluster}`] : [];
    expect(lines).toEqual([`${isAsked ? 'failed' : 'left'} journal ${path}`, ...remembered]);
  },
);

test('a damaged journal of which the record of its cluster says another folder is of no run that is cleaned up', async () => {
  remember('skipbeat-one', '/another');
  leave('run-skipbeat-one', {});
  const path = join(journalOf('run-skipbeat-one'), 'owner.json');
  writeFileSync(path, '');
  expect(await cleaned({ folder: makeRunFolder('out') })).toMatchObject({
    isClean: true,
    lines: [`left journal ${path}`],
  });
});

test('a damaged entry is of the run whose journal it is in', async () => {
  const folder = join(place, 'out');
  leave('one', { folder });
  leave('two', { folder: '/another' });
  for (const run of ['one', 'two']) writeFileSync(join(journalOf(run), '002-fault.json'), '');
  const { isClean, lines } = await cleaned({ folder });
  expect([isClean, lines]).toEqual([
    false,
    [
      `failed journal ${join(journalOf('one'), '002-fault.json')}`,
      `left journal ${join(journalOf('two'), '002-fault.json')}`,
      'done cluster skipbeat-one',
    ],
  ]);
});

test('a run is found where its folder was when it began, and not where a link leads that led there', async () => {
  for (const name of ['disk-1', 'disk-2']) mkdirSync(join(place, name));
  symlinkSync(join(place, 'disk-2'), join(place, 'link'));
  const [cluster, recorded] = ['skipbeat-one', 'skipbeat-two'];
  const written = { folder: join(place, 'link/out'), realFolder: join(place, 'disk-1/out') };
  stand(cluster);
  leave('one', written, cluster);
  stand(recorded);
  writeFileSync(
    join(clusterDir(recorded), 'cluster.json'),
    JSON.stringify({ name: recorded, run: 'two', kept: true, incarnation, engine: 'one (here, /)', ...written }),
  );
  const elsewhere = await cleaned({ folder: join(place, 'disk-2/out') });
  expect(elsewhere).toMatchObject({ isClean: false, lines: ['left run one', `left cluster ${recorded}`] });
  const why = `whether it is of that run is not known: ${written.folder} leads there now, and led to ${written.realFolder} when it began; it goes with  npm run skipbeat -- cleanup`;
  expect(elsewhere.details).toBe(`${why}\n${why} --cluster ${recorded}`);
  const { isClean, lines } = await cleaned({ folder: join(place, 'disk-1/out') });
  expect([isClean, lines]).toEqual([true, [`done cluster ${cluster}`, `done cluster ${recorded}`]]);
});

test('what a run had half written goes from its own folder when it is dead, and is named; what others write there stays', async () => {
  const folder = join(place, 'out');
  mkdirSync(folder);
  const owner = { ...dead, pid: 4_000_000 };
  const nameOf = (file: string, writer: ProcessIdentity): string => `${file}.${processKey(writer)}.part`;
  const own = nameOf('run.json', owner);
  const others = [
    // Of one of the same number in a PID namespace that is not seen from here, which may be alive.
    nameOf('run.json', { ...owner, pidNamespace: 'pid:[4026539999]' }),
    nameOf('run.json', thisProcess()),
    ...[`clip.mp4.${owner.pid}.part`, `${processKey(owner)}.part.txt`, 'run.json'],
  ];
  for (const name of [own, ...others]) writeFileSync(join(folder, name), '');
  leave('one', { folder, process: owner });
  const removed = (text: string) => `${join(folder, own)}, which it had half written, ${text}`;
  expect((await cleaned({ dryRun: true })).details).toBe(`would be removed\n${removed('would be removed')}`);
  expect(readdirSync(folder).sort()).toEqual([own, ...others].sort());
  expect((await cleaned()).details).toBe(`was gone already\n${removed('removed')}`);
  expect(readdirSync(folder).sort()).toEqual(others.sort());
});

test('what a file is called while it is written tells who writes it from all others', () => {
  const me = thisProcess();
  const others: readonly Partial<ProcessIdentity>[] = [
    ...[{ pid: me.pid + 1 }, { startTicks: '1' }, { bootId: 'another' }, { machineId: 'another' }],
    ...[{ pidNamespace: 'pid:[1]' }, { startTicks: null }],
  ];
  expect(isPartBy(`x.${processKey(me)}.part`, me)).toBe(true);
  expect(others.map((other) => isPartBy(`x.${processKey(me)}.part`, { ...me, ...other }))).toEqual(
    others.map(() => false),
  );
});

test.each([
  ['no record', null],
  ['a record of an earlier version that says no engine', { name: idle }],
])('what is kept of a cluster that may still be elsewhere is left by name, and goes by name: %s', async (_, record) => {
  mkdirSync(clusterDir(idle), { recursive: true });
  writeFileSync(kubeconfigPath(idle), '');
  if (record !== null) writeFileSync(join(clusterDir(idle), 'cluster.json'), JSON.stringify(record));
  expect(await cleaned()).toEqual({
    ...{ isClean: true, lines: [`left record ${idle}`] },
    details: `nothing says on which engine its cluster was made: it may still be there; it goes with  npm run skipbeat -- cleanup --cluster ${idle}`,
  });
  expect(existsSync(kubeconfigPath(idle))).toBe(true);
  expect((await cleaned({ cluster: idle })).isClean).toBe(true);
  expect(existsSync(clusterDir(idle))).toBe(false);
});

test('what others put among the clusters is none, and stays', async () => {
  mkdirSync(join(place, 'state/clusters/old-stuff'), { recursive: true });
  for (const name of ['README', '.DS_Store']) writeFileSync(join(place, 'state/clusters', name), '');
  expect(await cleaned()).toMatchObject({ isClean: true, lines: [] });
  expect(readdirSync(join(place, 'state/clusters')).sort()).toEqual(['.DS_Store', 'README', 'old-stuff']);
});

test('a file where what is kept of a cluster should lie goes by name, as it is said', async () => {
  mkdirSync(join(place, 'state/clusters'), { recursive: true });
  writeFileSync(clusterDir(idle), '');
  const record = join(clusterDir(idle), 'cluster.json');
  expect((await cleaned()).details).toBe(
    `${record}: expected JSON, found ENOTDIR: not a directory, open '${record}'; it goes with  npm run skipbeat -- cleanup --cluster ${idle}`,
  );
  expect((await cleaned({ cluster: idle })).isClean).toBe(true);
  expect(existsSync(clusterDir(idle))).toBe(false);
});

test.each(['null', '5', '[]', '{}', '{"name":"x","folder":5}', `{"name":"${idle}","incarnation":"${incarnation}"}`])(
  'a record that says %s is damaged, and its cluster stays until it is named',
  async (text) => {
    stand(idle);
    writeFileSync(join(clusterDir(idle), 'cluster.json'), text);
    expect(await cleaned()).toMatchObject({ isClean: false, lines: [`failed record ${idle}`] });
    expect(readdirSync(join(place, 'nodes'))).toEqual([idle]);
    await cleaned({ cluster: idle });
    expect(readdirSync(join(place, 'nodes'))).toEqual([]);
  },
);

test('what lies beside the journals goes where a dead process left it, and is named; the rest stays, and is named', async () => {
  const owner = JSON.stringify({ run: 'x', folder: null, engine: null, process: dead });
  for (const name of ['.draft-x', '.gone-y', '.saved']) {
    mkdirSync(journalOf(name), { recursive: true });
    writeFileSync(join(journalOf(name), 'owner.json'), owner);
  }
  const acts = (outcome: string) => [
    ...['.draft-x', '.gone-y'].map((name) => `${outcome} journal ${journalOf(name)}`),
    `left journal ${journalOf('.saved')}`,
  ];
  expect((await cleaned({ dryRun: true })).lines).toEqual(acts('would'));
  expect(readdirSync(join(place, 'state/journal'))).toHaveLength(3);
  expect(await cleaned()).toMatchObject({ isClean: true, lines: acts('done') });
  expect(readdirSync(join(place, 'state/journal'))).toEqual(['.saved']);
});

test('where no journal can be read it is not advised to delete them all', async () => {
  mkdirSync(join(place, 'state'));
  symlinkSync(join(place, 'nowhere'), join(place, 'state/journal'));
  const { isClean, details } = await cleaned();
  const journals = join(place, 'state/journal');
  expect([isClean, details]).toEqual([
    false,
    `expected a folder that can be read, found ENOENT: no such file or directory, scandir '${journals}'; which journals are in it is not known`,
  ]);
});

test('a record that does not say of which cluster it is goes with the one that is removed by name', async () => {
  stand(idle);
  writeFileSync(join(clusterDir(idle), 'cluster.json'), JSON.stringify({ name: idle, engine: 'one (here, /)' }));
  expect((await cleaned({ cluster: idle })).isClean).toBe(true);
  expect([existsSync(clusterDir(idle)), readdirSync(join(place, 'nodes'))]).toEqual([false, []]);
});
