import { succeeded } from '../../common/command.ts';
import { failureLine } from '../../node/index.ts';
import { type Look, type NodeFault, unreadable } from '../fault.ts';
import { simpleKind } from '../simple.ts';

/** systemd waits this long for a kubelet that does not end before it kills it (90 s), and we a little longer. */
const timeoutMs = 100_000;

const look =
  (node: string): Look =>
  async (commander, signal) => {
    const argv = ['systemctl', 'show', '--property', 'ActiveState', '--value', 'kubelet.service'] as const;
    const result = await commander({ node, argv, timeoutMs: 15_000 }, signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const state = result.stdout.trim();
    return { state: state === 'active' ? 'absent' : 'present', evidence: `kubelet.service is ${state}` };
  };

/** Ends the kubelet as an upgrade would; containers of pods go on running. Started again at the end. */
export const kubeletStop = simpleKind<'kubelet-stop'>(
  (node): NodeFault => ({
    node,
    apply: { node, argv: ['systemctl', 'stop', 'kubelet.service'], timeoutMs },
    undo: { node, argv: ['systemctl', 'start', 'kubelet.service'], timeoutMs },
    attest: look(node),
    // systemd is asked to start it; how long it takes to start is the kubelet's own.
    endsWhenAsked: true,
  }),
  ({ node }) => look(node),
);
