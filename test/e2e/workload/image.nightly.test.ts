import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { provideWorkloadImages } from '../../../src/backend/kind/workload/workload-image.ts';
import { containerExec, hostExec } from '../../../src/node/index.ts';
import { requireKind } from '../../../src/setup/index.ts';
import { clusterName, fixture, makePlace, skipbeat } from '../support/harness.ts';
import { errorIn, keptText } from '../support/said.ts';

const cluster = clusterName('image');
const nodes = ['control-plane', 'worker', 'worker2'].map((node) => ({ node }));

describe("the workload's image", () => {
  const place = makePlace();
  beforeAll(async () => {
    const made = await skipbeat(place, ['run', fixture('short'), '--cluster', cluster, '--keep-cluster']);
    expect(made.exitCode, made.all).toBe(0);
  });
  afterAll(async () => {
    await skipbeat(place, ['cleanup', '--cluster', cluster]);
    place.remove();
  });

  /** As for nodes of a published image. @returns what was noted */
  const provide = async (workloadImage: string): Promise<readonly string[]> => {
    const notes: string[] = [];
    const { nodeImage } = await requireKind('v1.34');
    const pulled = { ...nodeImage, source: 'pulled' as const, workloadImage };
    const run = {
      options: { host: hostExec, clusterName: cluster, logsFolder: place.folder, nodeImage: pulled },
      exec: containerExec(hostExec),
      plan: { kubernetesVersion: nodeImage.kubernetesVersion, workload: { replicas: 2 } },
      recorder: { event: (body: { readonly type: string }) => notes.push(JSON.stringify(body)) },
      signal: new AbortController().signal,
    };
    await provideWorkloadImages(run, { nodes });
    return notes;
  };

  test('is loaded from the engine into every node that lacks it, once', async () => {
    const image = 'docker.io/skipbeat/probe:1';
    expect(await provide(image)).toEqual([
      JSON.stringify({ type: 'note', text: `${image} loaded into control-plane, worker, worker2` }),
    ]);
    expect(await provide(image)).toEqual([]);
  });

  test('that the engine lacks, too, is exit 75, by node', async () => {
    await expect(provide('docker.io/skipbeat/nobody:1')).rejects.toMatchObject({
      code: 'WORKLOAD_IMAGE_MISSING',
      exitCode: 75,
      message: expect.stringMatching(
        /^Expected docker.io\/skipbeat\/nobody:1 on every node .* control-plane, worker, worker2/,
      ),
      next: expect.stringMatching(/^npm run setup -- --kubernetes v1\.34\.\d+$/),
    });
  });

  test('that one node of a built image has lost ends a run with 75 before anything is measured', async () => {
    const { nodeImage } = await requireKind('v1.34');
    expect(nodeImage.source).toBe('built');
    const ctr = ['exec', `${cluster}-worker2`, 'ctr', '--namespace', 'k8s.io', 'images'];
    await execa('docker', [...ctr, 'tag', nodeImage.workloadImage, 'docker.io/skipbeat/aside:1']);
    await execa('docker', [...ctr, 'remove', nodeImage.workloadImage]);
    const out = join(place.folder, 'missing');
    const ended = await skipbeat(place, [
      'run',
      fixture('short'),
      '--cluster',
      cluster,
      '--keep-cluster',
      '--out',
      out,
    ]);
    expect([ended.exitCode, errorIn(ended)]).toEqual([
      75,
      `WORKLOAD_IMAGE_MISSING  Expected ${nodeImage.workloadImage} on every node before anything is measured, found none on worker2 (${nodeImage.reference}): the node image should hold it.
Try: npm run setup -- --kubernetes ${nodeImage.kubernetesVersion} --rebuild
What was seen until then: ${out}/
${keptText(cluster)}`,
    ]);
    expect(ended.all).not.toContain('… workload');
  });
});
