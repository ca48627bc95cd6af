import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fullNodeName } from '../../../cluster/index.ts';
import { type CommandResult, succeeded } from '../../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../../common/errors.ts';
import { skipbeat } from '../../../common/invocation.ts';
import { failureLine } from '../../../node/index.ts';
import type { KindRun, RunningCluster } from '../context.ts';

type Run = Pick<KindRun, 'exec' | 'signal'> & {
  readonly options: Pick<KindRun['options'], 'host' | 'clusterName' | 'logsFolder' | 'nodeImage'>;
  readonly plan: Pick<KindRun['plan'], 'kubernetesVersion'>;
  readonly recorder: Pick<KindRun['recorder'], 'event'>;
};

const probeMs = 60_000;
const loadMs = 300_000;

const containerd = ['ctr', '--namespace', 'k8s.io', 'images'] as const;

/** Under the node's own root, for /tmp of a node is a mount of its own that the engine does not copy into. */
const archiveInNode = '/kind/workload.tar';

const missingOn = ({ options, plan }: Run, nodes: readonly string[], why: string): SkipbeatError => {
  const { workloadImage, reference, source } = options.nodeImage;
  const rebuild = skipbeat(`setup --kubernetes ${plan.kubernetesVersion}`);
  return new SkipbeatError(
    'WORKLOAD_IMAGE_MISSING',
    `Expected ${workloadImage} on every node before anything is measured, found none on ${nodes.join(', ')} (${reference}): ${why}.`,
    { exitCode: exitCodes.environment, next: source === 'built' ? `${rebuild} --rebuild` : rebuild },
  );
};

/** Nodes, by their short names, whose containerd does not hold the image. */
const missing = async (run: Run, nodes: readonly string[]): Promise<readonly string[]> => {
  const { exec, options, signal } = run;
  const { clusterName, nodeImage } = options;
  const answers = await Promise.all(
    nodes.map(async (node) => {
      const argv = [...containerd, 'list', '--quiet'] as const;
      const listed = await exec({ node: fullNodeName(clusterName, node), argv, timeoutMs: probeMs }, signal);
      signal.throwIfAborted();
      if (!succeeded(listed)) throw missingOn(run, [node], `its images could not be listed: ${failureLine(listed)}`);
      return listed.stdout.split('\n').includes(nodeImage.workloadImage) ? [] : [node];
    }),
  );
  return answers.flat();
};

/** Copies the engine's image into nodes, as an archive; what a step of it printed where it failed. */
const load = async (run: Run, nodes: readonly string[]): Promise<CommandResult | null> => {
  const { options, exec, signal } = run;
  const { host, clusterName, logsFolder, nodeImage } = options;
  const archive = join(logsFolder, 'workload.tar');
  try {
    const saved = await host(
      { argv: ['docker', 'save', '--output', archive, nodeImage.workloadImage], timeoutMs: loadMs },
      signal,
    );
    if (!succeeded(saved)) return saved;
    for (const short of nodes) {
      const node = fullNodeName(clusterName, short);
      const copied = await host(
        { argv: ['docker', 'cp', archive, `${node}:${archiveInNode}`], timeoutMs: loadMs },
        signal,
      );
      if (!succeeded(copied)) return copied;
      const argv = [...containerd, 'import', archiveInNode] as const;
      const imported = await exec({ node, argv, timeoutMs: loadMs }, signal);
      await exec({ node, argv: ['rm', '-f', archiveInNode], timeoutMs: probeMs });
      if (!succeeded(imported)) return imported;
    }
    return null;
  } finally {
    rmSync(archive, { force: true });
  }
};

/**
 * Sees to it that every node holds the workload's image before anything is measured, for its pods never pull: checks,
 * loads it from the engine where nodes of a published image lack it, and checks again.
 * @throws SkipbeatError WORKLOAD_IMAGE_MISSING (exit 75)
 */
export const provideWorkloadImage = async (
  run: Run,
  { nodes }: { readonly nodes: readonly Pick<RunningCluster['nodes'][number], 'node'>[] },
): Promise<void> => {
  const { options, recorder, signal } = run;
  const { workloadImage, source } = options.nodeImage;
  const without = await missing(
    run,
    nodes.map(({ node }) => node),
  );
  if (without.length === 0) return;
  if (source === 'built') throw missingOn(run, without, 'the node image should hold it');
  const failed = await load(run, without);
  signal.throwIfAborted();
  const still = await missing(run, without);
  if (still.length > 0) {
    throw missingOn(run, still, failed === null ? 'it was loaded and is not listed' : failureLine(failed));
  }
  recorder.event({ type: 'note', text: `${workloadImage} loaded into ${without.join(', ')}` });
};
