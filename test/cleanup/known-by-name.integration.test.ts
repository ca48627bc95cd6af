import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CleanupAct, cleanUp } from '../../src/cleanup/index.ts';
import { assertUsable, claimCluster } from '../../src/cluster/index.ts';
import { clusterDir } from '../../src/cluster/store.ts';
import type { HostExec } from '../../src/common/command.ts';
import { type AskedCleanup, cleanedBy } from '../support/cleaned.ts';
import { dead, engineName, fileEngine, incarnation } from '../support/file-engine.ts';

const name = 'skipbeat-b';
const role = 'external-load-balancer';
const balancer = `${name}-${role}`;

let place: string;
let engine: ReturnType<typeof fileEngine>;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-known-'));
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(place, 'state'));
  engine = fileEngine(place);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

const cleaned = (asked: AskedCleanup = {}) => cleanedBy(engine.host, asked);

const nodes = (): readonly string[] => readdirSync(join(place, 'nodes'));

/** What is said of a load balancer without a node. */
const nodeless = `no node of it stands, and ${balancer} does not say who made it`;
const left = `${nodeless}; it goes with  npm run skipbeat -- cleanup --cluster ${name}`;

test.each<[string, () => void, boolean, string]>([
  ['nothing is known of it', () => undefined, true, left],
  ['it is remembered', () => engine.remember(name), true, left],
  [
    'a journal speaks of it',
    () => {
      engine.remember(name);
      engine.leave('one', {}, name);
    },
    false,
    `expected one that skipbeat made (each node with /etc/skipbeat/owner.json), found that ${nodeless}. It was left untouched.\n${left}`,
  ],
])('kind’s load balancer without a node goes by name alone, with a sentence: %s', async (_, make, isClean, details) => {
  engine.container(name, { role });
  make();
  for (const all of [false, true]) {
    expect(await cleaned({ all })).toMatchObject({ isClean, details });
    expect(nodes()).toEqual([balancer]);
  }
  await expect(assertUsable(engine.host, name, engineName)).rejects.toMatchObject({
    code: 'CLUSTER_FOREIGN',
    next: `choose another name with --cluster, or npm run skipbeat -- cleanup --cluster ${name}`,
  });
  const text = `by name: ${nodeless}`;
  const said = await cleaned({ cluster: name, dryRun: true });
  expect(said).toEqual({ isClean: true, lines: [`would cluster ${name}`], details: `would be removed, ${text}` });
  const done = await cleaned({ cluster: name });
  expect(done).toEqual({
    ...{ isClean: true, lines: [`done cluster ${name}`] },
    details: `removed (1 container), ${text}`,
  });
  expect([nodes(), existsSync(clusterDir(name)), existsSync(engine.journalOf('one'))]).toEqual([[], false, false]);
});

test('a run of whose cluster the load balancer alone stands is not called gone', async () => {
  const folder = join(place, 'out');
  engine.remember(name, { folder, realFolder: folder });
  engine.container(name, { role });
  expect(await cleaned({ folder })).toEqual({ isClean: false, lines: [`left cluster ${name}`], details: left });
  expect(nodes()).toEqual([balancer]);
});

test('a node that came beside a load balancer since says whose both are', async () => {
  engine.container(name, { role });
  engine.remember(name);
  let asked = 0;
  const host: HostExec = async (command, signal) => {
    const result = await engine.host(command, signal);
    // After what is to be removed was looked at for the last time before its removal.
    if (command.argv[1] === 'inspect' && ++asked === 2) engine.container(name, { incarnation: 'aaaabbbbccccdddd' });
    return result;
  };
  const acts: CleanupAct[] = [];
  const asking = {
    dryRun: false,
    cluster: name,
    folder: null,
    all: false,
    notify: (act: CleanupAct) => acts.push(act),
  };
  expect(await cleanUp({ host, ...asking })).toBe(false);
  expect(nodes()).toEqual([name, balancer]);
});

test('what bears no mark goes before the nodes, which say whose it is', async () => {
  engine.stand(name);
  engine.container(name, { role });
  expect(await cleaned()).toEqual({
    isClean: true,
    lines: [`done cluster ${name}`],
    details: 'removed (2 containers)',
  });
  const removals = engine.calls().filter((call) => call.startsWith('rm '));
  expect(removals.map((call) => call.split(' ').slice(3))).toEqual([[balancer], [name]]);
});

test('what goes by itself just then keeps no node from going', async () => {
  engine.stand(name);
  engine.container(name, { role });
  const asked: (readonly string[])[] = [];
  const host: HostExec = (command, signal) => {
    if (command.argv[1] !== 'rm') return engine.host(command, signal);
    asked.push(command.argv.slice(4));
    // As for `removal of container … is already in progress`.
    return engine.host(asked.length === 1 ? { ...command, argv: ['false'] } : command, signal);
  };
  expect(await cleaned({ host })).toMatchObject({ isClean: true, lines: [`done cluster ${name}`] });
  expect([asked, nodes()]).toEqual([[[balancer], [name, balancer]], []]);
});

test.each([false, true])(
  'a cluster in use is named once, though a journal speaks of it: dry run %s',
  async (dryRun) => {
    engine.stand(name);
    engine.leave('one', {}, name);
    const { release } = await claimCluster(name);
    try {
      expect((await cleaned({ dryRun })).lines).toEqual([`left cluster ${name}`]);
    } finally {
      await release();
    }
  },
);

/** What `docker info` said of it before its host was given another name. */
const before = 'one (earlier, /)';

test('after its host was given another name an engine is known by the cluster that stands there', async () => {
  engine.stand(name, { record: { kept: true, engine: before } });
  expect(await assertUsable(engine.host, name, engineName)).toBe(true);
  engine.leave('one', { engine: before }, name);
  const undone = await cleaned();
  expect(undone).toMatchObject({ isClean: true, lines: [`done cluster ${name}`] });
  expect([nodes(), existsSync(engine.journalOf('one'))]).toEqual([[], false]);
});

test.each([
  ['another engine', 'two (earlier, /)', incarnation, 'kept on purpose'],
  ['another folder of the engine', 'one (earlier, /elsewhere)', incarnation, 'kept on purpose'],
  [
    'another cluster of the name',
    before,
    'aaaabbbbccccdddd',
    'not of this state folder: nobody is known to have made it',
  ],
])('an engine is not taken for one whose host has another name now: %s', async (_, written, there, why) => {
  engine.remember(name, { kept: true, engine: written });
  engine.container(name, { incarnation: there });
  engine.leave('one', { engine: written, process: dead }, name);
  await expect(assertUsable(engine.host, name, engineName)).rejects.toMatchObject({ code: 'CLUSTER_ELSEWHERE' });
  expect(await cleaned()).toEqual({
    ...{ isClean: true, lines: ['left run one', `left cluster ${name}`] },
    details: `its clusters are on another engine (${written}, this one is ${engineName}): clean up with the DOCKER_HOST or context of then, or, where that engine is gone for good, delete ${engine.journalOf('one')}
${why}; it goes with  npm run skipbeat -- cleanup --cluster ${name}`,
  });
  expect([nodes(), existsSync(engine.journalOf('one'))]).toEqual([[name], true]);
});

test('a journal that holds nothing goes, whichever engine its run had', async () => {
  engine.leave('one', { engine: 'two (there, /)' }, null);
  expect(await cleaned()).toEqual({ isClean: true, lines: [], details: '' });
  expect(existsSync(engine.journalOf('one'))).toBe(false);
});

test('what this machine undoes needs no node that runs', async () => {
  engine.stand(name, { record: { kept: true } });
  engine.leave('one', {}, null);
  const file = join(place, 'undone');
  const undo = { node: `${name}-control-plane`, on: 'host', argv: ['touch', file], timeoutMs: 5000 };
  const entry = { kind: 'settings', cluster: name, incarnation, undo: [undo] };
  writeFileSync(join(engine.journalOf('one'), '001-settings.json'), JSON.stringify(entry));
  expect(await cleaned()).toMatchObject({ isClean: true, lines: [`done settings ${name}`, `left cluster ${name}`] });
  expect([existsSync(file), existsSync(engine.journalOf('one'))]).toEqual([true, false]);
});

test('what this machine was to undo is not called gone with the nodes while something of the cluster stands', async () => {
  engine.container(name, { role });
  engine.remember(name, { kept: true });
  engine.leave('one', {}, null);
  const undo = { node: `${name}-control-plane`, on: 'host', argv: ['false'], timeoutMs: 5000 };
  const entry = { kind: 'settings', cluster: name, incarnation, undo: [undo] };
  writeFileSync(join(engine.journalOf('one'), '001-settings.json'), JSON.stringify(entry));
  const { isClean, details } = await cleaned();
  expect([isClean, nodes(), existsSync(engine.journalOf('one'))]).toEqual([false, [balancer], true]);
  expect(details).toBe(`${left}\n${left}`);
  expect((await cleaned({ cluster: name })).isClean).toBe(true);
  expect([nodes(), existsSync(engine.journalOf('one')), existsSync(clusterDir(name))]).toEqual([[], false, false]);
});

test('what is kept of a cluster on an engine that is gone for good says what to delete', async () => {
  engine.remember(name, { engine: 'two (there, /)' });
  expect(await cleaned()).toEqual({
    ...{ isClean: true, lines: [`left record ${name}`] },
    details: `its cluster is on another engine (two (there, /), this one is one (here, /)): clean up with the DOCKER_HOST or context of then, or, where that engine is gone for good, delete ${clusterDir(name)}`,
  });
});
