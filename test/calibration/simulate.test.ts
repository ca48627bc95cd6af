import { expect, test } from 'vitest';
import { configOfRun, modelOfPlan } from '../../src/backend/model/index.ts';
import { simulateMilestones } from '../../src/calibration/simulate.ts';
import { seedOfRepeat } from '../../src/common/random.ts';
import { makePlan } from '../../src/plan/index.ts';
import { loadScenario } from '../../src/scenario/index.ts';
import { hollowCurves, readMilestones } from '../../src/verdict/index.ts';
import { record } from '../backend/model/support/runs.ts';

const noRefusals = () => ({ firstRefusedMs: null, lastRefusedMs: null });

test.each([
  ['default', 'v1.34.4'],
  ['tight-grace', 'v1.34.4'],
  ['partition', 'v1.30.14'],
  ['fast', 'v1.13.12'],
  ['medium', 'v1.15.12'],
  ['dead-node', 'v1.27.16'],
  ['apiserver-pause', 'v1.34.4'],
  ['storm-1000', 'v1.34.4'],
])('milestones of %s on %s are those of a run that keeps every heartbeat', async (name, kubernetesVersion) => {
  const set = (path: readonly string[], value: unknown) => ({ origin: '--set', path, value });
  const overrides = [
    set(['cluster', 'kubernetes'], kubernetesVersion),
    ...(name === 'storm-1000' ? [set(['cluster', 'hollow', 'nodes'], 60)] : []),
  ];
  const plan = makePlan(loadScenario(name, { overrides }).scenario, { kubernetesVersion });
  const signal = new AbortController().signal;
  const [simulated] = await simulateMilestones(plan, { runs: 1, withinMs: 60_000, signal });
  const { events: recorded } = record(configOfRun(modelOfPlan(plan).config, seedOfRepeat(plan.seed, 0), 0));
  const events = recorded.toSorted((one, other) => one.atMs - other.atMs);
  const read = readMilestones(plan, events, noRefusals);
  expect({ ...simulated?.milestones, refused: null, lastRefused: null }).toEqual(read?.milestones);
  expect(simulated?.span).toEqual(read?.span);
  if (plan.topology.hollow !== undefined)
    expect(simulated?.hollow).toEqual({
      span: read?.span,
      curves: hollowCurves(events),
      endMs: events.at(-1)?.atMs,
    });
});
