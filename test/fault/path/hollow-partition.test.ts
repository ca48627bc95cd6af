import { describe, expect, test } from 'vitest';
import { faultKind } from '../../../src/fault/index.ts';
import { judgeCut, pathCut } from '../../../src/fault/path/hollow/partition.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { siteOf } from '../site.ts';

test('all packets of the relay of a group are dropped, each way, and nobody else’s', () => {
  const path = { container: 'skipbeat-x-control-plane', localPorts: { from: 20_064, count: 64 } };
  const sent = ['-s', '172.18.0.1', '-p', 'tcp', '--sport', '20064:20127', '--dport', '6443'];
  const got = ['-d', '172.18.0.1', '-p', 'tcp', '--sport', '6443', '--dport', '20064:20127'];
  expect(pathCut(path, '172.18.0.1')).toEqual([
    { family: 4, table: 'filter', chain: 'INPUT', match: sent, target: ['DROP'] },
    { family: 4, table: 'filter', chain: 'OUTPUT', match: got, target: ['DROP'] },
  ]);
});

describe('a cut is proved', () => {
  const seen = {
    rules: { expected: 2, found: 2 },
    packets: new Map([
      ['INPUT', 3],
      ['OUTPUT', 0],
    ]),
    canaryMs: null,
    bytesDown: { from: 900, to: 900 },
  };

  test('by its rules, what they dropped, a request that is not answered, and silence at the relay', () => {
    expect(judgeCut(seen)).toEqual({
      state: 'present',
      evidence:
        '2 of 2 rules; packets dropped: INPUT 3; canary through the relay not answered; nothing came down to it',
    });
  });

  test.each([
    [
      'a rule is missing',
      { rules: { expected: 2, found: 1 } },
      '1 of 2 rules; packets dropped: INPUT 3; canary through the relay not answered; nothing came down to it',
    ],
    [
      'nothing met one',
      { packets: new Map([['INPUT', 0]]) },
      '2 of 2 rules; packets dropped: none; canary through the relay not answered; nothing came down to it',
    ],
    [
      'the API server answers',
      { canaryMs: 4 },
      '2 of 2 rules; packets dropped: INPUT 3; canary through the relay answered; nothing came down to it',
    ],
    [
      'it says something to kwok',
      { bytesDown: { from: 900, to: 931 } },
      '2 of 2 rules; packets dropped: INPUT 3; canary through the relay not answered; 31 bytes came down to it',
    ],
  ])('and is not where %s', (_, other, evidence) => {
    expect(judgeCut({ ...seen, ...other })).toEqual({ state: 'absent', evidence });
  });
});

const partitionOn = (target: string) => {
  const { scenario } = checkScenario(
    `name: a\nprofile: default\ncluster: {hollow: {nodes: 4}}\nphases: [{fault: 30s, inject: [{kind: partition, target: ${target}}]}]\n`,
    'x.yaml',
  );
  const phase = makePlan(scenario, { kubernetesVersion: 'v1.34.4' }).phases[0];
  const fault = phase?.kind === 'fault' ? phase.inject[0] : undefined;
  if (fault === undefined) throw new Error('a plan without its fault');
  return fault;
};

test('a plan shows what becomes of hollow nodes in words, beside the commands for real ones', () => {
  const both = faultKind('partition').commands(partitionOn('{nodes: [worker, hollow-1, hollow-2]}'), (node) => node);
  expect(both.map(({ node }) => node)).toEqual(['worker', 'hollow-1, hollow-2']);
  expect(both[1]?.apply).toEqual([
    "<in the API server's node> drop all packets of the relay of the kwok process that keeps them, each way",
  ]);
});

test('a group without a relay is not hit', async () => {
  const site = {
    ...siteOf(['control-plane', 'control-plane']),
    hollow: [{ group: 'group-1', nodes: ['hollow-1', 'hollow-2'], folder: '/x' }],
  };
  const { prepare } = faultKind('partition');
  await expect(prepare(partitionOn('{hollow: {share: 50}}'), site, new AbortController().signal)).rejects.toMatchObject(
    {
      code: 'FAULT_NOT_INJECTED',
      message: 'partition: expected a relay of group-1 on its way to the API server, found none.',
    },
  );
});
