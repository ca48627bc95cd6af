import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import {
  isProcessIdentity,
  isThisProcess,
  lifeOf,
  processText,
  thisProcess,
} from '../../../src/common/host/process.ts';

const me = thisProcess();

test('this process lives, and another one that was given the same number is not it', () => {
  expect(lifeOf(me)).toBe('alive');
  expect(lifeOf({ ...me, startTicks: '1' })).toBe('dead');
});

test('an ended process is dead', async () => {
  const child = execa(process.execPath, ['--eval', 'process.stdin.resume()'], { reject: false });
  const identity = { ...me, pid: child.pid as number, startTicks: null };
  expect(lifeOf(identity)).toBe('alive');
  child.kill('SIGKILL');
  await child;
  expect(lifeOf(identity)).toBe('dead');
});

test('a zombie is dead, however long whoever should reap it takes', async () => {
  // The shell becomes a sleep that reaps nobody; only then its child ends, and stays in the table of processes.
  const parent = spawn('sh', ['-c', 'head -c 1 <&3 & echo $!; exec sleep 60 3<&-'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  const [, stdout, , held] = parent.stdio;
  const pid = Number(String((await once(stdout as Readable, 'data'))[0]).trim());
  while (readFileSync(`/proc/${parent.pid}/comm`, 'utf8') !== 'sleep\n') await delay(10);
  (held as Writable).end();
  const stateOf = (): string =>
    / ([A-Z]) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\)/, ''))?.[1] ?? '';
  while (stateOf() !== 'Z') await delay(10);
  process.kill(pid, 0);
  expect(lifeOf({ ...me, pid, startTicks: null })).toBe('dead');
  parent.kill('SIGKILL');
  await once(parent, 'exit');
});

test.each([1, 2])(
  'of a process that /proc hides (hidepid=%d) it is not known whether it lives; of one that is gone it is',
  async (hidepid) => {
    const module = JSON.stringify(fileURLToPath(new URL('../../../src/common/host/process.ts', import.meta.url)));
    const another = `
    import { lifeOf } from ${module};
    const live = JSON.parse(process.argv[1]);
    process.stdout.write([live, { ...live, pid: 4_000_000 }].map(lifeOf).join(' '));
  `;
    const program = `
    import { execFileSync } from 'node:child_process';
    import { thisProcess } from ${module};
    const node = [process.execPath, '--input-type=module-typescript', '--eval', process.argv[1], JSON.stringify(thisProcess())];
    const asNobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', ...node];
    process.stdout.write(execFileSync('setpriv', asNobody));
  `;
    const mount = `mount -t proc -o hidepid=${hidepid} proc /proc && exec "$@"`;
    const node = [process.execPath, '--input-type=module-typescript', '--eval', program, another];
    const own = ['--mount', '--pid', '--fork', '--kill-child'];
    const { stdout } = await execa('unshare', [...own, 'sh', '-c', mount, 'sh', ...node], { cwd: '/' });
    expect(stdout).toBe('unknown dead');
  },
);

test('of a process that /proc hides from one who may signal it, it is not known whether it lives', async () => {
  const module = JSON.stringify(fileURLToPath(new URL('../../../src/common/host/process.ts', import.meta.url)));
  const another = `
    import { lifeOf } from ${module};
    process.stdout.write(lifeOf(JSON.parse(process.argv[1])));
  `;
  const program = `
    import { execFileSync } from 'node:child_process';
    import { thisProcess } from ${module};
    const node = [process.execPath, '--input-type=module-typescript', '--eval', process.argv[1], JSON.stringify(thisProcess())];
    process.stdout.write(execFileSync('setpriv', ['--regid', '65534', '--clear-groups', '--bounding-set', '-sys_ptrace', '--inh-caps', '-sys_ptrace', ...node]));
  `;
  const mount = 'mount -t proc -o hidepid=2 proc /proc && exec "$@"';
  const node = [process.execPath, '--input-type=module-typescript', '--eval', program, another];
  const own = ['--mount', '--pid', '--fork', '--kill-child'];
  const { stdout } = await execa('unshare', [...own, 'sh', '-c', mount, 'sh', ...node], { cwd: '/' });
  expect(stdout).toBe('unknown');
});

const module = fileURLToPath(new URL('../../../src/common/host/process.ts', import.meta.url));

test.runIf(existsSync('/proc/self/ns/time'))(
  'a process lives, whatever time namespace it is looked at from',
  async () => {
    const program = `
    import { lifeOf } from ${JSON.stringify(module)};
    const live = JSON.parse(process.argv[1]);
    process.stdout.write([live, { ...live, startTicks: '1' }, { ...live, pid: 4_000_000 }].map(lifeOf).join(' '));
  `;
    const node = [process.execPath, '--input-type=module-typescript', '--eval', program, JSON.stringify(me)];
    const { stdout } = await execa('unshare', ['--time', '--boottime', '100000', ...node]);
    expect(stdout).toBe('alive dead dead');
  },
);

test('where /proc is of the PID namespace above, no process there is taken for one of the same number here', async () => {
  // Number 1 is here this shell, and above what began the machine.
  const program = `
    import { isDead, lifeOf, thisProcess } from ${JSON.stringify(module)};
    const me = thisProcess();
    const seen = [me, { ...me, pid: 1, startTicks: '1' }, { ...me, pid: 2 }, { ...me, pid: 4_000_000 }];
    process.stdout.write([me.startTicks, ...seen.map(lifeOf), ...seen.map(isDead)].join(' '));
  `;
  const node = [process.execPath, '--input-type=module-typescript', '--eval', program];
  const inShell = ['sh', '-c', 'true & wait; "$@"; true', 'sh', ...node];
  const { stdout } = await execa('unshare', ['--pid', '--fork', '--kill-child', ...inShell]);
  expect(stdout).toBe(' alive unknown dead dead false false true true');
});

test.each([
  ['another machine', { machineId: 'another' }],
  ['another host of the same image', { host: 'another', bootId: 'another' }],
  ['another host that says no boot', { host: 'another', bootId: null }],
  ['another host that says no namespace', { host: 'another', pidNamespace: null }],
  ['a container on this kernel', { host: 'another', pidNamespace: 'pid:[1]' }],
  ['another PID namespace', { pidNamespace: 'pid:[1]' }],
  ['another boot of a machine without a name', { machineId: null, bootId: 'another' }],
  ['a boot that it could not read', { bootId: null }],
])('of a process of %s it is not known whether it lives', (_, other) => {
  expect(lifeOf({ ...me, ...other, pid: 1_000_000_000 })).toBe('unknown');
});

test.each<[string, object]>([
  ['without a boot', { bootId: undefined }],
  ['of a boot without a name', { bootId: '' }],
  ['whose start is a number', { startTicks: Number(me.startTicks) }],
  ['without a start', { startTicks: undefined }],
  ['whose start is no number', { startTicks: '12x' }],
  ['without a machine', { machineId: undefined }],
  ['of a machine that is a number', { machineId: 5 }],
  ['without a PID namespace', { pidNamespace: undefined }],
  ['of a PID namespace that is a list', { pidNamespace: [] }],
  ['without a host', { host: undefined }],
])('what was read of a process %s is of none, and never of a dead one', (_, other) => {
  const read = { ...me, ...other };
  expect([isProcessIdentity(me), isProcessIdentity(read), lifeOf(read as typeof me)]).toEqual([true, false, 'unknown']);
});

test('a machine that was given another name since is the same while its kernel runs', () => {
  expect(lifeOf({ ...me, host: 'before' })).toBe('alive');
  expect(lifeOf({ ...me, host: 'before', pid: 1_000_000_000 })).toBe('dead');
});

test('only this very process is this one', () => {
  expect(isThisProcess(me)).toBe(true);
  expect(
    [{ pid: process.ppid }, { startTicks: '1' }, { pidNamespace: 'pid:[1]' }].map((other) =>
      isThisProcess({ ...me, ...other }),
    ),
  ).toEqual([false, false, false]);
});

test('a process of an earlier boot of this machine is dead', () => {
  expect(lifeOf({ ...me, bootId: 'earlier' })).toBe(me.machineId === null ? 'unknown' : 'dead');
});

test('a process is printed with its host, and with its namespace where that is another', () => {
  expect(processText(me)).toBe(`process ${process.pid} on ${me.host}`);
  expect(processText({ ...me, pidNamespace: 'pid:[1]' })).toBe(
    `process ${process.pid} on ${me.host} in another PID namespace`,
  );
});
