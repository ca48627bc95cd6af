import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readOutputs, root, tool } from './tool.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-ci-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Step = { readonly uses?: string; readonly run?: string; readonly env?: object };
type Workflow = {
  readonly permissions?: object;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
};

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const stepsOf = (file: string): readonly Step[] => {
  const document = parse(read(file)) as Workflow & { readonly runs?: { readonly steps: readonly Step[] } };
  return document.runs?.steps ?? Object.values(document.jobs).flatMap(({ steps }) => steps);
};

describe.each(['.github/workflows/ci.yml', '.github/workflows/nightly.yml', 'action.yml'])('%s', (file) => {
  test('pins every action by its commit and says which version that is', () => {
    const uses = read(file).match(/uses: \S+.*$/gm) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/^uses: (\.\/$|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/);
  });

  test('puts no value into the text of a script', () => {
    for (const { run = '' } of stepsOf(file)) expect(run).not.toContain('${{');
  });

  test('calls npm alone, and scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
    for (const { run = '' } of stepsOf(file)) {
      const called = [...run.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name = '']) => name);
      expect(called.filter((name) => scripts[name] === undefined)).toEqual([]);
      if (run !== '') expect(run).toMatch(/npm |^sudo chown /);
    }
  });
});

test.each(['ci', 'nightly'])('%s.yml may read this repository and nothing else, unless a job says so', (name) => {
  expect((parse(read(`.github/workflows/${name}.yml`)) as Workflow).permissions).toEqual({ contents: 'read' });
});

test('ci:matrix fails where a plan fails, and names it', async () => {
  const env = { NIGHTLY_KUBERNETES: 'v1.34,v1.99', NIGHTLY_SCENARIOS: 'default' };
  const { exitCode, stdout, stderr } = await tool('matrix', env);
  expect([exitCode, stdout, stderr]).toEqual([
    1,
    '',
    `only default, as NIGHTLY_SCENARIOS says
plan default on v1.99: expected exit 0, found 64:
SCENARIO_INVALID  --kubernetes: cluster.kubernetes: expected a Kubernetes version from v1.11 to v1.37, such as v1.34 or v1.34.4, received "v1.99"
Try: give --kubernetes another value, or leave it out`,
  ]);
});

describe('ci:seal-key', () => {
  const ask = async (place: string, key?: string) => {
    const temp = mkdtempSync(join(folder, place));
    const environment = join(temp, 'env');
    writeFileSync(environment, '');
    const ended = await tool('seal-key', {
      RUNNER_TEMP: temp,
      GITHUB_ENV: environment,
      ...(key === undefined ? {} : { SEAL_KEY: key }),
    });
    return { ended, file: join(temp, 'seal.key'), set: readFileSync(environment, 'utf8') };
  };

  test('puts the secret where its owner alone can read it, and says where; nothing prints it', async () => {
    const { ended, file, set } = await ask('key-', 'a secret');
    expect(ended.exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('a secret\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(set).toBe(`SEAL_KEY_FILE=${file}\n`);
    expect(ended.stdout + ended.stderr).not.toContain('a secret');
  });

  test.each([undefined, ''])('writes nothing where the secret is %o', async (key) => {
    const { ended, file, set } = await ask('no-key-', key);
    expect([ended.exitCode, existsSync(file), set]).toEqual([0, false, '']);
  });
});

describe('ci:baseline', () => {
  const ask = async (answers: Readonly<Record<string, object>>) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const answer = answers[pathname.replace('/repos/somebody/skipbeat/actions/', '')];
      response.writeHead(answer === undefined ? 403 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const output = join(folder, 'baseline');
    writeFileSync(output, '');
    const ended = await tool('baseline', {
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_REPOSITORY: 'somebody/skipbeat',
      GITHUB_WORKFLOW_REF: 'somebody/skipbeat/.github/workflows/nightly.yml@refs/heads/main',
      GITHUB_REF_NAME: 'main',
      GITHUB_RUN_ID: '99',
      GITHUB_TOKEN: 'not-a-secret',
      GITHUB_OUTPUT: output,
    });
    server.closeAllConnections();
    server.close();
    return { ...ended, asked, outputs: readOutputs(output) };
  };
  const runs = 'workflows/nightly.yml/runs';
  const good = { artifacts: [{ expired: false }] };

  test('names the last seven nights of this workflow that were good, newest first, and not this one', async () => {
    const ids = [99, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33];
    const artifacts = Object.fromEntries(ids.map((id) => [`runs/${id}/artifacts`, good]));
    const { asked, outputs } = await ask({
      [runs]: { workflow_runs: ids.map((id) => ({ id })) },
      ...artifacts,
      'runs/41/artifacts': { artifacts: [] },
      'runs/40/artifacts': { artifacts: [{ expired: true }] },
    });
    expect(Object.values(outputs)).toEqual(['42', '39', '38', '37', '36', '35', '34']);
    expect(Object.keys(outputs)).toEqual([1, 2, 3, 4, 5, 6, 7].map((number) => `night-${number}`));
    expect(asked.slice(0, 2)).toEqual([
      `/repos/somebody/skipbeat/actions/${runs}?status=completed&branch=main&per_page=60 Bearer not-a-secret`,
      '/repos/somebody/skipbeat/actions/runs/42/artifacts?name=good-night Bearer not-a-secret',
    ]);
  });

  test('names none where there is none yet, and fails where nobody answers', async () => {
    expect((await ask({ [runs]: { workflow_runs: [] } })).outputs).toEqual({});
    expect((await ask({})).exitCode).not.toBe(0);
  });
});

test('no workflow and no action removes clusters that are not its own', () => {
  for (const file of ['.github/workflows/ci.yml', '.github/workflows/nightly.yml', 'action.yml'])
    for (const { run = '' } of stepsOf(file)) expect(run).not.toContain('--all');
});
