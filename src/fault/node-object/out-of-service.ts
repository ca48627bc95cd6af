import { succeeded } from '../../common/command.ts';
import type { UndoCommand } from '../../journal/index.ts';
import { failureLine } from '../../node/index.ts';
import type { FaultKindOf, NodeFault, Verifier } from '../fault.ts';
import { unreadable } from '../fault.ts';
import { pasteable } from '../simple.ts';
import { asAdministrator, containerOf, controlPlaneOf, onControlPlane } from './kubectl.ts';

const taint = 'node.kubernetes.io/out-of-service';

/** Prints the taint's effects, one a line; the exit code of kubectl where it has no answer. */
const readEffects = `
${asAdministrator}
effects() {
  kubectl get node "$1" --output 'jsonpath={range .spec.taints[?(@.key=="${taint}")]}{.effect}{"\\n"}{end}'
}
`;

/** As the documentation of non-graceful node shutdown has it. One that stands already is somebody else's, and refused. */
const applyScript = `${readEffects}
kubectl taint node "$1" ${taint}=nodeshutdown:NoExecute > /dev/null
`;

/** kubectl refuses to remove what is not there. */
const undoScript = `${readEffects}
found=$(effects "$1") || exit
[ -z "$found" ] || kubectl taint node "$1" ${taint}- > /dev/null
`;

const readScript = `${readEffects}
effects "$1"
`;

const verify =
  (through: string, target: string): Verifier =>
  async (exec, signal) => {
    const result = await exec(onControlPlane(through, readScript, target), signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const effects = result.stdout.trim().split('\n').join(', ');
    return effects === ''
      ? { state: 'absent', evidence: `${target} has no taint ${taint}` }
      : { state: 'present', evidence: `${target} has the taint ${taint}:${effects}` };
  };

const targetOf = ({ argv }: UndoCommand): string => argv.at(-1) ?? '';

const faultOn = (through: string, node: string, container: string): NodeFault => ({
  node: through,
  covers: [node],
  apply: onControlPlane(through, applyScript, container),
  undo: onControlPlane(through, undoScript, container),
  attest: verify(through, container),
});

/**
 * Taints a node out-of-service by the API, from a control-plane node and with its administrator's rights.
 * @see kubernetes pkg/controller/podgc, gcTerminating; pkg/controller/volume/attachdetach/reconciler, hasOutOfServiceTaint
 */
export const outOfService: FaultKindOf<'out-of-service'> = {
  prepare: (fault, site) => {
    const through = controlPlaneOf(fault, site);
    const nodes = fault.targets.map((node) => faultOn(through, node, containerOf(node, site)));
    return Promise.resolve({ nodes, close: () => Promise.resolve() });
  },
  verifyUndone: (undo) => verify(undo.node, targetOf(undo)),
  outlivesNodes: true,
  commands: (fault, container) =>
    fault.targets.map((node) => {
      const { apply, undo } = faultOn(container('control-plane'), node, container(node));
      return { node, apply: apply === null ? [] : [pasteable(apply)], undo: [pasteable(undo)] };
    }),
};
