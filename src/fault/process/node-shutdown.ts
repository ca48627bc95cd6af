import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import type { UndoCommand } from '../../journal/index.ts';
import { failureLine, type NodeCommand, placed } from '../../node/index.ts';
import { type FaultKindOf, type FaultSite, type NodeFault, notInjected, unreadable, type Verifier } from '../fault.ts';
import { createFence, type Fence } from '../fence.ts';
import { containerOf, pasteable } from '../simple.ts';

/** Of the engine, and of what waits for a node that goes down. */
const timeoutMs = 90_000;

/**
 * In the shell of this machine. `goesDown NODE`: prints b true, b false, or nothing where the node answers no more; `bootOf NODE`,
 * when it was switched on.
 */
const questions = `
status() { docker inspect --type container --format '{{.State.Status}}' "$1"; }
bootOf() { docker inspect --type container --format '{{.State.StartedAt}}' "$1"; }
goesDown() {
  timeout 5 docker exec "$1" busctl get-property org.freedesktop.login1 /org/freedesktop/login1 \\
    org.freedesktop.login1.Manager PreparingForShutdown 2> /dev/null
}
`;

/**
 * Asks systemd-logind to power the machine off, as systemctl poweroff does. The engine would start a container again that
 * ends so (kind makes it with --restart on-failure:1): a machine that is off stays off. One that was switched off and on since its
 * undo was written is not asked. Arguments: node, its boot (none: the one in which it is), command that asks.
 */
const applyScript = `${questions}
node=$1 boot=$2
shift 2
now=$(bootOf "$node") || exit
[ "$now" = "\${boot:-$now}" ] || { echo "expected $node as switched on at $boot, found at $now" >&2; exit 1; }
docker update --restart no "$node" > /dev/null || exit
exec "$@"
`;

const powerOff = [
  ...['busctl', 'call', 'org.freedesktop.login1', '/org/freedesktop/login1'],
  ...['org.freedesktop.login1.Manager', 'PowerOff', 'b', 'false'],
] as const;

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

/**
 * One that is not off yet is switched off and on at once, and so is one that answers nobody any more, in the boot in which it was
 * asked: while systemd ends D-Bus and the rest a node is still running. Where nothing was done to it, it is left alone. What
 * asked it may begin in the node after its client is gone, so that is locked out first. Arguments: node, its restart policy, its
 * boot (none: the one in which it is), command that locks out.
 */
const undoScript = `${questions}
node=$1 policy=$2 boot=$3
shift 3
asked() { [ "$(status "$node")" = running ] && [ "$(bootOf "$node")" = "\${boot:-$(bootOf "$node")}" ]; }
answer=
if asked; then
  timeout 15 "$@" > /dev/null 2>&1
  until=$(($(date +%s) + 20))
  while asked; do
    answer=$(goesDown "$node")
    [ -z "$answer" ] && [ "$(date +%s)" -lt "$until" ] || break
    sleep 0.5
  done
fi
if [ "$answer" != 'b false' ] && asked; then
  docker kill --signal KILL "$node" > /dev/null
  timeout 20 docker wait "$node" > /dev/null
fi
docker update --restart "$policy" "$node" > /dev/null && docker start "$node" > /dev/null
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

/** Status, restart policy and boot of a container, in one line. */
const stateFormat =
  '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}} {{.State.StartedAt}}';

/** What an undo has to know of a node as it was: its restart policy as the engine prints it, and when it was switched on. */
type Before = { readonly policy: string; readonly boot: string };

const beforeOf = (text: string): Before => {
  const [policy = '', boot = ''] = text.split(' ');
  return { policy, boot };
};

const stateScript = `${questions}
state=$(docker inspect --type container --format '${stateFormat}' "$1") || exit
case $state in
  "running "*" $2") echo "$state $(goesDown "$1")" ;;
  *) echo "$state" ;;
esac
`;

/** It boots: that it runs, and nobody shuts it down, is all that its undo has to see to. In the same boot logind says so. */
const verifyBack =
  (node: string, before: Before): Verifier =>
  async (exec, signal) => {
    const result = await exec(onHost(node, stateScript, before.boot), signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const [status = '', found = '', boot = '', ...answer] = result.stdout.trim().split(' ');
    const evidence = `the node's container is ${status}, to be started again by ${found}`;
    if (status !== 'running' || found !== before.policy) return { state: 'present', evidence };
    if (boot !== before.boot || answer.join(' ') === 'b false') return { state: 'absent', evidence };
    return { state: 'present', evidence: `${evidence}, and systemd-logind may be shutting it down` };
  };

/** `on-failure:1`, as kind makes nodes. The engine prints a count for policies that have none: `no:0`, which it refuses. */
const writtenPolicy = (found: string): string => found.replace(/^(no|always|unless-stopped):0$/, '$1');

const beforeAt = async ({ exec }: FaultSite, node: string, signal: AbortSignal): Promise<Before> => {
  const argv = ['docker', 'inspect', '--type', 'container', '--format', stateFormat, node] as const;
  const result = await exec({ node, on: 'host', argv, timeoutMs }, signal);
  if (!succeeded(result)) throw notInjected('node-shutdown', [failureLine(result)]);
  const [, policy = '', boot = ''] = result.stdout.trim().split(' ');
  return { policy, boot };
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

/** @param fence null where a person runs the commands, one after the other */
const faultOn = (node: string, { policy, boot }: Before, fence: Fence | null): NodeFault => {
  const ask: NodeCommand = { node, argv: powerOff, timeoutMs };
  const lockOut = fence?.undo({ node, argv: ['true'], timeoutMs }) ?? null;
  return {
    node,
    apply: onHost(node, applyScript, boot, ...placed(fence?.command(ask) ?? ask)),
    undo: {
      ...onHost(node, undoScript, writtenPolicy(policy), boot, ...(lockOut === null ? ['true'] : placed(lockOut))),
      before: `${policy} ${boot}`,
    },
    // Its power is back; that it boots then is what nodes do.
    endsWhenAsked: true,
    attest: verify(node, 20),
  };
};

/** As kind makes nodes, whenever it was switched on. */
const usual: Before = { policy: 'on-failure:1', boot: '' };

/**
 * Shuts a node down as its administrator does: systemd-logind waits for whoever holds it up, a kubelet with a
 * shutdownGracePeriod among them, and the container ends. At the end of the fault it boots again, under its old name.
 * @see kubernetes pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go, start; org.freedesktop.login1(5)
 */
export const nodeShutdown: FaultKindOf<'node-shutdown'> = {
  prepare: async (fault, site, signal) => {
    const containers = fault.targets.map((node) => containerOf(site, node));
    await Promise.all(containers.map((node) => assertBus(site, node, signal)));
    const fence = createFence();
    const nodes = await Promise.all(
      containers.map(async (node) => faultOn(node, await beforeAt(site, node, signal), fence)),
    );
    return { nodes, close: () => Promise.resolve() };
  },
  verifyUndone: (undo: UndoCommand) => verifyBack(undo.node, beforeOf(undo.before ?? '')),
  commands: (fault, container) =>
    fault.targets.map((node) => {
      const { apply, undo } = faultOn(container(node), usual, null);
      return { node, apply: apply === null ? [] : [pasteable(apply)], undo: [pasteable(undo)] };
    }),
};
