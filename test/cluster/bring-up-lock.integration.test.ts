import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clusterComingUp, occupantsWith, takeBringUp } from '../../src/cluster/bring-up-lock.ts';
import { errnoOf } from '../../src/common/errors.ts';
import { thisProcess } from '../../src/common/host/process.ts';
import { lockHolder } from '../../src/node/index.ts';
import { dead, fileEngine, unseen } from '../support/file-engine.ts';

const nobody = 65534;

let folder: string;
let locks: string;
let file: string;
let pidFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-turn-'));
  chmodSync(folder, 0o755);
  locks = join(folder, 'locks');
  mkdirSync(locks);
  // As /tmp and /run/lock are.
  chmodSync(locks, 0o1777);
  file = join(locks, 'skipbeat-bring-up.lock');
  pidFile = join(folder, 'pid');
  writeFileSync(pidFile, '');
  vi.stubEnv('SKIPBEAT_LOCK_DIR', locks);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const cluster = (run: string) => ({ run, cluster: `skipbeat-${run}`, controlPlanes: 1, workers: 2 });

/** Takes the turn of a run here; `waits` has who it waited for. */
const turnOf = (run: string, signal = new AbortController().signal, maxMs = 60_000) => {
  const waits: string[] = [];
  const taken = takeBringUp(cluster(run), { onWait: (_, text) => void waits.push(text), maxMs, signal });
  return { taken, waits };
};

const module = (path: string): string => JSON.stringify(fileURLToPath(new URL(`../../src/${path}`, import.meta.url)));

/** A process that has its turn, as a run has that is killed later. @param then what it does; `turn` is what it has */
const other = (then: string, options: { readonly uid?: number } = {}) =>
  execa(
    process.execPath,
    [
      '--input-type=module-typescript',
      '--eval',
      `import { takeBringUp } from ${module('cluster/bring-up-lock.ts')};
       import { hostExec } from ${module('node/index.ts')};
       const run = { run: 'other', cluster: 'skipbeat-other', controlPlanes: 1, workers: 2 };
       const signal = new AbortController().signal;
       const turn = await takeBringUp(run, { onWait: () => undefined, maxMs: 60_000, signal });
       ${then}`,
    ],
    { reject: false, env: { PID_FILE: pidFile }, ...options },
  );

/** The first that it prints. @throws where it ends before */
const shows = (child: ReturnType<typeof other>): Promise<string> =>
  new Promise((resolve, reject) => {
    child.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString().trim()));
    void child.then(({ stdout, stderr }) => reject(new Error(`expected a line, found the end: ${stdout}${stderr}`)));
  });

test('of two that begin at once one has its turn, and the other learns of which cluster, and has it then', async () => {
  const one = turnOf('one');
  const two = turnOf('two');
  const early = await Promise.race([one, two].map((each) => each.taken.then(() => each)));
  const late = early === one ? two : one;
  const first = await early.taken;
  await expect.poll(() => late.waits).toHaveLength(1);
  const run = early === one ? 'one' : 'two';
  expect(late.waits[0]).toMatch(
    new RegExp(
      `^cluster skipbeat-${run} of 1 \\+ 2 nodes, which run ${run} \\(process ${process.pid} on .*\\) brings up$`,
    ),
  );
  expect(await clusterComingUp()).toMatchObject({ ...cluster(run), process: { pid: process.pid } });
  await first.release();
  const second = await late.taken;
  expect([first.waitedMs, second.waitedMs > 0, early.waits]).toEqual([0, true, []]);
  await second.release();
  expect([await clusterComingUp(), readdirSync(locks)]).toEqual([null, []]);
});

/** Ends it, as by `kill -9`; one that is gone was meant to. */
const kill = (pid: number | undefined): void => {
  if (pid === undefined) throw new Error('expected a process that was started');
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ESRCH') throw thrown;
  }
};

/** Starts a program that stays, and keeps the turn open; prints its number. */
const startsProgram = `
  const { watch, readFileSync } = await import('node:fs');
  const pidFile = process.env.PID_FILE;
  const watcher = watch(pidFile, () => {
    const pid = readFileSync(pidFile, 'utf8').trim();
    if (pid === '') return;
    watcher.close();
    console.log(pid);
  });
  const argv = ['sh', '-c', 'echo $$ > "$PID_FILE"; exec sleep 600'];
  void hostExec({ argv, timeoutMs: 600_000, keepsOpen: turn.keepsHeld });
`;

test('the turn of a run that was killed is over as soon as what it had started has ended, and not before', async () => {
  const child = other(startsProgram);
  const program = Number(await shows(child));
  try {
    kill(child.pid);
    await child;
    const { taken, waits } = turnOf('next');
    await expect.poll(() => waits).toHaveLength(1);
    expect(waits[0]).toMatch(
      /^cluster skipbeat-other of 1 \+ 2 nodes, which run other began \(process \d+ on .*, which has ended; what it started has not\), or one of another user$/,
    );
    expect(await clusterComingUp()).toMatchObject(cluster('other'));
    kill(program);
    await (await taken).release();
  } finally {
    kill(program);
  }
  expect(readdirSync(locks)).toEqual([]);
});

test('a run that was killed with nothing started keeps nobody waiting', async () => {
  const killed = other(`process.kill(process.pid, 'SIGKILL');`);
  expect((await killed).signal).toBe('SIGKILL');
  await (await turnOf('next').taken).release();
});

test('who lets go does so for the programs that it started, too', async () => {
  const child = other(`${startsProgram}
    process.stdin.once('data', () => turn.release().then(() => console.log('over')));
  `);
  const program = Number(await shows(child));
  try {
    expect(await clusterComingUp()).toMatchObject(cluster('other'));
    const over = shows(child);
    child.stdin.write('go on\n');
    expect(await over).toBe('over');
    expect(await clusterComingUp()).toBeNull();
  } finally {
    kill(program);
    kill(child.pid);
    await child;
  }
});

test('who is interrupted while he waits ends at once with that, and takes no turn afterwards', async () => {
  const first = await turnOf('one').taken;
  const interrupt = new AbortController();
  const { taken, waits } = turnOf('two', interrupt.signal);
  await expect.poll(() => waits).toHaveLength(1);
  interrupt.abort(new Error('Ctrl-C'));
  await expect(taken).rejects.toThrow('Ctrl-C');
  expect(await clusterComingUp()).toMatchObject(cluster('one'));
  await first.release();
  await expect.poll(() => lockHolder(file, 'allUsers')).toBeNull();
  await expect.poll(() => readdirSync(locks)).toEqual([]);
});

test('what the other throws who is asked whether to wait ends the wait, as does one that takes too long', async () => {
  const first = await turnOf('one').taken;
  const onWait = () => Promise.reject(new Error('no room'));
  const signal = new AbortController().signal;
  await expect(takeBringUp(cluster('two'), { onWait, maxMs: 60_000, signal })).rejects.toThrow('no room');
  await expect(turnOf('two', signal, 0).taken).rejects.toMatchObject({
    ...{ code: 'BRING_UP_BUSY', exitCode: 75 },
    message: expect.stringMatching(/waited all that time for cluster skipbeat-one of 1 \+ 2 nodes, which run one /),
    next: `fuser -v ${file}  names what holds it: end that run (Ctrl-C there, or kill -TERM), then run this again`,
  });
  await first.release();
});

test('users take turns, though none of them may write to or delete the file of another', async () => {
  const before = process.umask(0o077);
  const first = await turnOf('one').taken.finally(() => process.umask(before));
  const child = other(`console.log('waited', turn.waitedMs > 0); process.stdin.once('data', () => turn.release());`, {
    uid: nobody,
  });
  await first.release();
  expect(await shows(child)).toMatch(/^waited /);
  const { taken, waits } = turnOf('two');
  await expect.poll(() => waits).toHaveLength(1);
  expect(waits[0]).toMatch(/^cluster skipbeat-other of 1 \+ 2 nodes, which run other \(process \d+ on .*\) brings up$/);
  child.stdin.end('go on\n');
  await (await taken).release();
  await child;
  // What a crash left of one user keeps no other from the turn, who cannot write into it.
  writeFileSync(file, JSON.stringify({ pid: 1, run: 'gone' }));
  const heir = other(`console.log('taken'); process.stdin.once('data', () => turn.release());`, { uid: nobody });
  expect(await shows(heir)).toBe('taken');
  const next = turnOf('three');
  await expect
    .poll(() => next.waits)
    .toEqual([`a cluster that comes up on this machine, of which ${file} does not say whose it is`]);
  heir.stdin.end('go on\n');
  await heir;
  await (await next.taken).release();
  expect(readdirSync(locks)).toEqual([]);
});

test('a folder that cannot be written to says so, and how to name another; whatever else stands there stays', async () => {
  chmodSync(locks, 0o755);
  const child = other('', { uid: nobody });
  expect((await child).stderr).toContain(
    "next: 'run it as the user whose folder that is, or choose another for all users of the machine with SKIPBEAT_LOCK_DIR'",
  );
  writeFileSync(file, 'precious: 1');
  await expect(turnOf('one').taken).rejects.toMatchObject({ code: 'LOCK_FOREIGN', exitCode: 75 });
  await expect(clusterComingUp()).rejects.toMatchObject({ code: 'LOCK_FOREIGN', exitCode: 75 });
});

test('nodes that run take room, those of a cluster that comes up once, and what a dead run was about to make none', async () => {
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(folder, 'state'));
  const engine = fileEngine(folder);
  expect(await occupantsWith(engine.host, null)).toEqual({
    running: { controlPlanes: 0, workers: 0 },
    comingUp: null,
  });
  engine.container('skipbeat-one', { running: true });
  engine.container('skipbeat-two', { running: true });
  engine.container('skipbeat-two', { running: true, role: 'external-load-balancer' });
  engine.container('skipbeat-stopped', { running: false });
  const two = { controlPlanes: 2, workers: 0 };
  const comingUp = { ...cluster('one'), process: thisProcess() };
  expect(await occupantsWith(engine.host, null)).toEqual({ running: two, comingUp: null });
  expect(await occupantsWith(engine.host, comingUp)).toEqual({ running: { ...two, controlPlanes: 1 }, comingUp });
  expect(await occupantsWith(engine.host, { ...comingUp, process: unseen })).toMatchObject({
    comingUp: { run: 'one' },
  });
  expect(await occupantsWith(engine.host, { ...comingUp, process: dead })).toEqual({ running: two, comingUp: null });
});
