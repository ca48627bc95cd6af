import { describe, expect, test } from 'vitest';
import type { CommandResult } from '../../src/common/command.ts';
import { type FaultSite, faultCommands, faultKind, type NodeFault } from '../../src/fault/index.ts';
import type { PlannedFault } from '../../src/plan/index.ts';
import { siteOf } from './site.ts';

const planned: PlannedFault = {
  ...{ id: 'out-of-service-1', kind: 'out-of-service' },
  targets: ['worker2'],
  occurrences: [{ id: 'out-of-service-1', startMs: 100_000, endMs: 300_000 }],
};

const prepare = async (on: FaultSite): Promise<readonly NodeFault[]> =>
  (await faultKind('out-of-service').prepare(planned as never, on, new AbortController().signal)).nodes;

const answers =
  (stdout: string, exitCode = 0) =>
  (): Promise<CommandResult> =>
    Promise.resolve({
      ...{ node: 'skipbeat-x-control-plane', command: 'sh', ended: 'exited', exitCode, stdout, stderr: 'refused' },
      durationMs: 1,
    });

/** What each of its scripts begins with. */
const functions = `kubectl() { command kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 10s "$@"; }
effects() {
  kubectl get node "$1" --output 'jsonpath={range .spec.taints[?(@.key=="node.kubernetes.io/out-of-service")]}{.effect}{"\\n"}{end}'
}
`;

describe('a node that is tainted out-of-service', () => {
  test('is tainted from a control-plane node, by the name of its Node object, and the taint removed there', async () => {
    const [part] = await prepare(siteOf(['control-plane', 'control-plane'], ['worker2', 'worker']));
    expect([part?.node, part?.covers]).toEqual(['skipbeat-x-control-plane', ['worker2']]);
    expect(part?.apply?.argv.at(-1)).toBe('skipbeat-x-worker2');
    expect(part?.apply?.argv[2]).toBe(`
${functions}
kubectl taint node "$1" node.kubernetes.io/out-of-service=nodeshutdown:NoExecute > /dev/null
`);
    // What is not there is not asked for: kubectl would refuse it, and an undo has to be safe twice.
    expect(part?.undo.argv[2]).toBe(`
${functions}
found=$(effects "$1") || exit
[ -z "$found" ] || kubectl taint node "$1" node.kubernetes.io/out-of-service- > /dev/null
`);
  });

  test('is proved by the taint that stands, and undone where none does', async () => {
    const [part] = await prepare(siteOf(['control-plane', 'control-plane'], ['worker2', 'worker']));
    if (part === undefined) throw new Error('no part');
    const isUndone = faultKind('out-of-service').verifyUndone(part.undo);
    expect(await part.attest(answers('NoExecute\n'))).toEqual({
      state: 'present',
      evidence: 'skipbeat-x-worker2 has the taint node.kubernetes.io/out-of-service:NoExecute',
    });
    expect(await part.attest(answers(''))).toMatchObject({ state: 'absent' });
    expect(await isUndone(answers(''))).toMatchObject({ state: 'absent' });
    expect(await isUndone(answers('NoExecute\n'))).toMatchObject({ state: 'present' });
    expect(await isUndone(answers('', 1))).toMatchObject({ state: 'unreadable' });
  });

  test('cannot be tainted where no control plane is one of the nodes: exit 75, nothing is touched', () => {
    const managed = siteOf(['worker', 'worker'], ['worker2', 'worker']);
    expect(() => faultKind('out-of-service').prepare(planned as never, managed, new AbortController().signal)).toThrow(
      expect.objectContaining({ code: 'FAULT_NOT_INJECTED', exitCode: 75 }),
    );
  });

  test('is printed by a plan as commands to paste', () => {
    const [first] = faultCommands(planned, (node) => `skipbeat-x-${node}`);
    expect(first?.apply.join('\n')).toBe(`docker exec skipbeat-x-control-plane sh -c '
${functions.replaceAll("'", "'\\''")}
kubectl taint node "$1" node.kubernetes.io/out-of-service=nodeshutdown:NoExecute > /dev/null
' sh skipbeat-x-worker2`);
  });
});
