import { describe, expect, test } from 'vitest';
import { faultCommands } from '../../../src/fault/index.ts';
import type { PlannedFault } from '../../../src/plan/index.ts';

const amounts = { delayMs: 100, jitterMs: 10, rampSteps: 1 };
const planned = (kind: string, target: string, options: Readonly<Record<string, unknown>>): PlannedFault =>
  ({ id: `${kind}-1`, kind, targets: [target], occurrences: [], ...options }) as unknown as PlannedFault;

const faults = [
  planned('latency', 'worker', { ...amounts, lossPercent: 5, direction: 'both' }),
  planned('latency', 'worker', { ...amounts, lossPercent: 0, direction: 'to' }),
  planned('apiserver-latency', 'control-plane', amounts),
  planned('etcd-latency', 'control-plane', amounts),
  planned('partition', 'worker', { direction: 'both', by: 'reject', traffic: 'all' }),
  planned('partition', 'worker', { direction: 'from', by: 'drop', traffic: 'control' }),
];

const ruleLines = (fault: PlannedFault): readonly string[] =>
  faultCommands(fault, (node) => `skipbeat-x-${node}`)
    .flatMap(({ apply }) => apply)
    .filter((line) => / ip6?tables /.test(line));

describe.each(faults.map((fault) => ({ fault, name: `${fault.kind} ${JSON.stringify(fault)}` })))(
  '$name',
  ({ fault }) => {
    test('adds rules inside its own node alone, each with the mark of run and fault', () => {
      const lines = ruleLines(fault);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        expect(line).toMatch(new RegExp(`^docker exec skipbeat-x-${fault.targets[0]} ip6?tables --wait 10 --table`));
        expect(line).toContain(`--comment skipbeat-RUN-${fault.kind}-1 `);
      }
    });

    test('names in each rule one address of its cluster, the gateway with the relay’s port, or loopback: no network', () => {
      for (const line of ruleLines(fault)) {
        const place = /(?<!'!' )(?:-[ds]|--ctorigdst) ('<[^>]+>'|127\.0\.0\.1)/.exec(line)?.[1] ?? '';
        expect(place).toMatch(
          /^('<address of (control-plane|skipbeat-x-control-plane|Service kubernetes)>'|'<gateway>'|127\.0\.0\.1)$/,
        );
        if (place === "'<gateway>'") expect(line).toMatch(/--[ds]port '<relay port( \d)?>'/);
      }
    });

    test('prints an undo that goes by the mark', () => {
      const undo = faultCommands(fault, (node) => `skipbeat-x-${node}`).flatMap((one) => one.undo);
      expect(undo.join('\n')).toContain(`skipbeat-RUN-${fault.kind}-1`);
    });
  },
);
