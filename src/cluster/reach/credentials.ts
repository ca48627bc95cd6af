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

/** Libraries' errors that have a part of what was printed in them, and those that say nothing. */
const shown = (name: string, thrown: unknown): unknown => {
  if (thrown instanceof SyntaxError) return invalid(name, 'that what the program prints is no JSON');
  if (thrown instanceof TypeError) return invalid(name, 'that what the program prints has no credentials in it');
  if (thrown instanceof Error && thrown.message === '') {
    return new Error('that the program which brings the credentials failed, without a word');
  }
  return thrown;
};

/** One after another, and each as long as `limitMs` says: a program that waits for somebody is run once, and not by each request. */
const inTurn = (limitMs: () => number) => {
  let turn: Promise<unknown> = Promise.resolve();
  return async (apply: () => Promise<void>): Promise<void> => {
    const late = new AbortController();
    const own = turn.then(() => (late.signal.aborted ? undefined : apply()));
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
  let isKnown = false;
  const bounded = inTurn(() => (isKnown ? limits.againMs : limits.firstMs));
  const check = async (apply: () => Promise<void>): Promise<void> => {
    const name = config.getCurrentContext();
    await bounded(apply).catch((thrown: unknown) => {
      throw shown(name, thrown);
    });
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
    await check(() => ofSockets(options));
    assertForm(options.headers ?? {}, config.getCurrentContext());
  };
};
