import type { RequestOptions } from 'node:https';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { unlessAborted } from '../../common/wait.ts';
import type { ClusterAccess } from '../client.ts';

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

/** What may stand in a header: anything else is named by whoever sends it, with the whole header. @see RFC 9110, section 5.5 */
const headerForm = /^[\t\x20-\x7e\x80-\xff]*$/;

const invalid = (context: string, found: string): SkipbeatError =>
  new SkipbeatError(
    'CREDENTIALS_INVALID',
    `Expected credentials of the context ${JSON.stringify(context)} that can be sent, found ${found}. Nothing was sent.`,
    {
      exitCode: exitCodes.environment,
      next: 'look at the token of the kubeconfig, its file, or what the program prints that brings it',
    },
  );

const assertForm = (headers: object, name: string): void => {
  // Around it fetch itself takes white space away.
  const bad = Object.entries(headers).find(([, value]) => !headerForm.test(String(value).trim()));
  if (bad === undefined) return;
  throw invalid(name, `a line feed or another character that no header takes, in ${bad[0]}`);
};

/** While nobody has brought any yet, a person may have to log in: in a browser, with a second factor. */
const firstMs = 300_000;
/** Later nobody may be there: whoever renews a hold, or looks after nodes, has to know that it cannot. */
const againMs = 10_000;

const noCredentials = 'that what the program prints has no credentials in it';
const noToken = 'no token in its tokenFile';

/**
 * Errors of a program's run that have a part of what was printed in them, and those that say nothing. Of another form is what
 * has no `status`: the library reads that first.
 */
const shown = (name: string, thrown: unknown): unknown => {
  if (thrown instanceof SyntaxError) return invalid(name, 'that what the program prints is no JSON');
  if (
    thrown instanceof TypeError &&
    / \(reading '(clientCertificateData|expirationTimestamp)'\)$/.test(thrown.message)
  ) {
    return invalid(name, noCredentials);
  }
  if (thrown instanceof Error && thrown.message === '') {
    return new Error('that the program which brings the credentials failed, without a word');
  }
  return thrown;
};

/** What the library keeps to itself: it hands out no other place between a program's answer and its use. */
type Inner = {
  readonly authenticators: readonly { tokenCache?: Record<string, unknown> }[];
  readonly agentCache: Map<string, unknown>;
  applyAuthorizationHeader: (options: RequestOptions) => Promise<void>;
};

const isThere = (value: unknown): boolean =>
  typeof value !== 'object' ? value !== undefined && value !== '' : value !== null;

/**
 * Whether a request with these options would say who asks. As kubectl does, a certificate without its key is refused, too.
 * @see kubernetes staging/src/k8s.io/client-go/plugin/pkg/client/auth/exec/exec.go, refreshCredsLocked
 */
const saysWho = ({ headers, cert, key }: RequestOptions): boolean =>
  isThere(cert) === isThere(key) && (isThere(cert) || Object.hasOwn(headers ?? {}, 'Authorization'));

/** Of a file that ends with a line feed: a socket's handshake takes no header with one. */
const withoutEnds = (options: RequestOptions): void => {
  const headers = Object.entries(options.headers ?? {});
  options.headers = Object.fromEntries(
    headers.map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]),
  );
};

/**
 * Has it checked what a program brought, each time: the library sends a request with nobody's name where that was `null` or
 * empty, and keeps such an answer for as long as the process lives.
 */
const checkProgram = (config: ClusterAccess['config']): void => {
  const inner = config as unknown as Inner;
  const bring = inner.applyAuthorizationHeader.bind(config);
  inner.applyAuthorizationHeader = async (options) => {
    const user = config.getCurrentUser();
    const name = config.getCurrentContext();
    if (user?.exec === undefined || user.exec === null) {
      await bring(options);
      withoutEnds(options);
      const isOfFile = isThere(user?.authProvider?.config?.tokenFile);
      const { Authorization: said = 'Bearer' } = (options.headers ?? {}) as Record<string, unknown>;
      if (isOfFile && said === 'Bearer') throw invalid(name, noToken);
      return;
    }
    try {
      await bring(options);
      if (!saysWho(options) && !user.username) throw invalid(name, noCredentials);
    } catch (thrown) {
      for (const { tokenCache } of inner.authenticators) if (tokenCache !== undefined) delete tokenCache[user.name];
      throw shown(name, thrown);
    }
  };
};

/** One after another, and each as long as `limitMs` says: a program that waits for somebody is run once, and not by each request. */
const inTurn = (limitMs: () => number) => {
  let turn: Promise<unknown> = Promise.resolve();
  return async (apply: () => Promise<void>): Promise<void> => {
    const late = new AbortController();
    const own = turn.then(() => (late.signal.aborted ? undefined : apply()));
    // Who asked for it has what it threw; the next one only waits for its end.
    turn = own.catch(() => undefined);
    const ms = limitMs();
    const limit = setTimeout(() => {
      late.abort(new Error(`no credentials within ${ms / 1000} s, for what brings them does not come to an end`));
    }, ms);
    await unlessAborted(own, late.signal).finally(() => clearTimeout(limit));
  };
};

/**
 * Has credentials checked before each request, whoever sends it with this kubeconfig: their form, for the libraries' own
 * errors print them, and how long they take, for a program that brings them may wait for somebody for ever.
 * @param limits another pace than that of runs
 */
export const checkCredentials = (config: ClusterAccess['config'], limits = { firstMs, againMs }): void => {
  checkProgram(config);
  let isKnown = false;
  const bounded = inTurn(() => (isKnown ? limits.againMs : limits.firstMs));
  const check = async (apply: () => Promise<void>): Promise<void> => {
    await bounded(apply);
    isKnown = true;
  };
  const [ofRequests, ofSockets] = [
    config.applySecurityAuthentication.bind(config),
    config.applyToHTTPSOptions.bind(config),
  ];
  config.applySecurityAuthentication = async (context) => {
    await check(() => ofRequests(context));
    assertForm(context.getHeaders(), config.getCurrentContext());
  };
  config.applyToHTTPSOptions = async (options) => {
    // The library keeps an agent for good, and its certificate goes before that of `options`, which a program may have renewed.
    await check(() => {
      (config as unknown as Inner).agentCache.clear();
      return ofSockets(options);
    });
    assertForm(options.headers ?? {}, config.getCurrentContext());
  };
};
