import { execa } from 'execa';
import { expect, test } from 'vitest';
import { prepared } from './prepared.ts';

const step = (out: string, code: number) => ({ step: 'start', beganMs: 1, clockMs: 2, code, out, err: '' });

test.each([
  ['kubelet-pause', '812 T (stopped)', 'present'],
  ['kubelet-pause', '812 t (tracing stop)', 'absent'],
  ['kubelet-pause', '812 S (sleeping)', 'absent'],
  ['kubelet-pause', '812 R (running)', 'absent'],
  ['kubelet-pause', '', 'unreadable'],
  ['kubelet-stop', 'inactive', 'present'],
  ['kubelet-stop', 'failed', 'present'],
  ['kubelet-stop', 'deactivating', 'present'],
  ['kubelet-stop', 'activating', 'present'],
  ['kubelet-stop', 'active', 'absent'],
  ['kubelet-stop', '', 'unreadable'],
] as const)(
  'of %s, what the node makes of "%s" by itself is what the kind makes of it: %s',
  async (kind, seen, state) => {
    const { act, attest, attestUndone } = await prepared(kind);
    // The script of the act's probe, around another program that prints what the real one would.
    const [file = '', ...args] = [...act.verify.slice(0, 4), 'echo', seen];
    const { exitCode: code = -1 } = await execa(file, args, { reject: false });
    expect(code).toBe({ present: 0, absent: 3, unreadable: 2 }[state]);
    expect((await attest(step(seen, code))).state).toBe(state);
    expect((await attestUndone(step(seen, code), null)).state).toBe(state);
  },
);
