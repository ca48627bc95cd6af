import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { profileNames } from '../../src/profile/index.ts';
import { defaultKubernetes, findNodeImage, requireKind } from '../../src/setup/index.ts';
import { kindFor } from '../../src/setup/kind/kind-releases.ts';
import { availableText, publishedImages } from '../../src/setup/versions.ts';
import { clusterName, fixture, leftovers, makePlace, skipbeat } from './support/harness.ts';
import { errorIn, linesOf } from './support/said.ts';

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
      const unmarked =
        'expected one that skipbeat made (each node with /etc/skipbeat/owner.json), found one without that mark. It was left untouched.';
      expect([refused.exitCode, refused.all]).toEqual([
        64,
        `CLUSTER_FOREIGN  Cluster ${cluster}: ${unmarked}\nTry: choose another name with --cluster, or delete that cluster yourself`,
      ]);
      // --all as a dry run alone: what other dead runs left on this engine is no test's to remove.
      for (const more of [['--all', '--dry-run'], []]) {
        const cleaned = await skipbeat(place, ['cleanup', ...more]);
        expect(linesOf(cluster, cleaned)).toEqual([
          `left    cluster ${cluster}: does not bear our mark: skipbeat did not make it`,
        ]);
      }
      const named = await skipbeat(place, ['cleanup', '--cluster', cluster]);
      expect([named.exitCode, named.all]).toEqual([75, `FAILED  cluster ${cluster}: ${unmarked}`]);
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
    const out = join(place.folder, 'port');
    const set = ['--set', `cluster.apiServerPort=${port}`];
    const refused = await skipbeat(place, ['run', fixture('short'), ...set, '--out', out]);
    server.close();
    expect([refused.exitCode, errorIn(refused)]).toEqual([
      75,
      `PORT_TAKEN  cluster.apiServerPort ${port}: expected a free port on 127.0.0.1, found that something listens on it.
Try: leave cluster.apiServerPort out (any free port is taken), or name another
What was seen until then: ${out}/`,
    ]);
    expect(leftovers(place)).toEqual([]);
  });

  test.each([
    [
      'a cluster name with a path in it',
      ['--cluster', '../x'],
      `CLUSTER_NAME_INVALID  --cluster: expected lower-case letters, digits and dashes, at most 40 with skipbeat-, received "../x".
Try: choose another name, such as --cluster demo`,
    ],
    [
      'an unknown profile',
      ['--profile', 'tigth-grace'],
      `SCENARIO_INVALID  --profile: profile: expected a profile (${profileNames.join(', ')}) or a mapping of its settings, received "tigth-grace"; did you mean "tight-grace"?
Try: give --profile another value, or leave it out`,
    ],
    [
      'a duration without a unit',
      ['--set', 'phases.0.steady=10'],
      `SCENARIO_INVALID  --set phases.0.steady: phases[0].steady: expected a duration such as 10s, 1m30s or 2m, received 10 (number): write 10s
Try: give --set phases.0.steady another value, or leave it out`,
    ],
    [
      'a version that nobody has',
      ['--backend', 'kind', '--kubernetes', 'v1.33.99'],
      `KUBERNETES_VERSION_UNKNOWN  No node image is known for Kubernetes v1.33.99: ${availableText()}.
Try: npm run setup -- --kubernetes v1.34`,
    ],
    [
      'a backend that nobody wrote',
      ['--backend', 'kimd'],
      `BACKEND_UNKNOWN  --backend: expected auto, kind, model, received "kimd".
Try: leave --backend out: it takes kind where kind is ready, else the model`,
    ],
  ])('%s: exit code, words and no folder', async (_, args, message) => {
    const refused = await skipbeat(place, ['run', fixture('short'), ...args]);
    expect([refused.exitCode, refused.all]).toEqual([64, message]);
    expect(leftovers(place)).toEqual([]);
  });

  test('a version whose node image is not here: exit code, words and no folder', async () => {
    const absent: string[] = [];
    // Of those that go with the kind that is here: that is missing first.
    const images = publishedImages.filter(({ minor }) => kindFor(minor).version === kindFor(defaultKubernetes).version);
    for (const { minor } of images) if ((await findNodeImage(minor)) === null) absent.push(minor);
    const [version] = absent;
    if (version === undefined) throw new Error('this machine holds a node image of every published minor');
    const refused = await skipbeat(place, ['run', fixture('short'), '--backend', 'kind', '--kubernetes', version]);
    expect([refused.exitCode, refused.all]).toEqual([
      75,
      `ENVIRONMENT_NOT_READY  node-image is missing: no node image of Kubernetes ${version}.\nTry: npm run setup -- --kubernetes ${version}`,
    ]);
    expect(leftovers(place)).toEqual([]);
  });

  const noEngine = 'engine is missing: Cannot connect to the Docker daemon at unix:///nowhere/docker.sock';

  test('no engine, and kind insisted on: exit 75, and set-up is named', async () => {
    const refused = await skipbeat(place, ['run', fixture('short'), '--backend', 'kind'], {
      DOCKER_HOST: 'unix:///nowhere/docker.sock',
    });
    expect([refused.exitCode, refused.all]).toEqual([75, `ENVIRONMENT_NOT_READY  ${noEngine}.\nTry: npm run setup`]);
  });

  test('no engine, and nothing insisted on: the model answers, and says on its first line that and why', async () => {
    const env = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    const predicted = await skipbeat(place, ['run', 'tight-grace', '--json'], env);
    expect(predicted.exitCode).toBe(0);
    expect(predicted.stderr.split('\n')[0]).toBe(
      `predicted, nothing is run: kind is not ready here: ${noEngine} (Try: npm run setup)`,
    );
    const { backend, predicted: isPredicted, verdict } = JSON.parse(predicted.stdout);
    expect({ backend, isPredicted, verdict }).toEqual({ backend: 'model', isPredicted: true, verdict: 'pass' });
  });

  test('no kind, and it was insisted on: exit 75, and set-up is named', async () => {
    const bin = join(place.folder, 'bin');
    mkdirSync(bin);
    const docker = (await execa('which', ['docker'])).stdout;
    await execa('ln', ['-s', docker, join(bin, 'docker')]);
    const env = { PATH: bin, SKIPBEAT_CACHE_DIR: join(place.folder, 'empty-cache') };
    const refused = await skipbeat(place, ['run', fixture('short'), '--backend', 'kind'], env);
    const inCache = join(env.SKIPBEAT_CACHE_DIR, 'bin/kind');
    expect([refused.exitCode, refused.all]).toEqual([
      75,
      `ENVIRONMENT_NOT_READY  kind is missing: expected kind v0.30.0 on PATH or at ${inCache}, found none; kind v0.30.0 goes with Kubernetes to v1.36, kind v0.33.0 with v1.37.\nTry: npm run setup`,
    ]);
  });

  test('a folder for the evidence that is not empty is refused', async () => {
    const out = join(place.folder, 'full');
    mkdirSync(out);
    writeFileSync(join(out, 'a file'), 'of somebody');
    const refused = await skipbeat(place, ['run', fixture('short'), '--out', out]);
    expect([refused.exitCode, refused.all]).toEqual([
      75,
      `RUN_FOLDER_NOT_MADE  ${out}: expected to make a new folder for the evidence, found that it is not empty.\nTry: name another place with --out DIR`,
    ]);
  });
});
