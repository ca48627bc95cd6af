import { type CommandResult, succeeded } from '../../common/command.ts';
import { failureLine, type NodeCommand } from '../../node/index.ts';
import type { PlannedFault } from '../../plan/index.ts';
import { type Attestation, type FaultKindOf, type NodeFault, unreadable, type Verifier } from '../fault.ts';
import { containerOf, pasteable, simpleKind } from '../simple.ts';

const timeoutMs = 15_000;
/** A component that was killed is started again at once, one that was killed before after a back-off of the kubelet. */
const restartMs = 150_000;

type Component = 'kube-apiserver' | 'etcd' | 'kube-controller-manager';

/** Process ids of a component, by the first word of its command line; its first argument is the component. */
const pids = `
pids=$(pgrep --full "^([^ ]*/)?$1( |$)")
`;

/**
 * How to print `PID STATE (word)` for every process of the component (in an undo, for those that were stopped: their
 * numbers are known already), as the kernel has it, without programs of its own. Exit 3: none runs.
 */
const states = `
pids=
for word in $SKIPBEAT_TOLD; do case $word in *[!0-9]*) ;; *) pids="$pids $word" ;; esac; done
[ -n "$pids" ] || pids=$(pgrep --full "^([^ ]*/)?$1( |$)")
[ -n "$pids" ] || exit 3
states() {
  for pid in $pids; do
    while read -r key value; do if [ "$key" = State: ]; then echo "$pid $value"; fi; done < "/proc/$pid/status"
  done
}
`;

const stateScript = `${states}
states
`;

/** The signal is sent, and reaches every thread of a process a moment later. */
const stopScript = `${states}
kill -s STOP $pids || exit
for try in $(seq 100); do states | grep -q -v ' T' || break; sleep 0.01; done
states
`;

const continueScript = `${states}
states
kill -s CONT $pids
`;

/** Kills one process, unless its number has come to mean another. Exit 3: it is not there. */
const killScript = `${pids}
for pid in $pids; do [ "$pid" = "$2" ] && exec kill -s KILL "$pid"; done
exit 3
`;

/** Returns as soon as the component runs. */
const awaitScript = `
for second in $(seq 140); do
  pgrep --full "^([^ ]*/)?$1( |$)" > /dev/null && exit 0
  sleep 1
done
exit 3
`;

const script = (node: string, text: string, ...args: readonly string[]): NodeCommand => ({
  node,
  argv: ['sh', '-c', text, 'sh', ...args],
  timeoutMs,
});

const processes = (stdout: string): readonly { readonly pid: string; readonly state: string }[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [pid = '', ...state] = line.split(' ');
      return { pid, state: state.join(' ') };
    });

const readPaused =
  (component: Component) =>
  (result: CommandResult): Attestation => {
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const found = processes(result.stdout);
    const evidence = found.map(({ pid, state }) => `${component} ${pid} is ${state}`).join(', ');
    // proc(5): T is stopped by a signal.
    const stopped = found.filter(({ state }) => state.startsWith('T')).length;
    if (stopped === found.length) return { state: 'present', evidence };
    return { state: stopped === 0 ? 'absent' : 'unreadable', evidence };
  };

const verifyPaused =
  (node: string, component: Component): Verifier =>
  async (exec, signal) =>
    readPaused(component)(await exec(script(node, stateScript, component), signal));

const pause = <K extends PlannedFault['kind']>(component: Component) =>
  simpleKind<K>(
    (node): NodeFault => ({
      node,
      apply: script(node, stopScript, component),
      undo: script(node, continueScript, component),
      attest: verifyPaused(node, component),
      readProof: readPaused(component),
    }),
    ({ node }) => verifyPaused(node, component),
  );

const manager: Component = 'kube-controller-manager';

/** Whether another process than the one that was killed runs, or none: either way that one is gone. */
const verifyGone =
  (node: string, killed: string): Verifier =>
  async (exec, signal) => {
    const result = await exec(script(node, stateScript, manager), signal);
    if (result.ended === 'exited' && result.exitCode === 3) {
      return { state: 'present', evidence: `${manager} ${killed} is gone, none runs` };
    }
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const now = processes(result.stdout).map(({ pid }) => pid);
    return now.includes(killed)
      ? { state: 'absent', evidence: `${manager} ${killed} still runs` }
      : { state: 'present', evidence: `${manager} ${killed} is gone, ${now.join(', ')} runs` };
  };

const verifyRuns =
  (node: string): Verifier =>
  async (exec, signal): Promise<Attestation> => {
    const result = await exec(script(node, stateScript, manager), signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const [first] = processes(result.stdout);
    return { state: 'absent', evidence: `${manager} ${first?.pid} runs` };
  };

const killOne = (node: string, pid: string): NodeFault => ({
  node,
  apply: script(node, killScript, manager, pid),
  undo: { ...script(node, awaitScript, manager), timeoutMs: restartMs },
  attest: verifyGone(node, pid),
});

/** Kills the controller manager; its kubelet starts another, which waits for the old leader's lease to lapse. */
const controllerManagerKill: FaultKindOf<'controller-manager-kill'> = {
  prepare: async (fault, site, signal) => {
    const nodes = await Promise.all(
      fault.targets.map(async (node) => {
        const container = containerOf(site, node);
        const result = await site.exec(script(container, stateScript, manager), signal);
        // Where none runs there is nothing to kill, which the injection will say: no process has the number 0.
        return killOne(container, succeeded(result) ? (processes(result.stdout)[0]?.pid ?? '0') : '0');
      }),
    );
    return { nodes, close: () => Promise.resolve() };
  },
  verifyUndone: ({ node }) => verifyRuns(node),
  commands: (fault, container) =>
    fault.targets.map((node) => {
      const { apply, undo } = killOne(container(node), '<its process id>');
      return { node, apply: apply === null ? [] : [pasteable(apply)], undo: [pasteable(undo)] };
    }),
};

/** Faults of a process of the control plane. */
export const controlPlaneProcessKinds = {
  /** SIGSTOP: connections stay open and nothing is answered. */
  'apiserver-pause': pause<'apiserver-pause'>('kube-apiserver'),
  /** SIGSTOP: every write and every linearised read of its API server hangs. */
  'etcd-pause': pause<'etcd-pause'>('etcd'),
  /** SIGSTOP: nobody judges nodes until its leader lease lapses elsewhere. */
  'controller-manager-pause': pause<'controller-manager-pause'>('kube-controller-manager'),
  'controller-manager-kill': controllerManagerKill,
};
