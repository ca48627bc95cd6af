import type { CommandResult } from '../../common/command.ts';
import type { NodeExec } from '../../node/index.ts';
import type { Attestation } from '../fault.ts';
import { rampOf } from '../netem/arguments.ts';
import type { Argv, NetemPlace } from '../netem/commands.ts';
import { canaryConnections, canaryWaitSeconds, readCanary } from '../netem/measure.ts';
import { canary } from '../netem/scripts.ts';
import { verifyNetem } from '../netem/verify.ts';
import { asNetem } from '../path/latency.ts';
import { judgeIsolation } from '../path/partition.ts';
import { placesText } from '../unattended/api-servers.ts';
import {
  type ApiServerPlace,
  type Printed,
  type UnattendedFault,
  type UnattendedSite,
  verifyCodes,
} from '../unattended/unattended.ts';
import { chaosNames } from './names.ts';
import { surveyScript, undoScript, verifyScript, waitScript } from './scripts.ts';
import { type ChaosMeshFault, type ChaosMeshPlace, type NetworkChaosAction, networkChaosAction } from './spec.ts';

/** Its controller acts within a second or two of the object; longer than this nobody waits, and the run has no fault. */
export const injectWithinMs = 20_000;

/** A fault that Chaos Mesh makes: the node waits for it, proves it, ends it at its time and takes away what is left of it. */
export type ChaosMeshNodeFault = UnattendedFault & {
  /** What Chaos Mesh is asked for, by what the node's survey printed. @throws Error where that is no survey */
  readonly action: (surveyed: string) => NetworkChaosAction;
};

/** The netem queue under the bands of the daemon: prio 1:, sfq 2: to 4:, then this. @see chaos-mesh tc_server.go setFilterTcs */
const netemHandle = '5:';

/** What a survey printed: the device, then an API server a line. @throws Error for anything else */
export const readSurvey = (text: string): ChaosMeshPlace => {
  const [device = '', ...lines] = text.trim().split('\n');
  const apiServers = lines.map((line): ApiServerPlace => {
    const [address = '', port] = line.split(' ');
    return { address, port: Number(port) };
  });
  const isPlace = ({ address, port }: ApiServerPlace): boolean =>
    /^[0-9.]+$/.test(address) && Number.isInteger(port) && port > 0;
  if (!/^[\w.@-]{1,15}$/.test(device) || apiServers.length === 0 || !apiServers.every(isPlace)) {
    throw new Error(`expected a device and API servers from the node, found ${JSON.stringify(text.slice(0, 200))}`);
  }
  return { device, apiServers };
};

const after = (lines: readonly string[], word: string): readonly string[] =>
  lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));

const ended = (exitCode: number, stdout = ''): CommandResult => ({
  ...{ node: null, command: '', ended: 'exited', exitCode, stdout, stderr: '', durationMs: 0 },
});

/** One that has no effect any more, or cannot be read; null: it stands. */
const unlessItStands = ({ code, out, err }: Printed): Attestation | null => {
  if (code === verifyCodes.gone) return { state: 'absent', evidence: out.split('\n')[0] ?? '' };
  return code === verifyCodes.stands ? null : { state: 'unreadable', evidence: out || err || `exit code ${code}` };
};

/** Each way has what drops, and the jumps to it: three rules. */
const rulesEach = 3;

/** Reads what `verify` printed of a partition, by the judgement of kind. */
export const readPartition =
  (direction: 'to' | 'from' | 'both', id: string) =>
  (printed: Printed): Promise<Attestation> => {
    const other = unlessItStands(printed);
    if (other !== null) return Promise.resolve(other);
    const lines = printed.out.split('\n');
    const { input, output } = chaosNames(id, true);
    const ways = [
      ...(direction === 'from' ? [] : [{ base: 'OUTPUT', chain: output }]),
      ...(direction === 'to' ? [] : [{ base: 'INPUT', chain: input }]),
    ];
    const countOf = (line: string): number => Number(/^\[(\d+):/.exec(line)?.[1] ?? 0);
    const found = ways.map(({ base, chain }) => {
      const drops = lines.filter((line) => line.includes(`-A ${chain} `) && line.includes('-j DROP'));
      const jumps = [`-A CHAOS-${base} -j ${chain}`, `-A ${base} -j CHAOS-${base}`];
      const there = jumps.filter((jump) => lines.some((line) => line.endsWith(jump))).length;
      return { base, rules: drops.length + there, packets: drops.reduce((sum, line) => sum + countOf(line), 0) };
    });
    const canaries = after(lines, 'canary').flatMap((line) => {
      const [place = '', code] = line.split(' ');
      return code === undefined ? [] : [[place, ended(Number(code))] as const];
    });
    const judged = judgeIsolation(
      rulesEach * ways.length,
      {
        rules: found.reduce((sum, { rules }) => sum + rules, 0),
        packets: new Map(found.map(({ base, packets }) => [base, packets])),
      },
      canaries,
    );
    return Promise.resolve(canaries.length > 0 ? judged : { ...judged, state: 'unreadable' });
  };

type NetemFault = ReturnType<typeof asNetem>;

/** Reads what `verify` printed of a queue, by the judgement of kind, which is asked nothing but what the node has answered already. */
const readNetem =
  (planned: NetemFault) =>
  async (printed: Printed): Promise<Attestation> => {
    const other = unlessItStands(printed);
    if (other !== null) return other;
    const lines = printed.out.split('\n');
    const [device = ''] = after(lines, 'device');
    const peers = after(lines, 'peer').map((line) => {
      const [address = '', port] = line.split(' ');
      return { address, port: Number(port) };
    });
    const place: NetemPlace = { device, peers, mark: { handle: netemHandle, detour: '' } };
    const [queues = '[]'] = after(lines, `queues ${device}`);
    const [target = null] = peers;
    const exec: NodeExec = ({ argv }) =>
      Promise.resolve(ended(0, argv[0] === 'timeout' ? after(lines, 'now').join('\n') : queues));
    return verifyNetem({
      ...{ node: '', direction: planned.direction, target, ramp: rampOf(planned, 1) },
      attachments: [{ place, direction: planned.direction, listing: '', farIndex: null }],
      before: target === null ? null : readCanary(ended(0, after(lines, 'before').join('\n'))),
    })(exec);
  };

/**
 * A fault that a NetworkChaos of the act's name makes on one node; it has to be without `chaosMeshProblems`. The node waits for it, and from then on it
 * counts; at its end the node ends it by itself, for a daemon on a node that is cut off may not be reached. Touches nothing.
 */
export const chaosMeshFault = (
  fault: ChaosMeshFault,
  { id, folder, apiServers }: UnattendedSite,
): ChaosMeshNodeFault => {
  const isPartition = fault.kind === 'partition';
  const { input, output, sets } = chaosNames(id, isPartition);
  const sh = (script: string, ...more: readonly string[]): Argv => [
    ...(['sh', '-c', script, 'skipbeat-chaos-mesh', folder, input, output, sets.join(',')] as const),
    ...[isPartition ? 'partition' : 'netem', isPartition ? fault.direction : 'to', ...more],
  ];
  const netem = fault.kind === 'partition' ? null : fault.kind === 'latency' ? asNetem(fault) : fault;
  const [full] = netem === null ? [] : rampOf(netem, 1);
  const waitSeconds = full === undefined || netem === null ? 0 : canaryWaitSeconds(full, netem.direction);
  const [, , , , canaryText = ''] = canary({ address: '', port: 0 }, canaryConnections, waitSeconds);
  const waiting = [canaryText, String(waitSeconds), String(canaryConnections)];
  return {
    survey: sh(surveyScript, placesText(apiServers), ...waiting),
    apply: sh(waitScript, String(injectWithinMs / 1000)),
    undo: sh(undoScript),
    verify: sh(verifyScript, ...waiting),
    attest: netem === null ? readPartition(isPartition ? fault.direction : 'to', id) : readNetem(netem),
    endsWhenAsked: false,
    action: (surveyed) => networkChaosAction(fault, readSurvey(surveyed)),
  };
};
