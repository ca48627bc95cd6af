import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type HostExec, succeeded } from '../common/command.ts';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { packageFile } from '../common/package.ts';
import { failureLine } from '../node/index.ts';
import type { Plan } from '../plan/index.ts';
import { kindConfigFor } from './config.ts';
import { incarnationVariable } from './names.ts';
import { markSourcePath, writeMark } from './owner.ts';
import { kubeconfigPath, writeRecord } from './store.ts';

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
  readonly plan: Plan;
  readonly kept: boolean;
  /** kind's configuration and what kind printed are kept here. */
  readonly logsFolder: string;
  readonly timeoutMs: number;
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
