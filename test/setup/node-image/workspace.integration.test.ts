import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { succeeded } from '../../../src/common/command.ts';
import { hostExec } from '../../../src/node/host-exec.ts';
import { probePrivileged, probeReference } from '../../../src/setup/engine/probe.ts';
import { labels } from '../../../src/setup/node-image/labels.ts';
import { buildId, buildPrefix, clearWorkspace } from '../../../src/setup/node-image/workspace.ts';

const options = { signal: new AbortController().signal, note: () => undefined };

const docker = async (...args: string[]): Promise<string> => {
  const result = await hostExec({ argv: ['docker', ...args], timeoutMs: 60_000 });
  if (!succeeded(result)) throw new Error(`${result.command}: ${result.stderr}`);
  return result.stdout.trim();
};

let folder: string;
let mine: string;
let theirs: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skipbeat-workspace-'));
  [mine, theirs] = [join(folder, 'mine'), join(folder, 'theirs')];
  for (const workspace of [mine, theirs]) {
    await mkdir(join(workspace, 'go-cache'), { recursive: true });
    await writeFile(join(workspace, 'go-cache', 'object'), 'half written');
  }
});

afterEach(async () => {
  await Promise.all([mine, theirs].map((workspace) => clearWorkspace(workspace, [], options)));
  await rm(folder, { recursive: true });
});

/** What a build that was killed leaves in the engine. */
const leaveBehind = async (workspace: string): Promise<void> => {
  await docker('create', '--label', `${labels.build}=${buildId(workspace)}`, probeReference);
  await docker('tag', probeReference, `${buildPrefix(workspace)}registry.k8s.io/pause:3.10.1`);
};

const left = async (workspace: string): Promise<{ containers: string; images: string; folder: boolean }> => ({
  containers: await docker('ps', '--all', '--quiet', '--filter', `label=${labels.build}=${buildId(workspace)}`),
  images: await docker('images', '--quiet', `${buildPrefix(workspace)}registry.k8s.io/pause`),
  folder: await access(workspace).then(
    () => true,
    () => false,
  ),
});

describe('clearing away a build', () => {
  test("removes its container, images and folder, and nothing of another build's or the user's", async () => {
    expect((await probePrivileged(options)).outcome).toBe('ran');
    await leaveBehind(mine);
    await leaveBehind(theirs);
    await clearWorkspace(mine, [], options);
    expect(await left(mine)).toEqual({ containers: '', images: '', folder: false });
    const other = await left(theirs);
    expect(other.containers).not.toBe('');
    expect(other.images).not.toBe('');
    expect(other.folder).toBe(true);
    expect(await docker('images', '--quiet', probeReference)).not.toBe('');
  });

  test('has nothing to do the second time', async () => {
    await clearWorkspace(mine, [], options);
    await clearWorkspace(mine, [], options);
    expect(await left(mine)).toEqual({ containers: '', images: '', folder: false });
  });

  test('leaves what it is asked to keep', async () => {
    await mkdir(join(mine, 'programs'));
    await writeFile(join(mine, 'programs', 'kubelet'), 'whole');
    await leaveBehind(mine);
    await clearWorkspace(mine, ['programs'], options);
    expect(await left(mine)).toEqual({ containers: '', images: '', folder: true });
    expect(await readdir(mine)).toEqual(['programs']);
  });
});
