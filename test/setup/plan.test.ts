import { describe, expect, test } from 'vitest';
import { checkNames, notReady, ready } from '../../src/setup/check.ts';
import { type EngineFacts, enginePlanText, planEngine } from '../../src/setup/engine/install-engine.ts';
import { kindFor } from '../../src/setup/kind/kind-releases.ts';
import { planSetup } from '../../src/setup/plan.ts';
import { imageSources, parseKubernetes } from '../../src/setup/versions.ts';

const choices = { rebuild: false, withoutHa: false, hollow: true };
const sources = imageSources(parseKubernetes('v1.34'));
const allReady = checkNames.map((name) => ready(name, `${name} is there`));
const nothingThere = checkNames.map((name) => notReady(name, 'missing', 'none', 'npm run setup'));

describe('what set-up would do', () => {
  test('is nothing where everything is there', () => {
    const steps = planSetup(allReady, choices, sources, 'start it', kindFor('v1.34'));
    expect(steps).toEqual(checkNames.map((name) => ({ name, act: false, text: `${name} is there` })));
  });

  test('is everything, in order, where nothing is there', () => {
    const steps = planSetup(nothingThere, choices, sources, 'install docker.io', kindFor('v1.34'));
    expect(steps.map((step) => step.name)).toEqual([...checkNames]);
    expect(steps.every((step) => step.act)).toBe(true);
    expect(steps.find((step) => step.name === 'engine')?.text).toBe('install docker.io');
    expect(steps.find((step) => step.name === 'node-image')?.text).toBe(
      'pull kindest/node:v1.34.0@sha256:7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a, ' +
        'else build Kubernetes v1.34.4 from Go modules (about 7 minutes on 2 cores)',
    );
  });

  test('builds again on demand, without pulling', () => {
    const [step] = planSetup(allReady, { ...choices, rebuild: true }, sources, '', kindFor('v1.34')).filter(
      (planned) => planned.act,
    );
    expect(step).toEqual({
      name: 'node-image',
      act: true,
      text: 'build Kubernetes v1.34.4 from Go modules (about 7 minutes on 2 cores)',
    });
  });

  test('names the kind and the sources of the version that is asked for', () => {
    const text = (version: string, name: string) =>
      planSetup(nothingThere, choices, imageSources(parseKubernetes(version)), '', kindFor(version)).find(
        (step) => step.name === name,
      )?.text;
    expect(text('v1.37.2', 'kind')).toBe('build kind v0.33.0 by go install');
    expect(text('v1.37.2', 'node-image')).toBe('build Kubernetes v1.37.2 from Go modules (about 7 minutes on 2 cores)');
    expect(text('v1.37.2', 'load-balancer-image')).toBe('pull docker.io/envoyproxy/envoy:v1.36.2, else do without');
    expect(text('v1.20.2', 'kind')).toBe('download kind v0.30.0 and check its SHA-256, else build it by go install');
    expect(text('v1.20.2', 'node-image')).toBe(
      "build Kubernetes v1.20.2 from Debian's source package (about 7 minutes on 2 cores)",
    );
  });

  test('gets kwok where hollow nodes are asked for, and leaves it alone else', () => {
    const kwokStep = (hollow: boolean) =>
      planSetup(nothingThere, { ...choices, hollow }, sources, '', kindFor('v1.34')).find(
        ({ name }) => name === 'kwok',
      );
    expect(kwokStep(true)).toEqual({ name: 'kwok', act: true, text: 'build kwok v0.8.0 by go install' });
    expect(kwokStep(false)).toBeUndefined();
  });

  test('leaves the load balancer out on demand', () => {
    const steps = planSetup(nothingThere, { ...choices, withoutHa: true }, sources, '', kindFor('v1.34'));
    expect(steps.map((step) => step.name)).toEqual([
      ...['disk', 'engine', 'reach', 'inotify', 'privileged', 'kind', 'node-image', 'workload-image', 'kwok'],
    ]);
  });
});

describe('bringing up an engine', () => {
  const facts: EngineFacts = {
    dockerdInstalled: false,
    containerdIo: false,
    systemd: false,
    root: true,
    debianFamily: true,
    dockerHost: null,
    problem: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock',
  };

  test.each<[string, Partial<EngineFacts>, string]>([
    [
      'installs and starts one as root on Debian',
      {},
      'install docker.io iptables conntrack jq mmdebstrap debian-archive-keyring with apt-get, start dockerd by hand, detached',
    ],
    ['only starts an installed one', { dockerdInstalled: true }, 'start dockerd by hand, detached'],
    ['leaves starting to systemd where it runs', { dockerdInstalled: true, systemd: true }, 'start dockerd by systemd'],
    [
      'installs nothing on other systems',
      { debianFamily: false },
      'stop: no container engine answers; setup installs one on Debian and Ubuntu only',
    ],
    [
      'installs nothing for others than root',
      { root: false },
      'stop: no container engine answers, and only root may install one',
    ],
    [
      'starts nothing for others than root',
      { root: false, dockerdInstalled: true },
      'stop: Docker is installed but does not answer, and only root may start it',
    ],
    [
      'starts no second one where the first is closed to this user',
      { root: false, dockerdInstalled: true, problem: 'permission denied while trying to connect to the docker API' },
      'stop: an engine runs here, but its socket is closed to this user',
    ],
    [
      'keeps away from a containerd that an installation would replace',
      { containerdIo: true },
      'stop: the package containerd.io is installed here without dockerd, and docker.io would take its place',
    ],
    [
      'keeps away where another engine is asked for',
      { dockerHost: 'tcp://build:2375' },
      'stop: DOCKER_HOST is tcp://build:2375 and no engine answers there',
    ],
  ])('%s', (_, difference, text) => {
    expect(enginePlanText(planEngine({ ...facts, ...difference }))).toBe(text);
  });
});
