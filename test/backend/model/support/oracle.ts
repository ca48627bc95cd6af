import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheDir } from '../../../../src/common/host/paths.ts';
import { goBuildEnvironment, moduleDir, requireGo } from '../../../../src/setup/node-image/go.ts';
import { builderGoMod } from '../../../../src/setup/node-image/modules.ts';
import { type ActOptions, attempt, shell } from '../../../../src/setup/shell.ts';
import { compareVersions } from '../../../../src/setup/versions.ts';
import type { Trace, TraceEvent } from './traces.ts';

const sources = join(import.meta.dirname, '../oracle');
/** What the program has in addition that plays cases of upstream's tests; on its own, so that the other stays as it is. */
const caseSources = join(import.meta.dirname, '../oracle-cases');
/** The first Go with a virtual clock for tests, testing/synctest. */
const wantedGo = '1.25.0';

/** The sources of our program, one text: what a compiled one is the result of. */
const sourceHash = async (folders: readonly string[]): Promise<string> => {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const name of (await readdir(folder)).sort()) hash.update(await readFile(join(folder, name)));
  }
  return hash.digest('hex').slice(0, 12);
};

/** Kubernetes' own go.mod under the language version that the virtual clock needs. */
const oracleGoMod = (upstream: string, version: string): string =>
  builderGoMod(upstream, version)
    .replace(/^go (.*)$/m, (_, own: string) => `go ${compareVersions(`v${own}`, `v${wantedGo}`) < 0 ? wantedGo : own}`)
    .replace(/^godebug .*$/m, '');

/** To 1.28 pods are evicted by a part of the node lifecycle controller, and there is no other. */
const hasTaintManager = (version: string): boolean => compareVersions(version, 'v1.29.0') < 0;

/**
 * The program that runs the controllers of one Kubernetes version, compiled unless the cache has it. Compiling takes
 * minutes and leaves the program alone (and the modules' sources in Go's module cache).
 * @param version such as "v1.34.4", one whose staging modules the module proxy serves
 * @returns its path
 * @throws SkipbeatError GO_MISSING or GO_TOO_OLD, saying what to install; SETUP_STEP_FAILED with the compiler's words
 */
export const buildOracle = (version: string): Promise<string> => build(version, [sources]);

/** The same with what plays cases of upstream's tests. */
export const buildCaseOracle = (version: string): Promise<string> => build(version, [sources, caseSources]);

const build = async (version: string, folders: readonly string[]): Promise<string> => {
  const folder = join(cacheDir(), 'oracle', `${version}-${await sourceHash(folders)}`);
  const program = join(folder, 'oracle');
  if (existsSync(program)) return program;
  const options: ActOptions = { signal: AbortSignal.timeout(1_500_000), note: () => undefined };
  await requireGo(wantedGo, options);
  const workspace = `${folder}.${process.pid}`;
  const module = join(workspace, 'module');
  await mkdir(module, { recursive: true });
  try {
    const upstream = await moduleDir(`k8s.io/kubernetes@${version}`, options);
    await writeFile(join(module, 'go.mod'), oracleGoMod(await readFile(join(upstream, 'go.mod'), 'utf8'), version));
    await writeFile(join(module, 'go.sum'), await readFile(join(upstream, 'go.sum')));
    for (const from of folders) {
      for (const name of await readdir(from)) await copyFile(join(from, name), join(module, name));
    }
    const env = await goBuildEnvironment(workspace);
    const tags = hasTaintManager(version) ? 'taintmanager' : 'tainteviction';
    const sh = shell({ cwd: module, env, timeoutMs: 1_500_000, signal: options.signal });
    const compile = sh`go test -mod=mod -vet=off -c -trimpath -tags ${tags} -ldflags ${'-s -w'} -o oracle .`;
    await attempt(`Compiling the controllers of Kubernetes ${version}`, compile, options.signal);
    await mkdir(folder, { recursive: true });
    await rename(join(module, 'oracle'), program);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
  return program;
};

/**
 * @returns what the controllers did, in order; null where a pass came to wait for the lock of the tainting loop while
 *   that had a request going, which stands still on a virtual clock
 * @throws where the program did not get to the trace's end
 */
export const askOracle = async (program: string, trace: Trace): Promise<readonly TraceEvent[] | null> => {
  const { stdout, stderr, failed, shortMessage } = await execa(program, ['-test.run=TestOracle'], {
    input: JSON.stringify(trace),
    // Goroutines take turns in the same order each time.
    env: { GOMAXPROCS: '1', GODEBUG: 'asyncpreemptoff=1' },
    reject: false,
    timeout: 50_000,
  });
  if (/sync\.Mutex\.Lock, synctest bubble[^\n]*\n(?:[^\n]+\n)*[^\n]*SwapLimiter/.test(stderr)) return null;
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  if (failed || lines.at(-1)?.includes('"end"') !== true) {
    throw new Error(`The controllers did not run to the end of the trace: ${shortMessage}\n${stderr}`);
  }
  return lines.slice(0, -1).map((line) => JSON.parse(line) as TraceEvent);
};
