import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schemaNames } from '../../src/common/schemas.ts';
import type { RunDocument } from '../../src/verdict/index.ts';
import { callProgram } from '../support/call-program.ts';
import { type Installed, installPackage, root, stateOf, testExample } from './installed.ts';
import { typeImports } from './type-imports.ts';

// What a stranger has after `npm i ./skipbeat-*.tgz`: no checkout, no development dependency, no script of a package.

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
}, 300_000);
afterAll(() => installed.remove());

const own = (): string => join(installed.folder, 'node_modules', 'skipbeat');
/** What npx would find; it starts in half the time. */
const program = (): string => join(installed.folder, 'node_modules', '.bin', 'skipbeat');

/** npx may warn of its own settings first. */
const withoutNpm = (stderr: string): string => stderr.replaceAll(/^npm .*\n/gm, '');

test('the package holds what runs and what is read, and nothing else', async () => {
  const { stdout } = await execa('tar', ['tzf', installed.archive]);
  const paths = stdout.split('\n').map((path) => path.replace(/^package\//, ''));
  expect([...new Set(paths.map((path) => path.split('/')[0]))].sort()).toEqual([
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'dist',
    'docs',
    'kind-configs',
    'node-image',
    'package.json',
    'scenarios',
    'schemas',
  ]);
  expect(paths.filter((path) => /(^|\/)tests?\/|\.test\.|(?<!\.d)\.ts$/.test(path))).toEqual([]);
  const manifest = JSON.parse(readFileSync(join(own(), 'package.json'), 'utf8')) as { scripts: object };
  // npm runs `prepare` in a checkout, and never where an archive is installed.
  expect(Object.keys(manifest.scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
});

test('the package’s pages link to what it has, but for three things of a checkout; it has no pictures', () => {
  const docs = readdirSync(join(own(), 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\./.test(name),
  );
  expect(docs.filter((name) => !name.endsWith('.md'))).toEqual([]);
  const pages = [
    'README.md',
    'SECURITY.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    ...docs.map((name) => join('docs', name)),
  ];
  const missing = pages.flatMap((page) =>
    [...readFileSync(join(own(), page), 'utf8').matchAll(/\]\(([^)#\s:]+)(?:#[^)]*)?\)/g)]
      .map(([, link = '']) => join(dirname(page), link))
      .filter((path) => !existsSync(join(own(), path))),
  );
  expect([...new Set(missing)].sort()).toEqual(['Dockerfile', 'deploy/sweep-job.yaml', 'examples/heartbeats']);
});

test('the package has the JSON Schemas that its program prints, each of what a run leaves', async () => {
  expect(readdirSync(join(own(), 'schemas')).sort()).toEqual(schemaNames.map((name) => `${name}.json`).sort());
  const { stdout: scenario } = await installed.run(program(), ['schema']);
  expect(readFileSync(join(own(), 'scenarios', 'schema.json'), 'utf8')).toBe(`${scenario}\n`);
  // What the program does with each of these command lines, in one process.
  const script = `
    import { answer } from '${join(own(), 'dist/cli/answer.js')}';
    const printed = {};
    const { write } = process.stdout;
    for (const name of ${JSON.stringify(schemaNames)}) {
      process.stdout.write = (text) => { printed[name] = (printed[name] ?? '') + text; return true; };
      await answer(['schema', name]);
    }
    process.stdout.write = write;
    console.log(JSON.stringify(printed));
  `;
  writeFileSync(join(installed.folder, 'schemas.mjs'), script);
  const { stdout: all } = await installed.run('node', ['schemas.mjs']);
  const schemas = schemaNames.map((name) => [name, readFileSync(join(own(), 'schemas', `${name}.json`), 'utf8')]);
  expect(JSON.parse(all)).toEqual(Object.fromEntries(schemas));
});

test('without vitest the library alone is there, and tells what is wrong by its own error', async () => {
  expect(existsSync(join(installed.folder, 'node_modules', 'vitest'))).toBe(false);
  const script = `
    import { plan, run, SkipbeatError } from 'skipbeat';
    const made = await plan('tight-grace', { kubernetes: 'v1.34.4' });
    const thrown = await run('no-such', { backend: 'model' }).catch((error) => error);
    console.log(JSON.stringify([made.kubernetesVersion, thrown instanceof SkipbeatError, thrown.code, thrown.next]));
  `;
  writeFileSync(join(installed.folder, 'use.mjs'), script);
  const { stdout, stderr } = await installed.run('node', ['use.mjs']);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(['v1.34.4', true, 'SCENARIO_NOT_FOUND', 'skipbeat list']);
});

test('npx skipbeat predicts, from the folder that it is called in, and writes nothing into its own', async () => {
  const before = stateOf(own());
  const { exitCode, stdout, stderr } = await installed.run('npx', [
    ...['skipbeat', 'run', 'tight-grace', '--backend', 'model', '--out', 'evidence', '--json'],
  ]);
  // What follows is the progress of the run, as it is from a checkout.
  expect([exitCode, withoutNpm(stderr).split('\n')[0]]).toEqual([0, 'predicted, nothing is run: --backend model']);
  expect(JSON.parse(stdout) as RunDocument).toMatchObject({ verdict: 'pass', predicted: true });
  // The page, its script, style and library are read from the package.
  expect(readFileSync(join(installed.folder, 'evidence', 'report.html'), 'utf8')).toContain(
    'skipbeat run scenario.yaml',
  );
  const again = await installed.run(program(), ['report', 'evidence']);
  expect(again.exitCode).toBe(0);
  expect(stateOf(own())).toEqual(before);
});

test('a scenario of one’s own lies in the working folder; hints and help name the program as it was started', async () => {
  const args = ['run', 'short-pause.yaml', '--backend', 'model', '--out', 'short'];
  expect((await installed.run(program(), args)).exitCode).toBe(0);
  const unknown = await installed.run('npx', ['skipbeat', 'run', 'no-such', '--backend', 'model']);
  const names = readdirSync(join(own(), 'scenarios')).flatMap((file) => /^(.*)\.yaml$/.exec(file)?.[1] ?? []);
  const notFound = (how: string): string =>
    `SCENARIO_NOT_FOUND  scenario: expected one of ${names.sort().join(', ')}, or a path that ends in .yaml, received "no-such"\nTry: ${how} list`;
  expect([unknown.exitCode, withoutNpm(unknown.stderr)]).toEqual([64, notFound('npx skipbeat')]);
  expect((await installed.run(program(), ['run', 'no-such'])).stderr).toBe(notFound('skipbeat'));
  const usageOf = async (...[command, args]: Parameters<Installed['run']>): Promise<string | undefined> =>
    (await installed.run(command, args)).stdout.split('\n')[0];
  expect(await usageOf('npx', ['skipbeat', 'run', '--help'])).toBe('Usage: npx skipbeat run [options] <scenario>');
  expect(await usageOf(program(), ['--help'])).toBe('Usage: skipbeat [options] [command]');
});

test('threads simulate in the package as they do in the checkout', async () => {
  const args = [
    'sweep',
    '--profiles',
    'default',
    '--pause',
    '10s',
    '--nodes',
    '3',
    '--repeats',
    '4',
    '--workers',
    '2',
    '--json',
  ];
  const packed = await installed.run(program(), args);
  const checkout = await callProgram(args, { cwd: root });
  expect(packed.exitCode).toBe(0);
  expect(`${packed.stdout}\n`).toBe(checkout.stdout);
});

test('the threads of the load and of the relay start from compiled files', async () => {
  const script = `
    import { createServer } from 'node:http';
    import { startLoad } from '${join(own(), 'dist/load/index.js')}';
    import { noDelay, startRelay } from '${join(own(), 'dist/relay/index.js')}';
    const server = createServer((_, response) => response.end('ok'));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    const routes = [{ target: { host: '127.0.0.1', port }, clients: null }];
    const relay = await startRelay({ host: '127.0.0.1', routes, delays: { up: noDelay, down: noDelay }, seed: 1 });
    const records = [];
    const first = Promise.withResolvers();
    const load = await startLoad({
      targets: [{ host: '127.0.0.1', port: relay.ports[0], path: '/', entrance: 'worker' }],
      ratePerSecond: 50, connection: 'fresh', timeoutMs: 1000, maxDurationMs: 1000,
      runStartNs: process.hrtime.bigint(), onBatch: (batch) => { records.push(...batch); first.resolve(); },
    });
    await first.promise;
    const { offered } = await load.stop();
    await relay.drain();
    server.close();
    console.log(JSON.stringify({ all: records.length === offered, ok: records.every(({ outcome }) => outcome === 'ok'), some: offered > 0 }));
  `;
  writeFileSync(join(installed.folder, 'threads.mjs'), script);
  const { stdout, stderr } = await installed.run('node', ['threads.mjs']);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ all: true, ok: true, some: true });
});

test('public types take others from packages alone that bring their own, and none from those that reach clusters', () => {
  const manifest = JSON.parse(readFileSync(join(own(), 'package.json'), 'utf8')) as {
    exports: Record<string, string | { types: string }>;
  };
  const entries = Object.values(manifest.exports).flatMap((one) => (typeof one === 'string' ? [] : [one.types]));
  expect(entries).toEqual(['./dist/library/index.d.ts', './dist/library/vitest.d.ts']);
  const { packages } = typeImports(own(), entries);
  expect(packages).toEqual(['hdr-histogram-js', 'vitest', 'yaml', 'zod', 'zod/v4/core']);
});

test('the example of a platform team passes with the package, and its types fit', async () => {
  const { ended, passed } = await testExample(installed);
  expect([ended.exitCode, passed], ended.stderr).toEqual([0, 3]);
  const compilerOptions = {
    ...{ target: 'es2024', module: 'nodenext', strict: true, noEmit: true, exactOptionalPropertyTypes: true },
    types: ['node'],
    // declarations.nightly.test.ts checks what is declared; here it is vitest's and Node's as well, which takes a minute.
    skipLibCheck: true,
  };
  writeFileSync(
    join(installed.folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.test.ts', '*.config.ts'] }),
  );
  // Beside it what has to be refused, and no other file.
  writeFileSync(
    join(installed.folder, 'wrong.test.ts'),
    "import { run } from 'skipbeat';\nimport 'skipbeat/vitest';\nimport { expect } from 'vitest';\n" +
      "expect(await run('tight-grace', { backend: 'cloud' })).toDetectWithin(60);\n",
  );
  const argv = ['--project', installed.folder, '--pretty', 'false'];
  const types = await execa(join(root, 'node_modules', '.bin', 'tsc'), argv, { cwd: installed.folder, reject: false });
  // Of each its file and line: where in it, and by which number, is the compiler's.
  expect(types.stdout.match(/^\S.*(?=,\d+\): error TS\d+)/gm)).toEqual(['wrong.test.ts(4', 'wrong.test.ts(4']);
});
