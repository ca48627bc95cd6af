import { describe, expect, test } from 'vitest';
import type { CommandResult } from '../../../src/common/command.ts';
import { type Isolation, isolationRules } from '../../../src/fault/path/isolation-rules.ts';
import { judgeIsolation } from '../../../src/fault/path/partition.ts';
import type { Rule } from '../../../src/fault/path/rules.ts';
import { readSurvey } from '../../../src/fault/path/survey.ts';

const survey = readSurvey(
  'c-worker',
  '172.18.0.3 172.18.0.1 eth0 1\n172.18.0.2 fc00::2 6443\n172.18.0.2 fc00::2 6443\n===\n',
);
const text = ({ family, chain, match, target }: Rule): string =>
  [family === 4 ? 'v4' : 'v6', chain, ...match, '→', ...target].join(' ');
const rules = (cut: Partial<Isolation>): readonly string[] =>
  isolationRules(survey, { direction: 'both', by: 'drop', traffic: 'control', ...cut }).map(text);

describe('rules of a partition', () => {
  test('stop what goes between API server, kubelet and pods, in both families, relayed or not', () => {
    expect(rules({})).toEqual([
      'v4 OUTPUT -d 172.18.0.2 -p tcp --dport 6443 → DROP',
      'v4 OUTPUT -d 172.18.0.2 -p tcp --sport 10250 → DROP',
      'v4 FORWARD -d 172.18.0.2 -p tcp --dport 6443 → DROP',
      'v4 INPUT -s 172.18.0.2 -p tcp --sport 6443 → DROP',
      'v4 INPUT -s 172.18.0.2 -p tcp --dport 10250 → DROP',
      'v4 FORWARD -s 172.18.0.2 -p tcp --sport 6443 → DROP',
      'v4 OUTPUT -p tcp -m conntrack --ctorigdst 172.18.0.2 --ctorigdstport 6443 --ctdir ORIGINAL → DROP',
      'v4 INPUT -p tcp -m conntrack --ctorigdst 172.18.0.2 --ctorigdstport 6443 --ctdir REPLY → DROP',
      'v6 OUTPUT -d fc00::2 -p tcp --dport 6443 → DROP',
      'v6 OUTPUT -d fc00::2 -p tcp --sport 10250 → DROP',
      'v6 FORWARD -d fc00::2 -p tcp --dport 6443 → DROP',
      'v6 INPUT -s fc00::2 -p tcp --sport 6443 → DROP',
      'v6 INPUT -s fc00::2 -p tcp --dport 10250 → DROP',
      'v6 FORWARD -s fc00::2 -p tcp --sport 6443 → DROP',
    ]);
  });

  test('one way stop nothing of the other way', () => {
    expect(rules({ direction: 'to' }).filter((rule) => / INPUT | -s /.test(rule))).toEqual([]);
    expect(rules({ direction: 'from' }).filter((rule) => / OUTPUT | -d /.test(rule))).toEqual([]);
    expect([...rules({ direction: 'to' }), ...rules({ direction: 'from' })].sort()).toEqual([...rules({})].sort());
  });

  test('that reject answer TCP with a reset and the rest with an ICMP error, the reset first in its chain', () => {
    expect(rules({ by: 'reject', traffic: 'all', direction: 'to' }).slice(0, 2)).toEqual([
      'v4 OUTPUT -d 172.18.0.2 → REJECT',
      'v4 OUTPUT -d 172.18.0.2 -p tcp → REJECT --reject-with tcp-reset',
    ]);
    expect(rules({ by: 'reject' }).every((rule) => rule.endsWith('REJECT --reject-with tcp-reset'))).toBe(true);
  });

  test('name addresses of control planes of this cluster alone, never a network', () => {
    for (const traffic of ['control', 'all'] as const) {
      for (const rule of rules({ traffic })) {
        expect(rule.match(/(?<= (?:-[ds]|--ctorigdst) )\S+/g)).toEqual([
          rule.startsWith('v4 ') ? '172.18.0.2' : 'fc00::2',
        ]);
      }
    }
  });
});

const curl = (exitCode: number): CommandResult => ({
  ...{ node: 'c-worker', command: 'curl', ended: 'exited', exitCode, stdout: '', stderr: '', durationMs: 1 },
});
const seen = { rules: 14, packets: new Map([['OUTPUT', 17]]) };

describe('a partition is judged', () => {
  test('present when all rules stand, packets were stopped, and no canary got through', () => {
    expect(judgeIsolation(14, seen, [['172.18.0.2', curl(28)]])).toEqual({
      state: 'present',
      evidence: '14 of 14 rules; packets stopped: OUTPUT 17; canary to 172.18.0.2 not answered',
    });
  });

  test.each([
    ['a rule is missing', { ...seen, rules: 13 }, 28],
    ['nothing was stopped', { ...seen, packets: new Map([['OUTPUT', 0]]) }, 28],
    ['the canary was answered', seen, 0],
    ['the canary could not be sent at all', seen, 127],
  ])('absent when %s', (_, found, exitCode) => {
    expect(judgeIsolation(14, found, [['172.18.0.2', curl(exitCode)]]).state).toBe('absent');
  });
});
