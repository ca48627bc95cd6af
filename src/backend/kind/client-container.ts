import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clusterDir, clusterLabels, fullNodeName, nodePort } from '../../cluster/index.ts';
import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { makeFolder } from '../../common/host/folder.ts';
import { skipbeat } from '../../common/invocation.ts';
import { modulePath, modulesFolder, packageFile } from '../../common/package.ts';
import { waitUntil } from '../../common/wait.ts';
import { generatorSources, type RemoteClock, type RemoteGenerator, remoteGenerator } from '../../load/index.ts';
import { type Dialogue, failureLine, startDialogue } from '../../node/index.ts';
import { askMs, type Client } from './client.ts';
import type { KindRun, RunningCluster } from './context.ts';

/** A copy of some 130 MB, to an engine that may be remote. */
const makeMs = 120_000;
const removeMs = 30_000;
/** How long a generator whose input has ended may take over its own end. */
const endMs = 5000;

const place = '/skipbeat';

/** Node's names for machines, as container engines have them. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

const impossible = (expected: string, found: string): SkipbeatError =>
  new SkipbeatError('LOAD_CONTAINER_IMPOSSIBLE', `The load needs a container: expected ${expected}, found ${found}.`, {
    exitCode: exitCodes.environment,
    next: 'run skipbeat on a machine that reaches the nodes, or of the engine’s own kind, or with --backend model',
  });

const notMade = (found: string): SkipbeatError =>
  new SkipbeatError('LOAD_CONTAINER_FAILED', `The load generator's container could not be made: ${found}.`, {
    exitCode: exitCodes.environment,
    next: `${skipbeat('doctor')}   (is the engine well, and is there room?)`,
  });

/**
 * The generator in a container on the network of the nodes, for machines that have no way to these: the same code by
 * this machine's own node, in a container of the node image, which is there. It bears the labels of its cluster, so that
 * it goes with it, and ends by itself once nobody holds its input.
 * @param why in words
 */
export const containerClient = (
  { options, recorder, exec, signal }: KindRun,
  { nodes, incarnation }: Pick<RunningCluster, 'nodes' | 'incarnation'>,
  why: string,
): Client => {
  const { host, clusterName, nodeImage, journal } = options;
  const name = fullNodeName(clusterName, 'load');
  const aNode = fullNodeName(clusterName, nodes[0]?.node ?? 'control-plane');
  let entry: { readonly done: () => void } | null = null;
  let dialogue: Dialogue | null = null;
  let generator: RemoteGenerator | null = null;

  const docker = async (timeoutMs: number, ...argv: readonly string[]): Promise<string> => {
    const result = await host({ argv: ['docker', ...argv], timeoutMs }, signal);
    signal.throwIfAborted();
    if (succeeded(result)) return result.stdout.trim();
    throw notMade(failureLine({ ...result, command: `docker ${argv[0]}` }));
  };

  const assertPossible = async (): Promise<void> => {
    const engine = await docker(removeMs, 'version', '--format', '{{.Server.Os}}/{{.Server.Arch}}');
    const own = `${process.platform}/${architectures[process.arch] ?? process.arch}`;
    if (engine !== own) throw impossible(`a node for the engine's ${engine}`, `one for ${own}`);
  };

  /** Not with the run's signal: what was made is removed whatever ended the run. */
  const remove = async (): Promise<void> => {
    const probe = async (): Promise<{ found: true } | { seen: string }> => {
      const removed = await host({ argv: ['docker', 'rm', '--force', '--volumes', name], timeoutMs: removeMs });
      const filter = ['--all', '--quiet', '--filter', `name=^/?${name}$`];
      const listed = await host({ argv: ['docker', 'ps', ...filter], timeoutMs: removeMs });
      if (succeeded(listed) && listed.stdout.trim() === '') return { found: true };
      return { seen: failureLine(succeeded(listed) ? removed : listed) };
    };
    const patience = { timeoutMs: removeMs, everyMs: 200, signal: new AbortController().signal };
    await waitUntil(`container ${name} to be gone`, probe, patience);
  };

  const copy = async (): Promise<void> => {
    // Where a kill leaves it, it goes with the cluster, or is written anew.
    const stage = join(clusterDir(clusterName), 'load');
    rmSync(stage, { recursive: true, force: true });
    makeFolder(stage, 0o700);
    try {
      for (const folder of generatorSources) {
        const folderOf = join(modulesFolder, folder);
        cpSync(packageFile(folderOf), join(stage, folderOf), { recursive: true });
      }
      cpSync(packageFile('package.json'), join(stage, 'package.json'));
      await docker(makeMs, 'cp', stage, `${name}:${place}`);
      await docker(makeMs, 'cp', process.execPath, `${name}:${place}/node`);
    } finally {
      rmSync(stage, { recursive: true, force: true });
    }
  };

  const open = async (): Promise<RemoteGenerator> => {
    await assertPossible();
    const networks = await docker(removeMs, 'inspect', '--format', '{{json .NetworkSettings.Networks}}', aNode);
    const [network] = Object.keys(JSON.parse(networks) as Record<string, unknown>);
    if (network === undefined) throw impossible(`a network of ${aNode}`, 'none');
    const argv = ['docker', 'rm', '--force', '--volumes', name] as const;
    const undo = { node: aNode, on: 'host', argv, timeoutMs: removeMs } as const;
    entry = journal.add({ kind: 'settings', cluster: clusterName, incarnation, undo: [undo] });
    // One that a killed run left bears a cluster's name that this run has claimed.
    await remove();
    await docker(
      makeMs,
      ...['create', '--interactive', '--rm', '--name', name, '--network', network],
      ...clusterLabels(clusterName, 'skipbeat-load').flatMap((label) => ['--label', label]),
      // Its own images lie there, in a volume that would be copied.
      ...['--tmpfs', '/var', '--cap-drop', 'ALL', '--cap-add', 'SYS_NICE', '--security-opt', 'no-new-privileges'],
      ...['--entrypoint', `${place}/node`, nodeImage.reference, `${place}/${modulePath('load/remote/remote')}`],
    );
    await copy();
    dialogue = startDialogue(['docker', 'start', '--attach', '--interactive', name]);
    const remote = remoteGenerator(dialogue);
    await remote.clock();
    return remote;
  };

  const opened = async (): Promise<RemoteGenerator> => {
    generator ??= await open();
    return generator;
  };
  const onClock = (moment: 'start' | 'end', { shared, offsetNs, errorMs }: RemoteClock): void =>
    recorder.event({ type: 'load.clock', moment, shared, offsetMs: Number(offsetNs) / 1e6, errorMs });

  return {
    from: 'container',
    text: `, from a container on the network of the nodes: ${why}`,
    open: async () => {
      await opened();
    },
    close: async () => {
      if (entry === null) return;
      await dialogue?.end(endMs);
      await remove();
      entry.done();
      entry = null;
    },
    ask: async ({ address, path }, attempt) => {
      const argv = [
        ...(['curl', '--silent', '--show-error', '--noproxy', '*', '--output', '/dev/null'] as const),
        ...['--fail', '--max-time', String(askMs / 1000), `http://${address}:${nodePort}${path}`],
      ] as const;
      const result = await exec({ node: name, argv, timeoutMs: removeMs }, attempt);
      return succeeded(result) ? null : failureLine({ ...result, command: 'curl' });
    },
    start: async (load) => (await opened()).start({ ...load, onClock }),
  };
};
