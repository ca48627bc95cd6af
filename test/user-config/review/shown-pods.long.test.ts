import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { outcomeOf, readConfigText, reviewConfigs } from '../../../src/user-config/index.ts';

type Status = Readonly<Record<string, unknown>>;

const list = join(import.meta.dirname, '../../fixtures/settings/list-kube-system.yaml');
const { items } = parse(readFileSync(list, 'utf8')) as { readonly items: readonly { readonly status: Status }[] };
const name = 'kube-controller-manager';
const pod = items.find(({ status }) => JSON.stringify(status ?? null).includes(name));
if (pod === undefined) throw new Error(`no pod of ${name}`);

const id = (letter: string, registry = 'registry.k8s.io'): string => `${registry}/${name}@sha256:${letter.repeat(64)}`;

const ofContainer = {
  name,
  ready: true,
  started: true,
  restartCount: 0,
  image: `registry.k8s.io/${name}:v1.34.1`,
  imageID: id('a'),
  state: { running: { startedAt: '2026-03-02T08:11:20Z' } },
};

/** The same pod as an API server shows it, with what else its status says; of its container, and as a whole. */
const shown = (container: Status = {}, status: Status = {}, tag = 'v1.34.1'): string =>
  JSON.stringify({
    ...pod,
    status: { ...pod.status, containerStatuses: [{ ...ofContainer, ...container }], ...status },
  }).replaceAll(':v1.34.1"', `:${tag}"`);

const review = (base: string, candidate: string, version = 'v1.34.1') =>
  reviewConfigs(
    { configFiles: readConfigText(base, 'base'), kubernetesVersion: 'v1.34.1' },
    { configFiles: readConfigText(candidate, 'candidate'), kubernetesVersion: version },
  );

const notReady = (type: string) => ({ conditions: [{ type, status: 'False', reason: 'ContainersNotReady' }] });
const waiting = { waiting: { reason: 'CrashLoopBackOff' } };

describe('a shown pod whose own status says that it does not run as it stands is not known', () => {
  test.each([
    ['Ready', {}, notReady('Ready')],
    ['its containers ready', {}, notReady('ContainersReady')],
    ['a container ready', { ready: false }, {}],
    ['started', { started: false }, {}],
    ['running', { state: waiting }, {}],
    ['alive', { state: { terminated: { exitCode: 1 } } }, {}],
    ['ready, nor not so', { ready: undefined }, {}],
    ['in any state', { state: undefined }, {}],
    ['of its container', { name: 'something-else' }, {}],
    ['of any container', {}, { containerStatuses: [] }],
    ['with containers at all', {}, { containerStatuses: undefined }],
    ['on a node that is heard', {}, { reason: 'NodeLost' }],
    ['going to stay', {}, { conditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
    ['begun', {}, { initContainerStatuses: [{ name: 'a', ready: false, state: waiting }] }],
    ['the release of its spec', { image: `registry.k8s.io/${name}:v1.33.1` }, {}],
  ])('not %s', (_, container, status) => {
    const text = shown(container, status);
    expect(outcomeOf(review(shown(), text))).toBe('unknown');
    expect(outcomeOf(review(text, text))).toBe('unknown');
  });

  test('how it says it', () => {
    const { candidate } = review(shown(), shown({ ready: false, state: waiting }, notReady('Ready')));
    const because = 'a kubelet may refuse this pod, or run it otherwise';
    expect(candidate.remarks.filter(({ weight }) => weight === 'unread').map(({ text }) => text)).toEqual([
      `status.conditions.0 says that the pod is not Ready: ${because}`,
      `status.containerStatuses.0.ready is not ready: ${because}`,
      `status.containerStatuses.0.state is not that of a container that runs: ${because}`,
    ]);
  });
});

describe('two shown pods of one spec', () => {
  test.each([
    ['another binary behind one tag', { imageID: id('b') }],
    ['one by the digest of its configuration', { imageID: `sha256:${'b'.repeat(64)}` }],
    ['restarts in a row', { restartCount: 57 }],
  ])('are not known to be the same with %s', (_, container) => {
    expect(outcomeOf(review(shown(), shown(container)))).toBe('unknown');
  });

  test('are the same where they were to be ended, and are not any more', () => {
    const conditions = [
      { type: 'Ready', status: 'True' },
      { type: 'DisruptionTarget', status: 'False' },
    ];
    expect(outcomeOf(review(shown(), shown({}, { conditions, reason: '', initContainerStatuses: [] })))).toBe('known');
  });

  test.each([
    ['the same binary by another registry', { imageID: id('a', 'mirror.example.com/k8s') }],
    ['a few restarts', { restartCount: 3 }],
    ['fewer restarts', { restartCount: 0 }],
    ['another start', { state: { running: { startedAt: '2026-04-02T08:11:20Z' } } }],
  ])('are the same with %s', (_, container) => {
    expect(outcomeOf(review(shown({ restartCount: 1 }), shown(container)))).toBe('known');
  });

  test('of another patch have another binary, of which a row speaks', () => {
    const newer = shown({ imageID: id('b'), image: `registry.k8s.io/${name}:v1.34.4` }, {}, 'v1.34.4');
    expect(outcomeOf(review(shown(), newer, 'v1.34.4'))).toBe('known');
  });
});
