import { test } from 'vitest';
import { interruptedAt } from './interrupted.ts';

test.each([
  ['workload', '… workload'],
  ['leases', '… leases'],
])('Ctrl-C in the step %s ends with 130 and leaves nothing', (_, sign) => interruptedAt(sign));
