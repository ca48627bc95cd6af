// What a program that brings credentials is given, what of it a person sees, and when it is run once more.
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createSend, loadClient, openContext, withinLimit } from '../../../src/cluster/index.ts';
import type { Terminal } from '../../../src/cluster/reach/program.ts';
import { base64, clusterOf, kubeconfigOf, programEntry } from './cases.ts';
import { startTlsServer, type TlsServer } from './tls-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-program-'));
const [kubeconfig, seen, calls] = ['kubeconfig', 'seen', 'calls'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
let server: TlsServer;
let written: string[] = [];

beforeAll(async () => {
  server = await startTlsServer(join(folder, 'pki'), []);
});
beforeEach(() => {
  server.asked.length = 0;
  server.answer = () => 200;
  written = [];
  writeFileSync(calls, '');
  rmSync(seen, { force: true });
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const { signal } = new AbortController();
/** A machine that others use, too, takes its time. */
const limits = { firstMs: 300_000, againMs: 300_000 };
const nobody = { isInput: false, isOutput: false };

/** Each run prints a token of its own, `t1` first. */
const printsToken = `echo x >> '${calls}'; printf '{"apiVersion":"%s","kind":"ExecCredential","status":{"token":"t%s"}}' "\${V:-client.authentication.k8s.io/v1}" "$(wc -l < '${calls}')"`;

const open = async (
  { script = printsToken, ...entry }: Readonly<Record<string, unknown>>,
  { cluster = {}, ...at }: { readonly cluster?: object } & Pick<Terminal, 'isInput' | 'isOutput'> = nobody,
  within = limits,
) => {
  const exec = programEntry({ args: ['-c', script], ...entry });
  writeFileSync(kubeconfig, stringify(kubeconfigOf(clusterOf(server, { ...cluster }), { exec })));
  const terminal = { ...at, write: (text: string) => void written.push(text) };
  return openContext(await loadClient(), { context: 'staging', kubeconfig, env: {}, terminal, limits: within });
};

const sendBy = (access: Awaited<ReturnType<typeof open>>) => {
  const send = createSend(access);
  return (method: 'GET' | 'PUT' = 'GET') =>
    send({ method, path: '/version', ...(method === 'GET' ? {} : { body: {} }) }, { timeoutMs: 100_000, signal });
};
const runs = (): number => readFileSync(calls, 'utf8').length / 2;
const tokens = () => server.asked.map(({ method, authorization }) => `${method} ${authorization}`);

const extensions = [
  { name: 'client.authentication.k8s.io/exec', extension: { audience: 'a', more: [1] } },
  { name: 'other', extension: {} },
];

// As kubectl v1.32 hands it to a program.
test.each<[string, object, object, object]>([
  ['without anything of the cluster', {}, { extensions }, {}],
  [
    'with the cluster',
    { provideClusterInfo: true },
    { extensions, 'tls-server-name': 'api.staging', 'disable-compression': true },
    { 'tls-server-name': 'api.staging', 'disable-compression': true, config: { audience: 'a', more: [1] } },
  ],
  ['with a cluster that says no more', { provideClusterInfo: true }, {}, { config: null }],
])('a program knows %s', async (_, entry, cluster, known) => {
  for (const version of ['v1', 'v1beta1']) {
    const apiVersion = `client.authentication.k8s.io/${version}`;
    const script = `printf %s "$KUBERNETES_EXEC_INFO" > '${seen}'; ${printsToken}`;
    const made = { script, apiVersion, env: [{ name: 'V', value: apiVersion }], ...entry };
    expect((await sendBy(await open(made, { ...nobody, cluster }))()).status).toBe(200);
    expect(JSON.parse(readFileSync(seen, 'utf8'))).toEqual({
      ...{ kind: 'ExecCredential', apiVersion },
      spec: {
        ...('provideClusterInfo' in entry
          ? {
              cluster: {
                server: server.url,
                'certificate-authority-data': base64(server.pem('ca.crt')),
                ...known,
              },
            }
          : {}),
        interactive: false,
      },
    });
  }
});

const own = readlinkSync('/proc/self/fd/0');
test.each([
  ['Never', true, false, '/dev/null'],
  ['IfAvailable', true, true, own],
  ['IfAvailable', false, false, '/dev/null'],
  ['Always', true, true, own],
])(
  'in the mode %s, at a terminal: %s, it is interactive: %s, with the input %s',
  async (interactiveMode, isInput, is, input) => {
    const script = `{ printf '%s ' "$KUBERNETES_EXEC_INFO"; readlink /proc/$$/fd/0; } > '${seen}'; ${printsToken}`;
    expect((await sendBy(await open({ script, interactiveMode }, { isInput, isOutput: false }))()).status).toBe(200);
    const text = readFileSync(seen, 'utf8').trim();
    expect(text.slice(text.indexOf('} ') + 2)).toBe(input);
    expect(JSON.parse(text.slice(0, text.indexOf('} ') + 1))).toMatchObject({ spec: { interactive: is } });
  },
);

test('one that needs a terminal is not run without', async () => {
  const send = sendBy(await open({ interactiveMode: 'Always' }));
  await expect(send()).rejects.toMatchObject({
    ...{ code: 'CREDENTIALS_INVALID', exitCode: 75, next: 'run sh by hand, at a terminal' },
    message:
      'Expected credentials of the context "staging" that can be sent, found that sh, which brings them, needs a terminal, and the standard input is none. Nothing was sent.',
  });
  expect([runs(), server.asked]).toEqual([0, []]);
});

test('of one that is not there the kubeconfig says what to do, without what changes a terminal', async () => {
  const send = sendBy(
    await open({ command: 'no-such-program', installHint: 'get it\n\u001b[1mthere\u001b]0;x\u0007\r\n' }),
  );
  await expect(send()).rejects.toMatchObject({
    ...{ code: 'CREDENTIALS_INVALID', exitCode: 75, next: 'get it\nthere' },
    message:
      'Expected credentials of the context "staging" that can be sent, found no program no-such-program, which is to bring them. Nothing was sent.',
  });
});

test('one beside the kubeconfig is found from its folder', async () => {
  writeFileSync(join(folder, 'beside'), `#!/bin/sh\n${printsToken}\n`, { mode: 0o755 });
  expect((await sendBy(await open({ command: './beside', args: [] }))()).status).toBe(200);
});

test('what it says is shown at a terminal as it comes, bounded, and without what changes that', async () => {
  const login = join(folder, 'login');
  const says = `printf '\\033[1mOpen\\033[0m https://login.example and type \\033]0;x\\007SECRET:\\r ' >&2; while [ -d '${folder}' ] && [ ! -e '${login}' ]; do sleep 0.02; done; head -c 50000 /dev/zero | tr '\\0' 'y' >&2`;
  const asked = sendBy(await open({ script: `${says}; ${printsToken}` }, { isInput: false, isOutput: true }))();
  await expect.poll(() => written.join('')).toBe('Open https://login.example and type SECRET:\n ');
  writeFileSync(login, '');
  expect((await asked).status).toBe(200);
  const text = written.join('');
  expect(text.length).toBeLessThan(17_000);
  expect(text.replace(/y{100,}/, 'Y')).toBe(
    'Open https://login.example and type SECRET:\n Y\n… and more, which is not shown\n',
  );
});

test('what it says is shown to nobody where nobody is and it does what it is to', async () => {
  expect((await sendBy(await open({ script: `echo SECRET >&2; ${printsToken}` }))()).status).toBe(200);
  expect(written).toEqual([]);
});

test('what it said is in no error', async () => {
  const send = sendBy(await open({ script: 'echo SECRET >&2; echo SECRET; exit 1' }));
  const thrown = await send().catch((error: unknown) => error);
  expect(inspect(thrown, { depth: 10 })).not.toContain('SECRET\n');
  expect(thrown).toMatchObject({ message: 'that sh, which brings the credentials, failed with exit code 1' });
  expect(written.join('')).toBe('SECRET\n');
});

/** Only what a second run brings is taken. */
const refuseFirst = (): void => {
  server.answer = ({ authorization }) => (authorization === 'Bearer t1' ? 401 : 200);
};

test('a token that is refused is brought anew, and what only reads is asked once more with it', async () => {
  const send = sendBy(await open({}));
  refuseFirst();
  expect((await send()).status).toBe(200);
  expect((await send()).status).toBe(200);
  expect(tokens()).toEqual(['GET Bearer t1', 'GET Bearer t2', 'GET Bearer t2']);
  expect(runs()).toBe(2);
});

test('what writes is not sent again: its answer is 401, and the next one has the new token', async () => {
  const send = sendBy(await open({}));
  refuseFirst();
  expect((await send('PUT')).status).toBe(401);
  expect((await send('PUT')).status).toBe(200);
  expect(tokens()).toEqual(['PUT Bearer t1', 'PUT Bearer t2']);
});

test('of requests that are refused at the same time one has it run, and all have what it brought', async () => {
  const access = await open({});
  refuseFirst();
  const all = [1, 2, 3].map(() => sendBy(access)());
  expect((await Promise.all(all)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(runs()).toBe(2);
});

test('where every token is refused each request has it run once, and ends', async () => {
  const send = sendBy(await open({}));
  server.answer = () => 401;
  expect((await send()).status).toBe(401);
  expect(tokens()).toEqual(['GET Bearer t1', 'GET Bearer t2']);
  expect(runs()).toBe(2);
});

test('one that fails when it is run once more leaves the answer as it was, and fails the next request', async () => {
  const failing = join(folder, 'failing');
  const send = sendBy(await open({ script: `[ ! -e '${failing}' ] || exit 4; ${printsToken}` }));
  server.answer = () => 401;
  expect((await send('PUT')).status).toBe(401);
  writeFileSync(failing, '');
  expect((await send()).status).toBe(401);
  await expect(send()).rejects.toThrow('that sh, which brings the credentials, failed with exit code 4');
});

test('one that does not end is ended, and those that wait for it have the next one run', async () => {
  const script = `if [ "$(wc -l < '${calls}')" = 0 ]; then echo x >> '${calls}'; exec sleep 600; fi; ${printsToken}`;
  const access = await open({ script }, nobody, { firstMs: 1000, againMs: 300_000 });
  const send = sendBy(access);
  await expect(send()).rejects.toThrow(/within 1 s/);
  await expect.poll(() => send().then(({ status }) => status, String), { timeout: 60_000 }).toBe(200);
});

test('one that prints without end is ended at once', async () => {
  const send = sendBy(await open({ script: 'exec yes SECRET' }));
  const thrown = await send().catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 'CREDENTIALS_INVALID' });
  expect(inspect(thrown, { depth: 10 })).not.toContain('SECRET\n');
});

test('a call of the client library is asked once more, too', async () => {
  const access = await open({});
  refuseFirst();
  const api = access.config.makeApiClient(access.client.CoreV1Api);
  await withinLimit({ client: access.client, signal }, (options) => api.readNamespace({ name: 'x' }, options));
  expect(tokens()).toEqual(['GET Bearer t1', 'GET Bearer t2']);
});
