import { succeeded } from '../common/command.ts';
import { failureLine } from '../node/index.ts';
import { type Look, type NodeFault, unreadable } from './fault.ts';
import { simpleKind } from './simple.ts';

const timeoutMs = 15_000;

/** Sends a signal to the kubelet that systemd runs now; its argument is the signal's name. Exit 3: none runs. */
const signalScript = `
pid=$(systemctl show --property MainPID --value kubelet.service) && [ "$pid" -gt 0 ] || exit 3
kill -s "$1" "$pid"
`;

/** Prints `PID STATE (word)` as the kernel has it. */
const stateScript = `
pid=$(systemctl show --property MainPID --value kubelet.service) && [ "$pid" -gt 0 ] || exit 3
state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$pid/status") && echo "$pid $state"
`;

const look =
  (node: string): Look =>
  async (commander, signal) => {
    const result = await commander({ node, argv: ['sh', '-c', stateScript], timeoutMs }, signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const [pid = '', ...state] = result.stdout.trim().split(' ');
    const word = state.join(' ');
    // proc(5): T is stopped by a signal; t (traced) is somebody else's doing.
    return { state: word.startsWith('T') ? 'present' : 'absent', evidence: `kubelet ${pid} is ${word}` };
  };

/**
 * Stops the kubelet with SIGSTOP: it keeps its connections and its memory, renews no lease and posts no status, as a
 * kubelet does that starves or waits for its disk. SIGCONT lets it go on where it was.
 */
export const kubeletPause = simpleKind<'kubelet-pause'>(
  (node): NodeFault => ({
    node,
    apply: { node, argv: ['sh', '-c', signalScript, 'sh', 'STOP'], timeoutMs },
    undo: { node, argv: ['sh', '-c', signalScript, 'sh', 'CONT'], timeoutMs },
    attest: look(node),
  }),
  ({ node }) => look(node),
);
