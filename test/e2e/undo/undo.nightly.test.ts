import { test } from 'vitest';
import { interruptedAt, killedAt } from '../support/interrupted.ts';

test.each([
  ['workload', '… workload'],
  ['leases', '… leases'],
  ['undo', '… undo'],
])('Ctrl-C in the step %s ends with 130 and leaves nothing', (_, sign) => interruptedAt(sign));

test('kill -9 in the fault, then cleanup: no container, no kubeconfig, no journal entry', () => killedAt('in place'));
