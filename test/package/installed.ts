import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/** The checkout's own npm settings and Node must not be what makes an installed package work. */
const ownEnvironment = (node: string, folder: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|VITEST|INIT_CWD)/i.test(name))),
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

const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--loglevel=error'] as const;

/**
 * Packs this checkout as `npm pack` does and installs it in an empty folder.
 * @param node the path of the Node that npm and the package are to run on
 */
export const installPackage = async (node: string = process.execPath): Promise<Installed> => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-package-'));
  const app = join(folder, 'app');
  const env = ownEnvironment(node, folder);
  const run: Installed['run'] = async (program, args, { cwd = app } = {}) => {
    const settings = { cwd, env, extendEnv: false, reject: false, stdin: 'ignore', maxBuffer: 50_000_000 } as const;
    const { exitCode, stdout, stderr } = await execa(program, args, settings);
    return { exitCode, stdout, stderr };
  };
  // As in a checkout after `npm ci`: the compiler is found by the script itself.
  await execa('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root });
  const archive = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
  cpSync(join(root, 'examples', 'heartbeats'), app, { recursive: true });
  rmSync(join(app, 'package.json'));
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
  // No script of a package is run: it has to work without.
  const { exitCode, stderr } = await run('npm', ['install', ...quiet, archive]);
  if (exitCode !== 0) throw new Error(`npm install ${archive} ended with ${exitCode}:\n${stderr}`);
  return { folder: app, archive, run, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

/** Every file of a folder with its size and time, to see whether something wrote there. */
export const stateOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const { size, mtimeMs } = statSync(join(folder, path));
      return `${path} ${size} ${mtimeMs}`;
    });
