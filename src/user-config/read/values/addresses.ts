import { BlockList, isIP } from 'node:net';

/** An IP as Go's net.ParseIP takes it: without a zone, `fe80::1%eth0`. */
export const isAddress = (text: string): boolean => isIP(text) !== 0 && !text.includes('%');

const authority = /^https?:\/\/(?:\[([^\]]+)\]|([A-Za-z\d](?:[\w.-]*[A-Za-z\d])?))(?::(\d{1,5}))?\/?$/;

/** `scheme://host` or `scheme://host:port` of a server, as Go's url.Parse surely takes it. */
export const isServerUrl = (text: string): boolean => {
  const [entire, bracketed, , port] = authority.exec(text) ?? [];
  if (entire === undefined || Number(port ?? 0) > 65_535) return false;
  return bracketed === undefined || (isAddress(bracketed) && isIP(bracketed) === 6);
};

/** The path of a socket, with its scheme or without, that is a URL to Go. */
export const socketPath = /^(?:unix:\/\/)?\/[\w./-]+$/;

/** `10.244.0.0/16` as it stands in a text. */
export type Network = {
  readonly text: string;
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly bits: number;
};

/** Every network in a text, such as a list with commas between. */
export const networksIn = (text: string): readonly Network[] =>
  [...text.matchAll(/([\da-fA-F.:]+)\/(\d+)/g)].map(([entire, address = '', bits]) => ({
    text: entire,
    address,
    family: address.includes(':') ? 'ipv6' : 'ipv4',
    bits: Number(bits),
  }));

const isNetwork = ({ address, family, bits }: Network): boolean =>
  isAddress(address) && bits <= (family === 'ipv4' ? 32 : 128);

const holds = (network: Network, { address, family }: Network): boolean => {
  const list = new BlockList();
  list.addSubnet(network.address, network.bits, network.family);
  return list.check(address, family);
};

/** Whether two networks have an address in common: then one holds the first of the other. False of what is no network. */
export const overlap = (one: Network, other: Network): boolean =>
  one.family === other.family && isNetwork(one) && isNetwork(other) && (holds(one, other) || holds(other, one));
