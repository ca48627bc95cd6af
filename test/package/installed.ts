import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';

export const root = join(import.meta.dirname, '..', '..');

type Ended = { readonly exitCode: number | undefined; readonly stdout: string; readonly stderr: string };

/** Somebody's folder in which the package is installed. */
export type Installed = {
  readonly folder: string;
  /** The packed archive, by its path. */
  readonly archive: string;
  /** Runs a program of this folder or of the machine; whatever its end, it does not reject. */
  readonly run: (program: string, args: readonly string[], options?: { readonly cwd?: string }) => Promise<Ended>;
  readonly remove: () => void;
};

/**
 * The checkout's own npm settings and Node must not be what makes an installed package work. Whom this machine trusts on the
 * network is its own matter: without that npm asks again and again, for minutes, for what it has not in its cache.
 */
const isOfCheckout = (name: string): boolean =>
  /^(npm_|NODE_|VITEST|INIT_CWD)/i.test(name) && name !== 'NODE_EXTRA_CA_CERTS';

const ownEnvironment = (node: string, folder: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOfCheckout(name))),
  PATH: [
    dirname(node),
    ...(process.env.PATH ?? '').split(delimiter).filter((one) => !one.includes('node_modules')),
  ].join(delimiter),
  SKIPBEAT_CACHE_DIR: join(folder, 'cache'),
  SKIPBEAT_STATE_DIR: join(folder, 'state'),
  NO_COLOR: '1',
  // The example takes real clusters where they can be had.
  SKIPBEAT_BACKEND: 'model',
});

const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'] as const;

/** The lowest Node that package.json promises to work on, as `>=MAJOR.MINOR`. */
export const lowestNode = (): string => {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
  const [, version] = /^>=(\d+\.\d+)$/.exec(engines.node) ?? [];
  if (version === undefined)
    throw new Error(`package.json: expected engines.node as >=MAJOR.MINOR, found ${engines.node}`);
  return `${version}.0`;
};

/** Another Node, from the npm package by which the checkout has its own. @returns the path of its program */
export const installNode = async (version: string): Promise<{ readonly path: string; readonly remove: () => void }> => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-node-'));
  // Its script fetches the program for this machine.
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
  const settings = { cwd: folder, env: ownEnvironment(process.execPath, folder), extendEnv: false } as const;
  await execa('npm', ['install', ...quiet, `node@${version}`], settings);
  return {
    path: join(folder, 'node_modules', 'node', 'bin', 'node'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};

type InstallOptions = {
  /** The Node that npm and the package are to run on. */
  readonly node?: string;
  /** One that was packed before. Without it, this checkout is packed as `npm pack` does. */
  readonly archive?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** Installs the package in an empty folder, beside the files of the example. */
export const installPackage = async (options: InstallOptions = {}): Promise<Installed> => {
  const { node = process.execPath } = options;
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-package-'));
  const app = join(folder, 'app');
  const env = { ...ownEnvironment(node, folder), ...options.env };
  const run: Installed['run'] = async (program, args, { cwd = app } = {}) => {
    const settings = { cwd, env, extendEnv: false, reject: false, stdin: 'ignore', maxBuffer: 50_000_000 } as const;
    const { exitCode, stdout, stderr } = await execa(program, args, settings);
    return { exitCode, stdout, stderr };
  };
  const pack = async (): Promise<string> => {
    // As in a checkout after `npm ci`: the compiler is found by the script itself.
    await execa('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root });
    return join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
  };
  const archive = options.archive ?? (await pack());
  cpSync(join(root, 'examples', 'heartbeats'), app, { recursive: true });
  rmSync(join(app, 'package.json'));
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
  // No script of a package is run: it has to work without. A dependency that asks for a newer Node is an error.
  const strict = ['--ignore-scripts', '--engine-strict'];
  const { exitCode, stderr } = await run('npm', ['install', ...quiet, ...strict, archive]);
  if (exitCode !== 0) throw new Error(`npm install ${archive} ended with ${exitCode}:\n${stderr}`);
  return { folder: app, archive, run, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

/** Runs the example's tests in the folder of an installed package. @returns also how many passed, null where none ran */
export const testExample = async ({
  folder,
  run,
}: Installed): Promise<{ readonly ended: Ended; readonly passed: number | null }> => {
  // What `npm install vitest` would put there, without asking a registry again.
  const linked = join(folder, 'node_modules', 'vitest');
  if (!existsSync(linked)) symlinkSync(join(root, 'node_modules', 'vitest'), linked);
  const reported = join(folder, 'report.json');
  rmSync(reported, { force: true });
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json'];
  const ended = await run('node', [...vitest, `--outputFile.json=${reported}`]);
  if (!existsSync(reported)) return { ended, passed: null };
  const { numPassedTests } = JSON.parse(readFileSync(reported, 'utf8')) as { readonly numPassedTests: number };
  return { ended, passed: numPassedTests };
};

/** Every file of a folder with its size and time, to see whether something wrote there. */
export const stateOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const { size, mtimeMs } = statSync(join(folder, path));
      return `${path} ${size} ${mtimeMs}`;
    });
