import { expect, test } from 'vitest';
import { createSlices, type Endpoints } from '../../../../src/backend/model/controllers/endpoints.ts';
import { createClock } from '../../../../src/backend/model/engine/clock.ts';
import { createProcess } from '../../../../src/backend/model/engine/process.ts';
import type { Simulation } from '../../../../src/backend/model/engine/simulation.ts';
import type { NodeState, Pod } from '../../../../src/backend/model/engine/state.ts';
import { behaviourOf } from '../../../../src/backend/model/engine/versions.ts';
import { createLink } from '../../../../src/backend/model/network/link.ts';
import { createKubeProxy } from '../../../../src/backend/model/network/proxy.ts';
import { version } from '../support/clusters.ts';

const pods = Array.from({ length: 10 }, (_, index) => ({ name: `beat-${index}` }) as Pod);

const endpoints = (ready: number, servingTerminating = 0): Endpoints => ({
  ready: pods.slice(0, ready),
  servingTerminating: pods.slice(0, servingTerminating),
  counts: { ready, notReady: 0, terminating: servingTerminating },
});

/** Seconds at which the rules changed, and how many endpoints they had from then on. */
const rules = (minor: number, changes: readonly (readonly [number, Endpoints])[]): [number, number][] => {
  const clock = createClock();
  const slices = createSlices({ clock });
  const node = { silent: 'no', link: createLink(), kubelet: createProcess() } as NodeState;
  const simulation = { clock, behaviour: behaviourOf(version(minor)) } as Simulation;
  const seen: [number, number][] = [];
  const proxy = createKubeProxy(simulation, node, slices, () => clock.at(clock.now(), probe, null));
  const probe = (): void => {
    seen.push([Math.round(clock.now() / 100_000) / 10, proxy.targets().length]);
  };
  for (const [seconds, wanted] of changes) clock.at(seconds * 1_000_000, slices.write, wanted);
  while (clock.advance(100));
  return seen;
};

const burst = [
  [10, endpoints(3)],
  [10.1, endpoints(2)],
  [10.2, endpoints(1)],
  [10.3, endpoints(0)],
] as const;

test('up to 1.18 rules follow each change at once', () => {
  expect(rules(18, burst)).toEqual([
    [10, 3],
    [10.1, 2],
    [10.2, 1],
    [10.3, 0],
  ]);
});

test('from 1.19 on two syncs may follow each other, then one a second, with all that has changed by then', () => {
  expect(rules(33, burst)).toEqual([
    [10, 3],
    [10.1, 2],
    [11, 0],
  ]);
});

test('from 1.34 on a sync waits for a second since the last one ended', () => {
  expect(rules(34, burst)).toEqual([
    [10, 3],
    [11, 0],
  ]);
  expect(rules(34, [...burst, [11.5, endpoints(1)], [14, endpoints(2)]])).toEqual([
    [10, 3],
    [11, 0],
    [12.1, 1],
    [14, 2],
  ]);
});

test('where none is ready, those that end and still serve are used, from 1.26 on', () => {
  expect(rules(26, [[10, endpoints(0, 2)]])).toEqual([[10, 2]]);
  expect(rules(25, [[10, endpoints(0, 2)]])).toEqual([[10, 0]]);
  expect(rules(26, [[10, endpoints(1, 2)]])).toEqual([[10, 1]]);
});
