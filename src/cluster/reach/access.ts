import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { contextText, quoteArgument } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import type { ClusterAccess, KubernetesClient } from '../client.ts';
import { addressWithoutUser, type CredentialLimits, useCredentials } from './credentials.ts';
import {
  comesByPipe,
  type KubeCluster,
  type KubeconfigPlace,
  type KubeUser,
  nobody,
  readKubeconfig,
  unreadable,
} from './kubeconfig.ts';
import type { ProgramCluster, Terminal } from './program.ts';
import { isProxy, proxyFor } from './proxy.ts';
import { fixedSource, invalidCredentials } from './source.ts';
import { clusterProblem, sourceOf, userProblem } from './users.ts';

export type ContextOptions = KubeconfigPlace & {
  readonly context: string;
  /** Another one than this process's own. */
  readonly terminal?: Terminal;
  /** Another pace than that of runs. */
  readonly limits?: CredentialLimits;
};

type Chosen = {
  readonly where: string;
  readonly clusterName: string;
  readonly cluster: KubeCluster;
  readonly userName: string;
  readonly user: KubeUser;
  readonly namespace: string;
};

/** @throws SkipbeatError KUBECONFIG_UNREADABLE, CONTEXT_UNKNOWN (both exit 64) */
const choose = (options: ContextOptions): Chosen => {
  const { context } = options;
  const { clusters, users, contexts, where } = readKubeconfig(options);
  const chosen = contexts.get(context);
  if (chosen === undefined) {
    const names = [...contexts.keys()];
    const expected = names.length === 0 ? 'a context, and there is none' : `one of ${names.join(', ')}`;
    throw new SkipbeatError(
      'CONTEXT_UNKNOWN',
      `--context: expected ${expected} (${where}), received ${JSON.stringify(context)}.`,
      { exitCode: exitCodes.usage, next: `KUBECONFIG=${quoteArgument(where)} kubectl config get-contexts` },
    );
  }
  const cluster = clusters.get(chosen.cluster);
  const user = users.get(chosen.user) ?? (chosen.user === '' ? nobody : undefined);
  if (cluster === undefined || user === undefined) {
    const lacks = cluster === undefined ? 'cluster' : 'user';
    throw unreadable(where, `the context ${JSON.stringify(context)} without the ${lacks} that it names`);
  }
  return { where, clusterName: chosen.cluster, cluster, userName: chosen.user, user, namespace: chosen.namespace };
};

const isPlainHttp = ({ server }: KubeCluster): boolean => /^http:/i.test(server);

/** @throws SkipbeatError KUBECONFIG_UNREADABLE (exit 64) where kubectl would refuse them, too, or where not all of it can be sent */
const assertUsable = (context: string, { where, cluster, user }: Chosen): void => {
  const of = `of the context ${JSON.stringify(context)}`;
  const shown = addressWithoutUser(cluster.server);
  if (shown !== cluster.server) {
    // No request can be made of such an address, and every error would show it.
    throw unreadable(where, `a user's name or password in the address of ${shown}; they belong to users`);
  }
  const proxy = cluster['proxy-url'];
  if (proxy !== '' && !isProxy(proxy)) {
    // It is not shown: a user's name and password may stand in it.
    throw unreadable(where, `a proxy-url ${of} that is no address of a proxy`);
  }
  const ofCluster = clusterProblem(cluster);
  if (ofCluster !== null) throw unreadable(where, `a cluster ${of} with ${ofCluster}`);
  const ofUser = userProblem(user, isPlainHttp(cluster));
  if (ofUser !== null) throw unreadable(where, `a user ${of} with ${ofUser}`);
};

/** @see client-go tools/clientcmd/client_config.go, clusterExtensionKey */
const programExtension = 'client.authentication.k8s.io/exec';

/** What names somebody at an identity provider, beside the tokens. */
const accountOf = ({ 'auth-provider': provider }: KubeUser): unknown => [
  provider?.name,
  provider?.config['idp-issuer-url'],
  provider?.config['client-id'],
];

/**
 * The user as the files say it now. Whoever edits them meanwhile may have the context mean another cluster or another user, and
 * what belongs there is nothing to send here.
 * @throws SkipbeatError as `choose`; CREDENTIALS_INVALID (exit 75) where it is not the same user of the same cluster
 */
const againOf = (options: ContextOptions, before: Chosen): KubeUser => {
  const now = choose(options);
  const isSame =
    now.userName === before.userName &&
    isDeepStrictEqual(now.cluster, before.cluster) &&
    isDeepStrictEqual(accountOf(now.user), accountOf(before.user));
  if (isSame) return now.user;
  throw invalidCredentials(
    options.context,
    'that the kubeconfig has another cluster or user for this context than it had when this was started',
    'start it anew, where that cluster is meant',
  );
};

/** What a program knows of the cluster. @see client-go rest/exec.go, ConfigToExecCluster */
const programCluster = (cluster: KubeCluster, server: string): ProgramCluster => {
  const file = cluster['certificate-authority'];
  const data = file === '' ? cluster['certificate-authority-data'] : readFileSync(file).toString('base64');
  const extension = cluster.extensions.find(({ name }) => name === programExtension)?.extension ?? null;
  return {
    server,
    ...(cluster['tls-server-name'] === '' ? {} : { 'tls-server-name': cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] ? { 'insecure-skip-tls-verify': true } : {}),
    ...(data === '' ? {} : { 'certificate-authority-data': data }),
    ...(cluster['proxy-url'] === '' ? {} : { 'proxy-url': cluster['proxy-url'] }),
    ...(cluster['disable-compression'] ? { 'disable-compression': true } : {}),
    config: extension,
  };
};

/** Of an address with a path kubectl leaves out what follows it. @see client-go tools/clientcmd/client_config.go, ClientConfig */
const serverOf = ({ server }: KubeCluster): string => server.replace(/^(\w+:\/\/[^/?#]*\/[^?#]+)[?#].*$/s, '$1');

/**
 * Where paths of requests begin: what follows a path is sent with no request, and slashes are not doubled.
 * @see client-go rest/url_utils.go, DefaultServerURL; rest/request.go, URL
 */
const baseOf = (server: string): string => {
  const [, scheme = '', host = '', path = ''] = /^(\w+:\/\/)([^/?#]*)([^?#]*)/.exec(server) ?? [];
  return `${scheme.toLowerCase()}${host}${path.replaceAll(/\/{2,}/g, '/').replace(/\/$/, '')}`;
};

/** Names are looked up by a SOCKS proxy, and not here: kubectl leaves them to it. @see golang.org/x/net/internal/socks */
const proxyOf = (address: string): string => address.replace(/^socks5:/, 'socks5h:');

/**
 * The way into the cluster of one context, by name: the current one means nothing here. The files are read as kubectl reads
 * them, and the client library is handed the outcome, for it reads much of them otherwise.
 * @throws SkipbeatError KUBECONFIG_UNREADABLE, CONTEXT_UNKNOWN, PROXY_INVALID (all exit 64)
 */
export const openContext = (client: KubernetesClient, options: ContextOptions): ClusterAccess => {
  const { context, kubeconfig, terminal, limits } = options;
  const chosen = choose(options);
  const isByPipe = comesByPipe(options);
  assertUsable(context, chosen);
  const { clusterName, cluster, userName, user, namespace } = chosen;
  const server = serverOf(cluster);
  // As kubectl, nobody says in the clear who asks. The library asks for leave to speak without TLS at all.
  const isPlain = isPlainHttp(cluster);
  const hasCertificate = !isPlain && (user['client-certificate'] !== '' || user['client-certificate-data'] !== '');
  const config = new client.KubeConfig();
  config.loadFromOptions({
    clusters: [
      {
        name: clusterName,
        server: baseOf(server),
        caFile: cluster['certificate-authority'],
        caData: cluster['certificate-authority-data'],
        skipTLSVerify: isPlain || cluster['insecure-skip-tls-verify'],
        tlsServerName: cluster['tls-server-name'],
        proxyUrl: proxyOf(cluster['proxy-url'] || proxyFor(server, options.env)),
      },
    ],
    users: [
      {
        name: userName,
        ...(hasCertificate
          ? {
              certFile: user['client-certificate'],
              certData: user['client-certificate-data'],
              keyFile: user['client-key'],
              keyData: user['client-key-data'],
            }
          : {}),
        ...(user.as === '' ? {} : { impersonateUser: user.as }),
      },
    ],
    contexts: [{ name: context, cluster: clusterName, user: userName, ...(namespace === '' ? {} : { namespace }) }],
    currentContext: context,
  });
  const source = isPlain
    ? fixedSource(null)
    : sourceOf(user, {
        context,
        kubectl: `kubectl ${contextText(options)}`,
        readAgain: isByPipe ? () => user : () => againOf(options, chosen),
        cluster: programCluster(cluster, server),
        ...(terminal === undefined ? {} : { terminal }),
        ...(limits === undefined ? {} : { limitMs: limits.firstMs }),
      });
  useCredentials(config, source, limits);
  return { client, config, kubeconfig };
};
