import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hollowKey } from '../../src/cluster/hollow/nodes.ts';
import { readText } from '../../src/common/host/text-file.ts';
import { removeStalePid } from '../../src/setup/engine/install-engine.ts';
import { lockSetup } from '../../src/setup/lock.ts';
import { recipeDir, recipeHash, recipeList } from '../../src/setup/node-image/recipe.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skipbeat-files-'));
  vi.stubEnv('SKIPBEAT_CACHE_DIR', folder);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

describe('the lock of set-up', () => {
  test('is held by one process at a time, and let go', async () => {
    const lock = await lockSetup();
    await expect(lockSetup()).rejects.toMatchObject({
      code: 'SETUP_RUNNING',
      exitCode: 75,
      message: `Another set-up is at work (process ${process.pid}); ${join(folder, 'setup.lock')} says so.`,
    });
    await lock.release();
    const again = await lockSetup();
    await again.release();
    expect(await readText(join(folder, 'setup.lock'))).toBeNull();
  });

  test.each([
    ['whose holder is gone', '4194304 123'],
    ['whose number belongs to another process by now', '1 1'],
    ['that is empty', ''],
  ])('%s is taken over', async (_, text) => {
    await writeFile(join(folder, 'setup.lock'), text);
    const lock = await lockSetup();
    expect(await readFile(join(folder, 'setup.lock'), 'utf8')).toBe(String(process.pid));
    await lock.release();
  });
});

describe('a pid file', () => {
  test('is removed where its process is gone or is another program, and left where it tells the truth', async () => {
    const file = join(folder, 'some.pid');
    const program = (await readFile('/proc/self/comm', 'utf8')).trim();
    expect(await removeStalePid(file, program)).toBe(false);
    await writeFile(file, `${process.pid}\n`);
    expect(await removeStalePid(file, program)).toBe(false);
    expect(await removeStalePid(file, 'dockerd')).toBe(true);
    await writeFile(file, '4194304');
    expect(await removeStalePid(file, program)).toBe(true);
    expect(await readText(file)).toBeNull();
  });
});

describe("the recipe's hash", () => {
  test('is the same for the same files and another after any edit', async () => {
    const copy = join(folder, 'recipe');
    await cp(recipeDir(), copy, { recursive: true });
    const original = await recipeHash('v1.34');
    expect(original).toMatch(/^[0-9a-f]{16}$/);
    expect(await recipeHash('v1.34', copy)).toBe(original);
    await writeFile(join(copy, 'README.md'), 'words do not count');
    expect(await recipeHash('v1.34', copy)).toBe(original);
    await writeFile(join(copy, 'node', 'prepare.sh'), 'true');
    expect(await recipeHash('v1.34', copy)).not.toBe(original);
  });

  test('of one minor does not change with what another alone needs', async () => {
    const copy = join(folder, 'recipe');
    await cp(recipeDir(), copy, { recursive: true });
    const before = await Promise.all(['v1.34', 'v1.20', null].map((minor) => recipeHash(minor, copy)));
    await writeFile(join(copy, 'kubernetes', 'v1.20', 'build.sh'), 'true');
    const after = await Promise.all(['v1.34', 'v1.20', null].map((minor) => recipeHash(minor, copy)));
    expect(after.map((hash, index) => hash === before[index])).toEqual([true, false, true]);
  });
});

describe('the recipe', () => {
  test('lists what faults and the pod network use on a node', async () => {
    const packages = await recipeList('packages/node.txt');
    expect(packages).toEqual([
      ...['systemd', 'systemd-sysv', 'dbus', 'containerd', 'runc', 'containernetworking-plugins', 'conntrack'],
      ...['iptables', 'nftables', 'ebtables', 'ethtool', 'iproute2', 'iputils-ping', 'kmod', 'libseccomp2', 'mount'],
      ...['socat', 'util-linux', 'ca-certificates', 'curl', 'jq', 'procps'],
    ]);
  });

  test('has its scripts executable, since a node runs them as they are', async () => {
    const scripts = ['node/prepare.sh', 'node/preload.sh', 'node/pod-network.sh', 'kubernetes/v1.20/prepare.sh'];
    for (const name of scripts) expect((await stat(join(recipeDir(), name))).mode & 0o111).toBe(0o111);
  });

  test('has a pod network that reads nodes without those that bear the label of hollow ones', async () => {
    const script = await readFile(join(recipeDir(), 'node', 'pod-network.sh'), 'utf8');
    const reads = script.match(/kubectl get nodes[^|)]*/g) ?? [];
    expect(reads).toEqual([`kubectl get nodes --selector='!${hollowKey}' -o json --request-timeout=5s 2>/dev/null`]);
  });
});
