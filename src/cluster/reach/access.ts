import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import type { ClusterAccess, KubernetesClient } from '../client.ts';
import { checkCredentials, withoutUserinfo } from './credentials.ts';

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

/** As kubectl finds them: files that KUBECONFIG names and are not there are passed over, unless none is. */
const filesOf = ({ kubeconfig, env }: ContextOptions): readonly string[] => {
  if (kubeconfig !== null) return [kubeconfig];
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length === 0) return [join(homedir(), '.kube', 'config')];
  const there = named.filter((file) => existsSync(file));
  return there.length === 0 ? named : there;
};

/**
 * The way into the cluster of one context, by name: the current one means nothing here.
 * @throws SkipbeatError KUBECONFIG_UNREADABLE, CONTEXT_UNKNOWN (both exit 64)
 */
export const openContext = (client: KubernetesClient, options: ContextOptions): ClusterAccess => {
  const { context } = options;
  const config = new client.KubeConfig();
  const files = filesOf(options);
  for (const [index, file] of files.entries()) {
    if (!existsSync(file)) throw unreadable(file, 'nothing there');
    try {
      const one = index === 0 ? config : new client.KubeConfig();
      one.loadFromFile(file);
      if (index > 0) config.mergeConfig(one, true);
    } catch (thrown) {
      throw unreadable(file, messageOf(thrown).split('\n')[0] ?? '', thrown);
    }
  }
  const names = (config.getContexts() ?? []).map(({ name }: { readonly name: string }) => name);
  const where = files.join(delimiter);
  if (!names.includes(context)) {
    const expected = names.length === 0 ? 'a context, and there is none' : `one of ${names.join(', ')}`;
    throw new SkipbeatError(
      'CONTEXT_UNKNOWN',
      `--context: expected ${expected} (${where}), received ${JSON.stringify(context)}.`,
      { exitCode: exitCodes.usage, next: `kubectl config get-contexts --kubeconfig ${where}` },
    );
  }
  config.setCurrentContext(context);
  if (config.getCurrentCluster() === null || config.getCurrentUser() === null) {
    const lacks = config.getCurrentCluster() === null ? 'cluster' : 'user';
    throw unreadable(where, `the context ${JSON.stringify(context)} without the ${lacks} that it names`);
  }
  const server = config.getCurrentCluster()?.server ?? '';
  const shown = withoutUserinfo(server);
  if (shown !== server) {
    // No request can be made of such an address, and every error would show it.
    throw unreadable(where, `a user's name or password in the address of ${shown}; they belong to users`);
  }
  checkCredentials(config);
  return { client, config };
};
