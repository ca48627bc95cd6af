import { expect, test } from 'vitest';
import { everyKind, randomPlan } from '../../calibration/support/random-plans.ts';
import { judgeOnModel, judgeSeeded, type SeededRun } from '../../calibration/support/seeded-run.ts';
import { sampleOf } from '../../support/sample.ts';

const run: SeededRun = {
  ...{ version: 'v1.34.4', update: 10, period: 5, grace: 40, eviction: 300, reading: 'literal', steady: 10, seed: 1 },
  fault: ['controller-manager-kill', 30],
  target: 'target: {role: control-plane}',
};

test('a controller manager that was killed is another one afterwards, and its Lease has another holder', async () => {
  const { verdict, reasons, findings } = await judgeSeeded(run);
  expect([verdict, reasons]).toEqual(['pass', []]);
  const said = findings.filter((finding) => finding.includes('explains it'));
  expect(said).toEqual([
    expect.stringMatching(/^kube-controller-manager on control-plane was another process .*controller-manager-kill/),
    expect.stringMatching(/^another kube-controller-manager led from .*controller-manager-kill/),
  ]);
});

test('a fault that ends nothing leaves everybody the same', async () => {
  const { reasons, findings } = await judgeSeeded({
    ...run,
    fault: ['kubelet-pause', 20],
    target: 'target: {role: worker}',
  });
  expect(reasons).toEqual([]);
  expect(findings.filter((finding) => finding.includes('another'))).toEqual([]);
});

// In the model nobody but the plan's own faults ends a process or lets a heartbeat through.
test('no plan is doubted for a restart that its faults do not explain, or for a lease that was renewed under one', async () => {
  const plans = sampleOf(30, 510);
  let restarts = 0;
  for (let seed = 0; seed < plans; seed += 1) {
    const kind = everyKind[seed % everyKind.length] ?? 'kubelet-pause';
    const plan = randomPlan(seed, kind);
    const { reasons, findings } = await judgeOnModel(plan);
    // A fault that another has taken the place of is not proved, and says so.
    const evidenceProblems = reasons.filter((reason) => !reason.includes('absent on'));
    expect(
      evidenceProblems.filter((reason) => /explains it$|renewed its lease/.test(reason)),
      `seed ${seed}, ${kind}`,
    ).toEqual([]);
    restarts += findings.filter((finding) => finding.endsWith('explains it')).length;
  }
  expect(restarts).toBeGreaterThan(plans / 10);
});
