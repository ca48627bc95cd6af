import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { cacheDir } from '../../common/host/paths.ts';
import { readText } from '../../common/host/text-file.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type PollResult, waitUntil } from '../../common/wait.ts';
import { writeDown } from '../changes.ts';
import { type ActOptions, attempt, shell, throwIfInterrupted } from '../shell.ts';
import { closedEngine, type Engine, isClosed, probeEngine, systemdRuns } from './engine.ts';

/** What the engine and a node image's build need from Debian or Ubuntu. */
export const enginePackages = ['docker.io', 'iptables', 'conntrack', 'jq', 'mmdebstrap', 'debian-archive-keyring'];

/** What this machine is, as far as bringing up an engine goes. */
export type EngineFacts = {
  readonly dockerdInstalled: boolean;
  /** Docker's own package of containerd, which Debian's docker.io cannot stand beside. */
  readonly containerdIo: boolean;
  readonly systemd: boolean;
  readonly root: boolean;
  readonly debianFamily: boolean;
  /** DOCKER_HOST, where it is set: the engine is then somebody else's to start. */
  readonly dockerHost: string | null;
  /** The client's own words on why no engine answered. */
  readonly problem: string;
};

export const gatherEngineFacts = async (problem: string, signal: AbortSignal): Promise<EngineFacts> => {
  const sh = shell({ timeoutMs: 10_000, signal });
  const [dockerd, apt, containerdIo, systemd] = await Promise.all([
    sh`command -v dockerd`.nothrow(),
    sh`command -v apt-get`.nothrow(),
    sh`dpkg --get-selections containerd.io`.nothrow(),
    systemdRuns({ signal }),
  ]);
  return {
    dockerdInstalled: dockerd.exitCode === 0,
    debianFamily: apt.exitCode === 0,
    containerdIo: /\sinstall$/m.test(containerdIo.stdout),
    systemd,
    root: process.getuid?.() === 0,
    problem,
    dockerHost: process.env.DOCKER_HOST === '' ? null : (process.env.DOCKER_HOST ?? null),
  };
};

/** What would be done about an engine that does not answer; `refused` says what a person has to do instead. */
export type EnginePlan =
  | { readonly kind: 'act'; readonly install: boolean; readonly start: 'systemd' | 'by hand' }
  | { readonly kind: 'refused'; readonly why: string; readonly next: string };

/** Pure: from facts to steps. */
export const planEngine = (facts: EngineFacts): EnginePlan => {
  if (facts.dockerHost !== null) {
    return {
      kind: 'refused',
      why: `DOCKER_HOST is ${facts.dockerHost} and no engine answers there`,
      next: `start that engine, or unset DOCKER_HOST, then ${skipbeat('setup')}`,
    };
  }
  if (isClosed(facts.problem)) return { kind: 'refused', ...closedEngine };
  if (!facts.root) {
    return facts.dockerdInstalled
      ? {
          kind: 'refused',
          why: 'Docker is installed but does not answer, and only root may start it',
          next: facts.systemd ? 'sudo systemctl start docker' : `start dockerd as root, then ${skipbeat('setup')}`,
        }
      : {
          kind: 'refused',
          why: 'no container engine answers, and only root may install one',
          next: `install Docker (https://docs.docker.com/engine/install), then ${skipbeat('setup')}`,
        };
  }
  if (!facts.dockerdInstalled && !facts.debianFamily) {
    return {
      kind: 'refused',
      why: 'no container engine answers; setup installs one on Debian and Ubuntu only',
      next: `install Docker (https://docs.docker.com/engine/install) and start it, then ${skipbeat('setup')}`,
    };
  }
  if (!facts.dockerdInstalled && facts.containerdIo) {
    return {
      kind: 'refused',
      why: 'the package containerd.io is installed here without dockerd, and docker.io would take its place',
      next: `apt-get install docker-ce   (it belongs to containerd.io), then ${skipbeat('setup')}`,
    };
  }
  return { kind: 'act', install: !facts.dockerdInstalled, start: facts.systemd ? 'systemd' : 'by hand' };
};

/** In words, for a step's line or a dry run. */
export const enginePlanText = (plan: EnginePlan): string => {
  if (plan.kind === 'refused') return `stop: ${plan.why}`;
  const install = plan.install ? `install ${enginePackages.join(' ')} with apt-get, ` : '';
  return `${install}start dockerd ${plan.start === 'systemd' ? 'by systemd' : 'by hand, detached'}`;
};

/** @throws SkipbeatError ENGINE_MISSING (exit 75) where a person must act, ENGINE_START_FAILED with the log's last lines */
export const bringUpEngine = async (problem: string, options: ActOptions): Promise<Engine> => {
  const plan = planEngine(await gatherEngineFacts(problem, options.signal));
  if (plan.kind === 'refused') {
    throw new SkipbeatError('ENGINE_MISSING', `${capital(plan.why)}. ${problem}.`, {
      exitCode: exitCodes.environment,
      next: plan.next,
    });
  }
  if (plan.install) {
    await installPackages(enginePackages, options);
    options.note('packages installed');
  }
  return plan.start === 'systemd' ? startBySystemd(options) : startByHand(options);
};

/** apt-get with options never to ask and never to remove a package; its index is brought up to date first. */
export const installPackages = async (packages: readonly string[], options: ActOptions): Promise<void> => {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const sh = shell({ timeoutMs: 600_000, signal: options.signal, env });
  await attempt('apt-get update', sh`apt-get update --quiet --quiet`, options.signal);
  const { stdout } = await sh`dpkg --get-selections ${packages}`.nothrow();
  const there = new Set([...stdout.matchAll(/^([^\s:]+)\S*\s+install$/gm)].map(([, name]) => name));
  const missing = packages.filter((name) => !there.has(name));
  if (missing.length > 0) await writeDown({ kind: 'packages', packages: missing });
  const install = sh`apt-get install --yes --no-install-recommends --no-remove ${packages}`;
  await attempt('apt-get install', install, options.signal);
};

const startBySystemd = async (options: ActOptions): Promise<Engine> => {
  const sh = shell({ timeoutMs: 120_000, signal: options.signal });
  await attempt('Starting docker.service', sh`systemctl start docker`, options.signal);
  return awaitEngine(options, () => Promise.resolve('see journalctl -u docker'));
};

const startByHand = async (options: ActOptions): Promise<Engine> => {
  const folder = join(cacheDir(), 'engine');
  await mkdir(folder, { recursive: true });
  // A dockerd refuses to start while its pid file names any live process, which after a reboot may be a stranger's.
  await removeStalePid('/var/run/docker.pid', 'dockerd');
  await removeStalePid('/var/run/docker/containerd/containerd.pid', 'containerd');
  throwIfInterrupted(options.signal);
  const logFile = join(folder, 'dockerd.log');
  const log = openSync(logFile, 'a');
  const daemon = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  let ended: string | null = null;
  daemon.on('error', (error) => {
    ended = error.message;
  });
  daemon.on('exit', (code, signal) => {
    ended = `it ended with ${code ?? signal}`;
  });
  daemon.unref();
  await writeFile(join(folder, 'dockerd.pid'), `${daemon.pid ?? ''}\n`);
  const lastLines = async (): Promise<string> => {
    const text = await readFile(logFile, 'utf8');
    return `${ended ?? 'it still runs'}; ${logFile} ends with:\n${text.trimEnd().split('\n').slice(-6).join('\n')}`;
  };
  return awaitEngine(options, lastLines, () => ended !== null);
};

const awaitEngine = async (
  options: ActOptions,
  evidence: () => Promise<string>,
  gaveUp: () => boolean = () => false,
): Promise<Engine> => {
  const { signal } = options;
  const fail = async (cause?: unknown): Promise<never> => {
    throwIfInterrupted(signal);
    throw new SkipbeatError('ENGINE_START_FAILED', `dockerd should answer within 60 s: ${await evidence()}`, {
      exitCode: exitCodes.environment,
      next: `read the log named above, then ${skipbeat('setup')}`,
      cause,
    });
  };
  const probe = async (): Promise<PollResult<Engine | null>> => {
    if (gaveUp()) return { found: null };
    const { engine, problem } = await probeEngine({ signal });
    return engine === null ? { seen: problem } : { found: engine };
  };
  const limits = { timeoutMs: 60_000, everyMs: 250, signal };
  return (await waitUntil('dockerd to answer', probe, limits).catch(fail)) ?? fail();
};

/** Removes a pid file whose process is gone or is another program; leaves one that tells the truth. */
export const removeStalePid = async (file: string, program: string): Promise<boolean> => {
  const pid = await readText(file);
  if (pid === null) return false;
  const running = await readText(`/proc/${pid.trim()}/comm`);
  if (running?.trim() === program) return false;
  await rm(file, { force: true });
  return true;
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
