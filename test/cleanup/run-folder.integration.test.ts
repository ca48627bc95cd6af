import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cleanUp } from '../../src/cleanup/index.ts';
import { claimCluster, clusterDir } from '../../src/cluster/store.ts';
import type { HostExec } from '../../src/common/command.ts';
import { realFolder } from '../../src/common/host/folder.ts';
import { thisProcess } from '../../src/common/host/process.ts';
import { hostExec } from '../../src/node/index.ts';

/** An engine without a container. */
const engine = `#!/bin/sh
[ "$1" = info ] && printf '{"ID":"one","Name":"here","DockerRootDir":"/"}'
exit 0
`;
const incarnation = 'feedbeef01234567';
const dead = { ...thisProcess(), startTicks: '1' };
const cluster = 'skipbeat-gone';

let place: string;
let bin: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-run-folder-'));
  bin = join(place, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'docker'), engine, { mode: 0o755 });
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(place, 'state'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

const host: HostExec = (command, signal) =>
  hostExec({ ...command, env: { ...command.env, PATH: `${bin}:${process.env.PATH}` } }, signal);

/** The journal of a run that was killed while it had a cluster, or a fault at work in one. */
const leave = (run: string, folder: string, kind: 'cluster' | 'fault'): void => {
  const journal = join(place, 'state/journal', run);
  mkdirSync(journal, { recursive: true });
  const owner = { run, folder, realFolder: realFolder(folder), engine: 'one (here, /)', process: dead };
  writeFileSync(join(journal, 'owner.json'), JSON.stringify(owner));
  const undo = [{ node: `${cluster}-worker`, argv: ['true'], timeoutMs: 1000 }];
  const entry = { kind, cluster, incarnation, ...(kind === 'fault' ? { fault: 'one', faultKind: 'x', undo } : {}) };
  writeFileSync(join(journal, `001-${kind}.json`), JSON.stringify(entry));
};

const cleanUpRun = async (folder: string) => {
  const lines: string[] = [];
  const isClean = await cleanUp({
    ...{ host, dryRun: false, cluster: null, folder, all: false },
    notify: ({ what, name, outcome }) => lines.push(`${outcome} ${what} ${name}`),
  });
  return { isClean, lines };
};

test('a run is found by its folder though that is gone, and though a link led there', async () => {
  mkdirSync(join(place, 'disk'));
  symlinkSync(join(place, 'disk'), join(place, 'link'));
  leave('killed', join(place, 'link/gone'), 'fault');
  expect(await cleanUpRun(join(place, 'disk/gone'))).toEqual({
    isClean: true,
    lines: [`done fault one on ${cluster}`],
  });
});

test('a run whose folder cannot be looked at keeps no other from being found', async () => {
  symlinkSync('loop', join(place, 'loop'));
  leave('another', join(place, 'loop/out'), 'fault');
  leave('killed', join(place, 'out'), 'fault');
  expect(await cleanUpRun(join(place, 'out'))).toEqual({ isClean: true, lines: [`done fault one on ${cluster}`] });
});

test('what a run left and somebody has in use now is not called gone', async () => {
  mkdirSync(clusterDir(cluster), { recursive: true });
  leave('killed', join(place, 'out'), 'cluster');
  const { release } = await claimCluster(cluster);
  try {
    expect(await cleanUpRun(join(place, 'out'))).toEqual({ isClean: false, lines: [`left cluster ${cluster}`] });
  } finally {
    await release();
  }
  expect(await cleanUpRun(join(place, 'out'))).toEqual({ isClean: true, lines: [`done cluster ${cluster}`] });
});
