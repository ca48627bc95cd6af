import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { parse, stringify } from 'yaml';
import { type HostExec, succeeded } from '../common/command.ts';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { packageFile } from '../common/package.ts';
import { failureLine } from '../node/index.ts';
import type { Plan } from '../plan/index.ts';
import { kubeletEnvironment } from '../profile/index.ts';
import { incarnationVariable, markPath } from './names.ts';
import { markSourcePath, writeMark } from './owner.ts';
import { kubeconfigPath, writeRecord } from './store.ts';

type KindNode = { readonly role: string; readonly [field: string]: unknown };
type KindConfig = {
  readonly nodes?: readonly KindNode[];
  readonly networking?: object;
  readonly kubeadmConfigPatches?: readonly string[];
  readonly [field: string]: unknown;
};

/** `role` as often as the plan says: the topology file's own entries first, further ones like its last. */
const nodesOf = (config: KindConfig, role: string, count: number): readonly KindNode[] => {
  const templates = (config.nodes ?? []).filter((node) => node.role === role);
  const last = templates.at(-1) ?? { role };
  return Array.from({ length: count }, (_, index) => templates[index] ?? last);
};

/**
 * Merges what a plan asks for into a topology's kind configuration.
 * Patches carry no apiVersion and write `extraArgs` as a map: kind then applies them whichever kubeadm version it
 * renders and converts the map where a list is wanted; with a version of the wrong kind it would drop them silently.
 * @param topology the parsed file of kind-configs/
 * @param markSource file on this machine that is mounted into every node as the mark that the cluster is ours
 * @returns YAML for `kind create cluster --config`
 */
export const kindConfigFor = (plan: Plan, topology: unknown, markSource: string): string => {
  if (typeof topology !== 'object' || topology === null || Array.isArray(topology)) {
    throw new SkipbeatError(
      'KIND_CONFIG_INVALID',
      `kind-configs/${plan.topology.name}.yaml: expected a mapping of kind v1alpha4, received ${topology === null ? 'nothing' : typeof topology}.`,
      { exitCode: exitCodes.usage, next: `git checkout kind-configs/${plan.topology.name}.yaml` },
    );
  }
  const config = topology as KindConfig;
  const marked = [
    ...nodesOf(config, 'control-plane', plan.topology.controlPlanes),
    ...nodesOf(config, 'worker', plan.topology.workers),
  ].map((node) => ({
    ...node,
    extraMounts: [
      ...((node.extraMounts as readonly unknown[] | undefined) ?? []),
      { hostPath: markSource, containerPath: markPath, readOnly: true },
    ],
  }));
  const { apiServerArgs, controllerManagerArgs, kubeletConfiguration } = plan.profile;
  const patches = [
    {
      kind: 'ClusterConfiguration',
      apiServer: { extraArgs: apiServerArgs },
      controllerManager: { extraArgs: controllerManagerArgs },
    },
    { kind: 'KubeletConfiguration', ...kubeletEnvironment(plan.kubernetesVersion), ...kubeletConfiguration },
  ];
  return stringify({
    ...config,
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: marked,
    networking: {
      ...config.networking,
      // A /24 for each node; the /16 of kind's default holds 256.
      ...((plan.topology.hollow?.nodes ?? 0) > 200 ? { podSubnet: '10.128.0.0/10' } : {}),
      ...(plan.topology.apiServerPort === null ? {} : { apiServerPort: plan.topology.apiServerPort }),
    },
    kubeadmConfigPatches: [...(config.kubeadmConfigPatches ?? []), ...patches.map((patch) => stringify(patch))],
  });
};

export type CreateOptions = {
  readonly host: HostExec;
  readonly kindPath: string;
  readonly image: string;
  readonly name: string;
  readonly run: string;
  readonly incarnation: string;
  readonly engine: string;
  /** Where the run's evidence lies, from the root. */
  readonly folder: string | null;
  /** That folder by its one name. */
  readonly realFolder: string | null;
  readonly plan: Plan;
  readonly kept: boolean;
  /** kind's configuration and what kind printed are kept here. */
  readonly logsFolder: string;
  readonly timeoutMs: number;
  /** kind keeps it open: should this process be killed, a cluster still comes up while kind is at work. */
  readonly keepsOpen: Writable;
  readonly signal: AbortSignal;
};

const topologyFile = (name: string): string => packageFile(`kind-configs/${name}.yaml`);

/** @throws SkipbeatError PORT_TAKEN (exit 75) when something listens on that port of the loopback */
const assertPortFree = async (port: number): Promise<void> => {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
    });
  } catch (thrown) {
    const why = errnoOf(thrown) === 'EADDRINUSE' ? 'something listens on it' : messageOf(thrown);
    throw new SkipbeatError(
      'PORT_TAKEN',
      `cluster.apiServerPort ${port}: expected a free port on 127.0.0.1, found that ${why}.`,
      {
        exitCode: exitCodes.environment,
        cause: thrown,
        next: 'leave cluster.apiServerPort out (any free port is taken), or name another',
      },
    );
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
};

/**
 * `kind create cluster` with the plan's settings, into a kubeconfig of its own (0600): the user's is never opened.
 * Returns when kubeadm is done on every node; whether they are Ready is for the observers to see.
 * The caller has journalled the cluster before.
 * @throws SkipbeatError PORT_TAKEN, CLUSTER_NOT_CREATED (exit 75); the signal's reason when it fires
 */
export const createCluster = async (options: CreateOptions): Promise<void> => {
  const { host, kindPath, image, name, run, incarnation, plan, logsFolder, timeoutMs, signal } = options;
  if (plan.topology.apiServerPort !== null) await assertPortFree(plan.topology.apiServerPort);
  writeRecord({
    name,
    run,
    kubernetesVersion: plan.kubernetesVersion,
    image,
    controlPlanes: plan.topology.controlPlanes,
    workers: plan.topology.workers,
    kept: options.kept,
    incarnation,
    engine: options.engine,
    folder: options.folder,
    realFolder: options.realFolder,
  });
  writeMark({ cluster: name, incarnation, run, kept: options.kept });
  mkdirSync(logsFolder, { recursive: true });
  const config = join(logsFolder, 'kind.yaml');
  writeFileSync(
    config,
    kindConfigFor(
      plan,
      parse(readFileSync(topologyFile(plan.topology.name), 'utf8')),
      markSourcePath(name, incarnation),
    ),
  );
  const kubeconfig = kubeconfigPath(name);
  const made = await host(
    {
      argv: [
        ...([kindPath, 'create', 'cluster', '--name', name, '--image', image] as const),
        ...['--config', config, '--kubeconfig', kubeconfig, '--retain'],
      ],
      timeoutMs,
      // A user's own setting would have kind make the cluster on another engine than the one that was inspected.
      env: { [incarnationVariable]: incarnation, KIND_EXPERIMENTAL_PROVIDER: 'docker' },
      keepsOpen: options.keepsOpen,
    },
    signal,
  );
  writeFileSync(join(logsFolder, 'kind.log'), `${made.command}\n${made.stderr}\n${made.stdout}\n`);
  signal.throwIfAborted();
  if (!succeeded(made)) {
    throw new SkipbeatError('CLUSTER_NOT_CREATED', `kind did not create the cluster: ${failureLine(made)}.`, {
      exitCode: exitCodes.environment,
      next: `read ${join(logsFolder, 'kind.log')}, then  ${skipbeat('doctor')}`,
    });
  }
  chmodSync(kubeconfig, 0o600);
};
