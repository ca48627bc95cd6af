import type { Argv } from '../netem/commands.ts';

/**
 * Prints connections of this node's own processes and of its pods that go past the relay, one a line: established towards
 * the given places, and with an answer that comes from the API server's own port (conntrack(8) of the node knows where a
 * connection really leads; ss(8) shows what the process asked for, in the network namespace that it is in: the runtime
 * keeps one of each pod in /run/netns). Arguments: the server's port, then pairs of address and port.
 */
const fromClientsScript = `
server=$1
shift
while [ $# -gt 0 ]; do
  {
    ss -Htn state established "( dst $1 and dport = :$2 )"
    for pod in /run/netns/*; do
      # One that goes meanwhile has no connections.
      [ -e "$pod" ] && nsenter --net="$pod" ss -Htn state established "( dst $1 and dport = :$2 )" 2> /dev/null
    done
  } | awk '{ print $3 }' | sed 's/\\[::ffff:\\([0-9.]*\\)\\]/\\1/' | while read -r local; do
    port=\${local##*:}
    conntrack -L -p tcp --orig-src "\${local%:*}" --orig-dst "$1" --orig-port-dst "$2" --orig-port-src "$port" 2>/dev/null |
      grep -q " sport=$server dport=$port " && echo "$local to $1:$2"
  done
  shift 2
done
true
`;

export const bypassFromClients = (
  serverPort: number,
  places: readonly { readonly ipv4: string; readonly port: number }[],
): Argv => [
  ...(['bash', '-c', fromClientsScript, 'direct', String(serverPort)] as const),
  ...places.flatMap(({ ipv4, port }) => [ipv4, String(port)]),
];

/**
 * The same from the server's side, for clients on other nodes: the server has the connection open, conntrack(8) holds it
 * for established (a reset of ours has closed it there, though the server learns of it only when it next speaks), and
 * neither does the relay take part in it. Arguments: port, the server's address, the relay's.
 */
const atServerScript = `
open=$(ss -Htn state established "( sport = :$1 )" | awk '{ print $3, $4 }' | sed 's/\\[::ffff:\\([0-9.]*\\)\\]/\\1/g')
conntrack -L -p tcp --state ESTABLISHED --orig-dst "$2" --orig-port-dst "$1" 2>/dev/null |
  sed -n "s/.* src=\\([0-9.]*\\) dst=$2 sport=\\([0-9]*\\) dport=$1 src=$2 .*/\\1:\\2/p" |
  while read -r peer; do
    [ "\${peer%:*}" != "$3" ] && grep -qxF "$2:$1 $peer" <<<"$open" && echo "$peer at $2:$1"
  done
true
`;

export const bypassAtServer = (port: number, address: string, relay: string): Argv => [
  ...(['bash', '-c', atServerScript, 'direct', String(port), address, relay] as const),
];

/**
 * Waits until a command prints nothing. Exit 5, with what it printed last, after so many seconds.
 * Arguments: seconds, then the command.
 */
const awaitNoneScript = `
limit=$((SECONDS + $1))
shift
while left=$("$@") && [ -n "$left" ]; do
  if [ "$SECONDS" -ge "$limit" ]; then echo "still past the relay: $left" >&2; exit 5; fi
  sleep 0.2
done
`;

export const awaitNone = (seconds: number, command: Argv): Argv => [
  ...(['bash', '-c', awaitNoneScript, 'await-none', String(seconds)] as const),
  ...command,
];
