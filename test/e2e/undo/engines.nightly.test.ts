import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineId } from '../../../src/cluster/index.ts';
import type { HostExec } from '../../../src/common/command.ts';
import { hostExec } from '../../../src/node/index.ts';
import { clusterName, leftovers, makePlace, skipbeat, until } from '../support/harness.ts';

const leaveJournal = fileURLToPath(new URL('../support/leave-journal.ts', import.meta.url));
const cluster = clusterName('elsewhere');

describe('beside a second engine of this machine', () => {
  const place = makePlace();
  const at = (name: string): string => join(place.folder, name);
  const second = { DOCKER_HOST: `unix://${at('docker.sock')}` };
  const interfaces = (): readonly string[] => readdirSync('/sys/class/net').filter((name) => !name.startsWith('veth'));
  let before: readonly string[];
  let daemon: ChildProcess;

  beforeAll(async () => {
    before = interfaces();
    const roots = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('docker.pid')];
    const apart = ['--host', second.DOCKER_HOST, '--bridge=none', '--iptables=false', '--ip6tables=false'];
    const log = openSync(at('dockerd.log'), 'a');
    // In a network of its own: an engine without a bridge takes docker0 away, which is the first engine's.
    daemon = spawn('unshare', ['--net', 'dockerd', ...roots, ...apart], { stdio: ['ignore', log, log] });
    const answers = async (): Promise<boolean> =>
      (await execa('docker', ['version'], { env: second, reject: false })).exitCode === 0;
    await until('the second engine to answer', answers, 60_000);
    const left = await execa(process.execPath, [leaveJournal, cluster, await engineId(hostExec)], {
      reject: false,
      env: { SKIPBEAT_STATE_DIR: place.state },
    });
    expect(left.signal, left.stderr).toBe('SIGKILL');
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill('SIGTERM');
    await ended;
    place.remove();
  });

  test('what was left on the first is left alone, by name', async () => {
    const cleaned = await skipbeat(place, ['cleanup'], second);
    const onSecond: HostExec = (command, signal) =>
      hostExec({ ...command, env: { ...command.env, ...second } }, signal);
    const engines = `on another engine (${await engineId(hostExec)}, this one is ${await engineId(onSecond)})`;
    const then = 'clean up with the DOCKER_HOST or context of then, or, where that engine is gone for good, delete';
    const run = `killed-on-${cluster}`;
    expect([cleaned.exitCode, cleaned.all]).toEqual([
      0,
      `left    run ${run}: its clusters are ${engines}: ${then} ${join(place.state, 'journal', run)}
left    record ${cluster}: its cluster is ${engines}: ${then} ${join(place.state, 'clusters', cluster)}`,
    ]);
    expect(leftovers(place)).toEqual([`killed-on-${cluster}`, cluster]);
  });

  test('on the first it is cleaned up', async () => {
    const cleaned = await skipbeat(place, ['cleanup']);
    expect(cleaned.exitCode, cleaned.all).toBe(0);
    expect(leftovers(place)).toEqual([]);
    expect(interfaces()).toEqual(before);
  });
});
