import { type CommandResult, succeeded } from '../../common/command.ts';
import { failureLine } from '../../node/index.ts';
import { type Attestation, type Look, type NodeFault, unreadable } from '../fault.ts';
import { simpleKind } from '../simple.ts';

const timeoutMs = 15_000;

/**
 * The kubelet that systemd runs now (or, in an undo, the one that was stopped: its number is known already), and how to
 * print `PID STATE (word)` of it as the kernel has it, without a program of its own. Exit 3: none runs.
 */
const kubelet = `
pid=\${SKIPBEAT_TOLD%% *}
[ -n "$pid" ] || pid=$(systemctl show --property MainPID --value kubelet.service) && [ "$pid" -gt 0 ] || exit 3
state() { while read -r key value; do if [ "$key" = State: ]; then echo "$pid $value"; fi; done < "/proc/$pid/status"; }
`;

const stateScript = `${kubelet}
state
`;

/** The signal is sent, and reaches every thread of the process a moment later. */
const stopScript = `${kubelet}
kill -s STOP "$pid" || exit
for try in $(seq 100); do state | grep -q ' T' && break; sleep 0.01; done
state
`;

const continueScript = `${kubelet}
state
kill -s CONT "$pid"
`;

const read = (result: CommandResult): Attestation => {
  if (!succeeded(result)) return unreadable(result, failureLine(result));
  const [pid = '', ...state] = result.stdout.trim().split(' ');
  const word = state.join(' ');
  // proc(5): T is stopped by a signal; t (traced) is somebody else's doing.
  return { state: word.startsWith('T') ? 'present' : 'absent', evidence: `kubelet ${pid} is ${word}` };
};

const look =
  (node: string): Look =>
  async (commander, signal) =>
    read(await commander({ node, argv: ['sh', '-c', stateScript], timeoutMs }, signal));

/**
 * Stops the kubelet with SIGSTOP: it keeps its connections and its memory, renews no lease and posts no status, as a
 * kubelet does that starves or waits for its disk. SIGCONT lets it go on where it was.
 */
export const kubeletPause = simpleKind<'kubelet-pause'>(
  (node): NodeFault => ({
    node,
    apply: { node, argv: ['sh', '-c', stopScript], timeoutMs },
    undo: { node, argv: ['sh', '-c', continueScript], timeoutMs },
    attest: look(node),
    told: read,
  }),
  ({ node }) => look(node),
);
