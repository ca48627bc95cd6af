import { expect, test } from 'vitest';
import { planOutcome } from '../../tools/ci/plan-outcome.ts';

test('a job is left out where its version cannot express the scenario, and for no other reason', () => {
  expect(planOutcome(0, 'Kubernetes v1.34.4: as asked for')).toBe('runs');
  expect(planOutcome(64, 'PROFILE_INEXPRESSIBLE  v1.27.0 has no flag\nTry: x')).toBe('unsupported');
  expect(planOutcome(64, 'Kubernetes v1.9: x\nVERSION_UNSUPPORTED  expected v1.11 to v1.37\n')).toBe('unsupported');
  expect(planOutcome(64, 'SCENARIO_INVALID  a.yaml:1:1: name: VERSION_UNSUPPORTED  x')).toBe('failed');
  expect(planOutcome(1, 'PROFILE_INEXPRESSIBLE  x')).toBe('failed');
  expect(planOutcome(2, '')).toBe('failed');
  expect(planOutcome(undefined, 'Cannot find module')).toBe('failed');
});
