import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { goTags } from '../../common/kubernetes/go-scalars.ts';
import { isPipe, readToEnd } from './file.ts';

const text = z
  .string()
  .nullish()
  .transform((found) => found ?? '');
const flag = z
  .boolean()
  .nullish()
  .transform((found) => found ?? false);
const list = <T extends z.ZodType>(each: T) =>
  z
    .array(each)
    .nullish()
    .transform((found) => found ?? []);
const orEmpty = <T extends z.ZodType>(shape: T) => z.preprocess((found) => found ?? {}, shape);

const base64 = /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/;
/** Line ends in it mean nothing. @see Go's encoding/json, of []byte; encoding/base64, StdEncoding */
const bytes = text
  .transform((found) => found.replaceAll(/[\r\n]/g, ''))
  .refine((found) => base64.test(found) && !found.includes('_'), 'expected base64');

const extensions = list(orEmpty(z.object({ name: text, extension: z.unknown() })));

const clusterShape = z.object({
  server: text,
  'tls-server-name': text,
  'insecure-skip-tls-verify': flag,
  'certificate-authority': text,
  'certificate-authority-data': bytes,
  'proxy-url': text,
  'disable-compression': flag,
  extensions,
});

const programShape = z.object({
  command: text,
  args: list(text),
  env: list(orEmpty(z.object({ name: text, value: text }))),
  apiVersion: text,
  installHint: text,
  provideClusterInfo: flag,
  interactiveMode: text,
});

const userShape = z.object({
  'client-certificate': text,
  'client-certificate-data': bytes,
  'client-key': text,
  'client-key-data': bytes,
  token: text,
  tokenFile: text,
  as: text,
  'as-uid': text,
  'as-groups': list(text),
  'as-user-extra': orEmpty(z.record(z.string(), list(text))),
  username: text,
  password: text,
  'auth-provider': z
    .object({ name: text, config: orEmpty(z.record(z.string(), text)) })
    .nullish()
    .transform((found) => found ?? null),
  exec: programShape.nullish().transform((found) => found ?? null),
});

const contextShape = z.object({ cluster: text, user: text, namespace: text, extensions });

/**
 * What kubectl reads of a file, and refuses for its type: a field of another type is an error, wherever it stands, and one
 * that it does not know is none. @see client-go tools/clientcmd/api/v1/types.go, loader.go, Load
 */
const fileShape = orEmpty(
  z.object({
    apiVersion: text.refine((found) => found === '' || found === 'v1', 'expected v1'),
    kind: text.refine((found) => found === '' || found === 'Config', 'expected Config'),
    'current-context': text,
    preferences: orEmpty(z.object({ colors: flag, extensions })),
    extensions,
    clusters: list(orEmpty(z.object({ name: text, cluster: orEmpty(clusterShape) }))),
    users: list(orEmpty(z.object({ name: text, user: orEmpty(userShape) }))),
    contexts: list(orEmpty(z.object({ name: text, context: orEmpty(contextShape) }))),
  }),
);

export type KubeCluster = Readonly<z.infer<typeof clusterShape>>;
export type KubeProgram = Readonly<z.infer<typeof programShape>>;
export type KubeUser = Readonly<z.infer<typeof userShape>>;
type KubeContext = Readonly<z.infer<typeof contextShape>>;

/** Of a context that names none: who has nothing to say who he is. */
export const nobody: KubeUser = userShape.parse({});

/** Everything that the files name, each as the first file has it that does. */
export type Kubeconfig = {
  readonly clusters: ReadonlyMap<string, KubeCluster>;
  readonly users: ReadonlyMap<string, KubeUser>;
  readonly contexts: ReadonlyMap<string, KubeContext>;
  /** Those that are there, as one types them into KUBECONFIG. */
  readonly where: string;
};

export type KubeconfigPlace = {
  /** null: the files that KUBECONFIG names, else ~/.kube/config. */
  readonly kubeconfig: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
};

export const unreadable = (file: string, found: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('KUBECONFIG_UNREADABLE', `${file}: expected a kubeconfig, found ${found}.`, {
    exitCode: exitCodes.usage,
    next: 'name the file with --kubeconfig FILE',
    ...(cause === undefined ? {} : { cause }),
  });

/** Of a text that is no YAML: where, without a word of what stands there, for it may be a secret. */
class NoYaml extends Error {}

/** @throws NoYaml */
export const parseGoYaml = (from: string): unknown => {
  // Of a key that stands there twice the last value counts, as with kubectl.
  const documents = parseAllDocuments(from, {
    ...{ version: '1.1', customTags: goTags, logLevel: 'silent', uniqueKeys: false },
  });
  // Of several documents Kubernetes reads the first here.
  const [first] = Array.isArray(documents) ? documents : [];
  if (first === undefined) return null;
  const [problem] = [...first.errors, ...first.warnings];
  if (problem !== undefined) {
    const [place] = problem.linePos ?? [];
    throw new NoYaml(`what is no YAML${place === undefined ? '' : ` (${place.line}:${place.col})`}`);
  }
  try {
    return first.toJS({ maxAliasCount: 100 });
  } catch (thrown) {
    // The message names the alias, which a token without quotes is read as.
    if (thrown instanceof ReferenceError) throw new NoYaml('an alias that leads nowhere');
    throw thrown;
  }
};

/**
 * The text of a file: UTF-16 where it begins as such, else UTF-8, and nothing that only resembles it: of a token nothing is made up.
 * @see gopkg.in/yaml.v2 readerc.go, yaml_parser_determine_encoding @throws NoYaml
 */
const decode = (bytes: Buffer): string => {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw thrown;
    throw new NoYaml(`no text in ${encoding.toUpperCase()}`);
  }
};

/** Paths that stand in a file are meant from the file's own folder. @see client-go tools/clientcmd/loader.go, ResolveLocalPaths */
const fromFolderOf = (file: string) => {
  const folder = resolve(dirname(file));
  // An absolute one is left as it is: a link in it leads elsewhere than its text.
  const path = (found: string): string => (found === '' || isAbsolute(found) ? found : join(folder, found));
  return {
    cluster: (found: KubeCluster): KubeCluster => ({
      ...found,
      'certificate-authority': path(found['certificate-authority']),
    }),
    user: (found: KubeUser): KubeUser => ({
      ...found,
      'client-certificate': path(found['client-certificate']),
      'client-key': path(found['client-key']),
      tokenFile: path(found.tokenFile),
      // One without a slash is looked for in PATH.
      exec: found.exec?.command.includes('/') ? { ...found.exec, command: path(found.exec.command) } : found.exec,
    }),
  };
};

const byName = <T>(file: string, what: string, found: readonly (readonly [string, T])[]): ReadonlyMap<string, T> => {
  const all = new Map<string, T>();
  for (const [name, each] of found) {
    if (all.has(name)) throw unreadable(file, `two ${what} with one name, ${JSON.stringify(name)}`);
    all.set(name, each);
  }
  return all;
};

const readFileOf = (file: string): Omit<Kubeconfig, 'where'> | null => {
  try {
    const found = fileShape.parse(parseGoYaml(decode(readToEnd(file))));
    const from = fromFolderOf(file);
    return {
      clusters: byName(
        file,
        'clusters',
        found.clusters.map(({ name, cluster }) => [name, from.cluster(cluster)]),
      ),
      users: byName(
        file,
        'users',
        found.users.map(({ name, user }) => [name, from.user(user)]),
      ),
      contexts: byName(
        file,
        'contexts',
        found.contexts.map(({ name, context }) => [name, context]),
      ),
    };
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) throw thrown;
    if (errnoOf(thrown) === 'ENOENT') return null;
    if (thrown instanceof NoYaml) throw unreadable(file, thrown.message);
    if (!(thrown instanceof z.ZodError)) throw unreadable(file, messageOf(thrown), thrown);
    const [issue] = thrown.issues;
    const why = (issue?.message ?? '').replace(/^Invalid input: /, '');
    throw unreadable(file, `one with ${issue?.path.join('.') || 'another form'} (${why})`);
  }
};

/** @see client-go tools/clientcmd/loader.go, NewDefaultClientConfigLoadingRules */
const filesOf = ({ kubeconfig, env }: KubeconfigPlace): readonly string[] => {
  if (kubeconfig !== null) return [kubeconfig];
  const listed = env.KUBECONFIG ?? '';
  if (listed === '') return [join(homedir(), '.kube', 'config')];
  return [...new Set(listed.split(delimiter))].filter((file) => file !== '');
};

/** Whether any of it comes by a pipe: that is said once, and who reads again waits for nothing. */
export const comesByPipe = (place: KubeconfigPlace): boolean => filesOf(place).some(isPipe);

/**
 * Reads the files as kubectl does: those that are not there are passed over, a broken one is an error, and of two entries with
 * one name the first file's counts, whole. @see client-go tools/clientcmd/loader.go, Load
 * @throws SkipbeatError KUBECONFIG_UNREADABLE (exit 64), also where none of the files is there
 */
export const readKubeconfig = (place: KubeconfigPlace): Kubeconfig => {
  const files = filesOf(place);
  const there = files.flatMap((file) => {
    const found = readFileOf(file);
    return found === null ? [] : [{ file, found }];
  });
  if (there.length === 0) {
    const [first = 'KUBECONFIG'] = files;
    throw unreadable(first, first === 'KUBECONFIG' ? 'no file in it' : 'nothing there');
  }
  const merge = <T>(of: (found: Omit<Kubeconfig, 'where'>) => ReadonlyMap<string, T>): ReadonlyMap<string, T> => {
    const all = new Map<string, T>();
    for (const [name, each] of there.flatMap(({ found }) => [...of(found)])) if (!all.has(name)) all.set(name, each);
    return all;
  };
  return {
    clusters: merge(({ clusters }) => clusters),
    users: merge(({ users }) => users),
    contexts: merge(({ contexts }) => contexts),
    where: there.map(({ file }) => file).join(delimiter),
  };
};
