import { describe, expect, test } from 'vitest';
import type { SkipbeatError } from '../../src/common/errors.ts';
import { faultCommands, isRealKind } from '../../src/fault/index.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { assertReal, chooseBackendFor } from '../../src/prepare/index.ts';
import { checkScenario, faultKindsThat, type Scenario } from '../../src/scenario/index.ts';

const scenarioOf = (fault: string, version = 'v1.34'): Scenario =>
  checkScenario(
    `name: a\nprofile: default\ncluster: {kubernetes: ${version}}\nphases: [{steady: 20s}, {fault: 100s, inject: [${fault}]}, {recover: {within: 300s}}]\n`,
    'x.yaml',
  ).scenario;

const planOf = (fault: string): Plan => makePlan(scenarioOf(fault), { kubernetesVersion: 'v1.34.4' });

const modelOnly: readonly string[] = ['controller-manager-watch-lost', 'clock-jump'];

const jump = '{kind: clock-jump, target: {nodes: [worker]}, by: 90s}';

describe('what a plan says of a clock that is set', () => {
  test.each([
    ['back by more than a grace bears', jump, 'possible', ['clock-jump-1']],
    ['back by more, for less', jump.replace('}, by', '}, lasts: 5s, by'), 'impossible', undefined],
    ['back by less', jump.replace('90s', '5s'), 'impossible', undefined],
    [
      'forward by more, for less',
      jump.replace('}, by', '}, lasts: 5s, way: forward, by'),
      'possible',
      ['clock-jump-1'],
    ],
    ['forward by less', jump.replace('90s', '5s, way: forward'), 'impossible', undefined],
  ])('%s: flap and for what there is no formula', (_, fault, flap, noFormula) => {
    const { prediction } = planOf(fault);
    expect([prediction.flap, prediction.noFormula]).toEqual([flap, noFormula]);
  });

  test('a pause beside it is not certain to cost its node, and has no window', () => {
    const both = `${jump}, {kind: kubelet-pause, target: {nodes: [worker]}, after: 20s}`;
    expect(planOf(both).prediction).toMatchObject({ flap: 'possible', notReadyAfterMs: null, evictionAfterMs: null });
  });

  test('it is for the model alone, with the reason, and there is no command for it', () => {
    const { warnings, phases } = planOf(jump);
    expect(warnings).toEqual([
      "clock-jump runs in the model alone (--backend model), for nodes of kind share this machine's kernel and its wall clock, and time namespaces shift CLOCK_MONOTONIC and CLOCK_BOOTTIME alone, never CLOCK_REALTIME, by which heartbeats are stamped",
      'v1.34.4 has kubernetes#113081: a node whose clock is set back becomes Unknown though it renews its lease (fixed in v1.37.0)',
    ]);
    expect(
      phases
        .flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []))
        .flatMap((one) => faultCommands(one, String)),
    ).toEqual([]);
  });
});

describe('a kind of fault that the model alone can have', () => {
  test('is what no injector is there for, and the other way round', () => {
    expect(faultKindsThat(({ modelOnly }) => modelOnly !== null)).toEqual(modelOnly);
    for (const kind of faultKindsThat(() => true))
      expect([kind, isRealKind(kind)]).toEqual([kind, !modelOnly.includes(kind)]);
  });

  test('is refused on real clusters by its name, and taken to the model where nobody asked for one', async () => {
    const why =
      "clock-jump: expected a fault that a real cluster can have, for nodes of kind share this machine's kernel and its wall clock, and time namespaces shift CLOCK_MONOTONIC and CLOCK_BOOTTIME alone, never CLOCK_REALTIME, by which heartbeats are stamped";
    const refused = {
      code: 'SCENARIO_MODEL_ONLY',
      exitCode: 64,
      message: `${why}.`,
    };
    expect(() => assertReal(scenarioOf(jump))).toThrow(expect.objectContaining(refused) as SkipbeatError);
    expect(await chooseBackendFor('auto', scenarioOf(jump), false)).toMatchObject({
      name: 'model',
      why,
    });
  });

  test.each([
    '{kind: clock-jump, target: {role: control-plane}, by: 90s}',
    '{kind: clock-jump, target: {leader: kube-scheduler}, by: 90s}',
  ])('%s: a control plane stamps more than heartbeats, and is refused', (fault) => {
    expect(() => scenarioOf(fault)).toThrow(
      /expected workers, for what a control plane stamps .* received control-plane/,
    );
  });
});
