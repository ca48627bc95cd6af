import { succeeded } from '../../common/command.ts';
import { failureLine, type NodeCommand } from '../../node/index.ts';
import { type NodeFault, unreadable, type Verifier } from '../fault.ts';
import { simpleKind } from '../simple.ts';

const timeoutMs = 60_000;

/** A command of the engine about a node: the node itself is frozen or off and cannot run any. */
const engine = (node: string, ...argv: readonly string[]): NodeCommand => ({
  node,
  on: 'host',
  argv: ['docker', ...argv, node],
  timeoutMs,
});

const verify =
  (node: string, there: string): Verifier =>
  async (exec, signal) => {
    const result = await exec(engine(node, 'inspect', '--type', 'container', '--format', '{{.State.Status}}'), signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const status = result.stdout.trim();
    const state = status === there ? 'present' : status === 'running' ? 'absent' : 'unreadable';
    return { state, evidence: `the node's container is ${status}` };
  };

/** Freezes every process of the node at once, as a hypervisor does that moves or starves it. */
const nodePause = simpleKind<'node-pause'>(
  (node): NodeFault => ({
    node,
    apply: engine(node, 'pause'),
    undo: engine(node, 'unpause'),
    attest: verify(node, 'paused'),
  }),
  ({ node }) => verify(node, 'paused'),
);

/** Takes the node's power away: no process of it may say goodbye. At the end it boots again, under its old name. */
const nodeStop = simpleKind<'node-stop'>(
  (node): NodeFault => ({
    node,
    apply: engine(node, 'kill', '--signal', 'KILL'),
    undo: engine(node, 'start'),
    // Its power is back; that it boots then is what nodes do.
    endsWhenAsked: true,
    attest: verify(node, 'exited'),
  }),
  ({ node }) => verify(node, 'exited'),
);

/** Faults of a node as a whole: of its container. */
export const nodeContainerKinds = { 'node-pause': nodePause, 'node-stop': nodeStop };
