import { readFileSync } from 'node:fs';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { fileProblem } from './file.ts';

/** What a request says of who asks. */
export type Credentials = {
  /** The header's text; null: none. */
  readonly authorization: string | null;
  /** In PEM; null: that of the kubeconfig, or none. */
  readonly certificate: { readonly cert: string; readonly key: string } | null;
};

/** Where credentials come from. One that asks for them waits for no other: whoever calls it sees to that. */
export type Source = {
  /** @throws SkipbeatError CREDENTIALS_INVALID (exit 75); Error where what brings them failed */
  readonly current: () => Promise<Credentials>;
  /**
   * After an answer 401 to a request with these.
   * @returns whether there are others now
   * @throws as `current`
   */
  readonly renew: (refused: Credentials) => Promise<boolean>;
};

/** @param found `that …`, or what it is */
export const invalidCredentials = (context: string, found: string, next?: string): SkipbeatError =>
  new SkipbeatError(
    'CREDENTIALS_INVALID',
    `Expected credentials of the context ${JSON.stringify(context)} that can be sent, found ${found}. Nothing was sent.`,
    {
      exitCode: exitCodes.environment,
      next: next ?? 'look at the token of the kubeconfig, its file, or what the program prints that brings it',
    },
  );

/** Of the kubeconfig itself: nobody renews them. */
export const fixedSource = (authorization: string | null): Source => ({
  current: async () => ({ authorization, certificate: null }),
  renew: async () => false,
});

/** A minute, and ten seconds less. @see client-go transport/token_source.go, NewCachedFileTokenSource */
const tokenFileMs = 50_000;

/**
 * A token's file, which somebody else keeps fresh. One that cannot be read any more leaves the last token in use, and before
 * that the kubeconfig's own. @see client-go transport/round_trippers.go, bearerAuthRoundTripper
 * @param token the kubeconfig's; '': it has none
 */
export const tokenFileSource = (
  context: string,
  { file, token }: { readonly file: string; readonly token: string },
  nowMs: () => number = () => performance.now(),
): Source => {
  let known: { readonly credentials: Credentials; readonly text: string; readonly readMs: number } | null = null;
  const read = (): void => {
    const unreadable = fileProblem(file);
    if (unreadable !== null) throw new Error(unreadable);
    const text = readFileSync(file, 'utf8').trim();
    if (text === '') throw new Error('nothing in it');
    const credentials =
      known?.text === text ? known.credentials : { authorization: `Bearer ${text}`, certificate: null };
    known = { credentials, text, readMs: nowMs() };
  };
  const own = { authorization: `Bearer ${token}`, certificate: null };
  /** @returns why there is no token in the file; null: there is */
  const problemOf = (): string | null => {
    try {
      read();
      return null;
    } catch (thrown) {
      return messageOf(thrown);
    }
  };
  return {
    current: async () => {
      if (known !== null && nowMs() - known.readMs < tokenFileMs) return known.credentials;
      const problem = problemOf();
      if (known !== null) return known.credentials;
      if (token !== '') return own;
      throw invalidCredentials(context, `no token in its tokenFile (${problem})`);
    },
    renew: async (refused) => {
      problemOf();
      return known !== null && known.credentials !== refused;
    },
  };
};
