import { expect, test } from 'vitest';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { judgeOnModel } from '../../calibration/support/seeded-run.ts';

const scenario = `name: own
profile: tight-grace
workload:
  service: web
  manifest:
    - {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: nginx, readinessProbe: {initialDelaySeconds: 120}}]}}}}
    - {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
phases: [{steady: 20s}, {fault: 40s, inject: [{kind: kubelet-pause, target: {role: worker}}]}, {recover: {within: 120s}}]
expect:
  - {figure: nodes.notReadyTransitions, min: 1}
  - {figure: pods.evicted, min: 1}
`;

const judged = (expected: string) =>
  judgeOnModel(
    makePlan(checkScenario(`${scenario}${expected}`, 'own.yaml').scenario, { kubernetesVersion: 'v1.34.4' }),
  );

test("of somebody's own program a prediction has nodes, taints and evictions", async () => {
  const document = await judged('');
  expect(document.verdict).toBe('pass');
  expect(document.nodes.notReadyTransitions).toBeGreaterThan(0);
  expect(document.pods.evicted).toBeGreaterThan(0);
  expect(document.pods).toMatchObject({ unavailableSeconds: null, stuckTerminating: null });
  expect(document.requests).toMatchObject({ ok: null, refused: null, slowSeconds: null });
  expect(document.timing).toMatchObject({ firstEndpointsEmptyMs: null, firstReplacementReadyMs: null });
});

test.each(['pods.unavailableSeconds', 'requests.refused', 'pods.stuckTerminating'])(
  'what rests on how fast it starts and ends is no pass: %s',
  async (figure) => {
    const why =
      'how fast the program behind Service web starts and ends is not known to the model: run it on a real cluster';
    expect(await judged(`  - {figure: ${figure}, max: 100000}\n`)).toMatchObject({
      verdict: 'inconclusive',
      reasons: [`${figure} is not known: ${why}`],
    });
  },
);
