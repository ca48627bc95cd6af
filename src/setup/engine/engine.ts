import { succeeded } from '../../common/command.ts';
import { type EngineInfo, engineIdOf } from '../../common/host/engine-id.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type ProbeOptions, probeWith } from './context.ts';

/** The container engine that answers. Paths are on the engine's machine, which need not be this one. */
export type Engine = {
  readonly name: 'docker';
  readonly version: string;
  /** Tells one engine from another. */
  readonly id: string;
  readonly defaultRuntime: string;
  /** The program behind the default runtime, as the engine's configuration names it; null where it does not say. */
  readonly runtimePath: string | null;
  readonly cgroupVersion: number;
  readonly rootDirectory: string;
  /** The name of its machine, that machine's kernel, and its system: "Debian GNU/Linux 12 (bookworm)", "Docker Desktop". */
  readonly hostname: string;
  readonly kernel: string;
  readonly operatingSystem: string;
  readonly rootless: boolean;
  /** Images may come by another way than this machine's own network: a mirror or a proxy is set. */
  readonly pullsThroughOthers: boolean;
};

/** Either the engine, or why there is none: the client's own words. */
export type EngineProbe =
  | { readonly engine: Engine; readonly problem: null }
  | { readonly engine: null; readonly problem: string };

type DockerInfo = EngineInfo & {
  ServerVersion?: string;
  DefaultRuntime?: string;
  Runtimes?: Record<string, { path?: string } | undefined>;
  CgroupVersion?: string;
  KernelVersion?: string;
  OperatingSystem?: string;
  SecurityOptions?: string[] | null;
  HttpProxy?: string;
  HttpsProxy?: string;
  RegistryConfig?: { Mirrors?: string[] | null };
  ServerErrors?: string[];
};

/** Asks `docker info`. A client without an engine behind it exits 0 or 1 by version, so the answer decides. */
export const probeEngine = async (options: ProbeOptions = {}): Promise<EngineProbe> => {
  const result = await probeWith(options)(['docker', 'info', '--format', '{{json .}}']);
  if (result.ended === 'notStarted') return { engine: null, problem: 'no program docker on PATH' };
  if (result.ended !== 'exited') return { engine: null, problem: `docker info ${result.ended} after 10 s` };
  const info = readInfo(result.stdout);
  if (info?.ServerVersion === undefined || info.ServerVersion === '') {
    const said = info?.ServerErrors?.[0] ?? result.stderr.trim();
    return { engine: null, problem: said === '' ? `docker info ended with ${result.exitCode}` : firstSentence(said) };
  }
  const runtime = info.DefaultRuntime ?? 'runc';
  return {
    problem: null,
    engine: {
      name: 'docker',
      version: info.ServerVersion,
      id: engineIdOf(info),
      defaultRuntime: runtime,
      runtimePath: info.Runtimes?.[runtime]?.path ?? null,
      cgroupVersion: Number(info.CgroupVersion ?? '1'),
      rootDirectory: info.DockerRootDir ?? '/var/lib/docker',
      hostname: info.Name ?? '',
      kernel: info.KernelVersion ?? '',
      operatingSystem: info.OperatingSystem ?? '',
      rootless: (info.SecurityOptions ?? []).some((option) => option.split(',').includes('name=rootless')),
      pullsThroughOthers:
        (info.HttpProxy ?? '') !== '' ||
        (info.HttpsProxy ?? '') !== '' ||
        (info.RegistryConfig?.Mirrors ?? []).length > 0,
    },
  };
};

/** Whether an engine runs that this user may not ask, from the client's own words. */
export const isClosed = (problem: string): boolean => /permission denied/i.test(problem);

export const closedEngine = {
  why: 'an engine runs here, but its socket is closed to this user',
  next: `sudo usermod --append --groups docker "$USER", log in again, then ${skipbeat('setup')}`,
} as const;

/** Whether a systemd that runs this machine can be asked to start services. @see sd_booted(3) */
export const systemdRuns = async (options: ProbeOptions = {}): Promise<boolean> =>
  succeeded(await probeWith(options)(['test', '-d', '/run/systemd/system']));

const readInfo = (text: string): DockerInfo | null => {
  const start = text.indexOf('{');
  return start === -1 ? null : (JSON.parse(text.slice(start)) as DockerInfo);
};

/** Without a full stop: it stands within a sentence. */
const firstSentence = (text: string): string =>
  (text.split('\n')[0] ?? text).replace(/\s+Is the docker daemon.*$/, '').replace(/\.$/, '');
