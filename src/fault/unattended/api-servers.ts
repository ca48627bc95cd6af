import type { ApiServerPlace } from './unattended.ts';

/** The file of a fault's folder with the places, `ADDRESS PORT` a line. */
const placesFile = 'places';

/**
 * POSIX sh. `refuse TEXT` ends with it; `need PROGRAM…` refuses a node that has not all of them.
 *
 * `find_places KNOWN` leaves every API server that this node reaches over its network in `$dir/places`: those that are known, and the
 * one that its kubelet asks, by the kubeconfig of the running kubelet. An address of the node itself is left out: behind it stands
 * a proxy of the node, whose own connections go to the others. `server_addresses` prints where the kubelet's server is now.
 * `canaries MS` sends one request to each at once and prints `canary ADDRESS CODE`, curl's exit code.
 */
export const apiServersScript = `
refuse() { echo "$1" >&2; exit 1; }
need() {
  missing=
  for program in "$@"; do command -v "$program" > /dev/null || missing="$missing $program"; done
  [ -z "$missing" ] || refuse "expected the programs $* on the node, found no$missing"
}
server_addresses() {
  read -r server_host server_port < "$dir/server" || return 0
  case $server_host in
    *[!0-9.]*) case $server_host in *:*) echo "$server_host $server_port"; return ;; esac ;;
    *) echo "$server_host $server_port"; return ;;
  esac
  timeout 2 getent ahosts "$server_host" | while read -r found rest; do
    case $found in fe80:* | ::ffff:*) ;; *) echo "$found $server_port" ;; esac
  done | sort -u
}
find_server() {
  kubelet=$(systemctl show --property MainPID --value kubelet.service) && [ "$kubelet" -gt 0 ] ||
    refuse 'expected a kubelet.service of systemd that runs, found none'
  config=$(tr '\\0' '\\n' < "/proc/$kubelet/cmdline" | sed -n 's/^--*kubeconfig=//p; /^--*kubeconfig$/{n;p;}' | head -n 1)
  case $config in
    /*) file="/proc/$kubelet/root$config" ;;
    ?*) file="/proc/$kubelet/cwd/$config" ;;
    *) refuse 'expected a kubelet with --kubeconfig, found none' ;;
  esac
  url=$(sed -n "s|^ *server: *[\\"']\\{0,1\\}https://\\([^/\\"' ]*\\).*|\\1|p" "$file" | sort -u)
  case $url in
    *'
'*) refuse "expected one server in the kubelet's $config, found several" ;;
    '') refuse "expected a server with https in the kubelet's $config, found none" ;;
    *[!][A-Za-z0-9.:_-]*) refuse "expected an address and a port in the kubelet's $config, found $url" ;;
    \\[*\\]:*) host=\${url#?} host=\${host%%\\]*} port=\${url##*:} ;;
    \\[*\\]) host=\${url#?} host=\${host%\\]} port=443 ;;
    *:*) host=\${url%:*} port=\${url##*:} ;;
    *) host=$url port=443 ;;
  esac
  echo "$host $port" > "$dir/server"
}
find_places() {
  find_server
  own=$(server_addresses)
  [ -n "$own" ] || refuse "expected an address of $host, which the kubelet asks, found none"
  printf '%s\\n%s\\n' "$1" "$own" | sort -u | while read -r address port; do
    [ -n "$address" ] || continue
    case $address$port in *[!0-9a-f.:]*) refuse "expected an address, found $address" ;; esac
    case $(ip -o route get "$address" 2> /dev/null) in local*) ;; *) echo "$address $port" ;; esac
  done > "$dir/${placesFile}" || exit 1
  [ -s "$dir/${placesFile}" ] || refuse 'expected an API server on another node, found none'
}
canaries() {
  while read -r address port; do
    case $address in *:*) at="[$address]" ;; *) at=$address ;; esac
    {
      curl --silent --insecure --noproxy '*' --output /dev/null --max-time "$1" "https://$at:$port/version"
      echo "canary $address $?"
    } &
  done < "$dir/${placesFile}"
  wait
}
`;

/** One a line, as scripts read them. */
export const placesText = (places: readonly ApiServerPlace[]): string =>
  places.map(({ address, port }) => `${address} ${port}`).join('\n');
