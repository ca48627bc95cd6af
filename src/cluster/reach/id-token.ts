import * as z from 'zod';
import { type Credentials, invalidCredentials, type Source } from './source.ts';

/** @see RFC 7519, section 4.1.4 */
const claims = z.object({ exp: z.number() });

/** So long before its end it is over. @see client-go plugin/pkg/client/auth/oidc/oidc.go, expiryDelta */
const earlyMs = 10_000;

/** When it runs out, ms since 1970; null: it does not say. */
const endOf = (token: string): number | null => {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return null;
  try {
    return claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))).exp * 1000;
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof z.ZodError) return null;
    throw thrown;
  }
};

/**
 * The id-token of `auth-provider: oidc`, for as long as it holds. kubectl renews it, and writes both new tokens into the
 * kubeconfig, for the old one may be of no use any more; nothing is written there from here, so it is read there again.
 * @param read what the kubeconfig says now; '': nothing
 * @see client-go plugin/pkg/client/auth/oidc/oidc.go, idToken
 */
export const idTokenSource = (context: string, first: string, read: () => string, kubectl: string): Source => {
  const made = (token: string): Credentials => ({ authorization: `Bearer ${token}`, certificate: null });
  let known = { token: first, credentials: made(first) };
  const readAgain = (): void => {
    const token = read();
    if (token !== known.token) known = { token, credentials: made(token) };
  };
  const holds = (): boolean => (endOf(known.token) ?? 0) - earlyMs > Date.now();
  return {
    current: async () => {
      if (!holds()) readAgain();
      if (holds()) return known.credentials;
      const found = endOf(known.token) === null ? 'no id-token of auth-provider oidc' : 'an id-token that has run out';
      throw invalidCredentials(context, found, `${kubectl} get nodes   (renews it, in the kubeconfig)`);
    },
    renew: async (refused) => {
      readAgain();
      return known.credentials !== refused && holds();
    },
  };
};
