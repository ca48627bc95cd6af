import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fullNodeName, workloadImages } from '../../../cluster/index.ts';
import { type CommandResult, quoteArgument, succeeded } from '../../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../../common/errors.ts';
import { skipbeat } from '../../../common/invocation.ts';
import { failureLine } from '../../../node/index.ts';
import type { KindRun, RunningCluster } from '../context.ts';

type Run = Pick<KindRun, 'exec' | 'signal'> & {
  readonly options: Pick<KindRun['options'], 'host' | 'clusterName' | 'logsFolder' | 'nodeImage'>;
  readonly plan: Pick<KindRun['plan'], 'kubernetesVersion' | 'workload'>;
  readonly recorder: Pick<KindRun['recorder'], 'event'>;
};

const probeMs = 60_000;
const loadMs = 300_000;

const containerd = ['ctr', '--namespace', 'k8s.io', 'images'] as const;

/** Under the node's own root, for /tmp of a node is a mount of its own that the engine does not copy into. */
const archiveInNode = '/kind/workload.tar';

/**
 * An image as containerd lists it: `nginx` is `docker.io/library/nginx:latest`; of a tag and a digest the digest counts.
 * @see distribution/reference normalize.go, splitDockerDomain
 */
export const listedName = (image: string): string => {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const host = isHost && first !== 'index.docker.io' ? first : 'docker.io';
  const name = isHost ? rest.join('/') : image;
  const path = host === 'docker.io' && !name.includes('/') ? `library/${name}` : name;
  const [tagged = '', digest] = path.split('@');
  const last = tagged.slice(tagged.lastIndexOf('/') + 1);
  if (digest !== undefined)
    return `${host}/${tagged.slice(0, tagged.length - last.length)}${last.split(':')[0]}@${digest}`;
  return `${host}/${tagged}${last.includes(':') ? '' : ':latest'}`;
};

/** An image, and the nodes, by their short names, that are without it. */
type Lack = { readonly image: string; readonly nodes: readonly string[] };

const missingOn = ({ options, plan }: Run, { image, nodes }: Lack, why: string): SkipbeatError => {
  const { reference, source } = options.nodeImage;
  const rebuild = skipbeat(`setup --kubernetes ${plan.kubernetesVersion}`);
  const isShipped = plan.workload.manifest === undefined;
  const next = isShipped
    ? source === 'built'
      ? `${rebuild} --rebuild`
      : rebuild
    : `docker pull ${quoteArgument(image)}`;
  return new SkipbeatError(
    'WORKLOAD_IMAGE_MISSING',
    `Expected ${image} on every node before anything is measured, found none on ${nodes.join(', ')} (${reference}): ${why}.`,
    { exitCode: exitCodes.environment, next },
  );
};

/** What the nodes' containerd does not hold. */
const missing = async (run: Run, nodes: readonly string[]): Promise<readonly Lack[]> => {
  const { exec, options, plan, signal } = run;
  const { clusterName, nodeImage } = options;
  const images = workloadImages(nodeImage.workloadImage, plan.workload);
  const held = await Promise.all(
    nodes.map(async (node) => {
      const argv = [...containerd, 'list', '--quiet'] as const;
      const listed = await exec({ node: fullNodeName(clusterName, node), argv, timeoutMs: probeMs }, signal);
      signal.throwIfAborted();
      if (succeeded(listed)) return { node, names: new Set(listed.stdout.split('\n')) };
      const why = `its images could not be listed: ${failureLine(listed)}`;
      throw missingOn(run, { image: images.join(', '), nodes: [node] }, why);
    }),
  );
  return images.flatMap((image): readonly Lack[] => {
    const without = held.filter(({ names }) => !names.has(listedName(image))).map(({ node }) => node);
    return without.length === 0 ? [] : [{ image, nodes: without }];
  });
};

/** Copies the engine's image into nodes, as an archive; what a step of it printed where it failed. */
const load = async (run: Run, { image, nodes }: Lack): Promise<CommandResult | null> => {
  const { options, exec, signal } = run;
  const { host, clusterName, logsFolder } = options;
  const archive = join(logsFolder, 'workload.tar');
  try {
    const saved = await host({ argv: ['docker', 'save', '--output', archive, image], timeoutMs: loadMs }, signal);
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

/** Lets nodes pull an image themselves; what the first that could not printed. */
const pull = async ({ options, exec, signal }: Run, { image, nodes }: Lack): Promise<CommandResult | null> => {
  const argv = [...containerd, 'pull', listedName(image)] as const;
  const pulled = await Promise.all(
    nodes.map((node) => exec({ node: fullNodeName(options.clusterName, node), argv, timeoutMs: loadMs }, signal)),
  );
  return pulled.find((result) => !succeeded(result)) ?? null;
};

/**
 * Sees to it that every node holds the images of the workload before anything is measured, for its pods never pull: checks,
 * loads from the engine what nodes lack, lets nodes pull what the engine lacks of somebody's own, and checks again.
 * @throws SkipbeatError WORKLOAD_IMAGE_MISSING (exit 75)
 */
export const provideWorkloadImages = async (
  run: Run,
  { nodes }: { readonly nodes: readonly Pick<RunningCluster['nodes'][number], 'node'>[] },
): Promise<void> => {
  const { options, plan, recorder, signal } = run;
  const names = nodes.map(({ node }) => node);
  const isOwn = plan.workload.manifest !== undefined;
  const lacks = await missing(run, names);
  const failures: string[] = [];
  for (const lack of lacks) {
    if (options.nodeImage.source === 'built' && !isOwn) throw missingOn(run, lack, 'the node image should hold it');
    const failed = await load(run, lack);
    const last = failed !== null && isOwn ? await pull(run, lack) : failed;
    signal.throwIfAborted();
    for (const one of failed === last ? [last] : [failed, last]) if (one !== null) failures.push(failureLine(one));
  }
  if (lacks.length === 0) return;
  const [still] = await missing(run, names);
  if (still !== undefined) {
    throw missingOn(run, still, failures.length === 0 ? 'it was loaded and is not listed' : failures.join('; '));
  }
  for (const { image, nodes: were } of lacks) {
    recorder.event({ type: 'note', text: `${image} loaded into ${were.join(', ')}` });
  }
};
