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
import type { OracleTrace, TraceEvent } from './traces.ts';

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
    .replace(/^godebug .*$/m, '')
    // Where the module of 1.18's kubectl went; its old address answers no more.
    .replace('=> vbom.ml/util ', '=> github.com/fvbommel/util ');

/** What differs between versions in what our program calls; that of 1.22 to 1.26 is written for neither side. */
const tagsFor = (version: string): readonly string[] => [
  // To 1.28 pods are evicted by a part of the node lifecycle controller, and there is no other.
  compareVersions(version, 'v1.29.0') < 0 ? 'taintmanager' : 'tainteviction',
  // To 1.21 controllers end by a channel that is closed, and take --pod-eviction-timeout.
  ...(compareVersions(version, 'v1.22.0') < 0 ? ['stopchannels'] : []),
  ...(compareVersions(version, 'v1.19.0') < 0 ? ['klog1'] : []),
  // Before that, leases were renewed by the kubelet's own package.
  ...(compareVersions(version, 'v1.20.0') < 0 ? [] : ['leasehelpers']),
];

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
    const tags = tagsFor(version).join(',');
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

const runTest = (program: string, test: string, input: string) =>
  execa(program, [`-test.run=${test}`], {
    input,
    // Goroutines take turns in the same order each time.
    env: { GOMAXPROCS: '1', GODEBUG: 'asyncpreemptoff=1' },
    reject: false,
    timeout: 50_000,
    maxBuffer: 100_000_000,
  });

const jsonLines = (stdout: string): readonly string[] => stdout.split('\n').filter((line) => line.startsWith('{'));

/** A renewal of a lease by the kubelet's lease controller. */
export type Renewal = { readonly atUs: number; readonly durationSeconds: number };

/**
 * A kubelet starts with one lease duration and finds its lease with another; it renews it for `endUs`.
 * @returns its renewals; null of a version whose lease controller is not in the program (to 1.19)
 */
export const askLease = async (
  program: string,
  lease: {
    readonly durationSeconds: number;
    readonly foundSeconds: number;
    readonly renewUs: number;
    readonly endUs: number;
  },
): Promise<readonly Renewal[] | null> => {
  const { stdout, stderr, failed, shortMessage } = await runTest(program, 'TestLease', JSON.stringify(lease));
  if (failed) throw new Error(`The lease controller did not run to its end: ${shortMessage}\n${stderr}`);
  const renewals = jsonLines(stdout).map((line) => JSON.parse(line) as Renewal);
  return renewals.length === 0 ? null : renewals;
};

/** How long a request waits on an HTTP/2 connection from which no answer comes any more, µs; 900 s is the longest that is seen. */
export const askConnection = async (program: string): Promise<number> => {
  const { stdout, stderr, failed, shortMessage } = await runTest(program, 'TestConnection', '');
  const [line] = jsonLines(stdout);
  if (failed || line === undefined) throw new Error(`No request was made: ${shortMessage}\n${stderr}`);
  return (JSON.parse(line) as { readonly waitedUs: number }).waitedUs;
};

/** What a program of real controllers did about a trace: to its end, or until it ended by a panic. */
export type Played =
  | { readonly is: 'done'; readonly events: readonly TraceEvent[] }
  | { readonly is: 'panicked'; readonly stderr: string };

/**
 * @returns what the controllers did, in order; null where a pass came to wait for the lock of the tainting loop while
 *   that had a request going, which stands still on a virtual clock
 * @throws where the program did not get to the trace's end, nor panicked
 */
export const playOnOracle = async (program: string, trace: OracleTrace): Promise<Played | null> => {
  const { stdout, stderr, failed, shortMessage } = await runTest(program, 'TestOracle', JSON.stringify(trace));
  if (/sync\.Mutex\.Lock, synctest bubble[^\n]*\n(?:[^\n]+\n)*[^\n]*SwapLimiter/.test(stderr)) return null;
  if (failed && /^panic: /m.test(stderr)) return { is: 'panicked', stderr };
  const lines = jsonLines(stdout);
  if (failed || lines.at(-1)?.includes('"end"') !== true) {
    throw new Error(`The controllers did not run to the end of the trace: ${shortMessage}\n${stderr}`);
  }
  return { is: 'done', events: lines.slice(0, -1).map((line) => JSON.parse(line) as TraceEvent) };
};

/** The same where no panic is expected: one is an error. */
export const askOracle = async (program: string, trace: OracleTrace): Promise<readonly TraceEvent[] | null> => {
  const played = await playOnOracle(program, trace);
  if (played?.is === 'panicked') throw new Error(`The controllers panicked:\n${played.stderr}`);
  return played?.events ?? null;
};
