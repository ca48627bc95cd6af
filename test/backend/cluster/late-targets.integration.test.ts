// A node may lose its label, or gain a role, between the question on the terminal and its fault.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ArmedAct } from '../../../src/backend/cluster/act.ts';
import { runOwnFaults } from '../../../src/backend/cluster/faults.ts';
import { ownClusterBackend } from '../../../src/backend/index.ts';
import { type ClusterSurvey, readNodeChoice, surveyCluster, watchGuards } from '../../../src/guard/index.ts';
import { prepared } from '../../agent/prepared.ts';
import { type StandIn, startStandIn } from '../../guard/api-server.ts';
import { defaultPlan } from '../../verdict/timeline-builder.ts';

let server: StandIn;
const { signal } = new AbortController();
const optedIn = { 'skipbeat.dev/faults': 'allowed' };

const setNode = (name: string, labels: object): void => {
  server.put(`/api/v1/nodes/${name}`, {
    metadata: { labels },
    status: {
      conditions: [{ type: 'Ready', status: 'True', reason: '' }],
      nodeInfo: { kubeletVersion: 'v1.34.4', operatingSystem: 'linux' },
    },
  });
};

beforeEach(async () => {
  server = await startStandIn();
  for (const name of ['w01', 'w02', 'w03']) setNode(name, optedIn);
});
afterEach(() => server.close());

const optionsOf = (survey: ClusterSurvey) => ({
  ...{ access: server.access, survey, run: 'run-1', tail: 'a1b2c3', agentImage: 'none', injector: 'agent' as const },
  choice: readNodeChoice('skipbeat.dev/faults=allowed'),
  ...{ maxMs: 600_000, load: null },
  nodeOf: new Map([
    ['worker', 'w01'],
    ['worker2', 'w02'],
  ]),
});

const recorder = () => {
  const began = performance.now();
  const nowMs = () => performance.now() - began;
  return { startNs: process.hrtime.bigint(), nowMs, event: () => undefined, requests: () => undefined };
};

test('a label that is taken away after the survey, and a role that is given, refuse the run before it writes', async () => {
  const backend = ownClusterBackend(optionsOf(await surveyCluster(server.access, signal)));
  setNode('w01', { 'node-role.kubernetes.io/control-plane': '' });
  await expect(backend.run(defaultPlan, recorder(), signal)).rejects.toMatchObject({
    code: 'TARGETS_REFUSED',
    message:
      'staging-eu: expected w01, w02 as when the nodes were chosen, for a fault was about to begin there, found that w01 withdrew its consent, skipbeat.dev/faults=allowed; that w01 is of the control plane now (it bears node-role.kubernetes.io/control-plane); the nodes without a zone: 3 nodes, 3 Ready, of which a tenth, at least one, may be hit at once: 1. It was not begun.',
  });
  expect(server.written).toEqual([]);
});

test('a node whose label goes while its agent is armed is not hit, and the act is ended', async () => {
  const options = optionsOf(await surveyCluster(server.access, signal));
  // No watch of its own in this time: what counts here is what is asked just before the fault.
  const guards = watchGuards(
    server.access,
    options.survey,
    { targets: ['w01'], choice: options.choice, run: 'run-1' },
    { everyMs: 600_000, silentMs: 600_000 },
  );
  const ended: (number | null)[] = [];
  const act = await prepared('kubelet-pause');
  const armed: ArmedAct = {
    prepared: act,
    clock: { offsetMs: 0, errorMs: 0 },
    go: () => Promise.reject(new Error('the fault began')),
    begin: () => Promise.resolve(),
    end: (byMs) => {
      ended.push(byMs);
      return Promise.resolve({ prepared: act, steps: [], clock: null });
    },
  };
  const phase = defaultPlan.phases.find(({ kind }) => kind === 'fault');
  if (phase?.kind !== 'fault') throw new Error('no fault in the plan');
  const run = { ...{ plan: defaultPlan, recorder: recorder(), signal, options, guards } };
  const arm = (): Promise<ArmedAct> => {
    setNode('w01', {});
    return Promise.resolve(armed);
  };
  await expect(runOwnFaults(run as never, phase, arm)).rejects.toMatchObject({
    code: 'TARGETS_REFUSED',
    message:
      'staging-eu: expected w01 as when the nodes were chosen, for a fault was about to begin there, found that w01 withdrew its consent, skipbeat.dev/faults=allowed. It was not begun.',
  });
  guards.dispose();
  // Each of them without a time: none was ever to go.
  expect(ended).toEqual(phase.inject.flatMap(({ targets }) => targets.map(() => null)));
});
