import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { sleepUntil } from '../../common/wait.ts';
import { failureLine, type NodeExec } from '../../node/index.ts';
import { type Delay, type Delays, noDelay, type Relay, type Route, startRelay } from '../../relay/index.ts';
import { type Attestation, type FaultSite, type NodeFault, type PreparedFault, unreadable } from '../fault.ts';
import type { Argv } from '../netem/commands.ts';
import { inTurn } from '../netem/scripts.ts';
import { containerOf } from '../simple.ts';
import { awaitNone } from './bypass.ts';
import { type Canary, canaryCommand, hasToAnswer, readCanary } from './canary.ts';
import { judgeRelay } from './judge.ts';
import { removal } from './leftovers.ts';
import { insertCommand, listingCommand, marked, markOf, type Rule, type Sysctl } from './rules.ts';
import { type NetworkSurvey, surveyNetwork } from './survey.ts';

/** How a relay is put into a path of one node. */
export type RelayLayout = {
  readonly routes: readonly [Route, ...Route[]];
  /** Lead to the relay. @param ports of the relay, one a route */
  readonly rules: (ports: readonly string[]) => readonly Rule[];
  /** Lose some of what the node and the relay exchange. */
  readonly losses?: (ports: readonly string[]) => readonly Rule[];
  /** Prints what goes past the relay. */
  readonly bypass: Argv;
  readonly canary: Canary;
  readonly sysctl: Sysctl | null;
};

/** A delay by relay, as the kinds that use one have it in common. */
export type RelayedFault = {
  readonly id: string;
  readonly kind: string;
  readonly targets: readonly string[];
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly direction: 'to' | 'from' | 'both';
  readonly lossPercent: number;
  readonly rampSteps: number;
};

export type LayoutOf = (survey: NetworkSurvey) => RelayLayout;

const timeoutMs = 20_000;
/**
 * Every process speaks within this on a connection that it has open, so that its reset reaches it: HTTP/2 health checks
 * of client-go and TCP keep-alive of Go's servers and clients come after 15 to 30 s (k8s.io/apimachinery
 * pkg/util/net/http.go, Go net.Dialer).
 */
const moveSeconds = 90;

/** What each direction adds at a step of the ramp; nothing at step 0. Down is what the target receives. */
export const delaysAt = ({ delayMs, jitterMs, direction, rampSteps }: RelayedFault, step: number): Delays => {
  const full: Delay = { delayMs: (delayMs * step) / rampSteps, jitterMs: (jitterMs * step) / rampSteps };
  return { up: direction === 'from' ? noDelay : full, down: direction === 'to' ? noDelay : full };
};

/** The longest that something may be held back. */
export const maxDelayMs = ({ delayMs, jitterMs }: Delay): number => delayMs + jitterMs;

/** The commands that put a relay into the path, in their order, and wait until nothing goes past it. */
export const relayCommands = (layout: RelayLayout, ports: readonly string[], mark: string): readonly Argv[] => [
  ...(layout.sysctl === null
    ? []
    : [['sysctl', '--quiet', '--write', `${layout.sysctl.name}=${layout.sysctl.during}`] satisfies Argv]),
  ...layout.rules(ports).map((rule) => insertCommand(rule, mark)),
  awaitNone(moveSeconds, layout.bypass),
];

/** The commands that make it lose, from the moment on at which it delays. */
export const lossCommands = (layout: RelayLayout, ports: readonly string[], mark: string): readonly Argv[] =>
  (layout.losses?.(ports) ?? []).map((rule) => insertCommand(rule, mark));

/** A number that follows from a text: draws of one node's relay shift no other's, and a plan's are the same each time. */
const seedOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
};

const unreachable = (kind: string, container: string, gateway: string, port: number, message: string): SkipbeatError =>
  new SkipbeatError(
    'RELAY_UNREACHABLE',
    `${kind}: expected ${container} to reach this machine at ${gateway}:${port}, where its relay listens: ${message}. Nothing was touched.`,
    {
      exitCode: exitCodes.environment,
      next: `let the engine's network in: iptables -I INPUT -s ${gateway.replace(/\d+\.\d+$/, '0.0')}/16 -p tcp -j ACCEPT`,
    },
  );

const connectCommand = (gateway: string, port: number): Argv => [
  ...(['timeout', '10', 'bash', '-c', 'exec 3<>"/dev/tcp/$0/$1"', gateway, String(port)] as const),
];

type Ready = { readonly fault: NodeFault; readonly relay: Relay };
type ActiveRelay = {
  readonly planned: RelayedFault;
  readonly survey: NetworkSurvey;
  readonly layout: RelayLayout;
  readonly relay: Relay;
  readonly mark: string;
  readonly beforeMs: number;
  readonly asked: () => Asked;
};

/** What is asked of the relays: a step of the ramp. */
type Asked = {
  readonly step: number;
  /** When the last of what was on its way at the step before has left the relay, on the clock of `performance.now()`. */
  readonly drainedMs: number;
};

/** On a busy machine what is due leaves the relay a little later. */
export const drainSpareMs = 50;
/** The rules and the connections are listed after the canary. */
const listMs = 500;

const verify = async (
  active: ActiveRelay,
  exec: NodeExec,
  signal?: AbortSignal,
  withinMs: number = Number.POSITIVE_INFINITY,
): Promise<Attestation> => {
  const { planned, survey, layout, relay, mark, beforeMs } = active;
  const { container: node } = survey;
  const beganMs = performance.now();
  // What came at the step before and leaves now was delayed as that step asked: it would say "less than asked".
  await sleepUntil(active.asked().drainedMs, signal);
  const asked = delaysAt(planned, active.asked().step);
  const from = await relay.counts();
  const roundTripMs = maxDelayMs(asked.up) + maxDelayMs(asked.down);
  const canaryMs = Math.max(listMs, withinMs - (performance.now() - beganMs) - listMs);
  const fits = hasToAnswer(roundTripMs, planned.lossPercent, canaryMs);
  const asks = await exec(canaryCommand(node, layout.canary, roundTripMs, canaryMs), signal);
  const to = await relay.counts();
  const [bypass, listed] = await Promise.all([
    exec({ node, argv: layout.bypass, timeoutMs }, signal),
    exec({ node, argv: listingCommand, timeoutMs }, signal),
  ]);
  for (const result of [bypass, listed]) if (!succeeded(result)) return unreadable(result, failureLine(result));
  const ports = relay.ports.map(String);
  const { rules, ...packets } = marked(listed.stdout, mark);
  return judgeRelay({
    asked,
    lossPercent: planned.lossPercent,
    rules: { expected: layout.rules(ports).length + (layout.losses?.(ports).length ?? 0), found: rules },
    bypass: bypass.stdout.split('\n').filter((line) => line !== ''),
    from,
    to,
    canary: { beforeMs, nowMs: readCanary(asks), fits },
    packets,
  });
};

const begin = async (
  planned: RelayedFault,
  container: string,
  layoutOf: LayoutOf,
  site: FaultSite,
  asked: () => Asked,
  signal: AbortSignal,
): Promise<Ready> => {
  const { exec } = site;
  const survey = await surveyNetwork(container, site, signal);
  const { gateway } = survey;
  const layout = layoutOf(survey);
  const mark = markOf(site.run, planned.id);
  const asks = await exec(canaryCommand(container, layout.canary, 0), signal);
  signal.throwIfAborted();
  const beforeMs = readCanary(asks);
  if (beforeMs === null) {
    throw new SkipbeatError(
      'CANARY_UNANSWERED',
      `${planned.kind}: expected ${layout.canary.url} to answer ${container} before anything is done, found: ${failureLine(asks)}. Nothing was touched.`,
      { exitCode: exitCodes.environment, next: `docker exec ${container} curl -k ${layout.canary.url}` },
    );
  }
  const { routes } = layout;
  const delays = delaysAt(planned, 0);
  const seed = seedOf(`${planned.id} ${container}`);
  const relay = await startRelay({ host: gateway, routes, delays, seed });
  try {
    const port = relay.ports[0] ?? 0;
    const reached = await exec({ node: container, argv: connectCommand(gateway, port), timeoutMs }, signal);
    signal.throwIfAborted();
    if (!succeeded(reached)) throw unreachable(planned.kind, container, gateway, port, failureLine(reached));
  } catch (thrown) {
    await relay.close();
    throw thrown;
  }
  const active: ActiveRelay = { planned, survey, layout, relay, mark, beforeMs, asked };
  const ports = relay.ports.map(String);
  const losses = lossCommands(layout, ports, mark);
  const undo = removal(container, mark, layout.sysctl, survey.listing);
  return {
    relay,
    fault: {
      node: container,
      ready: {
        node: container,
        argv: inTurn(relayCommands(layout, ports, mark)),
        timeoutMs: timeoutMs + moveSeconds * 1000,
      },
      apply: losses.length === 0 ? null : { node: container, argv: inTurn(losses), timeoutMs },
      undo,
      attest: (one, aborted, withinMs) => verify(active, one, aborted, withinMs),
    },
  };
};

/**
 * Puts a relay of its own into the path of each target. It delays nothing until every connection goes through it, and
 * begins and ends to delay between two messages to its thread, on all targets at once: how long the rules take to come and
 * to go is no part of the time that the fault stands. Relays run in this process: they die with it, and the dead-man's
 * switch then takes the rules away that lead to them.
 * @throws SkipbeatError NETWORK_UNREADABLE, CANARY_UNANSWERED, RELAY_NOT_LISTENING, RELAY_UNREACHABLE (exit 75)
 */
export const prepareRelayed = async (
  planned: RelayedFault,
  layoutOf: LayoutOf,
  site: FaultSite,
  signal: AbortSignal,
): Promise<PreparedFault> => {
  let asked: Asked = { step: 0, drainedMs: 0 };
  const begun = await Promise.allSettled(
    planned.targets.map((node) => begin(planned, containerOf(site, node), layoutOf, site, () => asked, signal)),
  );
  const ready = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const refused = begun.find((one) => one.status === 'rejected');
  if (refused !== undefined) {
    await Promise.all(ready.map(({ relay }) => relay.close()));
    throw refused.reason;
  }
  const close = async (): Promise<void> => {
    await Promise.all(ready.map(({ relay }) => relay.drain()));
  };
  const to = async (next: number): Promise<void> => {
    for (const { relay } of ready) relay.setDelays(delaysAt(planned, next));
    // Messages to a relay keep their order: whoever asks it from now on sees this step, and once it answers it is in force.
    const before = delaysAt(planned, asked.step);
    asked = {
      step: next,
      drainedMs: performance.now() + drainSpareMs + Math.max(maxDelayMs(before.up), maxDelayMs(before.down)),
    };
    await Promise.all(ready.map(({ relay }) => relay.counts()));
  };
  return {
    nodes: ready.map(({ fault }) => fault),
    close,
    ramp: { steps: planned.rampSteps, switched: true, to },
  };
};
