import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { doctor } from '../../src/cli/machine/doctor.ts';
import { SkipbeatError } from '../../src/common/errors.ts';
import {
  type EnvironmentCheck,
  findKind,
  findNodeImage,
  inspectEnvironment,
  requireKind,
} from '../../src/setup/index.ts';
import { kindFor } from '../../src/setup/kind/kind-releases.ts';
import { buildableVersions, publishedImages } from '../../src/setup/versions.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skipbeat-doctor-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const named = (checks: readonly EnvironmentCheck[], name: EnvironmentCheck['name']): EnvironmentCheck => {
  const check = checks.find((one) => one.name === name);
  if (check === undefined) throw new Error(`no check named ${name}`);
  return check;
};

/** A kind that only says its version. */
const writeKind = async (version: string): Promise<string> => {
  const file = join(folder, 'bin', 'kind');
  await mkdir(join(folder, 'bin'), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho kind version ${version}\n`);
  await chmod(file, 0o755);
  return file;
};

const printed = async (options: Parameters<typeof doctor>[0]): Promise<{ code: number; text: string }> => {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written.push(String(chunk));
    return true;
  });
  const code = await doctor(options);
  return { code, text: written.join('') };
};

describe('where no engine answers', () => {
  beforeEach(() => vi.stubEnv('DOCKER_HOST', `unix://${join(folder, 'no.sock')}`));

  test('says so, and that what depends on it cannot be seen', async () => {
    const checks = await inspectEnvironment();
    expect(named(checks, 'engine')).toEqual({
      name: 'engine',
      state: 'missing',
      found: null,
      problem: `Cannot connect to the Docker daemon at unix://${join(folder, 'no.sock')}`,
      fix: 'npm run setup',
      requiredFor: 'kind',
    });
    for (const name of ['reach', 'privileged', 'node-image', 'workload-image', 'load-balancer-image'] as const) {
      expect(named(checks, name).problem).toBe('cannot be seen: no engine answers');
    }
    expect(named(checks, 'disk').found?.replace(/^\d+\.\d GB/, 'SPACE')).toBe('SPACE free, 12.0 GB needed');
  });

  test('ends doctor with 75, and in JSON says the same', async () => {
    const { code, text } = await printed({ json: true });
    const document = JSON.parse(text) as { ready: boolean; checks: EnvironmentCheck[]; faults: { why: string }[] };
    expect(code).toBe(75);
    expect(document.ready).toBe(false);
    expect(named(document.checks, 'engine').state).toBe('missing');
    // Each of them but those for which the machine's own kernel has a reason of its own, engine or not.
    const whys = new Set(
      document.faults.map(({ why }) => why.replace(/^kernel \S+ has time namespaces, .*$/, 'KERNEL')),
    );
    expect([...whys].filter((why) => why !== 'KERNEL')).toEqual(['cannot be seen: no engine answers']);
  });

  test('stops whoever requires kind, naming the engine and the command that fixes it', async () => {
    const error: unknown = await requireKind('v1.34').catch((thrown: unknown) => thrown);
    if (!(error instanceof SkipbeatError)) throw error;
    expect([error.code, error.exitCode, error.next]).toEqual(['ENVIRONMENT_NOT_READY', 75, 'npm run setup']);
    expect(error.message).toBe(
      `engine is missing: Cannot connect to the Docker daemon at unix://${join(folder, 'no.sock')}.`,
    );
  });

  test('has no node image to give', async () => {
    expect(await findNodeImage('v1.34')).toBeNull();
  });
});

describe('where docker is not installed', () => {
  test('says which program is not there', async () => {
    vi.stubEnv('PATH', folder);
    expect(named(await inspectEnvironment(), 'engine').problem).toBe('no program docker on PATH');
  });
});

describe('kind', () => {
  const goesWith = 'kind v0.30.0 goes with Kubernetes to v1.36, kind v0.33.0 with v1.37';

  beforeEach(() => {
    vi.stubEnv('SKIPBEAT_CACHE_DIR', folder);
    vi.stubEnv('PATH', '/nowhere');
  });

  test('is missing where neither PATH nor the cache holds it', async () => {
    expect(await findKind(kindFor('v1.34'))).toBeNull();
    expect(named(await inspectEnvironment(), 'kind')).toMatchObject({
      state: 'missing',
      found: null,
      problem: `expected kind v0.30.0 on PATH or at ${join(folder, 'bin/kind')}, found none; ${goesWith}`,
      fix: 'npm run setup',
    });
  });

  test('is found in the cache', async () => {
    const path = await writeKind('0.30.0');
    expect(await findKind(kindFor('v1.34'))).toEqual({ path, version: 'v0.30.0' });
  });

  test('of another version does not serve, and is named', async () => {
    const path = await writeKind('0.33.0');
    expect(await findKind(kindFor('v1.34'))).toBeNull();
    expect(named(await inspectEnvironment(), 'kind')).toMatchObject({ state: 'missing', found: `v0.33.0 at ${path}` });
  });

  test('that goes with the version is asked for and found', async () => {
    const path = await writeKind('0.33.0');
    expect(named(await inspectEnvironment({ kubernetes: 'v1.37' }), 'kind')).toMatchObject({
      state: 'ready',
      found: `v0.33.0 at ${path} (${goesWith})`,
    });
    await writeKind('0.30.0');
    expect(named(await inspectEnvironment({ kubernetes: 'v1.37' }), 'kind')).toMatchObject({
      state: 'missing',
      problem: `expected kind v0.33.0 on PATH or at ${join(folder, 'bin/kind-v0.33.0')}, found v0.30.0 at ${path}; ${goesWith}`,
      fix: 'npm run setup -- --kubernetes v1.37',
    });
  });

  test('that hangs or fails does not serve', async () => {
    const path = await writeKind('0.30.0');
    await writeFile(path, '#!/bin/sh\nexit 3\n');
    expect(await findKind(kindFor('v1.34'))).toBeNull();
  });
});

describe('a Kubernetes version', () => {
  test('for which this engine holds no image is missing, and so is what requires it', async () => {
    const known = [...publishedImages.map((image) => image.version), ...Object.values(buildableVersions)];
    const held = await Promise.all(known.map((version) => findNodeImage(version)));
    const absent = known.find((_, index) => held[index] === null);
    if (absent === undefined) throw new Error('this engine holds every known version; remove one node image');
    const checks = await inspectEnvironment({ kubernetes: absent });
    expect(named(checks, 'node-image').state).toBe('missing');
    await expect(requireKind(absent)).rejects.toMatchObject({ code: 'ENVIRONMENT_NOT_READY', exitCode: 75 });
  });

  test('that nobody has ends with 64 before anything else is judged', async () => {
    await expect(inspectEnvironment({ kubernetes: 'v1.99' })).rejects.toMatchObject({
      code: 'KUBERNETES_VERSION_UNKNOWN',
      exitCode: 64,
    });
    await expect(doctor({ kubernetes: 'newest' })).rejects.toMatchObject({
      code: 'KUBERNETES_VERSION_INVALID',
      exitCode: 64,
    });
  });
});
