import { type CommandResult, succeeded } from '../../common/command.ts';
import { failureLine } from '../../node/index.ts';
import { type Attestation, type FaultKindOf, type NodeFault, unreadable } from '../fault.ts';
import { pasteable } from '../simple.ts';
import { asAdministrator, containerOf, controlPlaneOf, onControlPlane } from './kubectl.ts';

/** `KEY:EFFECT` of each taint of a node that follows from its Ready condition; exit code of kubectl where it has no answer. */
const readTaints = `
${asAdministrator}
taints() {
  all=$(kubectl get node "$1" --output 'jsonpath={range .spec.taints[*]}{.key}:{.effect}{"\\n"}{end}') || return
  for taint in $all; do
    case $taint in node.kubernetes.io/not-ready:*|node.kubernetes.io/unreachable:*) echo "$taint" ;; esac
  done
}
`;

/**
 * As a person does it: `kubectl taint node NODE KEY:EFFECT-`, which is one PATCH for all of them. What is not there is not
 * asked for, since kubectl then refuses all of it. Prints what was removed.
 */
const removeScript = `${readTaints}
found=$(taints "$1") || exit
[ -n "$found" ] || exit 0
kubectl taint node "$1" $(printf '%s-\\n' $found) > /dev/null && echo "$found"
`;

/** Prints the taints that stand. */
const readScript = `${readTaints}
taints "$1"
`;

const listed = ({ stdout }: CommandResult): string => stdout.trim().split('\n').join(', ');

const readRemoved = (result: CommandResult): Attestation => {
  if (!succeeded(result)) return unreadable(result, failureLine(result));
  const removed = listed(result);
  return removed === ''
    ? { state: 'absent', evidence: 'it had neither the taint not-ready nor unreachable, so that none was removed' }
    : { state: 'present', evidence: `removed ${removed}` };
};

/** What was removed stays so: whatever stands since then, the controller has put there. */
const readSince = (result: CommandResult): Attestation => {
  if (!succeeded(result)) return unreadable(result, failureLine(result));
  const now = listed(result);
  return { state: 'present', evidence: now === '' ? 'no such taint stands' : `by now the controller has set ${now}` };
};

const nothingToUndo: Attestation = {
  state: 'absent',
  evidence: 'nothing is to be undone: the controller sets these taints by the condition of the node',
};

const faultOn = (through: string, node: string, container: string): NodeFault => ({
  node: through,
  covers: [node],
  apply: onControlPlane(through, removeScript, container),
  undo: onControlPlane(through, readScript, container),
  attest: async (exec, signal) => readSince(await exec(onControlPlane(through, readScript, container), signal)),
  readProof: (result, moment) => (moment === 'start' ? readRemoved(result) : readSince(result)),
});

/**
 * Removes the taints of a node's Ready condition by the API, from a control-plane node and with its administrator's rights.
 * It is proved by what kubectl removed: the controller may put the taints back before anybody could look.
 * @see kubernetes pkg/kubectl/cmd/taint (from 1.19 on k8s.io/kubectl/pkg/cmd/taint)
 */
export const taintsRemoved: FaultKindOf<'taints-removed'> = {
  prepare: (fault, site) => {
    const through = controlPlaneOf(fault, site);
    const nodes = fault.targets.map((node) => faultOn(through, node, containerOf(node, site)));
    return Promise.resolve({ nodes, close: () => Promise.resolve() });
  },
  verifyUndone: () => () => Promise.resolve(nothingToUndo),
  commands: (fault, container) =>
    fault.targets.map((node) => {
      const { apply, undo } = faultOn(container('control-plane'), node, container(node));
      return { node, apply: apply === null ? [] : [pasteable(apply)], undo: [pasteable(undo)] };
    }),
};
