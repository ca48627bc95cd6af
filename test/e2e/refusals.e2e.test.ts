import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { findNodeImage, requireKind } from '../../src/setup/index.ts';
import { publishedImages } from '../../src/setup/versions.ts';
import { clusterName, fixture, leftovers, makePlace, skipbeat } from './support/harness.ts';

const place = makePlace();
afterAll(place.remove);

describe('before anything is touched', () => {
  test('a cluster of that name that skipbeat did not make is refused and left as it is', async () => {
    const cluster = clusterName('foreign');
    const name = `${cluster}-control-plane`;
    const labels = ['--label', `io.x-k8s.kind.cluster=${cluster}`, '--label', 'io.x-k8s.kind.role=control-plane'];
    const { nodeImage } = await requireKind('v1.34');
    await execa('docker', ['create', '--name', name, ...labels, nodeImage.reference]);
    try {
      const before = (await execa('docker', ['inspect', name])).stdout;
      const refused = await skipbeat(place, ['run', fixture('short'), '--cluster', cluster]);
      expect(refused.exitCode).toBe(64);
      expect(refused.all).toContain(`CLUSTER_FOREIGN  Cluster ${cluster}: expected one that skipbeat made`);
      // --all as a dry run alone: what other dead runs left on this engine is no test's to remove.
      for (const more of [['--all', '--dry-run'], []]) {
        const cleaned = await skipbeat(place, ['cleanup', ...more]);
        expect(cleaned.stdout).toContain(`left    cluster ${cluster}: does not bear our mark`);
      }
      const named = await skipbeat(place, ['cleanup', '--cluster', cluster]);
      expect(named.stdout).toContain(`FAILED  cluster ${cluster}`);
      expect(named.exitCode).toBe(75);
      expect((await execa('docker', ['inspect', name])).stdout).toBe(before);
    } finally {
      await execa('docker', ['rm', name]);
    }
    expect(leftovers(place)).toEqual([]);
  });

  test('a port that is taken is named, and nothing was made', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const refused = await skipbeat(place, ['run', fixture('short'), '--set', `cluster.apiServerPort=${port}`]);
    server.close();
    expect(refused.exitCode).toBe(75);
    expect(refused.all).toContain(
      `PORT_TAKEN  cluster.apiServerPort ${port}: expected a free port on 127.0.0.1, found that something listens on it.`,
    );
    expect(leftovers(place)).toEqual([]);
  });

  test.each([
    ['a cluster name with a path in it', ['--cluster', '../x'], 64, 'CLUSTER_NAME_INVALID'],
    ['an unknown profile', ['--profile', 'tigth-grace'], 64, 'tight-grace'],
    ['a duration without a unit', ['--set', 'phases.0.steady=10'], 64, 'SCENARIO_INVALID'],
    ['a version that nobody has', ['--backend', 'kind', '--kubernetes', 'v1.33.99'], 64, 'v1.33.99'],
    [
      'a backend that nobody wrote',
      ['--backend', 'kimd'],
      64,
      'BACKEND_UNKNOWN  --backend: expected auto, kind, model, received "kimd".',
    ],
  ])('%s: exit code, words and no folder', async (_, args, code, message) => {
    const refused = await skipbeat(place, ['run', fixture('short'), ...args]);
    expect(refused.all).toContain(message);
    expect(refused.exitCode).toBe(code);
    expect(leftovers(place)).toEqual([]);
  });

  test('a version whose node image is not here: exit code, words and no folder', async () => {
    const absent: string[] = [];
    for (const { minor } of publishedImages) if ((await findNodeImage(minor)) === null) absent.push(minor);
    const [version] = absent;
    if (version === undefined) throw new Error('this machine holds a node image of every published minor');
    const refused = await skipbeat(place, ['run', fixture('short'), '--backend', 'kind', '--kubernetes', version]);
    expect(refused.all).toContain(`npm run setup -- --kubernetes ${version}`);
    expect(refused.exitCode).toBe(75);
    expect(leftovers(place)).toEqual([]);
  });

  test('no engine, and kind insisted on: exit 75, and set-up is named', async () => {
    const refused = await skipbeat(place, ['run', fixture('short'), '--backend', 'kind'], {
      DOCKER_HOST: 'unix:///nowhere/docker.sock',
    });
    expect(refused.exitCode).toBe(75);
    expect(refused.all).toContain('engine is missing');
    expect(refused.all).toContain('Try: npm run setup');
  });

  test('no engine, and nothing insisted on: the model answers, and says on its first line that and why', async () => {
    const env = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    const predicted = await skipbeat(place, ['run', 'tight-grace', '--json'], env);
    expect(predicted.exitCode).toBe(0);
    expect(predicted.stderr.split('\n')[0]).toMatch(
      /^predicted, nothing is run: kind is not ready here: engine is missing/,
    );
    expect(JSON.parse(predicted.stdout)).toMatchObject({ backend: 'model', predicted: true, verdict: 'pass' });
  });

  test('no kind, and it was insisted on: exit 75, and set-up is named', async () => {
    const bin = join(place.folder, 'bin');
    mkdirSync(bin);
    const docker = (await execa('which', ['docker'])).stdout;
    await execa('ln', ['-s', docker, join(bin, 'docker')]);
    const env = { PATH: bin, SKIPBEAT_CACHE_DIR: join(place.folder, 'empty-cache') };
    const refused = await skipbeat(place, ['run', fixture('short'), '--backend', 'kind'], env);
    expect(refused.exitCode).toBe(75);
    expect(refused.all).toContain('kind is missing');
    expect(refused.all).toContain('Try: npm run setup');
  });

  test('a folder for the evidence that is not empty is refused', async () => {
    const out = join(place.folder, 'full');
    mkdirSync(out);
    writeFileSync(join(out, 'a file'), 'of somebody');
    const refused = await skipbeat(place, ['run', fixture('short'), '--out', out]);
    expect(refused.exitCode).toBe(75);
    expect(refused.all).toContain(
      `RUN_FOLDER_NOT_MADE  ${out}: expected to make a new folder for the evidence, found that it is not empty.`,
    );
  });
});
