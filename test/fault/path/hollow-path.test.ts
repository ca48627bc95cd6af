import { expect, test } from 'vitest';
import { faultKind } from '../../../src/fault/index.ts';
import { pathLosses } from '../../../src/fault/path/hollow/latency.ts';
import { hollowRelayCommand } from '../../../src/node/index.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { siteOf } from '../site.ts';

const path = { container: 'skipbeat-x-control-plane', localPorts: { from: 20_064, count: 64 } };
const chance = ['-m', 'statistic', '--mode', 'random', '--probability', '0.3'];
const to = ['-s', '172.18.0.1', '-p', 'tcp', '--sport', '20064:20127', '--dport', '6443'];
const from = ['-d', '172.18.0.1', '-p', 'tcp', '--sport', '6443', '--dport', '20064:20127'];
const ofTo = [
  { family: 4, table: 'filter', chain: 'INPUT', match: [...to, ...chance], target: ['DROP'] },
  { family: 4, table: 'filter', chain: 'INPUT', match: to, target: [] },
];
const ofFrom = [
  { family: 4, table: 'filter', chain: 'OUTPUT', match: [...from, ...chance], target: ['DROP'] },
  { family: 4, table: 'filter', chain: 'OUTPUT', match: from, target: [] },
];

test.each([
  ['both', [...ofTo, ...ofFrom]],
  ['to', ofTo],
  ['from', ofFrom],
] as const)('packets of the relay alone are lost in the node of the API server: %s', (direction, rules) => {
  expect(pathLosses({ lossPercent: 30, direction }, path, '172.18.0.1')).toEqual(rules);
});

test('where nothing is to be lost there is no rule', () => {
  expect(pathLosses({ lossPercent: 0, direction: 'both' }, path, '172.18.0.1')).toEqual([]);
});

const latencyOn = (target: string) => {
  const { scenario } = checkScenario(
    `name: a\nprofile: default\ncluster: {hollow: {nodes: 4}}\nphases: [{fault: 30s, inject: [{kind: latency, delay: 2s, loss: 5, target: ${target}}]}]\n`,
    'x.yaml',
  );
  const phase = makePlan(scenario, { kubernetesVersion: 'v1.34.4' }).phases[0];
  const fault = phase?.kind === 'fault' ? phase.inject[0] : undefined;
  if (fault === undefined) throw new Error('a plan without its fault');
  return fault;
};

test('a plan shows what becomes of hollow nodes in words, beside the commands for real ones', () => {
  const { commands } = faultKind('latency');
  const hollow = {
    node: 'hollow-1, hollow-2',
    apply: ['<the relay before the API server of the kwok process that keeps them> 2000 ± 0 ms and 5 % loss each way'],
    undo: ['<the same relay> nothing'],
  };
  expect(commands(latencyOn('{hollow: {share: 50}}'), (node) => node)).toEqual([hollow]);
  const both = commands(latencyOn('{nodes: [worker, hollow-1, hollow-2]}'), (node) => node);
  expect([both.map(({ node }) => node), both[1]]).toEqual([['worker', 'hollow-1, hollow-2'], hollow]);
});

test('a group without a relay, or with other nodes, is not hit', async () => {
  const site = {
    ...siteOf(['control-plane', 'control-plane']),
    hollow: [{ group: 'group-1', nodes: ['hollow-1', 'hollow-2'], folder: '/x' }],
  };
  const { signal } = new AbortController();
  const { prepare } = faultKind('latency');
  await expect(prepare(latencyOn('{hollow: {share: 50}}'), site, signal)).rejects.toMatchObject({
    code: 'FAULT_NOT_INJECTED',
    message: 'latency: expected a relay of group-1 on its way to the API server, found none.',
  });
  await expect(prepare(latencyOn('{hollow: {count: 1}}'), site, signal)).rejects.toMatchObject({
    message: 'latency: expected groups of exactly hollow-1, found hollow-1, hollow-2.',
  });
});

test('an undo on a relay that is gone, with its folder, leaves nothing to undo', async () => {
  const plain = { delayMs: 0, jitterMs: 0 };
  const verify = (stdout: string, exitCode = 0) =>
    faultKind('latency').verifyUndone(hollowRelayCommand('/x', 'group-1', { up: plain, down: plain }))(() =>
      Promise.resolve({
        node: 'group-1',
        command: 'bash',
        ended: 'exited',
        exitCode,
        stdout,
        stderr: '',
        durationMs: 1,
      }),
    );
  const said = (delayMs: number) => JSON.stringify({ delays: { up: { ...plain, delayMs }, down: plain }, counts: {} });
  expect([await verify('gone'), await verify(said(0)), await verify(said(20)), await verify('', 4)]).toEqual([
    { state: 'absent', evidence: 'the relay of group-1 is gone, and delays nothing' },
    { state: 'absent', evidence: 'the relay of group-1 delays nothing' },
    { state: 'present', evidence: 'the relay of group-1 still delays 20 ms up, 0 ms down' },
    { state: 'unreadable', evidence: 'group-1 could not be read: bash: exit code 4' },
  ]);
});
