import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kwokConfig } from '../../../src/cluster/hollow/kwok-config.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';

const configOf = (profile: string, kubernetesVersion = 'v1.34.4', more = ''): readonly Record<string, unknown>[] => {
  const { scenario } = checkScenario(
    `name: a\nprofile: ${profile}\ncluster: {kubernetes: ${kubernetesVersion.replace(/\.\d+$/, '')}${more}}\nphases: [{steady: 10s}]\n`,
    'x.yaml',
  );
  const text = kwokConfig(makePlan(scenario, { kubernetesVersion }));
  return parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
};

test.each([
  // Lease, then the first tick of nodeStatusUpdateFrequency (4 % later at most) at which the report frequency has passed.
  ['default', 40, 300_000, 310_400],
  ['fast', 40, 4000, 4160],
  ['slow', 40, 60_000, 62_400],
])('heartbeats of %s are written as a kubelet writes them', (profile, leaseSeconds, fromMs, toMs) => {
  const [options, join, , report] = configOf(profile);
  expect(options).toMatchObject({ kind: 'KwokConfiguration', options: { nodeLeaseDurationSeconds: leaseSeconds } });
  expect(join).toMatchObject({ kind: 'Stage', spec: { resourceRef: { kind: 'Node' } } });
  expect(join).not.toHaveProperty('spec.delay');
  expect(report).toMatchObject({
    spec: { delay: { durationMilliseconds: fromMs, jitterDurationMilliseconds: toMs } },
  });
});

test.each([
  ['v1.34.4', 10_000, 10_400],
  ['v1.30.0', 0, 0],
])('a lost node of %s is Ready again when a kubelet that stood still would say so', (version, fromMs, toMs) => {
  expect(configOf('default', version)[2]).toMatchObject({
    metadata: { name: 'node-return' },
    spec: { delay: { durationMilliseconds: fromMs, jitterDurationMilliseconds: toMs } },
  });
});

test('pods are started, put right within a tick of a kubelet, and ended at once; without pods there are no stages of them', () => {
  const stagesOf = (more: string) =>
    configOf('default', 'v1.34.4', more).filter(
      ({ spec }) => (spec as { resourceRef?: { kind: string } } | undefined)?.resourceRef?.kind === 'Pod',
    );
  expect(stagesOf(', hollow: {nodes: 5}')).toEqual([]);
  // kwok ends at once where it has stages of pods, and nothing to work them with.
  expect(configOf('default', 'v1.34.4', ', hollow: {nodes: 5, podsPerNode: 2}')[0]).toMatchObject({
    options: { podPlayStageParallelism: 32 },
  });
  expect(stagesOf(', hollow: {nodes: 5, podsPerNode: 2}')).toMatchObject([
    { metadata: { name: 'pod-start' } },
    {
      metadata: { name: 'pod-return' },
      spec: { delay: { durationMilliseconds: 0, jitterDurationMilliseconds: 10_000 } },
    },
    { metadata: { name: 'pod-end' }, spec: { next: { finalizers: { empty: true }, delete: true } } },
  ]);
});
