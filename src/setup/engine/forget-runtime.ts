import { readdirSync } from 'node:fs';
import { readlink, stat } from 'node:fs/promises';
import { hostname, release } from 'node:os';
import { type HostExec, succeeded } from '../../common/command.ts';
import { errnoOf, SkipbeatError } from '../../common/errors.ts';
import { readText, replaceText } from '../../common/host/text-file.ts';
import { type PollResult, waitUntil } from '../../common/wait.ts';
import { failureLine } from '../../node/index.ts';
import type { MachineChange } from '../changes.ts';
import { reloadConfiguration } from './fix-privileged.ts';
import { runtimeName } from './runtime-wrapper.ts';

/** What an undo has of the engine whose configuration set-up wrote. */
export type LocalEngine = {
  readonly host: HostExec;
  /** Whether an engine's process is on this machine, be it one that answers or not. */
  readonly runs: () => Promise<boolean>;
  readonly reload: () => ReturnType<HostExec>;
};

/** Where the engine answers that reads /etc/docker/daemon.json. @see dockerd(8), --host */
const ownSocket = 'unix:///var/run/docker.sock';

/** The engine of this machine, whichever DOCKER_HOST or a context names: a rootless one beside it bears the same host's name. */
export const ownEngine = (host: HostExec): LocalEngine => ({
  host: (command, signal) =>
    host({ ...command, env: { ...command.env, DOCKER_HOST: ownSocket, DOCKER_TLS_VERIFY: '' } }, signal),
  runs: dockerdRuns,
  reload: () => reloadConfiguration(host),
});

/** A process named dockerd that is more than a zombie, which whoever should reap it may leave standing. @see proc_pid_stat(5) */
const isEngine = (stat: string | null): boolean => stat !== null && /^\d+ \(dockerd\) [^ZXx]/.test(stat);

const orNull = async <T>(read: Promise<T>): Promise<T | null> => {
  try {
    return await read;
  } catch (thrown) {
    if (errnoOf(thrown) !== null) return null;
    throw thrown;
  }
};

const configFolder = '/etc/docker';

/** `gone`: the one who is asked about has no such folder; null: that cannot be seen. */
const folderOf = async (path: string): Promise<string | null> => {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (thrown) {
    if (errnoOf(thrown) === null) throw thrown;
    return errnoOf(thrown) === 'ENOENT' ? 'gone' : null;
  }
};

/**
 * Whether an engine reads the configuration that set-up wrote. A rootless one is in a user namespace of its own and reads
 * a file of its user (dockerd(8), --config-file); one in a container has an /etc/docker of its own. Where that cannot be
 * seen, it may.
 */
const readsOurs = async (pid: string): Promise<boolean> => {
  const of = (process: string) =>
    Promise.all([orNull(readlink(`/proc/${process}/ns/user`)), folderOf(`/proc/${process}/root${configFolder}`)]);
  const [[ownUser, ownFolder], [user, folder]] = await Promise.all([of('self'), of(pid)]);
  if (ownUser !== null && user !== null && ownUser !== user) return false;
  return ownFolder === null || ownFolder === 'gone' || folder === null || ownFolder === folder;
};

/** Whether a process named dockerd runs here, by this machine's configuration; as the engine's user, root sees all of them. */
export const dockerdRuns = async (): Promise<boolean> => {
  let names: readonly string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch (thrown) {
    // Not Linux: an engine is in a machine of its own, and reads no file of this one.
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw thrown;
  }
  const stats = await Promise.all(
    names.map((pid) =>
      readText(`/proc/${pid}/stat`).catch((thrown: unknown) => {
        if (errnoOf(thrown) === 'ESRCH') return null;
        throw thrown;
      }),
    ),
  );
  const engines = names.filter((_, index) => isEngine(stats[index] ?? null));
  return (await Promise.all(engines.map(readsOurs))).includes(true);
};

type Info = {
  DefaultRuntime?: string;
  Runtimes?: object;
  Name?: string;
  KernelVersion?: string;
  ServerVersion?: string;
};

/** Whether the engine of this machine has our runtime by what it read last; or why that is not known. */
type Reading = { readonly names: boolean } | { readonly unknown: string };

const readEngine = async ({ host, runs }: LocalEngine): Promise<Reading> => {
  const asked = await host({ argv: ['docker', 'info', '--format', '{{json .}}'], timeoutMs: 20_000 });
  const info = succeeded(asked) && asked.stdout.startsWith('{') ? (JSON.parse(asked.stdout) as Info) : null;
  if (!info?.ServerVersion) {
    if (!(await runs())) return { names: false };
    return { unknown: `an engine runs and does not answer: ${succeeded(asked) ? 'no version' : failureLine(asked)}` };
  }
  if (info.DefaultRuntime === runtimeName || Object.keys(info.Runtimes ?? {}).includes(runtimeName))
    return { names: true };
  const isHere = info.Name === hostname() && info.KernelVersion === release();
  if (isHere || !(await runs())) return { names: false };
  return { unknown: `the engine that answers is on ${info.Name}, and another one runs here` };
};

/** Text of the configuration in which our runtime is expressly not: a key that is missing changes nothing at a reload. */
const withoutRuntime = (text: string): string => {
  const config = JSON.parse(text) as Record<string, unknown> & { runtimes?: Record<string, unknown> };
  const { [runtimeName]: _, ...others } = config.runtimes ?? {};
  return `${JSON.stringify({ ...config, 'default-runtime': 'runc', runtimes: others }, null, 2)}\n`;
};

/** Whether a file says what it says for the moment of `forgetRuntime`, whose undo was ended before it restored it. */
export const isForgetting = async ({ path, after }: MachineChange & { kind: 'file' }): Promise<boolean> => {
  try {
    return after.includes(runtimeName) && (await readText(path)) === withoutRuntime(after);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return false;
    throw thrown;
  }
};

const reloadMs = 15_000;

/**
 * Has the engine forget our runtime while its configuration still is what set-up wrote. dockerd keeps the runtimes that it
 * has where the file that it rereads says nothing of them, so that the file says so for a moment: the caller then
 * restores it. What is written then follows from what is written down: whoever is killed meanwhile finds it by `isForgetting`.
 * @see moby daemon/reload_unix.go at v20.10, reloadPlatform
 */
export const forgetRuntime = async (engine: LocalEngine, change: MachineChange & { kind: 'file' }): Promise<void> => {
  const now = await readEngine(engine);
  if ('unknown' in now || !now.names) return;
  replaceText(change.path, withoutRuntime(change.after));
  if (succeeded(await engine.reload())) await awaitForgotten(engine);
};

/** Waits until an engine that rereads its configuration has forgotten our runtime; not without an end. */
export const awaitForgotten = async (engine: LocalEngine): Promise<void> => {
  const probe = async (): Promise<PollResult<true>> => {
    const reading = await readEngine(engine);
    return 'names' in reading && !reading.names ? { found: true } : { seen: `it has ${runtimeName}` };
  };
  const { signal } = new AbortController();
  const limits = { timeoutMs: reloadMs, everyMs: 200, signal };
  // Whether it has is asked once more before anything goes that it needs.
  await waitUntil('the engine to reread its configuration', probe, limits).catch((thrown: unknown) => {
    if (!(thrown instanceof SkipbeatError)) throw thrown;
  });
};

/** Why the engine may still start containers by our runtime; null: it does not. */
export const whyNeeded = async (engine: LocalEngine): Promise<string | null> => {
  const reading = await readEngine(engine);
  if ('unknown' in reading) return reading.unknown;
  return reading.names ? `the engine that runs still has the runtime ${runtimeName}` : null;
};
