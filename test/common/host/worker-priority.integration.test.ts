import { readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import { startWithPriority } from '../../../src/common/host/worker-priority.ts';

/** The priority of each thread of this process by the kernel's word (proc(5), field 19 of stat). */
const priorities = (): number[] =>
  readdirSync('/proc/self/task').map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });

const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

test('the thread that is started goes before all others, and the one that starts it stays as it was', () => {
  const before = getPriority();
  const others = priorities().filter((priority) => priority !== before);
  workers.push(startWithPriority(() => new Worker('setInterval(() => undefined, 1000)', { eval: true })));
  expect(priorities()).toContain(constants.priority.PRIORITY_HIGH);
  expect(priorities().filter((priority) => priority !== before)).toHaveLength(others.length + 1);
  expect(getPriority()).toBe(before);
});

test('where it cannot be started the priority is as before, too', () => {
  const before = getPriority();
  const failing = (): Worker => {
    throw new Error('no thread');
  };
  expect(() => startWithPriority(failing)).toThrow('no thread');
  expect(getPriority()).toBe(before);
});

test('for a user who may not raise a priority the thread is like any', async () => {
  const script = `
    import { Worker } from 'node:worker_threads';
    import { startWithPriority } from ${JSON.stringify(new URL('../../../src/common/host/worker-priority.ts', import.meta.url))};
    const worker = startWithPriority(() => new Worker('require("worker_threads").parentPort.postMessage(7)', { eval: true, execArgv: [] }));
    worker.once('message', (said) => console.log(said));
  `;
  const node = [process.execPath, '--input-type=module', '--eval', script];
  const { stdout } = await execa('setpriv', ['--bounding-set=-sys_nice', '--inh-caps=-sys_nice', ...node]);
  expect(stdout).toBe('7');
});
