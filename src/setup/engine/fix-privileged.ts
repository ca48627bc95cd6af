import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CommandResult, HostExec } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { readText, replaceText } from '../../common/host/text-file.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type PollResult, waitUntil } from '../../common/wait.ts';
import { writeDown } from '../changes.ts';
import { type ActOptions, attempt, shell, throwIfInterrupted } from '../shell.ts';
import { probeEngine, systemdRuns } from './engine.ts';
import { installPackages } from './install-engine.ts';
import { probePrivileged } from './probe.ts';
import { runtimeName, withRuntime, wrapperPath, wrapperScript } from './runtime-wrapper.ts';

/**
 * Capability names by number.
 * @see linux include/uapi/linux/capability.h, up to CAP_CHECKPOINT_RESTORE (40) of Linux 5.9
 */
const names: readonly string[] = [
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'],
  ...['LINUX_IMMUTABLE', 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER'],
  ...['SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE'],
  ...['SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD', 'LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP'],
  ...['MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF'],
  'CHECKPOINT_RESTORE',
];

/**
 * The capabilities that the kernel knows and this bounding set lacks, as OCI spells them ("CAP_SYS_RESOURCE").
 * @param status the text of /proc/PID/status
 * @param lastCapability the highest number the kernel knows, from /proc/sys/kernel/cap_last_cap
 * @returns null where the text has no CapBnd line; a number without a name here is left out, as engines leave it out
 */
export const missingCapabilities = (status: string, lastCapability: number): readonly string[] | null => {
  const bounding = /^CapBnd:\s*([0-9a-f]+)\s*$/m.exec(status)?.[1];
  if (bounding === undefined) return null;
  const set = BigInt(`0x${bounding}`);
  return names.flatMap((name, number) =>
    number <= lastCapability && ((set >> BigInt(number)) & 1n) === 0n ? [`CAP_${name}`] : [],
  );
};

/** The names that this machine's bounding set lacks, from /proc; empty where it lacks none or is no Linux. */
export const probeCapabilities = async (): Promise<readonly string[]> => {
  const [status, last] = await Promise.all([readText('/proc/self/status'), readText('/proc/sys/kernel/cap_last_cap')]);
  return status === null || last === null ? [] : (missingCapabilities(status, Number(last)) ?? []);
};

const configPath = '/etc/docker/daemon.json';
export const backupEnding = '.before-skipbeat';

/**
 * Sees to it that privileged containers start: runs one, and where it fails because the engine asks for capabilities
 * that the machine lacks, puts our runtime before runc and has the engine reread its configuration. Containers that run
 * are not touched.
 * @returns what was found or done, in words
 * @throws SkipbeatError ENGINE_PRIVILEGED_FAILED
 */
export const ensurePrivileged = async (options: ActOptions): Promise<string> => {
  const first = await probePrivileged(options);
  if (first.outcome === 'ran') return 'a privileged container starts';
  const missing = await probeCapabilities();
  if (first.outcome === 'failed' || missing.length === 0) throw privilegedError(first.said);
  if (process.getuid?.() !== 0) throw privilegedError(`${first.said} (mending it takes root)`);
  await installRuntime(missing, options);
  const second = await probePrivileged(options);
  if (second.outcome !== 'ran') throw privilegedError(second.said);
  return `runtime ${runtimeName} leaves out ${missing.join(', ')}; a privileged container starts`;
};

const privilegedError = (said: string): SkipbeatError =>
  new SkipbeatError('ENGINE_PRIVILEGED_FAILED', `A privileged container should start; the engine said: ${said}`, {
    exitCode: exitCodes.environment,
    next: 'docker run --rm --privileged skipbeat/probe:1',
  });

const installRuntime = async (missing: readonly string[], options: ActOptions): Promise<void> => {
  const sh = shell({ timeoutMs: 60_000, signal: options.signal });
  if ((await sh`command -v jq`.nothrow()).exitCode !== 0) await installPackages(['jq'], options);
  const runc = (await attempt('Finding runc', sh`command -v runc`, options.signal)).trim();
  const current = await readText(configPath);
  const config = withRuntime(current, wrapperPath);
  await mkdir(dirname(wrapperPath), { recursive: true });
  const wrapper = wrapperScript(missing, runc);
  await writeDown({ kind: 'file', path: wrapperPath, before: await readText(wrapperPath), after: wrapper });
  replaceText(wrapperPath, wrapper);
  await chmod(wrapperPath, 0o755);
  if (current !== null && current !== config) {
    const backup = `${configPath}${backupEnding}`;
    if ((await readText(backup)) === null) {
      await writeDown({ kind: 'file', path: backup, before: null, after: current });
      replaceText(backup, current, (await stat(configPath)).mode & 0o777);
    }
    options.note(`${configPath} kept as ${backup}`);
  }
  await mkdir(dirname(configPath), { recursive: true });
  await writeDown({ kind: 'file', path: configPath, before: current, after: config });
  replaceText(configPath, config);
  await reloadEngine(options);
};

/** Has the engine reread its configuration, by systemd or by SIGHUP to the process that its pid file names. */
export const reloadConfiguration = (host: HostExec): Promise<CommandResult> =>
  host({
    argv: [
      ...(['sh', '-c'] as const),
      'if [ -d /run/systemd/system ]; then exec systemctl reload docker; fi; pid=$(cat /var/run/docker.pid) && [ "$(cat "/proc/$pid/comm")" = dockerd ] && kill -HUP "$pid"',
    ],
    timeoutMs: 60_000,
  });

/** Runtimes are among what dockerd rereads on SIGHUP, so nothing has to be restarted. @see dockerd(8) */
const reloadEngine = async (options: ActOptions): Promise<void> => {
  const sh = shell({ timeoutMs: 60_000, signal: options.signal });
  if (await systemdRuns()) {
    await attempt('Reloading docker.service', sh`systemctl reload docker`, options.signal);
  } else {
    const pid = (await readFile('/var/run/docker.pid', 'utf8')).trim();
    const program = (await readText(`/proc/${pid}/comm`))?.trim();
    if (program !== 'dockerd') {
      throw new SkipbeatError('ENGINE_RELOAD_FAILED', `/var/run/docker.pid names ${pid}, which is no dockerd.`, {
        exitCode: exitCodes.environment,
        next: `restart the engine, then ${skipbeat('setup')}`,
      });
    }
    process.kill(Number(pid), 'SIGHUP');
  }
  const { signal } = options;
  const probe = async (): Promise<PollResult<true>> => {
    const runtime = (await probeEngine({ signal })).engine?.defaultRuntime ?? 'no answer';
    return runtime === runtimeName ? { found: true } : { seen: runtime };
  };
  const limits = { timeoutMs: 15_000, everyMs: 200, signal };
  await waitUntil(`the engine to use ${runtimeName}`, probe, limits).catch((cause: unknown) => {
    throwIfInterrupted(signal);
    throw new SkipbeatError('ENGINE_RELOAD_FAILED', messageOf(cause), {
      exitCode: exitCodes.environment,
      next: `restart the engine, then ${skipbeat('setup')}`,
      cause,
    });
  });
};
