import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { failureLine } from '../../node/index.ts';
import type { FaultSite } from '../fault.ts';
import type { Argv } from '../netem/commands.ts';
import { listingCommand } from './rules.ts';

/** Where an API server, or what stands before it, is reached. null: it has no such address. */
export type Place = { readonly ipv4: string; readonly ipv6: string | null; readonly port: number };

/** What a node prints of its network before anything is done to it. */
export type NetworkSurvey = {
  readonly container: string;
  /** Its own address. */
  readonly address: string;
  /** This machine, as the node reaches it over the engine's network, and the device towards it. */
  readonly gateway: string;
  readonly device: string;
  /** Everything that the node's processes know as an API server: every control plane, and what its kubelet names. */
  readonly apiServers: readonly Place[];
  /** The cluster's own Service for its API server, as far as kube-proxy's rules tell. */
  readonly service: { readonly ipv4: string; readonly port: number } | null;
  readonly routeLocalnet: boolean;
  readonly listing: string;
};

const timeoutMs = 20_000;

/** Port of an API server inside its node, as kubeadm sets it up. */
export const apiServerPort = 6443;

/**
 * Prints gateway, device and route_localnet; then the kubelet's API server with its port and each name given, with their
 * addresses; then all rules. Arguments: names of containers, which the engine's name server knows.
 */
const surveyScript = `
set -o pipefail
route=$(ip -4 -o route show default) || exit
device=$(sed -n '1s/.* dev \\([^ ]*\\).*/\\1/p' <<<"$route")
gateway=$(sed -n '1s/.* via \\([^ ]*\\).*/\\1/p' <<<"$route")
[ -n "$device" ] && [ -n "$gateway" ] || { echo "no gateway: $route" >&2; exit 3; }
own=$(ip -4 -o addr show dev "$device" scope global | sed -n '1s|.* inet \\([^/]*\\)/.*|\\1|p')
echo "$own $gateway $device $(cat /proc/sys/net/ipv4/conf/all/route_localnet /proc/sys/net/ipv4/conf/$device/route_localnet | sort -r | head -1)"
server=$(sed -n 's|^ *server: https://||p' /etc/kubernetes/kubelet.conf)
place() {
  ipv4=$(getent ahostsv4 "$1" | sed -n '1s/ .*//p')
  ipv6=$(getent ahostsv6 "$1" | sed -n '/^::ffff:/d; /^fe80:/d; s/ .*//p' | head -1)
  [ -n "$ipv4" ] || { echo "$1 has no IPv4 address" >&2; exit 3; }
  echo "$ipv4 \${ipv6:--} $2"
}
place "\${server%:*}" "\${server##*:}"
for name in "$@"; do place "$name" ${apiServerPort}; done
echo ===
`;

const surveyCommand = (names: readonly string[]): Argv => [
  'bash',
  '-c',
  `${surveyScript}${listingCommand[2]}`,
  'survey',
  ...names,
];

const unreadable = (container: string, message: string): SkipbeatError =>
  new SkipbeatError('NETWORK_UNREADABLE', `The network of ${container} could not be read: ${message}.`, {
    exitCode: exitCodes.environment,
    next: `docker exec ${container} ip route`,
  });

const serviceIn = (listing: string): NetworkSurvey['service'] => {
  const line = listing.split('\n').find((one) => /-A KUBE-SERVICES .*default\/kubernetes:https cluster IP/.test(one));
  const [, ipv4, port] = /-d ([\d.]+)\/32 .*--dport (\d+)/.exec(line ?? '') ?? [];
  return ipv4 === undefined ? null : { ipv4, port: Number(port) };
};

/** @throws SkipbeatError NETWORK_UNREADABLE where it is not what `surveyCommand` prints */
export const readSurvey = (container: string, text: string): NetworkSurvey => {
  const [head = '', ...rest] = text.split('===\n');
  const listing = rest.join('===\n');
  const [first = '', ...lines] = head.trimEnd().split('\n');
  const [address = '', gateway = '', device = '', localnet = ''] = first.split(' ');
  const places = lines.map((line): Place => {
    const [ipv4 = '', ipv6 = '-', port = ''] = line.split(' ');
    return { ipv4, ipv6: ipv6 === '-' ? null : ipv6, port: Number(port) };
  });
  if (localnet === '' || places.length === 0) throw unreadable(container, `it said ${JSON.stringify(head)}`);
  const apiServers = places.filter(
    ({ ipv4, port }, index) => places.findIndex((one) => one.ipv4 === ipv4 && one.port === port) === index,
  );
  const service = serviceIn(listing);
  return { container, address, gateway, device, apiServers, service, routeLocalnet: localnet === '1', listing };
};

/** @throws SkipbeatError NETWORK_UNREADABLE (exit 75) */
export const surveyNetwork = async (
  container: string,
  { nodes, exec }: Pick<FaultSite, 'nodes' | 'exec'>,
  signal: AbortSignal,
): Promise<NetworkSurvey> => {
  const names = nodes.filter(({ role }) => role === 'control-plane').map((one) => one.container);
  const result = await exec({ node: container, argv: surveyCommand(names), timeoutMs }, signal);
  signal.throwIfAborted();
  if (!succeeded(result)) throw unreadable(container, failureLine(result));
  return readSurvey(container, result.stdout);
};
