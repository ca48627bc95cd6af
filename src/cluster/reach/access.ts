import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { quoteArgument } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import type { ClusterAccess, KubernetesClient } from '../client.ts';
import { addressWithoutUser, checkCredentials } from './credentials.ts';
import { readUsers } from './users.ts';

export type ContextOptions = {
  readonly context: string;
  /** null: the files that KUBECONFIG names, else ~/.kube/config. */
  readonly kubeconfig: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
};

const unreadable = (file: string, found: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('KUBECONFIG_UNREADABLE', `${file}: expected a kubeconfig, found ${found}.`, {
    exitCode: exitCodes.usage,
    next: 'name the file with --kubeconfig FILE',
    ...(cause === undefined ? {} : { cause }),
  });

/**
 * What is wrong with a file, without a word of what stands in it: a parser's sentences may name an alias or a tag, which a
 * token without quotes is read as; so may the error itself, which has lines of the file.
 */
const problemOf = (thrown: unknown): { readonly found: string; readonly cause?: unknown } => {
  const { mark, reason } = (thrown ?? {}) as { mark?: { line?: unknown; column?: unknown }; reason?: unknown };
  if (typeof reason !== 'string') return { found: messageOf(thrown).split('\n')[0] ?? '', cause: thrown };
  const said = /^[A-Za-z -]+$/.test(reason) ? reason : 'what is no YAML';
  return { found: mark === undefined ? said : `${said} (${Number(mark.line) + 1}:${Number(mark.column) + 1})` };
};

/** As kubectl finds them: files that KUBECONFIG names and are not there are passed over, unless none is. */
const filesOf = ({ kubeconfig, env }: ContextOptions): readonly string[] => {
  if (kubeconfig !== null) return [kubeconfig];
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length === 0) return [join(homedir(), '.kube', 'config')];
  const there = named.filter((file) => existsSync(file));
  return there.length === 0 ? named : there;
};

/** What the client library takes. */
const proxyForm = /^(https?|socks(4a?|5h?)?):\/\//;

/**
 * The way into the cluster of one context, by name: the current one means nothing here.
 * @throws SkipbeatError KUBECONFIG_UNREADABLE, CONTEXT_UNKNOWN (both exit 64)
 */
export const openContext = (client: KubernetesClient, options: ContextOptions): ClusterAccess => {
  const { context } = options;
  const config = new client.KubeConfig();
  const files = filesOf(options);
  const unsent = new Map<string, string>();
  for (const [index, file] of files.entries()) {
    if (!existsSync(file)) throw unreadable(file, 'nothing there');
    try {
      const one = index === 0 ? config : new client.KubeConfig();
      one.loadFromFile(file);
      const read = readUsers(client, one, { file, text: readFileSync(file, 'utf8') });
      for (const [user, field] of read) unsent.set(user, field);
      if (index > 0) config.mergeConfig(one, true);
    } catch (thrown) {
      const { found, cause } = problemOf(thrown);
      throw unreadable(file, found, cause);
    }
  }
  const names = (config.getContexts() ?? []).map(({ name }: { readonly name: string }) => name);
  const where = files.join(delimiter);
  if (!names.includes(context)) {
    const expected = names.length === 0 ? 'a context, and there is none' : `one of ${names.join(', ')}`;
    throw new SkipbeatError(
      'CONTEXT_UNKNOWN',
      `--context: expected ${expected} (${where}), received ${JSON.stringify(context)}.`,
      { exitCode: exitCodes.usage, next: `KUBECONFIG=${quoteArgument(where)} kubectl config get-contexts` },
    );
  }
  config.setCurrentContext(context);
  if (config.getCurrentCluster() === null || config.getCurrentUser() === null) {
    const lacks = config.getCurrentCluster() === null ? 'cluster' : 'user';
    throw unreadable(where, `the context ${JSON.stringify(context)} without the ${lacks} that it names`);
  }
  const field = unsent.get(config.getCurrentUser()?.name ?? '');
  if (field !== undefined) {
    throw unreadable(where, `a user of the context ${JSON.stringify(context)} with ${field}, which is not sent here`);
  }
  const server = config.getCurrentCluster()?.server ?? '';
  const shown = addressWithoutUser(server);
  if (shown !== server) {
    // No request can be made of such an address, and every error would show it.
    throw unreadable(where, `a user's name or password in the address of ${shown}; they belong to users`);
  }
  const proxy = config.getCurrentCluster()?.proxyUrl ?? '';
  if (proxy !== '' && !(URL.canParse(proxy) && proxyForm.test(proxy))) {
    // It is not shown: a user's name and password may stand in it.
    throw unreadable(where, `a proxy-url of the context ${JSON.stringify(context)} that is no address of a proxy`);
  }
  checkCredentials(config);
  return { client, config, kubeconfig: options.kubeconfig };
};
