// Kubeconfigs as people have them, and what kubectl v1.32 made of each when it was asked `get --raw /version` of such a server.
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Asked, TlsServer } from './tls-server.ts';

type Entry = Readonly<Record<string, unknown>>;

export type KubeconfigCase = {
  readonly name: string;
  /** Files of a folder, by name; the first ones are those of KUBECONFIG. */
  readonly files: (server: TlsServer) => Readonly<Record<string, string>>;
  /** Names of files, as in KUBECONFIG; else `config` alone. */
  readonly kubeconfig?: readonly string[];
  /** Who asks, as the server sees it; null: kubectl refuses it, and nothing is sent. */
  readonly asked: Pick<Asked, 'authorization' | 'as' | 'certificate'> | null;
};

const nobody = { authorization: null, as: null, certificate: null };
const mine = { ...nobody, authorization: 'Bearer mine' };

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

export const clusterOf = (server: TlsServer, more: Entry = {}): Entry => ({
  ...{ server: server.url, 'certificate-authority-data': base64(server.pem('ca.crt')) },
  ...more,
});

/** A whole file. @param user the entry of `me` */
export const kubeconfigOf = (cluster: Entry, user: unknown, more: Entry = {}): Entry => ({
  ...{ apiVersion: 'v1', kind: 'Config' },
  clusters: [{ name: 'one', cluster }],
  users: [{ name: 'me', user }],
  contexts: [{ name: 'staging', context: { cluster: 'one', user: 'me' } }],
  ...more,
});

const config = (made: (server: TlsServer) => unknown) => (server: TlsServer) => ({ config: stringify(made(server)) });
const user = (entry: unknown) => config((server) => kubeconfigOf(clusterOf(server), entry));
const cluster = (more: (server: TlsServer) => Entry) =>
  config((server) => kubeconfigOf(clusterOf(server, more(server)), { token: 'mine' }));
const text = (change: (made: string) => string) => (server: TlsServer) => ({
  config: change(stringify(kubeconfigOf(clusterOf(server), { token: 'mine' }))),
});
const certificate = { 'client-certificate': 'alice.crt', 'client-key': 'alice.key' };
const pairOf = (server: TlsServer) => ({ 'alice.crt': server.pem('alice.crt'), 'alice.key': server.pem('alice.key') });
const withPair = (entry: (server: TlsServer) => Entry) => (server: TlsServer) => ({
  config: stringify(kubeconfigOf(clusterOf(server), entry(server))),
  ...pairOf(server),
});

/** An entry that prints a token, by a program that lies beside the file or in PATH. */
export const programEntry = (more: Entry = {}): Entry => ({
  ...{ apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', interactiveMode: 'Never' },
  args: [
    '-c',
    `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"\${WORD:-brought}"'"}}'`,
  ],
  ...more,
});
const brought = { ...nobody, authorization: 'Bearer brought' };

const other = (server: TlsServer, more: Entry = {}) =>
  stringify(kubeconfigOf({ server: `${server.url}/other` }, { token: 'of-another' }, more));

export const cases: readonly KubeconfigCase[] = [
  { name: 'a token', files: user({ token: 'mine' }), asked: mine },
  { name: 'a number as token', files: user({ token: 1234 }), asked: null },
  {
    name: 'a date as token',
    files: text((made) => made.replace('token: mine', 'token: 2026-01-01')),
    asked: { ...mine, authorization: 'Bearer 2026-01-01' },
  },
  { name: 'yes as token', files: text((made) => made.replace('token: mine', 'token: yes')), asked: null },
  { name: 'an octal number as token', files: text((made) => made.replace('token: mine', 'token: 0777')), asked: null },
  { name: 'a token with a line feed', files: user({ token: 'mine\n' }), asked: null },
  {
    name: 'a token-file, which is no field',
    files: (server) => ({
      config: stringify(kubeconfigOf(clusterOf(server), { 'token-file': '/dev/null', token: 'mine' })),
    }),
    asked: mine,
  },
  { name: 'an empty as', files: user({ token: 'mine', as: '' }), asked: mine },
  { name: 'as', files: user({ token: 'mine', as: 'her' }), asked: { ...mine, as: 'her' } },
  { name: 'as-groups without as', files: user({ token: 'mine', 'as-groups': ['hers'] }), asked: null },
  {
    name: 'a name and a password',
    files: user({ username: 'me', password: 'secret' }),
    asked: { ...nobody, authorization: `Basic ${base64('me:secret')}` },
  },
  {
    name: 'a name without a password',
    files: user({ username: 'me' }),
    asked: { ...nobody, authorization: `Basic ${base64('me:')}` },
  },
  { name: 'a password and a token', files: user({ username: 'me', password: 'secret', token: 'mine' }), asked: null },
  {
    name: 'a name and a tokenFile',
    files: (server) => ({
      config: stringify(kubeconfigOf(clusterOf(server), { username: 'me', tokenFile: 'token' })),
      token: 'of-the-file',
    }),
    asked: null,
  },
  {
    name: 'a tokenFile that is not there, and a token',
    files: user({ tokenFile: 'nowhere', token: 'mine' }),
    asked: mine,
  },
  { name: 'a tokenFile that is not there', files: user({ tokenFile: 'nowhere' }), asked: null },
  {
    name: 'a tokenFile beside the file',
    files: (server) => ({
      config: stringify(kubeconfigOf(clusterOf(server), { tokenFile: 'token', token: 'older' })),
      token: ' of-the-file\n',
    }),
    asked: { ...nobody, authorization: 'Bearer of-the-file' },
  },
  { name: 'a certificate of files', files: withPair(() => certificate), asked: { ...nobody, certificate: 'alice' } },
  {
    name: 'a certificate as data',
    files: withPair((server) => ({
      'client-certificate-data': base64(server.pem('bob.crt')),
      'client-key-data': base64(server.pem('bob.key')),
    })),
    asked: { ...nobody, certificate: 'bob' },
  },
  {
    name: 'a certificate as file and as data',
    files: withPair((server) => ({
      ...certificate,
      'client-certificate-data': base64(server.pem('bob.crt')),
      'client-key-data': base64(server.pem('bob.key')),
    })),
    asked: null,
  },
  {
    name: 'a certificate without its key',
    files: withPair(() => ({ 'client-certificate': 'alice.crt' })),
    asked: null,
  },
  {
    name: 'a key without its certificate, and a token',
    files: withPair(() => ({ 'client-key': 'alice.key', token: 'mine' })),
    asked: mine,
  },
  { name: 'a certificate that is not there', files: user(certificate), asked: null },
  {
    name: 'a certificate and a token',
    files: withPair(() => ({ ...certificate, token: 'mine' })),
    asked: { ...mine, certificate: 'alice' },
  },
  {
    name: 'a certificate that is no base64',
    files: user({ 'client-certificate-data': '!', 'client-key-data': '!' }),
    asked: null,
  },
  { name: 'a program', files: user({ exec: programEntry() }), asked: brought },
  { name: 'a program and a token', files: user({ token: 'mine', exec: programEntry() }), asked: mine },
  {
    name: 'a program and a certificate',
    files: withPair(() => ({ ...certificate, exec: programEntry() })),
    asked: { ...nobody, certificate: 'alice' },
  },
  {
    name: 'a program with a variable',
    files: user({ exec: programEntry({ env: [{ name: 'WORD', value: 'said' }] }) }),
    asked: { ...nobody, authorization: 'Bearer said' },
  },
  {
    name: 'a program with a variable without a name',
    files: user({ exec: programEntry({ env: [{ name: '', value: 'said' }] }) }),
    asked: null,
  },
  {
    name: 'a program with a PATH of its own',
    files: user({ exec: programEntry({ env: [{ name: 'PATH', value: '/nowhere' }] }) }),
    asked: brought,
  },
  {
    name: 'a program without a mode',
    files: user({ exec: programEntry({ interactiveMode: undefined }) }),
    asked: null,
  },
  {
    name: 'a program of a mode that is none',
    files: user({ exec: programEntry({ interactiveMode: 'Sometimes' }) }),
    asked: null,
  },
  {
    name: 'a program that needs a terminal',
    files: user({ exec: programEntry({ interactiveMode: 'Always' }) }),
    asked: null,
  },
  {
    name: 'a program that takes a terminal',
    files: user({ exec: programEntry({ interactiveMode: 'IfAvailable' }) }),
    asked: brought,
  },
  {
    name: 'a program of v1alpha1',
    files: user({ exec: programEntry({ apiVersion: 'client.authentication.k8s.io/v1alpha1' }) }),
    asked: null,
  },
  {
    name: 'a program that answers in another version',
    files: user({ exec: programEntry({ apiVersion: 'client.authentication.k8s.io/v1beta1' }) }),
    asked: null,
  },
  {
    name: 'a program that is not there',
    files: user({ exec: programEntry({ command: 'no-such-program' }) }),
    asked: null,
  },
  {
    name: 'a program that prints YAML',
    files: user({
      exec: programEntry({
        args: [
          '-c',
          "printf 'apiVersion: client.authentication.k8s.io/v1\\nkind: ExecCredential\\nstatus:\\n  token: brought\\n'",
        ],
      }),
    }),
    asked: brought,
  },
  {
    name: 'a program that prints no kind',
    files: user({ exec: programEntry({ args: ['-c', `echo '{"status":{"token":"brought"}}'`] }) }),
    asked: null,
  },
  {
    name: 'a program that reads its input to the end',
    files: user({
      exec: programEntry({
        args: [
          '-c',
          `cat; echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"brought"}}'`,
        ],
      }),
    }),
    asked: brought,
  },
  {
    name: 'auth-provider gcp',
    files: user({ 'auth-provider': { name: 'gcp', config: { 'access-token': 'mine' } } }),
    asked: null,
  },
  {
    name: 'auth-provider azure',
    files: user({ 'auth-provider': { name: 'azure', config: { 'access-token': 'mine' } } }),
    asked: null,
  },
  { name: 'an auth-provider that nobody knows', files: user({ 'auth-provider': { name: 'x' } }), asked: null },
  {
    name: 'an auth-provider and exec',
    files: user({ 'auth-provider': { name: 'oidc' }, exec: programEntry() }),
    asked: null,
  },
  {
    name: 'the authority as file',
    files: (server) => ({
      config: stringify(kubeconfigOf({ server: server.url, 'certificate-authority': 'pki/ca.crt' }, { token: 'mine' })),
      'pki/ca.crt': server.pem('ca.crt'),
    }),
    asked: mine,
  },
  {
    name: 'the authority as file and as data',
    files: (server) => ({
      config: stringify(kubeconfigOf(clusterOf(server, { 'certificate-authority': 'ca.crt' }), { token: 'mine' })),
      'ca.crt': server.pem('ca.crt'),
    }),
    asked: null,
  },
  {
    name: 'the authority beside insecure-skip-tls-verify',
    files: cluster(() => ({ 'insecure-skip-tls-verify': true })),
    asked: null,
  },
  {
    name: 'insecure-skip-tls-verify',
    files: config((server) =>
      kubeconfigOf({ server: server.url, 'insecure-skip-tls-verify': true }, { token: 'mine' }),
    ),
    asked: mine,
  },
  {
    name: 'insecure-skip-tls-verify: yes',
    files: (server) => ({
      config: stringify(
        kubeconfigOf({ server: server.url, 'insecure-skip-tls-verify': true }, { token: 'mine' }),
      ).replace('verify: true', 'verify: yes'),
    }),
    asked: mine,
  },
  {
    name: 'no authority',
    files: config((server) => kubeconfigOf({ server: server.url }, { token: 'mine' })),
    asked: null,
  },
  { name: 'tls-server-name', files: cluster(() => ({ 'tls-server-name': 'api.staging' })), asked: mine },
  { name: 'another tls-server-name', files: cluster(() => ({ 'tls-server-name': 'other.staging' })), asked: null },
  { name: 'a proxy-url of another kind', files: cluster(() => ({ 'proxy-url': 'socks4://127.0.0.1:1' })), asked: null },
  { name: 'a query at the address', files: cluster((server) => ({ server: `${server.url}/?x=1` })), asked: mine },
  { name: 'no server', files: cluster(() => ({ server: '' })), asked: null },
  {
    name: 'a cluster without a server that is not meant',
    files: config((server) =>
      kubeconfigOf(
        clusterOf(server),
        { token: 'mine' },
        {
          clusters: [
            { name: 'one', cluster: clusterOf(server) },
            { name: 'two', cluster: {} },
          ],
        },
      ),
    ),
    asked: mine,
  },
  {
    name: 'a context without a cluster that is not meant',
    files: config((server) =>
      kubeconfigOf(
        clusterOf(server),
        { token: 'mine' },
        {
          contexts: [
            { name: 'staging', context: { cluster: 'one', user: 'me' } },
            { name: 'two', context: {} },
          ],
        },
      ),
    ),
    asked: mine,
  },
  {
    name: 'a user that is nothing',
    files: config((server) =>
      kubeconfigOf(
        clusterOf(server),
        { token: 'mine' },
        {
          users: [
            { name: 'me', user: { token: 'mine' } },
            { name: 'two', user: null },
          ],
        },
      ),
    ),
    asked: mine,
  },
  {
    name: 'two users of one name',
    files: config((server) =>
      kubeconfigOf(
        clusterOf(server),
        { token: 'mine' },
        {
          users: [
            { name: 'me', user: { token: 'mine' } },
            { name: 'me', user: { token: 'other' } },
          ],
        },
      ),
    ),
    asked: null,
  },
  {
    name: 'another kind',
    files: config((server) => kubeconfigOf(clusterOf(server), { token: 'mine' }, { kind: 'Pod' })),
    asked: null,
  },
  {
    name: 'no kind',
    files: config((server) =>
      kubeconfigOf(clusterOf(server), { token: 'mine' }, { kind: undefined, apiVersion: undefined }),
    ),
    asked: mine,
  },
  {
    name: 'fields that nobody knows',
    files: config((server) =>
      kubeconfigOf(
        clusterOf(server, { colour: 'red' }),
        { token: 'mine', colour: 'red' },
        { colour: 'red', 'current-context': '' },
      ),
    ),
    asked: mine,
  },
  {
    name: 'a key that stands there twice',
    files: text((made) => made.replace('token: mine', 'token: other\n      token: mine')),
    asked: mine,
  },
  {
    name: 'a user of the list that is nothing',
    files: text((made) => made.replace('users:\n', 'users:\n  - \n')),
    asked: mine,
  },
  { name: 'preferences of another type', files: text((made) => `${made}preferences: x\n`), asked: null },
  { name: 'a current-context of another type', files: text((made) => `${made}current-context: 3\n`), asked: null },
  {
    name: 'a scheme in capital letters',
    files: cluster((server) => ({ server: server.url.replace('https', 'HTTPS') })),
    asked: mine,
  },
  {
    name: 'slashes at the end of the address',
    files: cluster((server) => ({ server: `${server.url}///` })),
    asked: mine,
  },
  { name: 'a line feed at the address', files: cluster((server) => ({ server: `${server.url}\n` })), asked: null },
  {
    name: 'a host that is an address to some',
    files: cluster((server) => ({ server: server.url.replace('127.0.0.1', '0x7f.1') })),
    asked: null,
  },
  {
    name: 'a program that leaves one behind, with its error output',
    // That one stays as long as the tests last.
    files: config((server) =>
      kubeconfigOf(clusterOf(server), {
        exec: programEntry({
          args: [
            '-c',
            `while [ -d '${server.folder}' ]; do sleep 0.2; done >/dev/null & echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"brought"}}'`,
          ],
        }),
      }),
    ),
    asked: brought,
  },
  { name: 'CRLF', files: text((made) => made.replaceAll('\n', '\r\n')), asked: mine },
  { name: 'a byte order mark', files: text((made) => `\ufeff${made}`), asked: mine },
  {
    name: 'JSON',
    files: (server) => ({ config: JSON.stringify(kubeconfigOf(clusterOf(server), { token: 'mine' })) }),
    asked: mine,
  },
  {
    name: 'JSON with tabs',
    files: (server) => ({ config: JSON.stringify(kubeconfigOf(clusterOf(server), { token: 'mine' }), null, '\t') }),
    asked: mine,
  },
  { name: 'a second document', files: text((made) => `${made}---\na: [\n`), asked: mine },
  {
    name: 'a merge of two mappings',
    files: text((made) => `x: &x\n  token: mine\n${made.replace('token: mine', '<<: *x')}`),
    asked: mine,
  },
  {
    name: 'two files, the first of which has the name',
    kubeconfig: ['config', 'other'],
    files: (server) => ({
      config: stringify(kubeconfigOf(clusterOf(server), { token: 'mine' })),
      other: other(server),
    }),
    asked: mine,
  },
  {
    name: 'two files, one of which has the context and the other the user',
    kubeconfig: ['a', 'b'],
    files: (server) => ({ a: stringify(kubeconfigOf(clusterOf(server), {}, { users: [] })), b: other(server) }),
    asked: { ...nobody, authorization: 'Bearer of-another' },
  },
  {
    name: 'an entry of the first file, whole',
    kubeconfig: ['a', 'b'],
    files: (server) => ({
      a: stringify(kubeconfigOf(clusterOf(server), { as: 'her' }, { contexts: [] })),
      b: stringify(kubeconfigOf(clusterOf(server), { token: 'mine', exec: programEntry() })),
    }),
    asked: null,
  },
  {
    name: 'files of which one is not there and one is empty',
    kubeconfig: ['nowhere', 'empty', 'config'],
    files: (server) => ({ empty: '', config: stringify(kubeconfigOf(clusterOf(server), { token: 'mine' })) }),
    asked: mine,
  },
  {
    name: 'files of which one has nothing but a comment',
    kubeconfig: ['empty', 'config'],
    files: (server) => ({
      empty: '# nothing\n',
      config: stringify(kubeconfigOf(clusterOf(server), { token: 'mine' })),
    }),
    asked: mine,
  },
  {
    name: 'files of which one is broken',
    kubeconfig: ['config', 'broken'],
    files: (server) => ({
      config: stringify(kubeconfigOf(clusterOf(server), { token: 'mine' })),
      broken: 'users: 3\n',
    }),
    asked: null,
  },
  { name: 'one file twice', kubeconfig: ['config', 'config'], files: user({ token: 'mine' }), asked: mine },
  {
    name: 'paths of the file that bears them',
    kubeconfig: ['a/config', 'b/config'],
    files: (server) => ({
      'a/config': stringify(kubeconfigOf({ server: server.url, 'certificate-authority': 'ca.crt' }, {}, { users: [] })),
      'a/ca.crt': server.pem('ca.crt'),
      'b/config': stringify(kubeconfigOf(clusterOf(server), { tokenFile: 'token' })),
      'b/token': 'of-the-file',
      'a/token': 'wrong',
    }),
    asked: { ...nobody, authorization: 'Bearer of-the-file' },
  },
];

export const pathsOf = ({ kubeconfig = ['config'] }: KubeconfigCase, folder: string): readonly string[] =>
  kubeconfig.map((name) => join(folder, name));
