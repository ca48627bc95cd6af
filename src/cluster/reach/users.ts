import { dirname, resolve } from 'node:path';
import type { ClusterAccess, KubernetesClient } from '../client.ts';

type Config = ClusterAccess['config'];

/** Part of a kubeconfig that the client library does not read. @see kubernetes staging/src/k8s.io/client-go/tools/clientcmd/api/v1/types.go, AuthInfo */
type Written = { readonly users?: unknown } | null;

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const isSaid = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== '';

/** Beside `as`: the library sends the name alone, which is somebody else. */
const notSent = ['as-uid', 'as-groups', 'as-user-extra'] as const;

/**
 * Gives those users of one file their `tokenFile`, which the library knows, and does not look for: it would ask in nobody's name. As
 * kubectl does it reads the file again and again, and before a `token`.
 * @param config with the users of that file alone
 * @param text the file's, that the library has read
 * @returns of each user what of it cannot be sent
 */
export const readUsers = (
  client: KubernetesClient,
  config: Config,
  { file, text }: { readonly file: string; readonly text: string },
): ReadonlyMap<string, string> => {
  const { users } = fieldsOf(client.loadYaml<Written>(text));
  const unsent = new Map<string, string>();
  for (const { name, user } of (Array.isArray(users) ? users : []).map(fieldsOf)) {
    const said = fieldsOf(user);
    const lacks = notSent.find((field) => isSaid(said[field]));
    if (lacks !== undefined) unsent.set(String(name), lacks);
    const known = config.getUser(String(name)) as { authProvider?: unknown; token?: string } | null;
    if (known === null || typeof said.tokenFile !== 'string' || said.tokenFile === '') continue;
    known.authProvider = { name: 'tokenFile', config: { tokenFile: resolve(dirname(file), said.tokenFile) } };
    delete known.token;
  }
  return unsent;
};
