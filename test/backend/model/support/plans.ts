import { commonPauseMs } from '../../../../src/matrix/index.ts';
import type { Plan } from '../../../../src/plan/index.ts';
import { compileProfile, findProfile, predictPause, type Reading } from '../../../../src/profile/index.ts';

const pauseMs = commonPauseMs([]);

/** Both workers' kubelets pause under a named profile, for as long as in the scenarios of the profiles. */
export const pausePlan = (name: string, kubernetesVersion: string, reading: Reading = 'literal'): Plan => {
  const named = findProfile(name);
  if (named === null) throw new Error(`no profile ${name}`);
  const profile = compileProfile(named, reading, kubernetesVersion);
  return {
    schemaVersion: 1,
    scenario: name,
    title: name,
    seed: 1,
    repeats: 1,
    kubernetesVersion,
    profile,
    topology: { name: 'single', controlPlanes: 1, workers: 2, apiServerPort: null },
    workload: { replicas: 2 },
    load: { ratePerSecond: 50, connection: 'fresh', timeoutMs: 1000 },
    phases: [
      { kind: 'steady', name: 'steady', durationMs: 30_000 },
      {
        kind: 'fault',
        name: 'fault',
        durationMs: pauseMs,
        inject: [
          {
            id: 'kubelet-pause-1',
            kind: 'kubelet-pause',
            targets: ['worker', 'worker2'],
            occurrences: [{ id: 'kubelet-pause-1', startMs: 0, endMs: pauseMs }],
          },
        ],
      },
      { kind: 'recover', name: 'recover', withinMs: 90_000 },
    ],
    expectations: [],
    prediction: predictPause(profile.effective, kubernetesVersion, pauseMs, { paused: 2, nodes: 3 }),
    warnings: profile.warnings,
  };
};
