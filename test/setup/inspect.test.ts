import { describe, expect, test } from 'vitest';
import { kindIsReady, notReady, ready } from '../../src/setup/check.ts';
import { judgeDisk } from '../../src/setup/engine/disk.ts';
import type { Engine } from '../../src/setup/engine/engine.ts';
import { judgeEngine, judgeNodeImage, judgePrivileged, setupCommand } from '../../src/setup/inspect.ts';
import { parseKubernetes } from '../../src/setup/versions.ts';

const engine: Engine = {
  name: 'docker',
  version: '20.10.24+dfsg1',
  id: 'ENGINE',
  defaultRuntime: 'runc',
  runtimePath: 'runc',
  cgroupVersion: 1,
  rootDirectory: '/var/lib/docker',
  hostname: 'here',
  kernel: '6.1.0-28-amd64',
  operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
  rootless: false,
  pullsThroughOthers: false,
};
const missing = ['CAP_SYS_RESOURCE'];

describe('whether privileged containers can start', () => {
  test('is so where nothing is missing', () => {
    expect(judgePrivileged(engine, [], true).state).toBe('ready');
  });

  test('is not so on an old engine whose machine lacks a capability', () => {
    expect(judgePrivileged(engine, missing, true)).toEqual({
      name: 'privileged',
      state: 'broken',
      found: null,
      problem: 'docker 20.10.24+dfsg1 asks for CAP_SYS_RESOURCE, which this machine cannot grant',
      fix: 'npm run setup',
      requiredFor: 'kind',
    });
  });

  test('is so on an engine from 23 on, which asks only for what it has', () => {
    expect(judgePrivileged({ ...engine, version: '23.0.0' }, missing, true).state).toBe('ready');
    expect(judgePrivileged({ ...engine, version: '22.6.1' }, missing, true).state).toBe('broken');
  });

  test('is so with our runtime, as long as its file is there', () => {
    const ours = { ...engine, defaultRuntime: 'skipbeat-runc', runtimePath: '/opt/runc-capped' };
    expect(judgePrivileged(ours, missing, true).state).toBe('ready');
    expect(judgePrivileged(ours, missing, false).problem).toBe(
      "the engine's default runtime skipbeat-runc is not at /opt/runc-capped",
    );
  });
});

describe('the node image', () => {
  const request = parseKubernetes('v1.34');
  const image = {
    reference: 'skipbeat/node:v1.34.4',
    imageId: 'sha256:b',
    kubernetesVersion: 'v1.34.4',
    source: 'built' as const,
    workloadImage: 'agnhost',
    recipe: 'old',
    loadBalancerImage: null,
  };

  test('is ready and needs nothing where the recipe is the same', () => {
    const check = judgeNodeImage(image, request, 'old');
    expect([check.state, check.found, check.fix]).toEqual(['ready', 'Kubernetes v1.34.4, built', null]);
  });

  test('is ready, and says how to make it anew, where the recipe has changed since', () => {
    const check = judgeNodeImage(image, request, 'new');
    expect([check.state, check.found, check.fix]).toEqual([
      'ready',
      'Kubernetes v1.34.4, built by another state of node-image/',
      'npm run setup -- --rebuild',
    ]);
  });

  test('is missing with the command that names the version', () => {
    expect(judgeNodeImage(null, parseKubernetes('1.36'), 'new').fix).toBe('npm run setup -- --kubernetes v1.36');
    expect(setupCommand(request)).toBe('npm run setup');
  });
});

describe('an engine that does not answer', () => {
  test('is missing, or there and closed to this user, and the message says how to be let in', () => {
    const judged = (problem: string) => judgeEngine({ engine: null, problem });
    expect(judged('Cannot connect to the Docker daemon at unix:///x')).toMatchObject({
      state: 'missing',
      fix: 'npm run setup',
    });
    expect(
      judged('Got permission denied while trying to connect to unix:///x: connect: permission denied'),
    ).toMatchObject({
      state: 'broken',
      problem: 'an engine runs here, but its socket is closed to this user',
      fix: 'sudo usermod --append --groups docker "$USER", log in again, then npm run setup',
    });
  });
});

describe('free disk', () => {
  test('is judged by the fullest file system', () => {
    const spaces = [
      { path: '/a', freeBytes: 50e9 },
      { path: '/b', freeBytes: 3e9 },
    ];
    expect(judgeDisk({ spaces, closed: [] }, 2e9).state).toBe('ready');
    const closed = judgeDisk({ spaces, closed: ['/home/me/.cache/skipbeat'] }, 2e9);
    expect([closed.state, closed.problem]).toEqual(['broken', 'this user cannot write to /home/me/.cache/skipbeat']);
    const full = judgeDisk({ spaces, closed: [] }, 12e9);
    expect([full.state, full.found, full.problem]).toEqual(['broken', '3.0 GB free in /b', '12.0 GB needed']);
  });
});

describe('being ready for kind', () => {
  test('does not ask for what only several control planes need', () => {
    const missing = notReady('load-balancer-image', 'missing', 'none', 'npm run setup');
    expect(kindIsReady([ready('engine', 'docker 28'), missing])).toBe(true);
    expect(kindIsReady([ready('engine', 'docker 28'), notReady('kind', 'missing', 'none', 'npm run setup')])).toBe(
      false,
    );
  });
});
