import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files of the integration tier that take longest, some of them short ones that wait: for a machine in user-mode Linux, for npm. In
 * a clone that has run no tests yet vitest starts the larger files first; io-max would then be one of the last, and the
 * whole tier would wait for it.
 */
const longFiles = [
  'test/fault/netem/netem.integration.test.ts',
  'test/package/package.integration.test.ts',
  'test/cleanup/answers.sampled.integration.test.ts',
  'test/fault/process/io-max.integration.test.ts',
  'test/agent/chaos-mesh.integration.test.ts',
  'test/load/remote/several.integration.test.ts',
  'test/tools/night.integration.test.ts',
  'test/watch/watch.integration.test.ts',
  'test/report/html/page.integration.test.ts',
  'test/fault/path/hollow-path.integration.test.ts',
  'test/cli/sweep.integration.test.ts',
  'test/cli/matrix.integration.test.ts',
  'test/tools/action.integration.test.ts',
  'test/agent/partition.integration.test.ts',
  'test/agent/netem.integration.test.ts',
  'test/node/lock.integration.test.ts',
  'test/agent/disarm.integration.test.ts',
  'test/backend/model/controllers/controller.sampled.integration.test.ts',
  'test/setup/undo.integration.test.ts',
  'test/load/load.integration.test.ts',
  'test/run/abort-conditions.integration.test.ts',
  'test/cli/config-files.integration.test.ts',
  'test/load/shortage.integration.test.ts',
  'test/load/killed-server.integration.test.ts',
  'test/cleanup/context.integration.test.ts',
  'test/agent/scripts.integration.test.ts',
  'test/run/many-requests.integration.test.ts',
];

for (const file of longFiles)
  if (!existsSync(file))
    throw new Error(`test/support/order.ts: expected ${file}, found none: name it as it is called now`);

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = longFiles.indexOf(relative('.', moduleId));
  return rank === -1 ? longFiles.length : rank;
};

/** Tiers one after the other, as vitest has them; in each of them these first, then the others as vitest has them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const tiers = [...new Set(sorted.map(({ project }) => project.name))];
    return tiers.flatMap((tier) =>
      sorted.filter(({ project }) => project.name === tier).sort((a, b) => rankOf(a) - rankOf(b)),
    );
  }
}
