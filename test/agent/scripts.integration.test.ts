import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { test as base, describe, expect } from 'vitest';
import type { Act } from '../../src/agent/index.ts';
import { type AgentStep, actPod, parseSteps, undoPod } from '../../src/agent/index.ts';

// The node is this machine, and the fault a file: the scripts are those that a pod runs, without the pod around them. Nearly all
// of their time is waiting, so several are tried at once, each with an act and files of its own.
let number = 0;
const verify = 'if [ -e "$0" ]; then echo "it is there"; else echo "it is not"; exit 3; fi';

/** A folder of one test, the fault in it, and acts that make that fault, each under the id of the first. */
const makeFault = () => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-agent-'));
  number += 1;
  const id = `test-${process.pid}-${number}`;
  const fault = join(folder, 'fault');
  const actOn = (other: Partial<Act> = {}): Act => ({
    ...{ id, node: 'this', kind: 'kubelet-pause', lengthMs: 1500, maxMs: 60_000 },
    survey: null,
    apply: ['sh', '-c', 'touch "$0"; echo "applied it"', fault],
    undo: ['rm', '-f', fault],
    verify: ['sh', '-c', verify, fault],
    ...other,
  });
  return { folder, fault, actOn };
};

const test = base.extend('made', async ({ onTestFinished }) => {
  const made = makeFault();
  onTestFinished(() => rmSync(made.folder, { recursive: true }));
  return made;
});

const onNode = (id: string): string => join('/run/skipbeat-agent', id);

/** As a kubelet expands a command, where no variable is set: `$$` is one `$`, and nothing else is changed. */
const expanded = (text: string): string => text.replaceAll('$$', () => '$');

/** Without `nsenter … --`, which a pod needs to come here. */
const start = (pod: ReturnType<typeof actPod>) => {
  const command = (pod.spec?.containers[0]?.command ?? []).map(expanded);
  const [file = '', ...args] = command.slice(command.indexOf('--') + 1);
  return execa(file, args, { reject: false, all: true });
};

const options = { run: 'test', image: 'none' };

const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await delay(10);
};

const recorded = (id: string): string => {
  const file = join(onNode(id), 'events');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

const armed = (id: string): Promise<void> => until(() => recorded(id).includes('"armed"'));

const clockMs = (): number => Math.round(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000);

/** The word to go has to come before its time, on a busy machine, too. */
const goMs = 2000;

const go = (id: string, atMs: number | string): void => {
  const file = join(onNode(id), 'go');
  writeFileSync(`${file}.new`, String(atMs));
  renameSync(`${file}.new`, file);
};

const names = (steps: readonly AgentStep[]): readonly string[] => steps.map(({ step }) => step);

const findStep = (steps: readonly AgentStep[], name: string): AgentStep => {
  const found = steps.find(({ step }) => step === name);
  if (found === undefined) throw new Error(`no ${name} among ${names(steps).join(', ')}`);
  return found;
};

/** A fault that somebody else makes: its undo says each time that it came, in a file. */
const elsewhere = ({ folder, fault, actOn }: ReturnType<typeof makeFault>, withinMs: number, throughMs: number): Act =>
  actOn({
    apply: ['sh', '-c', 'for try in $(seq 100); do [ -e "$0" ] && exit 0; sleep 0.05; done; exit 1', fault],
    undo: ['sh', '-c', 'rm -f "$0"; echo came >> "$1"', fault, join(folder, 'undos')],
    ...{ lengthMs: 1000, madeElsewhere: { withinMs, throughMs } },
  });

describe.concurrent('the scripts of an agent', () => {
  test('an act arms its undo, applies at its time, stands its length, proves both and leaves nothing', async ({
    made: { actOn, fault },
  }) => {
    const act = actOn();
    const running = start(actPod(act, options));
    await armed(act.id);
    expect(existsSync(fault)).toBe(false);
    const atMs = clockMs() + goMs;
    go(act.id, atMs);
    const { all, exitCode } = await running;
    const { steps, others } = parseSteps(all);
    expect(others).toEqual([]);
    expect(names(steps)).toEqual(['before', 'armed', 'going', 'applied', 'start', 'end', 'undo', 'undone', 'cleared']);
    expect(exitCode).toBe(0);
    expect(findStep(steps, 'applied').out).toBe('applied it');
    expect([findStep(steps, 'start').out, findStep(steps, 'end').out, findStep(steps, 'undone').out]).toEqual([
      'it is there',
      'it is there',
      'it is not',
    ]);
    expect(findStep(steps, 'applied').beganMs).toBeGreaterThanOrEqual(atMs);
    expect(findStep(steps, 'undo').beganMs).toBeGreaterThanOrEqual(atMs + act.lengthMs);
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    expect([`systemd ${boot}`, `process ${boot}`]).toContain(findStep(steps, 'armed').out);
    expect([existsSync(fault), existsSync(onNode(act.id))]).toEqual([false, false]);
  });

  test('where the agent is killed in the fault, the node undoes by itself at the end, and a later undo finds its record', async ({
    made: { actOn, fault },
  }) => {
    const act = actOn();
    const running = start(actPod(act, options));
    await armed(act.id);
    go(act.id, clockMs() + goMs);
    await until(() => recorded(act.id).includes('"start"'));
    running.kill('SIGKILL');
    await until(() => !existsSync(fault));
    await until(() => recorded(act.id).includes('"timer"'));
    const { steps } = parseSteps(recorded(act.id));
    expect(names(steps)).toEqual(['before', 'armed', 'going', 'applied', 'start', 'timer']);
    const later = await start(undoPod(act, options));
    expect(later.exitCode).toBe(0);
    const printed = parseSteps(later.all).steps;
    expect(findStep(printed, 'timer').beganMs).toBeGreaterThanOrEqual(
      findStep(printed, 'applied').beganMs + act.lengthMs,
    );
    expect(findStep(printed, 'found').out).toBe('it is not');
    expect(names(printed).at(-1)).toBe('cleared');
    expect(existsSync(onNode(act.id))).toBe(false);
  });

  test('an undo from outside ends the agent, its timer and its fault at once', async ({ made: { actOn, fault } }) => {
    const act = actOn({ lengthMs: 60_000 });
    const running = start(actPod(act, options));
    await armed(act.id);
    go(act.id, clockMs() + goMs);
    await until(() => existsSync(fault));
    const later = await start(undoPod(act, options));
    const { steps } = parseSteps(later.all);
    expect([findStep(steps, 'found').out, names(steps).at(-1)]).toEqual(['it is there', 'cleared']);
    expect((await running).isTerminated).toBe(true);
    expect([existsSync(fault), existsSync(onNode(act.id))]).toEqual([false, false]);
  });

  test('an undo where nothing was ever done is safe, and twice', async ({ made: { actOn } }) => {
    const act = actOn();
    for (const again of [1, 2]) {
      const { all, exitCode } = await start(undoPod(act, options));
      expect([again, exitCode, names(parseSteps(all).steps)]).toEqual([
        again,
        0,
        ['found', 'undo', 'undone', 'cleared'],
      ]);
    }
  });

  test('an agent that is asked to end in the fault undoes at once', async ({ made: { actOn, fault } }) => {
    const act = actOn({ lengthMs: 60_000 });
    const running = start(actPod(act, options));
    await armed(act.id);
    go(act.id, clockMs() + goMs);
    await until(() => existsSync(fault));
    running.kill('SIGTERM');
    const { steps } = parseSteps((await running).all);
    expect(names(steps)).toEqual(['before', 'armed', 'going', 'applied', 'start', 'undo', 'undone', 'cleared']);
    expect(existsSync(onNode(act.id))).toBe(false);
  });

  test('an agent that is ended before it may go has done nothing', async ({ made: { actOn, fault } }) => {
    const act = actOn();
    const running = start(actPod(act, options));
    await armed(act.id);
    running.kill('SIGTERM');
    const { steps } = parseSteps((await running).all);
    expect(names(steps)).toEqual(['before', 'armed', 'idle', 'cleared']);
    expect([existsSync(fault), existsSync(onNode(act.id))]).toEqual([false, false]);
  });

  const wrongTimes: readonly (readonly [string, () => number | string, string])[] = [
    ['a time that is over', () => clockMs() - 1000, 'the time to go was over'],
    ['no time', () => 'now; true', 'the time to go is none'],
    ['a time that is too far away', () => clockMs() + 3_600_000, 'the time to go is too far away'],
  ];

  test.for(wrongTimes)(
    'an agent that is to go at %s refuses, and has done nothing',
    async ([_, at, why], { made: { actOn, fault } }) => {
      const act = actOn();
      const running = start(actPod(act, options));
      await armed(act.id);
      go(act.id, at());
      const { all, exitCode } = await running;
      const { steps } = parseSteps(all);
      expect([exitCode, findStep(steps, 'refused').out]).toEqual([1, why]);
      expect([existsSync(fault), existsSync(onNode(act.id))]).toEqual([false, false]);
    },
  );

  test('an agent on a node that has the fault already refuses, and leaves it as it is', async ({
    made: { actOn, fault },
  }) => {
    const act = actOn();
    writeFileSync(fault, '');
    const { all, exitCode } = await start(actPod(act, options));
    expect([exitCode, names(parseSteps(all).steps)]).toEqual([1, ['before', 'refused', 'cleared']]);
    expect(existsSync(fault)).toBe(true);
  });

  test('a fault that could not be made is undone, and nothing is left armed', async ({ made: { actOn, fault } }) => {
    const act = actOn({ apply: ['sh', '-c', 'touch "$0"; echo "no such thing" >&2; exit 4', fault] });
    const running = start(actPod(act, options));
    await armed(act.id);
    go(act.id, clockMs() + goMs);
    const { steps } = parseSteps((await running).all);
    expect(names(steps)).toEqual(['before', 'armed', 'going', 'applied', 'undo', 'undone', 'cleared']);
    expect([findStep(steps, 'applied').code, findStep(steps, 'applied').err]).toEqual([4, 'no such thing']);
    expect(existsSync(fault)).toBe(false);
  });

  test('an undo that fails at first is tried again until it is proved', async ({ made: { actOn, fault, folder } }) => {
    const undo = 'if [ -e "$1" ]; then rm -f "$0"; else touch "$1"; echo "not yet" >&2; exit 1; fi';
    const act = actOn({ undo: ['sh', '-c', undo, fault, join(folder, 'tried')] });
    const running = start(actPod(act, options));
    await armed(act.id);
    go(act.id, clockMs() + goMs);
    const { steps } = parseSteps((await running).all);
    const undone = steps.filter(({ step }) => step === 'undone').map(({ code }) => code);
    expect([undone[0], undone.at(-1)]).toEqual([expect.any(Number), 3]);
    expect(names(steps).at(-1)).toBe('cleared');
    expect([existsSync(fault), existsSync(onNode(act.id))]).toEqual([false, false]);
  });

  test('an undo of the timer that is under way comes to its end before the files go', async ({
    made: { actOn, fault, folder },
  }) => {
    const [first, second, through] = ['first', 'second', 'through'].map((name) => join(folder, name));
    // The agent's fails, the timer's takes its time, the agent's next one is done at once.
    const steps = [
      'if ! [ -e "$1" ]; then touch "$1"; exit 1; fi',
      'rm -f "$0"',
      'if ! [ -e "$2" ]; then touch "$2"; sleep 3; touch "$3"; fi',
    ].join('; ');
    const act = actOn({ undo: ['sh', '-c', steps, fault, ...([first, second, through] as string[])] });
    const running = start(actPod(act, options));
    await armed(act.id);
    go(act.id, clockMs() + goMs);
    expect(names(parseSteps((await running).all).steps).at(-1)).toBe('cleared');
    expect([fault, through as string, onNode(act.id)].map(existsSync)).toEqual([false, true, false]);
  });

  test('a fault that somebody else makes stands its whole length from when it is there, and is undone once more when he is through', async ({
    made,
  }) => {
    const { fault } = made;
    const act = elsewhere(made, 20_000, 60_000);
    const running = start(actPod(act, options));
    await armed(act.id);
    const atMs = clockMs() + goMs;
    go(act.id, atMs);
    await until(() => clockMs() > atMs + 500);
    writeFileSync(fault, '');
    await until(() => recorded(act.id).includes('"undone"'));
    // What its maker puts back when he is notified that it is over.
    writeFileSync(fault, '');
    writeFileSync(join(onNode(act.id), 'through'), '');
    const { steps } = parseSteps((await running).all);
    const kinds = names(steps).filter((step) => step !== 'timer');
    expect(kinds.slice(0, 6)).toEqual(['before', 'armed', 'going', 'applied', 'start', 'end']);
    expect(kinds.slice(6)).toEqual(['undo', 'undone', 'undo', 'undone', 'cleared']);
    const appliedMs = findStep(steps, 'applied').clockMs;
    expect(appliedMs).toBeGreaterThanOrEqual(atMs + 500);
    expect(findStep(steps, 'undo').beganMs - appliedMs).toBeGreaterThanOrEqual(act.lengthMs);
    expect([existsSync(fault), existsSync(onNode(act.id))]).toEqual([false, false]);
  });

  test('where nobody says that he is through, the agent waits until he is by himself, and what it knows of his stays on the node for a later undo', async ({
    made,
  }) => {
    const { fault } = made;
    const act = elsewhere(made, 20_000, 4000);
    const running = start(actPod(act, options));
    await armed(act.id);
    const atMs = clockMs() + goMs;
    writeFileSync(fault, '');
    rmSync(fault);
    go(act.id, atMs);
    await until(() => clockMs() > atMs);
    writeFileSync(fault, '');
    const { steps } = parseSteps((await running).all);
    expect(steps.findLast(({ step }) => step === 'undo')?.beganMs).toBeGreaterThanOrEqual(atMs + 4000);
    expect([names(steps).at(-1), existsSync(onNode(act.id))]).toEqual(['kept', true]);
    const kept = await start(undoPod(act, options, false));
    expect([parseSteps(kept.all).steps.at(-1)?.step, existsSync(onNode(act.id))]).toEqual(['kept', true]);
    const later = await start(undoPod(act, options));
    expect([parseSteps(later.all).steps.at(-1)?.step, existsSync(onNode(act.id))]).toEqual(['cleared', false]);
  });

  test('what its maker makes once more after its end is undone again, long before he is through', async ({ made }) => {
    const { fault } = made;
    const act = elsewhere(made, 20_000, 60_000);
    const running = start(actPod(act, options));
    await armed(act.id);
    const atMs = clockMs() + goMs;
    go(act.id, atMs);
    await until(() => clockMs() > atMs);
    writeFileSync(fault, '');
    await until(() => recorded(act.id).includes('"undone"'));
    writeFileSync(fault, '');
    await until(() => !existsSync(fault));
    expect(clockMs()).toBeLessThan(atMs + 30_000);
    writeFileSync(join(onNode(act.id), 'through'), '');
    expect(names(parseSteps((await running).all).steps).at(-1)).toBe('cleared');
  });

  test('one that came only after the agent was killed is undone by the node all the same', async ({ made }) => {
    const { fault, folder } = made;
    const act = elsewhere(made, 1500, 60_000);
    const running = start(actPod(act, options));
    await armed(act.id);
    const atMs = clockMs() + goMs;
    go(act.id, atMs);
    await until(() => clockMs() > atMs + 200);
    running.kill('SIGKILL');
    writeFileSync(fault, '');
    await until(() => !existsSync(fault));
    expect(clockMs()).toBeGreaterThanOrEqual(atMs + act.lengthMs + 1500);
    await until(() => recorded(act.id).includes('"timer"'));
    expect(readFileSync(join(folder, 'undos'), 'utf8')).toMatch(/^(came\n)+$/);
    const later = await start(undoPod(act, options));
    expect([later.exitCode, existsSync(onNode(act.id))]).toEqual([0, false]);
  });
});
