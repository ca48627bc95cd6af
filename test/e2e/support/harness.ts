import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { clusterNameFrom } from '../../../src/cluster/index.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
export const fixture = (name: string): string => join(root, 'test/fixtures/scenarios', `${name}.yaml`);

/** A place of its own for state and evidence: what one test file leaves, no other sees. */
export type Place = { readonly state: string; readonly folder: string; readonly remove: () => void };

export const makePlace = (): Place => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-e2e-'));
  return { state: join(folder, 'state'), folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

/**
 * What no other test run on this engine has, be it of another checkout, in another PID namespace, or dead long since.
 * Of one length always: where lines wrap does not change from run to run.
 */
const own = randomBytes(5).toString('hex').slice(1);

/** The full name of a cluster that this test process alone makes, as `--cluster` takes it, too. */
export const clusterName = (word: string): string => {
  const name = clusterNameFrom(`e2e-${own}-${word}`);
  if (name === null) throw new Error(`expected a word that leaves a cluster's name short enough, found "${word}"`);
  return name;
};

type Child = ReturnType<typeof spawn>;

export type Running = {
  readonly child: Child;
  /** Resolves when stderr has shown the text; rejects if the program ends before. */
  readonly shown: (text: string) => Promise<void>;
};

const spawn = (place: Place, args: readonly string[], env: Record<string, string>) =>
  execa(process.execPath, [join(root, 'src/main.ts'), ...args], {
    cwd: place.folder,
    reject: false,
    // A run that a signal ends undoes what it did first, however long that takes.
    forceKillAfterDelay: false,
    all: true,
    stdin: 'ignore',
    env: { SKIPBEAT_STATE_DIR: place.state, ...env },
  });

/** Starts the command line as its own process, directly: signals go to it alone. */
export const start = (place: Place, args: readonly string[], env: Record<string, string> = {}): Running => {
  const child = spawn(place, args, env);
  let notified = '';
  const waiting = new Set<() => void>();
  child.stderr.on('data', (bytes: Buffer) => {
    notified += bytes.toString();
    for (const probe of waiting) probe();
  });
  const shown = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const probe = (): void => {
        if (!notified.includes(text)) return;
        waiting.delete(probe);
        resolve();
      };
      waiting.add(probe);
      probe();
      void child.then((ended) => reject(new Error(`ended before it showed "${text}":\n${ended.all}`)));
    });
  return { child, shown };
};

export const skipbeat = (place: Place, args: readonly string[], env: Record<string, string> = {}) =>
  start(place, args, env).child;

/** Names of all containers, running or not, that begin with a prefix. */
export const containers = async (prefix: string): Promise<readonly string[]> => {
  const { stdout } = await execa('docker', ['ps', '--all', '--format', '{{.Names}}', '--filter', `name=^${prefix}`]);
  return stdout.split('\n').filter((name) => name !== '');
};

const entries = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** What a run left in the state folder: journals, and clusters with their kubeconfigs. Empty when all is well. */
export const leftovers = (place: Place): readonly string[] => [
  ...entries(join(place.state, 'journal')),
  ...entries(join(place.state, 'clusters')),
];

/** The kubelet's process state as the kernel has it: `S (sleeping)`, `T (stopped)`. */
export const kubeletState = async (node: string): Promise<string> => {
  const pid = (
    await execa('docker', ['exec', node, 'systemctl', 'show', '--property', 'MainPID', '--value', 'kubelet'])
  ).stdout;
  const { stdout } = await execa('docker', ['exec', node, 'sed', '-n', 's/^State:\\s*//p', `/proc/${pid}/status`]);
  return stdout;
};

/** The full name of the cluster that a run made, by the log of kind in its folder. */
export const madeCluster = (run: string): string => {
  const [, name] =
    /\bcreate cluster --name (skipbeat-\S+)/.exec(readFileSync(join(run, 'logs/kind.log'), 'utf8')) ?? [];
  if (name === undefined) throw new Error(`${run}/logs/kind.log names no cluster that was made`);
  return name;
};

/** Polls until it holds. @throws after `limitMs` */
export const until = async (what: string, holds: () => Promise<boolean>, limitMs: number): Promise<void> => {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};
