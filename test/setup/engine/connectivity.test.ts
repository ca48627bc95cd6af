import { describe, expect, test } from 'vitest';
import { type Connectivity, judgeConnectivity } from '../../../src/setup/engine/connectivity.ts';
import type { Engine } from '../../../src/setup/engine/engine.ts';

const engine: Engine = {
  name: 'docker',
  version: '29.0.0',
  id: 'ENGINE',
  defaultRuntime: 'runc',
  runtimePath: 'runc',
  cgroupVersion: 2,
  rootDirectory: '/var/lib/docker',
  hostname: 'here',
  kernel: '6.1.0-28-amd64',
  operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
  rootless: false,
  pullsThroughOthers: false,
};
const here: Connectivity = {
  platform: 'linux',
  hostname: 'here',
  kernel: '6.1.0-28-amd64',
  endpoint: 'unix:///var/run/docker.sock',
  gateway: { address: '172.18.0.1', isOurs: true },
};

test('is none of the load where published ports lead here: it comes from a container', () => {
  for (const [change, why] of [
    [{ rootless: true }, "a rootless engine keeps containers in a network namespace of its user's own"],
    [
      { operatingSystem: 'Docker Desktop', kernel: '6.10.14-linuxkit' },
      'Docker Desktop keeps containers in a virtual machine',
    ],
  ] as const) {
    const { state, found } = judgeConnectivity({ ...engine, ...change }, here);
    expect([state, found]).toEqual([
      'ready',
      `nodes are not reached directly (${why}): the load comes from a container beside them`,
    ]);
  }
});

const problem = (ofEngine: Partial<Engine>, ofConnectivity: Partial<Connectivity>): string | null => {
  const check = judgeConnectivity({ ...engine, ...ofEngine }, { ...here, ...ofConnectivity });
  expect(check.state).toBe(check.problem === null ? 'ready' : 'broken');
  return check.problem?.replace('nodes cannot be reached from here: ', '') ?? null;
};

describe('whether the nodes can be reached from this machine', () => {
  test('is so beside an engine of this machine, before its first cluster too', () => {
    expect(problem({}, {})).toBeNull();
    expect(problem({}, { gateway: null })).toBeNull();
    expect(problem({}, { endpoint: null })).toBeNull();
  });

  test('is so through a socket of another kind to an engine of this machine', () => {
    expect(problem({}, { endpoint: 'tcp://127.0.0.1:2375' })).toBeNull();
    // A container that is handed the socket and the network of its machine has a name of its own.
    expect(problem({}, { hostname: 'a1b2c3' })).toBeNull();
  });

  test.each<[string, Partial<Engine>, Partial<Connectivity>, string]>([
    [
      'Docker Desktop',
      { operatingSystem: 'Docker Desktop', kernel: '6.10.14-linuxkit', hostname: 'docker-desktop' },
      { platform: 'darwin', kernel: '24.1.0' },
      'Docker Desktop keeps containers in a virtual machine',
    ],
    [
      'another engine of a Mac',
      { hostname: 'colima' },
      { platform: 'darwin', kernel: '24.1.0' },
      'containers run in a virtual machine, not on this system (darwin)',
    ],
    [
      'a remote engine',
      { hostname: 'build-7' },
      { endpoint: 'ssh://me@build-7' },
      'the engine runs on build-7 (ssh://me@build-7), not on this machine (here)',
    ],
    [
      'a socket that leads to another machine',
      { hostname: 'build-7', kernel: '5.15.0-1' },
      {},
      'the engine runs on another kernel (5.15.0-1) than this machine (6.1.0-28-amd64)',
    ],
    [
      'an engine in another network namespace',
      {},
      { gateway: { address: '172.18.0.1', isOurs: false } },
      "172.18.0.1, the engine's end of its network, is no address of this machine",
    ],
  ])('is not so with %s', (_, ofEngine, ofConnectivity, expected) => {
    expect(problem(ofEngine, ofConnectivity)).toBe(expected);
  });
});
