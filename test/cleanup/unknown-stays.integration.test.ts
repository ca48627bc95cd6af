import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clusterDir, kubeconfigPath } from '../../src/cluster/store.ts';
import type { HostExec } from '../../src/common/command.ts';
import { type ProcessIdentity, thisProcess } from '../../src/common/host/process.ts';
import { type AskedCleanup, cleanedBy } from '../support/cleaned.ts';
import { engineName, fileEngine, incarnation, unseen } from '../support/file-engine.ts';
import { main } from '../support/program.ts';

const name = 'skipbeat-b';
const elsewhere = 'two (there, /)';

let place: string;
let engine: ReturnType<typeof fileEngine>;
let others: ChildProcess[];
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-unknown-'));
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(place, 'state'));
  engine = fileEngine(place);
  others = [];
});
afterEach(() => {
  for (const other of others) other.kill();
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

/** A process of somebody else that lives. */
const live = (): ProcessIdentity => {
  const other = spawn('sleep', ['600'], { stdio: 'ignore' });
  others.push(other);
  const stat = readFileSync(`/proc/${other.pid}/stat`, 'utf8');
  const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return { ...thisProcess(), pid: other.pid ?? 0, startTicks };
};

const cleaned = (asked: AskedCleanup = {}) => cleanedBy(engine.host, asked);

const nodes = (): readonly string[] => readdirSync(join(place, 'nodes'));

test.each([
  ['the record of the one that is gone', {}, [`done cluster ${name}`, `left cluster ${name}`]],
  ['a record that does not say which one that was', { incarnation: undefined }, [`left cluster ${name}`]],
])('a cluster that came up after the first check is not removed by name: %s', async (_, record, said) => {
  engine.remember(name, record);
  rmSync(kubeconfigPath(name));
  const mark = { madeBy: 'skipbeat', incarnation: 'aaaabbbbccccdddd', run: 'theirs', kept: true, process: live() };
  writeFileSync(join(place, 'marks', name), JSON.stringify(mark));
  let isMade = false;
  const host: HostExec = async (command, signal) => {
    const result = await engine.host(command, signal);
    if (command.argv[1] === 'ps' && !isMade) engine.container(name, { incarnation: 'aaaabbbbccccdddd' });
    isMade ||= command.argv[1] === 'ps';
    return result;
  };
  const { isClean, lines } = await cleaned({ cluster: name, host });
  expect([isClean, nodes(), lines]).toEqual([false, [name], said]);
  expect(engine.calls().filter((call) => call.startsWith('rm'))).toEqual([]);
});

test('a cluster of an earlier version that was made anew after the first check is not taken for the one that was there', async () => {
  engine.stand(name, { incarnation: null, record: { incarnation: undefined } });
  let isFirst = true;
  const host: HostExec = async (command, signal) => {
    const result = await engine.host(command, signal);
    if (command.argv[1] === 'inspect' && isFirst) {
      isFirst = false;
      const text = readFileSync(join(place, 'nodes', name), 'utf8');
      writeFileSync(join(place, 'nodes', name), text.replace(`"Id":"${name}"`, '"Id":"another"'));
    }
    return result;
  };
  expect(await cleaned({ cluster: name, host })).toMatchObject({ isClean: false, lines: [`left cluster ${name}`] });
  expect(nodes()).toEqual([name]);
});

const journals = (): string => join(place, 'state/journal');

/** Each leaves a journal of a matrix between its cells, whose process cannot be seen from here. @returns what is said of it */
const damages: Readonly<Record<string, () => readonly string[]>> = {
  'one entry is empty': () => {
    engine.leave('m', { process: unseen }, name);
    const entry = join(engine.journalOf('m'), '001-cluster.json');
    writeFileSync(entry, '');
    return [`failed journal ${entry}`, 'left run m'];
  },
  'owner and entry are empty': () => {
    engine.leave('m', {}, name);
    for (const file of ['owner.json', '001-cluster.json']) writeFileSync(join(engine.journalOf('m'), file), '');
    return [`failed journal ${join(engine.journalOf('m'), 'owner.json')}`];
  },
  'its folder cannot be read': () => {
    mkdirSync(journals(), { recursive: true });
    symlinkSync('m', engine.journalOf('m'));
    return [`failed journal ${engine.journalOf('m')}`];
  },
  'the folder of all journals cannot be read': () => {
    mkdirSync(join(place, 'state'), { recursive: true });
    symlinkSync('journal', journals());
    return [`failed journal ${journals()}`];
  },
};

test.each(Object.entries(damages))('a cluster that a run may be at work on stays where %s', async (_, damage) => {
  let damaged: readonly string[] = [];
  for (const mark of [{ run: 'cell', process: unseen }, { run: 'cell', process: live() }, { process: null }]) {
    engine.stand(name, { mark });
    rmSync(journals(), { recursive: true, force: true });
    damaged = damage();
    for (const all of [false, true]) {
      const { isClean, lines } = await cleaned({ all });
      expect([isClean, nodes(), lines]).toEqual([false, [name], [...damaged, `left cluster ${name}`]]);
    }
  }
  // Who used it last has ended: nobody is at work on it, whatever the journal was about.
  engine.mark(name);
  expect((await cleaned()).lines).toEqual([...damaged, `done cluster ${name}`]);
});

test('a cluster whose last user cannot be seen from here stays, by name', async () => {
  engine.stand(name, { mark: { run: 'cell', process: unseen } });
  expect(await cleaned({ all: true })).toMatchObject({
    lines: [`left cluster ${name}`],
    details: `process 7 on ${hostname()} in another PID namespace made it or used it last, and its end cannot be seen from here; it goes with  npm run skipbeat -- cleanup --cluster ${name}`,
  });
  expect(nodes()).toEqual([name]);
});

test('what is removed by name beside a journal that does not say of which cluster it is, is not called clean', async () => {
  engine.stand(name, { mark: { process: unseen } });
  damages['one entry is empty']?.();
  const { isClean, lines } = await cleaned({ cluster: name });
  const entry = join(engine.journalOf('m'), '001-cluster.json');
  expect([isClean, nodes(), lines]).toEqual([false, [], [`failed journal ${entry}`, `done cluster ${name}`]]);
});

test('a cluster of which the damaged journal of a live process speaks does not go by name', async () => {
  engine.stand(name);
  engine.leave('m', { process: live() }, name);
  const entry = join(engine.journalOf('m'), '001-cluster.json');
  writeFileSync(entry, JSON.stringify({ kind: 'x', cluster: name, incarnation }));
  await expect(cleaned({ cluster: name })).rejects.toMatchObject({ code: 'CLUSTER_BUSY', exitCode: 75 });
  writeFileSync(entry, '');
  engine.mark(name, { run: 'm', process: unseen });
  await expect(cleaned({ cluster: name })).rejects.toMatchObject({ code: 'CLUSTER_BUSY', exitCode: 75 });
  expect(nodes()).toEqual([name]);
});

test.each([undefined, null, 'false', 0])(
  'only a record that says so is of a cluster that was not kept: %j',
  async (kept) => {
    engine.stand(name, { record: { kept } });
    // A record that does not say it is damage, and its cluster is left with it.
    expect((await cleaned()).lines).toEqual([`failed record ${name}`]);
    rmSync(clusterDir(name), { recursive: true });
    const mark = { madeBy: 'skipbeat', cluster: name, incarnation, run: 'r', stateFolder: '/other', kept };
    writeFileSync(
      join(place, 'marks', name),
      JSON.stringify({ ...mark, process: { ...thisProcess(), startTicks: '1' } }),
    );
    expect((await cleaned({ all: true })).lines).toEqual([`left cluster ${name}`]);
    expect(nodes()).toEqual([name]);
  },
);

test('what is kept of a cluster on another engine stays, is named with it, and is not called gone', async () => {
  const folder = join(place, 'out');
  engine.remember(name, { kept: true, engine: elsewhere, folder, realFolder: folder });
  for (const asked of [{ cluster: name, dryRun: true }, { cluster: name }, { folder }]) {
    expect(await cleaned(asked)).toEqual({
      ...{ isClean: false, lines: [`left record ${name}`] },
      details: `its cluster is on another engine (${elsewhere}, this one is ${engineName}): clean up with the DOCKER_HOST or context of then, or, where that engine is gone for good, delete ${clusterDir(name)}`,
    });
  }
  engine.leave('one', { engine: elsewhere }, name);
  expect(await cleaned({ cluster: name })).toMatchObject({
    isClean: false,
    lines: ['left run one', `left record ${name}`],
  });
  expect([existsSync(kubeconfigPath(name)), existsSync(engine.journalOf('one'))]).toEqual([true, true]);
  // A cluster of that name that stands here is another one, and goes alone.
  engine.container(name, { incarnation: 'aaaabbbbccccdddd' });
  const { isClean, lines } = await cleaned({ cluster: name });
  expect([isClean, nodes(), existsSync(kubeconfigPath(name))]).toEqual([false, [], true]);
  expect(lines).toEqual(['left run one', `done cluster ${name}`, `left record ${name}`]);
});

test('a cluster of which no record says whose it is may be of the run that is cleaned up, unless it is of another state folder', async () => {
  const folder = join(place, 'out');
  mkdirSync(folder);
  writeFileSync(join(folder, 'plan.json'), '{}');
  engine.stand(name, { record: null });
  expect(await cleaned({ folder })).toMatchObject({ isClean: false, lines: [`left cluster ${name}`] });
  const mark = { madeBy: 'skipbeat', cluster: name, incarnation, run: 'r', stateFolder: '/other', kept: false };
  writeFileSync(join(place, 'marks', name), JSON.stringify({ ...mark, process: thisProcess() }));
  expect(await cleaned({ folder })).toMatchObject({ isClean: true, lines: [] });
});

const begin = (folder: string, startedAt: string): void => {
  mkdirSync(folder, { recursive: true });
  const event = { atMs: 3, type: 'run.started', scenario: 'default', backend: 'kind', predicted: false, startedAt };
  writeFileSync(join(folder, 'events.ndjson'), `${JSON.stringify(event)}\n`);
  writeFileSync(join(folder, 'plan.json'), '{}');
};

const startedAt = '2026-11-28T23:42:24.161Z';
const run = '2026-11-28T23-42-24.161Z-default-7b3f8d';

/** A run that was killed with a cluster, and one of which the record alone speaks. */
const killed = (folder: string): void => {
  engine.stand(name, { record: { run, folder, realFolder: folder } });
  engine.leave(run, { folder, realFolder: folder }, name);
  engine.stand('skipbeat-k', { record: { run, folder, realFolder: folder, kept: true } });
};

test.each(['', join('repeats', '01')])(
  'a run is found though its folder was moved, by what the evidence says, and not by that of another run: %j',
  async (below) => {
    const [folder, moved] = [join(place, 'out'), join(place, 'moved')];
    begin(join(folder, below), startedAt);
    writeFileSync(join(folder, 'plan.json'), '{}');
    killed(folder);
    renameSync(folder, moved);
    // By now another run has its evidence there: what the first left is not known to be its.
    begin(folder, '2026-11-29T00:00:00.000Z');
    const another = await cleaned({ folder });
    expect([another.isClean, nodes()]).toEqual([false, [name, 'skipbeat-k']]);
    expect(another.lines).toEqual([`left run ${run}`, `left cluster ${name}`, 'left cluster skipbeat-k']);
    expect(await cleaned({ folder: moved })).toMatchObject({ isClean: true });
    expect(nodes()).toEqual([]);
  },
);

test('a run is found by its folder under another name, where that is mounted a second time', async () => {
  const [folder, second] = [join(place, 'out'), join(place, 'second')];
  for (const path of [folder, second]) mkdirSync(path);
  engine.stand(name, { record: { folder, realFolder: folder } });
  const mounted = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
  const found = await execa(
    'unshare',
    ['--mount', 'sh', '-c', mounted, 'sh', folder, second, process.execPath, main, 'cleanup', '--run', second],
    { env: { PATH: `${place}:${process.env.PATH}` }, reject: false },
  );
  expect([found.exitCode, found.stdout]).toEqual([0, `done    cluster ${name}: removed (1 container)`]);
});

test('a folder whose evidence does not say of which run it is may be that of one whose folder is gone', async () => {
  const [folder, moved] = [join(place, 'out'), join(place, 'moved')];
  mkdirSync(moved);
  writeFileSync(join(moved, 'plan.json'), '{}');
  killed(folder);
  const { isClean, lines } = await cleaned({ folder: moved });
  expect([isClean, lines]).toEqual([false, [`left run ${run}`, `left cluster ${name}`, 'left cluster skipbeat-k']]);
});

test('a run of an earlier version, which did not keep where links led, is not known by where they lead today', async () => {
  for (const disk of ['disk-1', 'disk-2']) mkdirSync(join(place, disk, 'out'), { recursive: true });
  symlinkSync(join(place, 'disk-2'), join(place, 'link'));
  const written = { folder: join(place, 'link/out'), realFolder: undefined };
  engine.stand(name, { record: { ...written, kept: true } });
  engine.leave('one', written, 'skipbeat-one');
  const { isClean, lines, details } = await cleaned({ folder: join(place, 'disk-2/out') });
  expect([isClean, lines]).toEqual([false, ['left run one', `left cluster ${name}`]]);
  const why = `whether it is of that run is not known: ${written.folder} leads there now, and where it led was not written down when it began; it goes with  npm run skipbeat -- cleanup`;
  expect(details).toBe(`${why}\n${why} --cluster ${name}`);
  // One that no link leads to is that very folder.
  engine.leave('one', { folder: join(place, 'disk-1/out'), realFolder: undefined }, 'skipbeat-one');
  expect((await cleaned({ folder: join(place, 'disk-1/out') })).isClean).toBe(true);
});

test.each(['', 'nothing', 'any'])('what is no folder of a run is refused: %j', async (folder) => {
  mkdirSync(join(place, 'any'));
  engine.leave('one', { folder: '/another', realFolder: '/another' }, name);
  const asked = folder === '' ? '' : join(place, folder);
  await expect(cleaned({ folder: asked })).rejects.toMatchObject({ code: 'CLEANUP_OPTION_INVALID', exitCode: 64 });
});

test('entries that no version writes are damage, by name, and are not called undone', async () => {
  engine.stand(name, { record: { kept: true }, running: true });
  engine.leave('one', {}, null);
  const on = { cluster: name, incarnation };
  const fault = { kind: 'fault', ...on, fault: 'f', faultKind: 'node-pause' };
  const entries = [
    { ...fault, undo: [] },
    { ...fault, undo: [{ nodename: `${name}-control-plane`, argv: ['x'], timeoutMs: 1000 }] },
    { ...fault, undo: [{ node: `${name}-control-plane`, argv: [], timeoutMs: 1000 }] },
    fault,
    { kind: 'cgroup', ...on, undo: [] },
    { kind: 'settings', ...on, undo: [] },
    { kind: 'hollow', ...on, ends: [], undo: { node: `${name}-control-plane`, argv: ['x'], timeoutMs: 1000 } },
  ];
  const files = entries.map((_, index) => join(engine.journalOf('one'), `00${index + 2}-x.json`));
  for (const [index, file] of files.entries()) writeFileSync(file, JSON.stringify(entries[index]));
  const { isClean, lines } = await cleaned();
  expect(isClean).toBe(false);
  expect(lines).toEqual([...files.toReversed().map((file) => `failed journal ${file}`), `left cluster ${name}`]);
  expect(files.filter((file) => existsSync(file))).toEqual(files);
});

test('of a journal only what is about the cluster that is named goes', async () => {
  const [one, other] = ['skipbeat-one', 'skipbeat-other'];
  engine.stand(one);
  engine.stand(other, { record: { kept: true }, mark: { run: 'other', kept: true, process: unseen } });
  engine.leave('m', {}, one);
  const entry = JSON.stringify({ kind: 'cluster', cluster: other, incarnation });
  writeFileSync(join(engine.journalOf('m'), '002-cluster.json'), entry);
  expect(await cleaned({ cluster: one })).toMatchObject({ isClean: true, lines: [`done cluster ${one}`] });
  expect([nodes(), readdirSync(engine.journalOf('m'))]).toEqual([[other], ['002-cluster.json', 'owner.json']]);
});

const undo = { node: `${name}-control-plane`, argv: ['true'], timeoutMs: 1000 };
const ends = [{ node: 'group-1', on: 'host', argv: ['echo', 'gone'], timeoutMs: 1000 }];
const onDisk = {
  'a taint': { kind: 'fault', fault: 'f', faultKind: 'out-of-service', undo: [undo] },
  'Node objects': { kind: 'hollow', ends, undo },
};

test.each(Object.entries(onDisk))(
  'what a node that is stopped comes back with is not called gone: %s',
  async (_, entry) => {
    engine.stand(name, { record: { kept: true } });
    engine.leave('one', {}, null);
    const file = join(engine.journalOf('one'), '002-x.json');
    writeFileSync(file, JSON.stringify({ ...entry, cluster: name, incarnation }));
    const { isClean, details } = await cleaned();
    expect([isClean, existsSync(file)]).toEqual([false, true]);
    expect(details).toBe(
      [
        ...(entry.kind === 'hollow' ? ['1 kwok process ended'] : []),
        `${name}-control-plane is stopped, and comes back with what is to be undone: start it (docker start ${name}-control-plane), then run cleanup again`,
        `kept on purpose; it goes with  npm run skipbeat -- cleanup --cluster ${name}`,
      ].join('\n'),
    );
    // With its node it is.
    rmSync(join(place, 'nodes', name));
    expect([(await cleaned()).isClean, existsSync(file)]).toEqual([true, false]);
  },
);

test('what a process did in a node that is stopped went with it', async () => {
  engine.stand(name, { record: { kept: true } });
  engine.leave('one', {}, null);
  const entry = { ...onDisk['a taint'], faultKind: 'kubelet-pause', cluster: name, incarnation };
  writeFileSync(join(engine.journalOf('one'), '002-fault.json'), JSON.stringify(entry));
  expect(await cleaned()).toMatchObject({
    isClean: true,
    lines: ['done fault f on skipbeat-b', `left cluster ${name}`],
  });
});

test('a cluster that stands is not called gone for a node beside it that bears no mark of ours', async () => {
  engine.stand(name, { record: { kept: true }, running: true });
  const node = JSON.parse(readFileSync(join(place, 'nodes', name), 'utf8'));
  const beside = join(place, 'nodes', 'theirs');
  const labels = { ...node.Config.Labels, 'io.x-k8s.kind.role': 'worker' };
  writeFileSync(
    beside,
    JSON.stringify({ ...node, Id: 'theirs', Name: '/theirs', Mounts: [], Config: { Labels: labels } }),
  );
  engine.leave('one', {}, null);
  const on = { cluster: name, incarnation };
  const entries = [
    { ...onDisk['a taint'], faultKind: 'kubelet-pause', ...on },
    { kind: 'settings', ...on, undo: [undo] },
    { ...onDisk['Node objects'], ...on },
  ];
  for (const [index, entry] of entries.entries())
    writeFileSync(join(engine.journalOf('one'), `00${index + 2}-x.json`), JSON.stringify(entry));
  const { isClean, details } = await cleaned();
  expect([isClean, readdirSync(engine.journalOf('one')).length]).toEqual([false, 4]);
  expect(details.match(/bear its name and not its mark \(theirs\)/g)).toHaveLength(3);
});

test('a cluster that somebody else made under the name of one that is gone does not keep its journal', async () => {
  engine.container(name);
  const node = JSON.parse(readFileSync(join(place, 'nodes', name), 'utf8'));
  writeFileSync(join(place, 'nodes', name), JSON.stringify({ ...node, Mounts: [] }));
  engine.remember(name);
  engine.leave('one', {}, name);
  for (const dryRun of [true, false]) {
    const { isClean, details } = await cleaned({ dryRun });
    expect(isClean).toBe(true);
    const [gone, left] = dryRun ? ['is gone', 'would be'] : ['was gone', 'was'];
    expect(details).toBe(
      `${gone} already; another cluster of that name stands, and ${left} left alone\ndoes not bear our mark: skipbeat did not make it`,
    );
  }
  expect([nodes(), existsSync(engine.journalOf('one'))]).toEqual([[name], false]);
});

test('a name that we give to no cluster is no trouble of ours, whatever it is', async () => {
  for (const label of [`skipbeat-${'x'.repeat(300)}`, 'skipbeat-../../x', 'skipbeat-UP']) {
    engine.container(name);
    const node = JSON.parse(readFileSync(join(place, 'nodes', name), 'utf8'));
    const labels = { ...node.Config.Labels, 'io.x-k8s.kind.cluster': label };
    writeFileSync(join(place, 'nodes', name), JSON.stringify({ ...node, Config: { Labels: labels } }));
    expect(await cleaned({ all: true })).toMatchObject({ isClean: true, lines: [`left cluster ${label}`] });
  }
});
