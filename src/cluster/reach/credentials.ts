import { getCACertificates } from 'node:tls';
import { unlessAborted } from '../../common/wait.ts';
import type { ClusterAccess } from '../client.ts';
import { identityCheck, saidName, serverNameOf } from './server-name.ts';
import { type Credentials, invalidCredentials, type Source } from './source.ts';

/**
 * A text without the user's part of addresses in it: a name and a password may stand there. All up to the last `@` goes,
 * for a password may have any other character in it.
 */
export const withoutUserinfo = (text: string): string => text.replace(/:\/\/[^\s"'`]*@/g, '://');

/** Of a text that is no URL nobody knows which part of it is a user's: then everything before an `@` may be. */
const hasUser = (address: string): boolean => {
  if (!address.includes('://') || !URL.canParse(address)) return address.includes('@');
  const { username, password } = new URL(address);
  return username !== '' || password !== '';
};

/** An address of a server without the user's part, whatever characters that has; itself where there is none: a path may have an `@`. */
export const addressWithoutUser = (address: string): string =>
  hasUser(address) ? address.replace(/^([\w+.-]*:\/\/)?[\s\S]*@/, '$1') : address;

/**
 * What goes into a header as kubectl would send it: a control character is refused there, too, and of others than ASCII the
 * library sends another byte. Whoever sends it would print the whole header. @see golang.org/x/net/http/httpguts, ValidHeaderFieldValue
 */
const headerForm = /^[\t\x20-\x7e]*$/;

const assertForm = (headers: object, name: string): void => {
  const bad = Object.entries(headers).find(([, value]) => !headerForm.test(String(value)));
  if (bad === undefined) return;
  throw invalidCredentials(name, `a line feed or another character that no header takes, in ${bad[0]}`);
};

/** While nobody has brought any yet, a person may have to log in: in a browser, with a second factor. */
export const firstMs = 300_000;
/** Later nobody may be there: whoever renews a hold, or looks after nodes, has to know that it cannot. */
const againMs = 10_000;

export type CredentialLimits = { readonly firstMs: number; readonly againMs: number };

type Ways = {
  readonly type: string;
  readonly connect?: object;
  readonly requestTls?: object;
};

/** What the library keeps to itself: the agents of sockets, each for good, and the ways of its requests. */
type Inner = {
  readonly agentCache: Map<string, unknown>;
  createDispatcherOptions: (cluster: unknown, options: unknown) => Ways;
};

/** @see ws, lib/websocket.js */
type Socket = { emit: (name: string, ...rest: unknown[]) => boolean; readonly terminate: () => void };

/**
 * What no API server sends, as a frame without anything in it or a status that is cut off, is thrown by the library where nobody can catch
 * it: that ends the connection, which whoever waits for it learns, and not this process. @see client-node, web-socket-handler.js
 */
const endByBadFrames = (socket: Socket): void => {
  const emit = socket.emit.bind(socket);
  socket.emit = (name, ...rest) => {
    try {
      return emit(name, ...rest);
    } catch (thrown) {
      if (name !== 'message') throw thrown;
      socket.terminate();
      return true;
    }
  };
};

/** One after another, and each as long as `limitMs` says: a program that waits for somebody is run once, and not by each request. */
const inTurn = (limitMs: () => number) => {
  let turn: Promise<unknown> = Promise.resolve();
  return async <T>(apply: () => Promise<T>): Promise<T> => {
    const late = new AbortController();
    const own = turn.then(() => {
      late.signal.throwIfAborted();
      return apply();
    });
    // Who asked for it has what it threw; the next one only waits for its end.
    turn = own.catch(() => undefined);
    const ms = limitMs();
    const limit = setTimeout(() => {
      late.abort(new Error(`no credentials within ${ms / 1000} s, for what brings them does not come to an end`));
    }, ms);
    return unlessAborted(own, late.signal).finally(() => clearTimeout(limit));
  };
};

type Sent = {
  readonly credentials: Credentials;
  readonly renew: () => Promise<boolean>;
  /** Has the same request say who asks by what there is now. */
  readonly applyAgain: () => Promise<void>;
};

type Context = InstanceType<ClusterAccess['client']['RequestContext']>;
type Response = InstanceType<ClusterAccess['client']['ResponseContext']>;

/** By the library's request contexts: what each was sent with. */
const sent = new WeakMap<Context, Sent>();

/** The certificate that a request says who asks by, where a program brought it: a connection is of one certificate alone. */
export const certificateOf = (context: Context): Credentials['certificate'] =>
  sent.get(context)?.credentials.certificate ?? null;

/**
 * After an answer 401 has the credentials brought anew that the request was sent with, unless that was done already. A
 * request that only reads is sent once more with those; of any other the answer stands, and the next one is sent with them.
 * What fails in bringing them fails the next request, by its own words: this one has its answer.
 * @param again sends it
 * @see client-go plugin/pkg/client/auth/exec/exec.go, roundTripper, which never sends again
 */
export const renewOnRefusal = async (
  context: Context,
  response: Response,
  again: () => Promise<Response>,
): Promise<Response> => {
  const known = sent.get(context);
  if (response.httpStatusCode !== 401 || known === undefined) return response;
  const signal = context.getSignal() ?? new AbortController().signal;
  const renewed = unlessAborted(known.renew(), signal).catch(() => {
    signal.throwIfAborted();
    return false;
  });
  if (!(await renewed) || context.getHttpMethod() !== 'GET') return response;
  // Of an answer that is not read the connection would stay taken.
  await response.body.text();
  await unlessAborted(known.applyAgain(), signal);
  return again();
};

/**
 * Whom a server is trusted by where the kubeconfig has no certificate-authority: whom the machine trusts, as with kubectl (a
 * company has its own there), beside those that come with Node.js or are named to it. @see Go's crypto/x509, root_unix.go
 */
const roots = (): string[] => [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];

type Dispatcher = NonNullable<ReturnType<Context['getDispatcher']>>;

/** @see WHATWG Fetch, redirect status */
const redirects: readonly number[] = [301, 302, 303, 307, 308];

/** A proxy that gives no way to the server is named: fetch would say that it was cancelled. @see undici, lib/dispatcher/proxy-agent.js */
const namedProxy = (error: Error): Error => {
  const [, status] = /^Proxy response \((\d+)\)/.exec(error.message) ?? [];
  return status === undefined ? error : new Error(`HTTP ${status} of the proxy, and no way through it`);
};

/**
 * Fails where an answer leads elsewhere, for it would be followed. An API server leads nowhere; what stands before it leads to a
 * page where people log in: a request that deletes would be sent there, and be answered 200. Where it leads is not shown, for
 * such addresses hold secrets. @see WHATWG Fetch, HTTP-redirect fetch
 * @param servername that is said to the server, which the library leaves out behind SOCKS
 */
const withoutRedirects = (dispatcher: Dispatcher, servername: string | null): Dispatcher =>
  dispatcher.compose((dispatch) => (options, handler) => {
    const own: typeof handler = Object.create(handler);
    own.onResponseStart = (controller, status, ...rest) => {
      if (redirects.includes(status)) throw new Error(`HTTP ${status}, which leads to another address`);
      handler.onResponseStart?.call(own, controller, status, ...rest);
    };
    own.onResponseError = (controller, error) => handler.onResponseError?.call(own, controller, namedProxy(error));
    return dispatch(servername === null ? options : Object.assign({}, options, { servername }), own);
  });

/**
 * Has each request say who asks, whoever sends it with this kubeconfig. Their form is checked, for the libraries' own errors
 * print them, and so is how long they take, for a program that brings them may wait for somebody for ever.
 * @param config of the library, without any credentials but a certificate of files
 */
export const useCredentials = (
  config: ClusterAccess['config'],
  source: Source,
  limits: CredentialLimits = { firstMs, againMs },
): void => {
  const inner = config as unknown as Inner;
  const { server = '', tlsServerName } = config.getCurrentCluster() ?? {};
  const name = serverNameOf(server, tlsServerName);
  // Whoever is named as an authority is one, as with kubectl, though another one has signed his certificate.
  const trust = { checkServerIdentity: identityCheck(name), allowPartialTrustChain: true };
  const waysOf = inner.createDispatcherOptions.bind(config);
  inner.createDispatcherOptions = (...of) => {
    const ways = waysOf(...of);
    if (ways.type === 'agent') return { ...ways, connect: { ...ways.connect, ...trust } };
    return { ...ways, requestTls: { ...ways.requestTls, ...trust } };
  };
  let isKnown = false;
  let applied: Credentials | null = null;
  const bounded = inTurn(() => (isKnown ? limits.againMs : limits.firstMs));
  config.addAuthenticator({
    isAuthProvider: () => true,
    applyAuthentication: async (_, options) => {
      applied = await source.current();
      isKnown = true;
      const { authorization, certificate } = applied;
      if (authorization !== null) options.headers = { ...options.headers, Authorization: authorization };
      if (certificate !== null) Object.assign(options, certificate);
      // Left unsaid, a variable of the environment would have it that nobody asks whose the server is.
      options.rejectUnauthorized ??= true;
      if (options.rejectUnauthorized) options.ca ??= roots();
    },
  });
  const [ofRequests, ofSockets] = [
    config.applySecurityAuthentication.bind(config),
    config.applyToHTTPSOptions.bind(config),
  ];
  config.applySecurityAuthentication = async (context) => {
    await bounded(async () => {
      await ofRequests(context);
      const dispatcher = context.getDispatcher();
      if (dispatcher !== undefined) context.setDispatcher(withoutRedirects(dispatcher, saidName(name)));
      const credentials = applied;
      if (credentials === null) return;
      sent.set(context, {
        credentials,
        renew: () => bounded(() => source.renew(credentials)),
        applyAgain: () => config.applySecurityAuthentication(context),
      });
    });
    assertForm(context.getHeaders(), config.getCurrentContext());
  };
  config.applyToHTTPSOptions = async (options) => {
    // The library keeps an agent for good, and its certificate goes before that of `options`, which a program may have renewed.
    await bounded(() => {
      inner.agentCache.clear();
      return ofSockets(options);
    });
    const finishRequest = (request: { readonly end: () => void }, socket: Socket): void => {
      endByBadFrames(socket);
      request.end();
    };
    Object.assign(options, { ...trust, finishRequest });
    assertForm(options.headers ?? {}, config.getCurrentContext());
  };
};
