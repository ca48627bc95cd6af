import { BlockList, isIP, isIPv6 } from 'node:net';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';

/** @see client-go tools/clientcmd/helpers.go, parseProxyURL */
const proxyForm = /^(https?|socks5):\/\//;

export const isProxy = (address: string): boolean => URL.canParse(address) && proxyForm.test(address);

type Environment = Readonly<Record<string, string | undefined>>;

/** The upper case one first. @see golang.org/x/net/http/httpproxy, FromEnvironment */
const named = (env: Environment, name: string): string => env[name] || env[name.toLowerCase()] || '';

/** Of `10.0.0.0/8` null where it is none. */
const networkOf = (rule: string): BlockList | null => {
  const [, address = '', bits = ''] = /^([\da-f.:]+)\/(\d{1,3})$/.exec(rule) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return null;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return list;
};

const contains = (list: BlockList, address: string): boolean => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** `host`, `host:port`, `[address]:port`; whatever else it is means nothing. */
const splitRule = (rule: string): { readonly host: string; readonly port: string } => {
  const [, bracketed, plain = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(rule) ?? [];
  if (bracketed === undefined && plain === '') return { host: rule, port: '' };
  return { host: bracketed ?? plain, port };
};

/** @see golang.org/x/net/http/httpproxy, config.init and useProxy */
const isExcepted = (rule: string, at: { readonly host: string; readonly port: string }): boolean => {
  if (rule === '*') return true;
  const network = networkOf(rule);
  if (network !== null) return isIP(at.host) !== 0 && contains(network, at.host);
  const { host, port } = splitRule(rule);
  if (host === '' || (port !== '' && port !== at.port)) return false;
  if (isIP(host) !== 0 || isIP(at.host) !== 0) return host === at.host;
  const name = host.replace(/^\*\./, '.');
  return name.startsWith('.') ? at.host.endsWith(name) : at.host === name || at.host.endsWith(`.${name}`);
};

/**
 * The proxy that the environment names for a server, as kubectl finds it where the kubeconfig has no `proxy-url`; '': none.
 * @throws SkipbeatError PROXY_INVALID (exit 64)
 */
export const proxyFor = (server: string, env: Environment): string => {
  if (!URL.canParse(server)) return '';
  const { protocol, hostname, port } = new URL(server);
  const variable = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = named(env, variable);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (proxy === '' || host === 'localhost' || (isIP(host) !== 0 && contains(loopback, host))) return '';
  const at = { host, port: port || (protocol === 'https:' ? '443' : '80') };
  const rules = named(env, 'NO_PROXY').split(',');
  if (rules.some((rule) => isExcepted(rule.trim().toLowerCase(), at))) return '';
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
  if (isProxy(address)) return address;
  // It is not shown: a user's name and password may stand in it.
  throw new SkipbeatError('PROXY_INVALID', `${variable}: expected the address of a proxy, found another one.`, {
    exitCode: exitCodes.usage,
    next: `${variable}=http://HOST:PORT, or NO_PROXY=${host}`,
  });
};
