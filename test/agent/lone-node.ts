import { execa } from 'execa';
import type { Act } from '../../src/agent/index.ts';
import { quoteCommand } from '../../src/common/command.ts';

/**
 * A node in namespaces of its own: its kubelet asks api.test, which has an address of each family; another API server listens at
 * 10.99.0.4, and 10.99.0.9 is none. `code ADDRESS PORT` prints curl's exit code for one request; `run STEP` runs one command of the
 * act, and prints what it printed under a heading with its exit code.
 */
const node = `
mount -t tmpfs tmpfs /run
mkdir -p /run/bin "$FOLDER"
ip link set lo up
ip netns add api
ip link add eth0 type veth peer name eth0 netns api
ip address add 10.99.0.3/24 dev eth0
ip address add fd99::3/64 dev eth0 nodad
ip link set eth0 up
for address in 10.99.0.2/24 10.99.0.4/24 10.99.0.9/24; do ip -n api address add $address dev eth0; done
ip -n api address add fd99::2/64 dev eth0 nodad
ip -n api link set eth0 up
printf '10.99.0.2 api.test\\nfd99::2 api.test\\n127.0.0.1 localhost\\n' > /run/hosts
mount --bind /run/hosts /etc/hosts
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /run/key -out /run/cert -subj /CN=api.test 2> /dev/null
for port in '-4 -accept 6443' '-6 -accept 6443' '-4 -accept 8443'; do
  ip netns exec api openssl s_server -quiet -www $port -key /run/key -cert /run/cert > /dev/null 2>&1 &
done
printf 'clusters:\\n- cluster:\\n    server: %b\\n  name: test\\n' "$SERVER" > /run/kubelet.conf
sh -c 'sleep 600; :' kubelet --config=/none --kubeconfig=/run/kubelet.conf &
printf '#!/bin/sh\\necho %s\\n' $! > /run/bin/systemctl
chmod +x /run/bin/systemctl
export PATH="/run/bin:$PATH"
code() {
  case $1 in *:*) at="[$1]" ;; *) at=$1 ;; esac
  curl --silent --insecure --output /dev/null --max-time 1 "https://$at:$2/" && echo 0 || echo $?
}
for try in $(seq 200); do [ "$(code fd99::2 6443)$(code 10.99.0.4 8443)" = 00 ] && break; sleep 0.05; done
run() {
  text=$(sh -c "\${!1}" 2>&1) && status=0 || status=$?
  printf '== %s %s\\n%s\\n' "$1" "$status" "$text"
}
`;

/** What a step of the act came to on that node. */
export type Ran = { readonly step: string; readonly code: number; readonly out: string };

/** Runs bash in namespaces of its own, by this machine's kernel. */
const here = async (script: string): Promise<string> => {
  const own = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
  return (await execa('unshare', [...own, 'bash', '-e', '-c', script], { stdin: 'ignore' })).stdout;
};

/**
 * @param script bash, after the node is set up
 * @returns of each `run` what came of it, and under the name `said` what else was printed
 */
export const onLoneNode = async (
  { id, survey, apply, undo, verify }: Act,
  script: string,
  { server = 'https://api.test:6443', machine = here } = {},
): Promise<readonly Ran[]> => {
  const names = {
    ...{ FOLDER: `/run/skipbeat-agent/${id}`, SERVER: server, APPLY: quoteCommand(apply), UNDO: quoteCommand(undo) },
    ...{ VERIFY: quoteCommand(verify), SURVEY: survey === null ? '' : quoteCommand(survey) },
  };
  const exported = Object.entries(names).map(([name, text]) => `export ${quoteCommand([`${name}=${text}`])}`);
  const stdout = await machine(`${exported.join('\n')}\n${node}${script}`);
  return `== said 0\n${stdout}`
    .split(/^== /m)
    .slice(1)
    .map((part) => {
      const [head = '', ...lines] = part.split('\n');
      const [step = '', code] = head.split(' ');
      return { step, code: Number(code), out: lines.join('\n').trim() };
    });
};
