import { isIP } from 'node:net';
import { fileProblem } from './file.ts';
import { idTokenSource } from './id-token.ts';
import type { KubeCluster, KubeUser } from './kubeconfig.ts';
import { programProblem, programSource } from './program.ts';
import { fixedSource, type Source, tokenFileSource } from './source.ts';

/** What the client library cannot send: it knows the name of `as` alone, which is somebody else without them. */
const notSent = ['as-uid', 'as-groups', 'as-user-extra'] as const;

const isSaid = (found: string | readonly string[] | object): boolean =>
  typeof found === 'string' ? found !== '' : Object.keys(found).length > 0;

const unreadable = (field: string, file: string): string | null => {
  const problem = file === '' ? null : fileProblem(file);
  return problem === null ? null : `a ${field} that cannot be read (${problem})`;
};

/** @see client-go plugin/pkg/client/auth/gcp/gcp_stub.go and azure/azure_stub.go */
const removed: Readonly<Record<string, string>> = { gcp: 'gke-gcloud-auth-plugin', azure: 'kubelogin' };

const providerProblem = ({ 'auth-provider': provider, exec }: KubeUser): string | null => {
  if (provider === null || provider.name === 'oidc') {
    return provider !== null && exec !== null ? 'both auth-provider and exec' : null;
  }
  const program = Object.hasOwn(removed, provider.name) ? removed[provider.name] : undefined;
  const instead = program === undefined ? '' : `: its place has ${program}, by exec`;
  return `auth-provider ${JSON.stringify(provider.name)}, which kubectl does not take either${instead}`;
};

/** The keys with which a certificate of the kubeconfig stands. */
const hasCertificate = (user: KubeUser): boolean =>
  isSaid(user['client-certificate']) || isSaid(user['client-certificate-data']);

const certificateProblem = (user: KubeUser): string | null => {
  if (!hasCertificate(user)) return null;
  for (const field of ['client-certificate', 'client-key'] as const) {
    if (isSaid(user[field]) && isSaid(user[`${field}-data`])) return `both ${field} and ${field}-data`;
  }
  if (!isSaid(user['client-key']) && !isSaid(user['client-key-data'])) return 'a client-certificate and no client-key';
  return unreadable('client-certificate', user['client-certificate']) ?? unreadable('client-key', user['client-key']);
};

/**
 * What stands in the way of asking as a user: what kubectl refuses, and what cannot be sent from here; null: nothing.
 * @param isPlain the server is asked without TLS, and so without credentials
 * @see client-go tools/clientcmd/validation.go, validateAuthInfo; transport/round_trippers.go, HTTPWrappersForConfig
 */
export const userProblem = (user: KubeUser, isPlain: boolean): string | null => {
  const lacks = notSent.find((field) => isSaid(user[field]));
  if (lacks !== undefined) return `${lacks}, which is not sent here`;
  const hasToken = isSaid(user.token) || isSaid(user.tokenFile);
  if (hasToken && (isSaid(user.username) || isSaid(user.password))) {
    return 'both a token and a name or password';
  }
  const problem =
    certificateProblem(user) ?? providerProblem(user) ?? (user.exec === null ? null : programProblem(user.exec));
  const isSomebody = hasToken || isSaid(user.username) || hasCertificate(user) || user['auth-provider'] !== null;
  if (problem !== null || isPlain || isSomebody || user.exec !== null) return problem;
  // kubectl asks for a name and a password then.
  return 'nothing that says who asks';
};

/**
 * What makes an address another one here than it is to kubectl: of `https://010.0.0.1` a URL's host is 8.0.0.1, and kubectl looks
 * such a name up. @see WHATWG URL, host parsing; Go's net/url, Parse, and net, ParseIP
 */
const serverProblem = (server: string): string | null => {
  if (server === '') return 'no server';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
  if (/[\x00-\x20\x7f]/.test(server)) return 'a server whose address has a space or a control character in it';
  const [, host = ''] = /^https?:\/\/(\[[^\]/?#]*\]|[^:/?#]*)(?::\d*)?(?:[/?#]|$)/i.exec(server) ?? [];
  if (host === '' || !URL.canParse(server)) return 'a server that is no address with https:// or http://';
  const { hostname } = new URL(server);
  const isRead = host.startsWith('[') || host.toLowerCase() === hostname;
  // Names in other scripts have another form in requests, here and there.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (isRead || (!/^[\x00-\x7f]*$/.test(host) && isIP(hostname) === 0)) return null;
  return `a server whose host ${JSON.stringify(host)} could be taken for ${hostname}`;
};

/** What kubectl refuses of a cluster; null: nothing. @see client-go tools/clientcmd/validation.go, validateClusterInfo; transport/transport.go, TLSConfigFor */
export const clusterProblem = (cluster: KubeCluster): string | null => {
  const { server, 'certificate-authority': file, 'certificate-authority-data': data } = cluster;
  const ofServer = serverProblem(server);
  if (ofServer !== null) return ofServer;
  if (isSaid(file) && isSaid(data)) return 'both certificate-authority and certificate-authority-data';
  if (cluster['insecure-skip-tls-verify'] && (isSaid(file) || isSaid(data))) {
    return 'insecure-skip-tls-verify beside a certificate-authority';
  }
  return unreadable('certificate-authority', file);
};

export type WhoAsks = Parameters<typeof programSource>[2] & {
  readonly context: string;
  /** `kubectl --context …` */
  readonly kubectl: string;
  /** The user as the files say it now. */
  readonly readAgain: () => KubeUser;
};

const idTokenOf = (user: KubeUser): string => user['auth-provider']?.config['id-token'] ?? '';

/**
 * Where a user's credentials come from, in the order in which kubectl takes them: a program is not run for one who has others.
 * @see client-go plugin/pkg/client/auth/exec/exec.go, UpdateTransportConfig
 */
export const sourceOf = (user: KubeUser, { context, kubectl, readAgain, ...program }: WhoAsks): Source => {
  if (user.tokenFile !== '') return tokenFileSource(context, { file: user.tokenFile, token: user.token });
  if (user.token !== '') return fixedSource(`Bearer ${user.token}`);
  if (user.username !== '') {
    return fixedSource(`Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`);
  }
  if (user['auth-provider'] !== null) {
    return idTokenSource(context, idTokenOf(user), () => idTokenOf(readAgain()), kubectl);
  }
  if (user.exec === null || hasCertificate(user)) return fixedSource(null);
  return programSource(context, user.exec, program);
};
