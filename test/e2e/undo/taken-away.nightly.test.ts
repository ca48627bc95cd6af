import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quoteCommand } from '../../../src/common/command.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import {
  clusterName,
  containers,
  fixture,
  kubeletState,
  leftovers,
  makePlace,
  type Place,
  skipbeat,
  start,
  until,
} from '../support/harness.ts';

// What a run stands on is taken away under it, on a real cluster: the disk of its state folder, and its terminal.

const documentIn = (folder: string): RunDocument =>
  JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument;

describe('a state folder whose disk fills while a run is under way', () => {
  const place = makePlace();
  const scenario = join(place.folder, 'brief.yaml');
  const ballast = join(place.state, 'ballast');

  /** Not a byte and not a file more: as full as a disk can be. */
  const fill = async (): Promise<void> => {
    await execa('dd', ['if=/dev/zero', `of=${join(ballast, 'bytes')}`, 'bs=1k'], { reject: false });
    for (let count = 0; ; count += 1) {
      try {
        writeFileSync(join(ballast, String(count)), '');
      } catch {
        break;
      }
    }
    expect(() => writeFileSync(join(place.state, 'one-more'), 'x')).toThrow('ENOSPC');
  };

  beforeAll(async () => {
    const fault = '{fault: 10s, inject: [{kind: kubelet-pause, target: {role: worker}}]}';
    writeFileSync(
      scenario,
      `name: brief\nprofile: default\nphases: [{steady: 3s}, ${fault}, {recover: {within: 60s}}]\n`,
    );
    mkdirSync(place.state);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=512k,nr_inodes=200', 'tmpfs', place.state]);
  });
  afterAll(async () => {
    await execa('umount', [place.state]);
    place.remove();
  });

  test.each([
    ['before the fault', '… steady'],
    ['while the fault stands', 'in place'],
  ])('%s: the run ends in order, and nothing is left', async (when, sign) => {
    const cluster = clusterName('full');
    const out = join(place.folder, when.replaceAll(' ', '-'));
    mkdirSync(ballast);
    const running = start(place, ['run', scenario, '--cluster', cluster, '--out', out]);
    try {
      await running.shown(sign);
      await fill();
      const ended = await running.child;
      const { verdict, faults } = documentIn(out);
      expect(ended.all).not.toMatch(/BUG|^\s+at /m);
      if (when === 'before the fault') {
        // What could not be written down is not done.
        expect(ended.all).toContain('DISK_FULL  Expected space on the disk, found ENOSPC');
        expect(ended.exitCode, ended.all).toBe(75);
        expect(verdict).toBe('inconclusive');
        expect(faults.filter(({ startMs }) => startMs !== null)).toEqual([]);
      } else {
        expect(ended.exitCode, ended.all).toBe(0);
        expect(faults).toMatchObject([{ attested: true, undone: true }]);
      }
      expect(await containers(`${cluster}-`)).toEqual([]);
      expect(leftovers(place)).toEqual([]);
    } finally {
      rmSync(ballast, { recursive: true });
      rmSync(join(place.state, 'one-more'), { force: true });
    }
    const cleaned = await skipbeat(place, ['cleanup']);
    expect(cleaned.exitCode).toBe(0);
    expect(cleaned.stdout).not.toContain(cluster);
  });
});

describe('a terminal that closes while a fault stands', () => {
  const place = makePlace();
  const cluster = clusterName('hangup');
  const workers = ['worker', 'worker2'].map((node) => `${cluster}-${node}`);
  const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
  const codeFile = join(place.folder, 'code');

  /** A run on a terminal of its own, held by script(1): it closes when that is killed, and the kernel sends SIGHUP. */
  const onTerminal = (from: Place, args: readonly string[]) => {
    const run = quoteCommand([process.execPath, main, ...args]);
    // The kernel tells the session's leader, which ends of it, and then all that were in front, this shell too: it lives on
    // to tell how the run ended.
    writeFileSync(
      join(from.folder, 'on-terminal.sh'),
      `trap : HUP\n${run}\necho $? > ${quoteCommand([`${codeFile}.draft`])}\nmv ${quoteCommand([`${codeFile}.draft`, codeFile])}\n`,
    );
    return execa('script', ['--quiet', '--flush', '--command', 'sh on-terminal.sh; true', '/dev/null'], {
      ...{ cwd: from.folder, reject: false, all: true, stdin: 'ignore' },
      env: { SKIPBEAT_STATE_DIR: from.state, SHELL: '/bin/sh' },
    });
  };

  /** A terminal's live line does not tell of each fault; the timeline does. */
  const injected = (out: string): Promise<void> => {
    const timeline = join(out, 'events.ndjson');
    const notified = (): boolean =>
      existsSync(timeline) && readFileSync(timeline, 'utf8').includes('"type":"fault.injected"');
    return until('the fault in place', () => Promise.resolve(notified()), 300_000);
  };

  beforeAll(async () => {
    // One that the run makes itself it would take along.
    const made = await skipbeat(place, ['run', fixture('short'), '--cluster', cluster, '--keep-cluster']);
    expect(made.exitCode, made.all).toBe(0);
  });
  afterAll(async () => {
    if ((await containers(`${cluster}-`)).length > 0) await skipbeat(place, ['cleanup', '--cluster', cluster]);
    place.remove();
  });

  test('undoes the fault, ends with 143 though nobody reads it any more, and leaves nothing but the cluster', async () => {
    const out = join(place.folder, 'out');
    const child = onTerminal(place, [
      'run',
      fixture('interrupted'),
      '--cluster',
      cluster,
      '--keep-cluster',
      '--out',
      out,
    ]);
    await injected(out);
    expect(await Promise.all(workers.map(kubeletState))).toEqual(['T (stopped)', 'T (stopped)']);
    child.kill('SIGKILL');
    await child;
    await until('the run to have ended', () => Promise.resolve(existsSync(codeFile)), 120_000);
    expect(readFileSync(codeFile, 'utf8').trim()).toBe('143');
    const { verdict, reasons, faults } = documentIn(out);
    expect(verdict).toBe('inconclusive');
    expect(reasons.join('\n')).toContain('SIGHUP');
    expect(faults).toMatchObject([{ kind: 'kubelet-pause', attested: true, undone: true }]);
    expect((await Promise.all(workers.map(kubeletState))).join()).not.toContain('T');
    expect(leftovers(place)).toEqual([cluster]);
  });

  test('with a cluster of its own it takes that along', async () => {
    await skipbeat(place, ['cleanup', '--cluster', cluster]);
    rmSync(codeFile);
    const out = join(place.folder, 'alone');
    const child = onTerminal(place, ['run', fixture('interrupted'), '--cluster', cluster, '--out', out]);
    await injected(out);
    child.kill('SIGKILL');
    await child;
    await until('the run to have ended', () => Promise.resolve(existsSync(codeFile)), 120_000);
    expect(readFileSync(codeFile, 'utf8').trim()).toBe('143');
    expect(await containers(`${cluster}-`)).toEqual([]);
    expect(leftovers(place)).toEqual([]);
  });
});
