import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { root, tool } from './tool.ts';

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
      for (const [, name = ''] of run.matchAll(/npm run (?:-s )?([\w:-]+)/g))
        expect(Object.keys(scripts)).toContain(name);
      if (run !== '') expect(run).toMatch(/npm |^sudo chown /);
    }
  });
});

test.each(['ci', 'nightly'])('%s.yml may read this repository and nothing else, unless a job says so', (name) => {
  expect((parse(read(`.github/workflows/${name}.yml`)) as Workflow).permissions).toEqual({ contents: 'read' });
});

describe('ci:last-good', () => {
  const ask = async (answer: object, status = 200) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ended = await tool('last-good', {
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_REPOSITORY: 'somebody/skipbeat',
      GITHUB_WORKFLOW_REF: 'somebody/skipbeat/.github/workflows/nightly.yml@refs/heads/main',
      GITHUB_REF_NAME: 'main',
      GITHUB_TOKEN: 'not-a-secret',
      GITHUB_OUTPUT: join(folder, 'last-good'),
    });
    server.closeAllConnections();
    server.close();
    return { ...ended, asked };
  };

  test('names the last run of this workflow that succeeded', async () => {
    const { stdout, asked } = await ask({ workflow_runs: [{ id: 42 }] });
    expect(stdout).toBe('run-id=42');
    expect(asked).toEqual([
      '/repos/somebody/skipbeat/actions/workflows/nightly.yml/runs?status=success&branch=main&per_page=1 Bearer not-a-secret',
    ]);
  });

  test('says nothing where there is none yet, and fails where nobody answers', async () => {
    expect((await ask({ workflow_runs: [] })).stdout).toBe('');
    expect((await ask({}, 403)).exitCode).not.toBe(0);
  });
});

describe('ci:night', () => {
  const night = (name: string, verdicts: Readonly<Record<string, string>>): string => {
    const of = join(folder, name);
    mkdirSync(of);
    for (const [run, verdict] of Object.entries(verdicts)) {
      mkdirSync(join(of, run));
      writeFileSync(join(of, run, 'run.json'), JSON.stringify({ verdict }));
      writeFileSync(join(of, run, 'summary.md'), `### ${run}\n`);
    }
    return of;
  };

  test.each([
    ['all pass', { a: 'pass', b: 'pass' }, {}, 0],
    ['one failed', { a: 'pass', b: 'fail' }, {}, 1],
    ['one proves nothing', { a: 'inconclusive' }, {}, 2],
    ['one is missing', { a: 'pass' }, { z: 'pass' }, 2],
    ['none is there', {}, {}, 2],
  ])('%s', async (name, tonight, last, code) => {
    const { exitCode, stdout } = await tool('night', {}, [
      night(`${name}-tonight`, tonight),
      night(`${name}-last`, last),
    ]);
    expect(exitCode).toBe(code);
    for (const [run, verdict] of Object.entries(tonight)) expect(stdout).toContain(`| ${run} | ${verdict} |`);
    for (const run of Object.keys(last)) expect(stdout).toContain(`| ${run} | missing tonight | |`);
  });
});
