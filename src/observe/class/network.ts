import * as z from 'zod';
import { clean } from '../../common/layout.ts';

/** What one node says of its pods' network and of kube-proxy; null: not known, and `why` says why. */
export type NodeNetwork = {
  readonly cni: string | null;
  readonly kubeProxyMode: string | null;
  readonly why: string | null;
};

/**
 * Reads both on a node, in POSIX sh, in the namespaces of its init; writes nothing. kube-proxy is asked itself, at the port at
 * which it listens by default, and for its process. Of the runtime's networks the first by name counts, where runtimes have them by
 * default.
 * @see kubernetes cmd/kube-proxy/app/server.go, serveMetrics; pkg/proxy/apis/config/v1alpha1/defaults.go (10249)
 * @see containernetworking/cni libcni/api.go, ConfFiles
 */
export const networkScript = `
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
no_proxy=127.0.0.1
export PATH no_proxy
url=http://127.0.0.1:10249/proxyMode
mode= asked=no process=no
if command -v curl > /dev/null; then
  asked=yes
  mode=$(curl -s -f -m 2 "$url" 2> /dev/null | head -c 40)
elif command -v wget > /dev/null; then
  asked=yes
  mode=$(wget -q -T 2 -O - "$url" 2> /dev/null | head -c 40)
fi
for comm in /proc/[0-9]*/comm; do
  read -r name 2> /dev/null < "$comm" && [ "$name" = kube-proxy ] && process=yes
done
printf 'mode %s\\nasked %s\\nprocess %s\\n' "$mode" "$asked" "$process"
conf=$(ls /etc/cni/net.d 2> /dev/null | LC_ALL=C sort | grep -E '\\.(conf|conflist|json)$' | head -n 1)
printf 'conf %s\\n' "$conf"
[ -z "$conf" ] || head -c 65536 "/etc/cni/net.d/$conf"
`;

const networkShape = z.object({
  name: z.string(),
  type: z.string().optional(),
  plugins: z.array(z.object({ type: z.string() })).default([]),
});

const modes: readonly string[] = ['iptables', 'ipvs', 'nftables', 'userspace', 'kernelspace'];

type Part = { readonly value: string | null; readonly why: string | null };

const known = (value: string): Part => ({ value, why: null });
const unknown = (why: string): Part => ({ value: null, why });

const modeOf = (mode: string, isAsked: boolean, isProcess: boolean): Part => {
  if (modes.includes(mode)) return known(mode);
  if (!isAsked) return unknown('kube-proxy: the node has neither curl nor wget to ask it');
  if (mode === '' && !isProcess) return known('none');
  return unknown(
    `kube-proxy: expected its mode at port 10249, found ${mode === '' ? 'nothing' : JSON.stringify(clean(mode))}`,
  );
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
};

const cniOf = (conf: string, text: string): Part => {
  if (conf === '') return unknown('CNI: no network in /etc/cni/net.d');
  const network = networkShape.safeParse(jsonOf(text)).data;
  if (network === undefined) return unknown(`CNI: expected a network in /etc/cni/net.d/${clean(conf)}, found none`);
  const types = [...(network.type === undefined ? [] : [network.type]), ...network.plugins.map(({ type }) => type)];
  return known(clean(`${network.name} (${types.join(', ')})`).slice(0, 200));
};

/** What `networkScript` printed, read. Pure. */
export const parseNetwork = (printed: string): NodeNetwork => {
  const [, mode, asked, process, conf, text] =
    /^mode (.*)\nasked (yes|no)\nprocess (yes|no)\nconf (.*)\n([\s\S]*)$/.exec(printed) ?? [];
  if (mode === undefined || conf === undefined) {
    return { cni: null, kubeProxyMode: null, why: 'the node did not say of which class its network is' };
  }
  const proxy = modeOf(mode.trim(), asked === 'yes', process === 'yes');
  const cni = cniOf(conf.trim(), text ?? '');
  const why = [cni.why, proxy.why].filter((one) => one !== null).join('; ');
  return { cni: cni.value, kubeProxyMode: proxy.value, why: why === '' ? null : why };
};
