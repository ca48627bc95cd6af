import { isIP } from 'node:net';

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
