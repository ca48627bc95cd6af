import { describe, expect, test } from 'vitest';
import type { CommandResult } from '../../src/common/command.ts';
import { type FaultSite, faultCommands, faultKind, type NodeFault } from '../../src/fault/index.ts';
import type { PlannedFault } from '../../src/plan/index.ts';
import { nothingRuns, siteOf } from './site.ts';

const planned: PlannedFault = {
  ...{ id: 'taints-removed-1', kind: 'taints-removed' },
  targets: ['worker', 'worker2'],
  occurrences: [{ id: 'taints-removed-1', startMs: 40_000, endMs: 60_000 }],
};

const site = siteOf(['control-plane', 'control-plane'], ['worker', 'worker'], ['worker2', 'worker']);

const prepare = async (on: FaultSite): Promise<readonly NodeFault[]> =>
  (await faultKind('taints-removed').prepare(planned as never, on, new AbortController().signal)).nodes;

const result = (stdout: string, exitCode = 0): CommandResult => ({
  ...{ node: 'skipbeat-x-control-plane', command: 'sh', ended: 'exited', exitCode, stdout, stderr: 'refused' },
  durationMs: 1,
});

/** What each of its scripts begins with. */
const functions = `
kubectl() { command kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 10s "$@"; }
taints() {
  all=$(kubectl get node "$1" --output 'jsonpath={range .spec.taints[*]}{.key}:{.effect}{"\\n"}{end}') || return
  for taint in $all; do
    case $taint in node.kubernetes.io/not-ready:*|node.kubernetes.io/unreachable:*) echo "$taint" ;; esac
  done
}
`;

describe('taints that are removed by hand', () => {
  test('are removed from a control-plane node, one part for each target, by the name of its Node object', async () => {
    const nodes = await prepare(site);
    expect(nodes.map(({ node, covers }) => [node, covers])).toEqual([
      ['skipbeat-x-control-plane', ['worker']],
      ['skipbeat-x-control-plane', ['worker2']],
    ]);
    expect(nodes.map(({ apply, undo }) => [apply?.argv.at(-1), undo.argv.at(-1)])).toEqual([
      ['skipbeat-x-worker', 'skipbeat-x-worker'],
      ['skipbeat-x-worker2', 'skipbeat-x-worker2'],
    ]);
    // Nothing that an undo runs changes anything.
    expect(nodes.map(({ undo }) => undo.argv[2])).toEqual(Array(2).fill(`${functions}\ntaints "$1"\n`));
  });

  test('are proved by what was removed, whatever stands since', async () => {
    const [first] = await prepare(site);
    const both = 'node.kubernetes.io/unreachable:NoSchedule\nnode.kubernetes.io/unreachable:NoExecute\n';
    const read = (moment: 'start' | 'end', of: CommandResult) => first?.readProof?.(of, moment);
    expect(read('start', result(both))).toEqual({
      state: 'present',
      evidence: 'removed node.kubernetes.io/unreachable:NoSchedule, node.kubernetes.io/unreachable:NoExecute',
    });
    expect(read('start', result(''))).toEqual({
      state: 'absent',
      evidence: 'it had neither the taint not-ready nor unreachable, so that none was removed',
    });
    expect(read('start', result('', 1))).toMatchObject({ state: 'unreadable' });
    expect(read('end', result(''))).toEqual({ state: 'present', evidence: 'no such taint stands' });
    expect(read('end', result(both))).toEqual({
      state: 'present',
      evidence:
        'by now the controller has set node.kubernetes.io/unreachable:NoSchedule, node.kubernetes.io/unreachable:NoExecute',
    });
    expect(read('end', result(both, 1))).toMatchObject({ state: 'unreadable' });
  });

  test('leave nothing to be undone, which is known without asking anybody', async () => {
    const [first] = await prepare(site);
    const undo = first?.undo;
    if (undo === undefined) throw new Error('no part');
    expect(await faultKind('taints-removed').verifyUndone(undo)(nothingRuns)).toMatchObject({ state: 'absent' });
  });

  test('cannot be removed where no control plane is one of the nodes: exit 75, nothing is touched', async () => {
    const managed = siteOf(['worker', 'worker'], ['worker2', 'worker']);
    expect(() => faultKind('taints-removed').prepare(planned as never, managed, new AbortController().signal)).toThrow(
      expect.objectContaining({ code: 'FAULT_NOT_INJECTED', exitCode: 75 }),
    );
  });

  test('are printed by a plan as commands to paste', () => {
    const commands = faultCommands(planned, (node) => `skipbeat-x-${node}`);
    expect(commands.map(({ node }) => node)).toEqual(['worker', 'worker2']);
    const script = `${functions}
found=$(taints "$1") || exit
[ -n "$found" ] || exit 0
kubectl taint node "$1" $(printf '%s-\\n' $found) > /dev/null && echo "$found"
`;
    const quoted = script.replaceAll("'", "'\\''");
    expect(commands[0]?.apply.join('\n')).toBe(
      `docker exec skipbeat-x-control-plane sh -c '${quoted}' sh skipbeat-x-worker`,
    );
  });
});
