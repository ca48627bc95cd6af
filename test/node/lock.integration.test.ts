import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Lock, lockHolder, takeLock } from '../../src/node/index.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-lock-'));
  file = join(folder, 'locks', 'one.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const taken = (lock: Awaited<ReturnType<typeof takeLock>>): Lock => {
  if ('release' in lock) return lock;
  throw new Error(`expected the lock, found it with ${lock.heldBy}`);
};

test('one has the lock, the other learns who; and it goes without a trace', async () => {
  const lock = taken(await takeLock(file, 'the first'));
  expect(await takeLock(file, 'the second')).toEqual({ heldBy: 'the first' });
  expect(await lockHolder(file)).toBe('the first');
  await Promise.all([lock.release(), lock.release()]);
  expect(await lockHolder(file)).toBeNull();
  expect(readdirSync(join(folder, 'locks'))).toEqual([]);
});

test('who asks while it changes hands learns who has it or that nobody has, never of a holder without a name', async () => {
  const found = new Set<string | null>();
  let isOver = false;
  const ask = async (): Promise<void> => {
    while (!isOver) {
      found.add(await lockHolder(file));
      // Where there is no file it answers at once, and nothing else had its turn.
      await setImmediate();
    }
  };
  const asking = [ask(), ask()];
  for (let round = 0; round < 60; round += 1) {
    const lock = await takeLock(file, '812');
    if ('release' in lock) await lock.release();
    else found.add(lock.heldBy);
  }
  isOver = true;
  await Promise.all(asking);
  found.delete(null);
  expect([...found]).toEqual(['812']);
});

test('what a dead holder left in the file keeps nobody out', async () => {
  const lock = taken(await takeLock(file, 'first'));
  await lock.release();
  for (const text of ['{"pid":812,"startTicks":"17', '812', '\0\0\0', '']) {
    writeFileSync(file, text);
    expect(await lockHolder(file)).toBeNull();
    await taken(await takeLock(file, 'next')).release();
    expect(existsSync(file)).toBe(false);
  }
});

const precious = 'precious: 1';

test.each<[string, (other: string) => void, string]>([
  ['a link to a file', (other) => symlinkSync(other, file), 'a symbolic link'],
  ['a link that leads nowhere', () => symlinkSync(join(folder, 'nowhere'), file), 'a symbolic link'],
  ['a link to itself', () => symlinkSync(file, file), 'a symbolic link'],
  ['another name of a file', (other) => linkSync(other, file), 'a file that has 2 names'],
  ['a folder', () => mkdirSync(file), 'a folder'],
  ['a named pipe', () => execaSync('mkfifo', [file]), 'a named pipe'],
])('%s in the place of a lock is left as it is, and nobody is said not to have it', async (_, make, found) => {
  const other = join(folder, 'other');
  writeFileSync(other, precious);
  mkdirSync(join(folder, 'locks'));
  make(other);
  const foreign = {
    code: 'LOCK_FOREIGN',
    exitCode: 75,
    message: `${file}: expected a lock of skipbeat or nothing, found ${found}.`,
  };
  await expect(takeLock(file, '812')).rejects.toMatchObject(foreign);
  await expect(lockHolder(file)).rejects.toMatchObject(foreign);
  expect([readFileSync(other, 'utf8'), readdirSync(join(folder, 'locks'))]).toEqual([precious, ['one.lock']]);
});

test.each<[string, string, number, string]>([
  ['with a text that no holder writes', precious, 0, 'a file with a text that names no process'],
  ['of another user', '', 65534, 'a file of user 65534, who is another than 0'],
])('a file %s is neither written to nor deleted', async (_, text, user, found) => {
  mkdirSync(join(folder, 'locks'));
  writeFileSync(file, text);
  chownSync(file, user, user);
  const message = `${file}: expected a lock of skipbeat or nothing, found ${found}.`;
  const foreign = { code: 'LOCK_FOREIGN', message };
  await expect(takeLock(file, '812')).rejects.toMatchObject(foreign);
  // It is free, and nobody could take it.
  await expect(lockHolder(file)).rejects.toMatchObject(foreign);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test.each<[string, number, number, boolean]>([
  ['in his own folder', 65534, 0o700, true],
  ['in his own folder, where others can put one', 65534, 0o777, false],
  ['in a folder of a third one', 65533, 0o700, false],
])('root takes the stale lock of a user, who may have called by sudo, %s', async (_, owner, mode, isTaken) => {
  mkdirSync(join(folder, 'locks'));
  chmodSync(join(folder, 'locks'), mode);
  chownSync(join(folder, 'locks'), owner, owner);
  writeFileSync(file, '{"pid":812}');
  chownSync(file, 65534, 65534);
  const asked = await lockHolder(file).catch(({ code }) => code);
  const taken = await takeLock(file, '813').catch(({ code }) => code);
  expect([asked, typeof taken.release]).toEqual(isTaken ? [null, 'function'] : ['LOCK_FOREIGN', 'undefined']);
  await taken.release?.();
  expect(existsSync(file)).toBe(!isTaken);
});

test.each<[string, () => void, string]>([
  ['a file', () => writeFileSync(join(folder, 'locks'), ''), 'ENOTDIR: not a directory'],
  [
    'a link that leads nowhere',
    () => symlinkSync(join(folder, 'nowhere'), join(folder, 'locks')),
    'ENOENT: no such file or directory',
  ],
])('where the place of all locks is %s, nobody is said not to have one', async (_, make, found) => {
  make();
  await expect(lockHolder(file)).rejects.toMatchObject({
    code: 'LOCK_IMPOSSIBLE',
    message: `${file}: expected a file that flock(1) can lock, found: ${found}, lstat '${file}'.`,
  });
  await expect(takeLock(file, '812')).rejects.toMatchObject({
    code: 'LOCK_IMPOSSIBLE',
    next: 'look at the folder: a file, or a link that leads nowhere, stands where one is expected',
  });
});

const module = JSON.stringify(fileURLToPath(new URL('../../src/node/index.ts', import.meta.url)));

/** Takes the lock as user 65534 does; what is printed says what became of it. */
const takenByAnother = (): string => {
  const code = `import(${module}).then(({ takeLock }) => takeLock(${JSON.stringify(file)}, '814')).then(
    (taken) => console.log('heldBy' in taken ? taken.heldBy : 'taken'),
    ({ code, next }) => console.log(code, next),
  ).finally(() => process.exit());`;
  return execaSync(process.execPath, ['--input-type=module', '--eval', code], { uid: 65534, gid: 65534 }).stdout;
};

test('a user learns who holds a lock that root has in his folder, and is to move it away where nobody does', async () => {
  for (const path of [folder, join(folder, 'locks')]) {
    mkdirSync(path, { recursive: true });
    chownSync(path, 65534, 65534);
  }
  const root = await takeLock(file, '{"pid":812}');
  if ('heldBy' in root) throw new Error('expected a lock that is free');
  expect(takenByAnother()).toBe('{"pid":812}');
  await root.release();
  writeFileSync(file, '{"pid":812}');
  expect(takenByAnother()).toBe(`LOCK_FOREIGN look at  ls -ld ${file}  and move it away: skipbeat leaves it as it is`);
});
const contender = (script: string) =>
  execa(process.execPath, ['--input-type=module-typescript', '--eval', script, file], { reject: false });

test.each(['SIGHUP', 'SIGINT', 'SIGTERM'] as const)(
  '%s for everything that runs does not take the lock from who still undoes what it did',
  async (signal) => {
    const lock = taken(await takeLock(file, 'me'));
    // The shell and all that it started, as one group.
    const holders = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
      .split(' ')
      .filter((pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(file));
    expect(holders).toHaveLength(1);
    process.kill(-Number(holders[0]), signal);
    expect(await takeLock(file, 'another')).toEqual({ heldBy: 'me' });
    await lock.release();
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  },
);

test('who lost the lock by a kill of what held it learns so; who let go of it does not', async () => {
  const lock = taken(await takeLock(file, '812'));
  const [holder] = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter((pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(file));
  expect(lock.lost.aborted).toBe(false);
  const lost = new Promise((resolve) => lock.lost.addEventListener('abort', resolve, { once: true }));
  process.kill(-Number(holder), 'SIGKILL');
  await lost;
  expect(lock.lost.reason).toMatchObject({
    code: 'LOCK_IMPOSSIBLE',
    message: `${file}: expected a file that flock(1) can lock, found: what held its lock ended: signal SIGKILL.`,
  });
  await lock.release();
  const next = taken(await takeLock(file, 'next'));
  await next.release();
  expect(next.lost.aborted).toBe(false);
});

test.each([
  ['deleted', () => rmSync(file)],
  ['replaced', () => renameSync(join(folder, 'another'), file)],
])('who lost the lock, for its file was %s, learns so, and the file of the next holder stays', async (_, change) => {
  writeFileSync(join(folder, 'another'), '');
  const lock = taken(await takeLock(file, 'me'));
  const lost = new Promise((resolve) => lock.lost.addEventListener('abort', resolve, { once: true }));
  change();
  await lost;
  expect(lock.lost.reason).toMatchObject({
    code: 'LOCK_IMPOSSIBLE',
    message: `${file}: expected a file that flock(1) can lock, found: somebody deleted it, or put another in its place, while it was locked.`,
  });
  const next = taken(await takeLock(file, 'next'));
  await lock.release();
  expect(await lockHolder(file)).toBe('next');
  await next.release();
  expect(next.lost.aborted).toBe(false);
});

test('a lock that is held and says nothing is free for nobody, and it is said how to find who has it', async () => {
  const lock = taken(await takeLock(file, 'me'));
  writeFileSync(file, '');
  await expect(takeLock(file, 'another')).rejects.toMatchObject({
    code: 'LOCK_IMPOSSIBLE',
    message: `${file}: expected to read who holds it, found a lock that says nothing.`,
    next: `fuser -v ${file}  names the process that holds it: wait for it, or end what started it`,
  });
  await lock.release();
});

test('who lets go of a lock whose file was deleted leaves the file of the next holder', async () => {
  const first = taken(await takeLock(file, 'first'));
  rmSync(file);
  const second = taken(await takeLock(file, 'second'));
  await first.release();
  expect(await takeLock(file, 'third')).toEqual({ heldBy: 'second' });
  await second.release();
  expect(readdirSync(join(folder, 'locks'))).toEqual([]);
});

test('a file that cannot be locked is said without the script that tried', async () => {
  mkdirSync(file, { recursive: true });
  await expect(takeLock(file, 'me')).rejects.toMatchObject({
    code: 'LOCK_FOREIGN',
    message: `${file}: expected a lock of skipbeat or nothing, found a folder.`,
  });
});

test('where it cannot be asked who has a lock, nobody is said to, and neither is one who had it', async () => {
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  const lock = taken(await takeLock(file, 'me'));
  vi.stubEnv('PATH', programs);
  try {
    await expect(lockHolder(file)).rejects.toMatchObject({ code: 'LOCK_IMPOSSIBLE' });
    for (const name of ['sh', 'cat', 'rm']) symlinkSync(`/bin/${name}`, join(programs, name));
    await lock.release();
    writeFileSync(file, '812');
    // By the line of the script that could not be done, as the shell says it.
    const noFlock = (line: number) => ({
      code: 'LOCK_IMPOSSIBLE',
      message: `${file}: expected a file that flock(1) can lock, found: skipbeat-lock: ${line}: flock: not found.`,
    });
    await expect(lockHolder(file)).rejects.toMatchObject(noFlock(2));
    await expect(takeLock(file, 'next')).rejects.toMatchObject(noFlock(5));
  } finally {
    vi.unstubAllEnvs();
    await lock.release();
  }
});

test('a disk without space keeps nobody from having the lock, and no file is left; without a file it is said what is missing', async () => {
  const program = `
    import { existsSync, readFileSync, writeFileSync } from 'node:fs';
    import { lockHolder, takeLock } from ${module};
    const [, file] = process.argv;
    try { writeFileSync(file + '.fill', Buffer.alloc(1e6)); } catch {}
    const lock = await takeLock(file, '812');
    const inside = [existsSync(file), readFileSync(file, 'utf8'), await lockHolder(file).catch(({ message }) => message)];
    await lock.release();
    const after = existsSync(file);
    try { for (let count = 0; ; count += 1) writeFileSync(file + '.' + count, ''); } catch {}
    const { code, message, next } = await takeLock(file, '812').catch((thrown) => thrown);
    process.stdout.write(JSON.stringify({ inside, after, code, message, next }));
  `;
  mkdirSync(join(folder, 'locks'));
  const mount = `mount -t tmpfs -o size=64k,nr_inodes=20 tmpfs ${join(folder, 'locks')} && exec "$@"`;
  const node = [process.execPath, '--input-type=module-typescript', '--eval', program, file];
  const { stdout } = await execa('unshare', ['--mount', 'sh', '-c', mount, 'sh', ...node]);
  expect(JSON.parse(stdout)).toEqual({
    inside: [true, '', `${file}: expected to read who holds it, found a lock that says nothing.`],
    after: false,
    code: 'LOCK_IMPOSSIBLE',
    message: `${file}: expected a file that flock(1) can lock, found: ENOSPC: no space left on device, open '${file}'.`,
    next: 'free space on that disk (df -h, df -i)',
  });
});

test('without /proc, by which a lock is told from another of its name, it is said and nobody waits for ever', async () => {
  const program = `
    import { takeLock } from ${module};
    const { message } = await takeLock(process.argv[1], '812').catch((thrown) => thrown);
    process.stdout.write(message);
  `;
  const node = [process.execPath, '--input-type=module-typescript', '--eval', program, file];
  const { stdout } = await execa('unshare', ['--mount', 'sh', '-c', 'umount -l /proc && exec "$@"', 'sh', ...node]);
  expect(stdout).toBe(`${file}: expected a file that flock(1) can lock, found: /proc does not show what is open.`);
});

test('a holder that is killed lets go', async () => {
  const killed = contender(`
    import { takeLock } from ${module};
    await takeLock(process.argv[1], 'killed');
    process.kill(process.pid, 'SIGKILL');
  `);
  expect((await killed).signal).toBe('SIGKILL');
  await expect.poll(() => lockHolder(file)).toBeNull();
  await taken(await takeLock(file, 'next')).release();
});
