import { type CommandResult, succeeded } from '../../common/command.ts';
import { failureLine } from '../../node/index.ts';
import { type Attestation, type NodeFault, unreadable, type Verifier } from '../fault.ts';
import { simpleKind } from '../simple.ts';
import { withHollow } from './hollow.ts';

const signalMs = 15_000;

/**
 * The kubelet that systemd runs now (or, in an undo, the one that was stopped: its number is known already), and how to
 * print `PID STATE (word)` of it as the kernel has it, without a program of its own. Exit 3: none runs.
 */
const processOfKubelet = `
pid=\${SKIPBEAT_TOLD%% *}
[ -n "$pid" ] || pid=$(systemctl show --property MainPID --value kubelet.service) && [ "$pid" -gt 0 ] || exit 3
state() { while read -r key value; do if [ "$key" = State: ]; then echo "$pid $value"; fi; done < "/proc/$pid/status"; }
`;

const stateScript = `${processOfKubelet}
state
`;

/** The signal is sent, and reaches every thread of the process a moment later. */
const stopScript = `${processOfKubelet}
kill -s STOP "$pid" || exit
for try in $(seq 100); do state | grep -q ' T' && break; sleep 0.01; done
state
`;

const continueScript = `${processOfKubelet}
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

const verifyPaused =
  (node: string): Verifier =>
  async (exec, signal) =>
    read(await exec({ node, argv: ['sh', '-c', stateScript], timeoutMs: signalMs }, signal));

/**
 * Stops the kubelet with SIGSTOP: it keeps its connections and its memory, renews no lease and posts no status, as a
 * kubelet does that starves or waits for its disk. SIGCONT lets it go on where it was.
 */
const kubeletPause = simpleKind<'kubelet-pause'>(
  (node): NodeFault => ({
    node,
    apply: { node, argv: ['sh', '-c', stopScript], timeoutMs: signalMs },
    undo: { node, argv: ['sh', '-c', continueScript], timeoutMs: signalMs },
    attest: verifyPaused(node),
    readProof: read,
  }),
  ({ node }) => verifyPaused(node),
);

/** systemd waits this long for a kubelet that does not end before it kills it (90 s), and we a little longer. */
const systemdMs = 100_000;

const verifyStopped =
  (node: string): Verifier =>
  async (exec, signal) => {
    const argv = ['systemctl', 'show', '--property', 'ActiveState', '--value', 'kubelet.service'] as const;
    const result = await exec({ node, argv, timeoutMs: 15_000 }, signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const state = result.stdout.trim();
    return { state: state === 'active' ? 'absent' : 'present', evidence: `kubelet.service is ${state}` };
  };

/** Ends the kubelet as an upgrade would; containers of pods go on running. Started again at the end. */
const kubeletStop = simpleKind<'kubelet-stop'>(
  (node): NodeFault => ({
    node,
    apply: { node, argv: ['systemctl', 'stop', 'kubelet.service'], timeoutMs: systemdMs },
    undo: { node, argv: ['systemctl', 'start', 'kubelet.service'], timeoutMs: systemdMs },
    attest: verifyStopped(node),
    // systemd is asked to start it; how long it takes to start is the kubelet's own.
    endsWhenAsked: true,
  }),
  ({ node }) => verifyStopped(node),
);

/** Faults of a kubelet alone. */
export const kubeletKinds = {
  'kubelet-pause': withHollow('kubelet-pause', kubeletPause),
  'kubelet-stop': withHollow('kubelet-stop', kubeletStop),
};
