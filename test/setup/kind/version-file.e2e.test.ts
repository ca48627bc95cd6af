import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { succeeded } from '../../../src/common/command.ts';
import { cacheDir } from '../../../src/common/host/paths.ts';
import { hostExec } from '../../../src/node/index.ts';
import { defaultKubernetes, findNodeImage, requireKind } from '../../../src/setup/index.ts';
import { runSetup } from '../../../src/setup/setup.ts';

/** A patch that nobody released, so that no run takes the image for its own. */
const misnamed = 'skipbeat/node:v1.33.99';

const docker = async (...args: string[]): Promise<string> => {
  const result = await hostExec({ argv: ['docker', ...args], timeoutMs: 60_000 });
  if (!succeeded(result)) throw new Error(`${result.command}: ${result.stderr}`);
  return result.stdout.trim();
};

let folder: string;
let holds: string;
let expectedError: { code: string; exitCode: number; message: string; next: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skipbeat-version-'));
  // kind is the machine's; what is remembered of images, and the lock of set-up, are this test's.
  await symlink(join(cacheDir(), 'bin'), join(folder, 'bin'));
  vi.stubEnv('SKIPBEAT_CACHE_DIR', folder);
  const image = await findNodeImage(defaultKubernetes);
  if (image === null) throw new Error('npm run setup makes the image that this test gives another name');
  holds = image.kubernetesVersion;
  await docker('tag', image.reference, misnamed);
  expectedError = {
    code: 'NODE_IMAGE_MISNAMED',
    exitCode: 75,
    message: `${misnamed}: expected Kubernetes v1.33.99 in its /kind/version, found ${holds}.`,
    next: 'npm run setup -- --kubernetes v1.33.99 --rebuild',
  };
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await docker('rmi', misnamed);
  await rm(folder, { recursive: true });
});

describe('a node image whose version file disagrees with its name', () => {
  test('is refused before a run, also when it has been read before', async () => {
    await expect(requireKind('v1.33.99')).rejects.toMatchObject(expectedError);
    expect(await readdir(join(folder, 'versions'))).toHaveLength(1);
    await expect(requireKind('v1.33.99')).rejects.toMatchObject(expectedError);
  });

  test('is refused by set-up, which would use it', async () => {
    const lines: string[] = [];
    const { signal } = new AbortController();
    const options = {
      rebuild: false,
      withoutHa: true,
      hollow: false,
      print: (line: string) => lines.push(line),
      signal,
    };
    await expect(runSetup({ ...options, kubernetes: 'v1.33.99' })).rejects.toMatchObject(expectedError);
    expect(lines.at(-1)).toMatch(/^ {2}✗ node-image +\d+\.\d s {2}failed$/);
  });
});
