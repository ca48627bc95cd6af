import type { RequestContext } from '@kubernetes/client-node';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
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

const assertForm = (context: RequestContext, name: string): void => {
  // Around it fetch itself takes white space away.
  const bad = Object.entries(context.getHeaders()).find(([, value]) => !headerForm.test(String(value).trim()));
  if (bad === undefined) return;
  throw invalid(name, `a line feed or another character that no header takes, in ${bad[0]}`);
};

/** Has the form of credentials checked before each request, whoever sends it with this kubeconfig: the libraries' own errors print them. */
export const checkCredentials = (config: ClusterAccess['config']): void => {
  const apply = config.applySecurityAuthentication.bind(config);
  config.applySecurityAuthentication = async (context) => {
    const name = config.getCurrentContext();
    await apply(context).catch((thrown: unknown) => {
      // Its message has a part of what was printed in it.
      if (thrown instanceof SyntaxError) throw invalid(name, 'that what the program prints is no JSON');
      if (thrown instanceof TypeError) throw invalid(name, 'that what the program prints has no credentials in it');
      throw thrown;
    });
    assertForm(context, name);
  };
};
