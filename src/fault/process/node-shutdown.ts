import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import type { UndoCommand } from '../../journal/index.ts';
import { failureLine, type NodeCommand } from '../../node/index.ts';
import { type FaultKindOf, type FaultSite, type NodeFault, notInjected, unreadable, type Verifier } from '../fault.ts';
import { containerOf, pasteable } from '../simple.ts';

/** Of the engine, and of what waits for a node that goes down. */
const timeoutMs = 90_000;

/** In the shell of this machine. `goesDown NODE`: prints b true, b false, or nothing where the node answers no more. */
const questions = `
status() { docker inspect --type container --format '{{.State.Status}}' "$1"; }
goesDown() {
  timeout 5 docker exec "$1" busctl get-property org.freedesktop.login1 /org/freedesktop/login1 \\
    org.freedesktop.login1.Manager PreparingForShutdown 2> /dev/null
}
`;

/**
 * Asks systemd-logind to power the machine off, as systemctl poweroff does. The engine would start a container again that
 * ends so (kind makes it with --restart on-failure:1): a machine that is off stays off.
 */
const applyScript = `
docker update --restart no "$1" > /dev/null || exit
docker exec "$1" busctl call org.freedesktop.login1 /org/freedesktop/login1 \\
  org.freedesktop.login1.Manager PowerOff b false
`;

/** Prints the state of the container, or that it is on its way there and whom logind waits for; while it goes down it may answer nobody for a moment. */
const readScript = `${questions}
for try in $(seq "$2"); do
  state=$(status "$1") || exit
  [ "$state" = running ] || break
  case $(goesDown "$1") in
    'b true')
      who=$(docker exec "$1" systemd-inhibit --list --no-pager --no-legend 2> /dev/null | cut -d ' ' -f 1 | sort -u | tr '\\n' ' ')
      echo "shutting down $who"
      exit 0 ;;
    'b false') break ;;
  esac
  sleep 0.5
done
echo "$state"
`;

/** One that is not off yet is switched off and on at once. Where nothing was done to it, it is left alone. */
const undoScript = `${questions}
for try in $(seq 30); do
  [ "$(status "$1")" = running ] || break
  case $(goesDown "$1") in
    'b true')
      docker kill --signal KILL "$1" > /dev/null
      timeout 20 docker wait "$1" > /dev/null
      break ;;
    'b false') break ;;
  esac
  sleep 0.5
done
docker update --restart "$2" "$1" > /dev/null && docker start "$1" > /dev/null
`;

const onHost = (node: string, script: string, ...args: readonly string[]): NodeCommand => ({
  node,
  on: 'host',
  argv: ['sh', '-c', script, 'sh', node, ...args],
  timeoutMs,
});

const goingDown = 'shutting down';

const verify =
  (node: string, tries: number): Verifier =>
  async (exec, signal) => {
    const result = await exec(onHost(node, readScript, String(tries)), signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const state = result.stdout.trim();
    if (state.startsWith(goingDown)) {
      const who = state.slice(goingDown.length).trim();
      const until = who === '' ? 'and waits for nobody' : `and waits for ${who}`;
      return { state: 'present', evidence: `systemd-logind shuts the node down, ${until}` };
    }
    const evidence = `the node's container is ${state}`;
    return { state: state === 'exited' ? 'present' : state === 'running' ? 'absent' : 'unreadable', evidence };
  };

/** It boots: that it runs, and nobody shuts it down, is all that its undo has to see to. */
const verifyBack =
  (node: string, policy: string): Verifier =>
  async (exec, signal) => {
    const format =
      '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}';
    const argv = ['docker', 'inspect', '--type', 'container', '--format', format, node] as const;
    const result = await exec({ node, on: 'host', argv, timeoutMs }, signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const [status = '', found = ''] = result.stdout.trim().split(' ');
    const evidence = `the node's container is ${status}, to be started again by ${found}`;
    return { state: status === 'running' && found === policy ? 'absent' : 'present', evidence };
  };

/** `on-failure:1`, as kind makes nodes. The engine prints a count for policies that have none: `no:0`, which it refuses. */
const writtenPolicy = (found: string): string => found.replace(/^(no|always|unless-stopped):0$/, '$1');

const policyOf = async ({ exec }: FaultSite, node: string, signal: AbortSignal): Promise<string> => {
  const format = '{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}';
  const argv = ['docker', 'inspect', '--type', 'container', '--format', format, node] as const;
  const result = await exec({ node, on: 'host', argv, timeoutMs }, signal);
  if (!succeeded(result)) throw notInjected('node-shutdown', [failureLine(result)]);
  return result.stdout.trim();
};

/** Who notifies kubelets of a shutdown; exit 3 with the reason. */
const busScript = `
[ -S /run/dbus/system_bus_socket ] || { echo 'no /run/dbus/system_bus_socket'; exit 3; }
command -v busctl > /dev/null || { echo 'no busctl'; exit 3; }
busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager PreparingForShutdown 2>&1 || exit 3
`;

/** @throws SkipbeatError FAULT_NOT_INJECTED (exit 75) where a node has no systemd-logind on D-Bus, with what it has not */
const assertBus = async ({ exec }: FaultSite, node: string, signal: AbortSignal): Promise<void> => {
  const result = await exec({ node, argv: ['sh', '-c', busScript], timeoutMs: 30_000 }, signal);
  if (succeeded(result)) return;
  const found = result.stdout.trim() === '' ? failureLine(result) : result.stdout.trim();
  const message = `node-shutdown: expected systemd-logind on D-Bus in ${node}, which notifies its kubelet of a shutdown, found ${found}; kind's own node images have no D-Bus, those that skipbeat builds have.`;
  throw new SkipbeatError('FAULT_NOT_INJECTED', message, {
    exitCode: exitCodes.environment,
    next: skipbeat('run node-shutdown --backend model'),
  });
};

const faultOn = (node: string, policy: string): NodeFault => ({
  node,
  apply: onHost(node, applyScript),
  undo: { ...onHost(node, undoScript, writtenPolicy(policy)), before: policy },
  // Its power is back; that it boots then is what nodes do.
  endsWhenAsked: true,
  attest: verify(node, 20),
});

const usualPolicy = 'on-failure:1';

/**
 * Shuts a node down as its administrator does: systemd-logind waits for whoever holds it up, a kubelet with a
 * shutdownGracePeriod among them, and the container ends. At the end of the fault it boots again, under its old name.
 * @see kubernetes pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go, start; org.freedesktop.login1(5)
 */
export const nodeShutdown: FaultKindOf<'node-shutdown'> = {
  prepare: async (fault, site, signal) => {
    const containers = fault.targets.map((node) => containerOf(site, node));
    await Promise.all(containers.map((node) => assertBus(site, node, signal)));
    const policies = await Promise.all(containers.map((node) => policyOf(site, node, signal)));
    const nodes = containers.map((node, index) => faultOn(node, policies[index] ?? usualPolicy));
    return { nodes, close: () => Promise.resolve() };
  },
  verifyUndone: (undo: UndoCommand) => verifyBack(undo.node, undo.before ?? usualPolicy),
  commands: (fault, container) =>
    fault.targets.map((node) => {
      const { apply, undo } = faultOn(container(node), usualPolicy);
      return { node, apply: apply === null ? [] : [pasteable(apply)], undo: [pasteable(undo)] };
    }),
};
