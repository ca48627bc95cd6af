import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hollowFolder } from '../../src/cluster/hollow/processes.ts';
import { removeCluster } from '../../src/cluster/index.ts';
import { kubeconfigPath, writeRecord } from '../../src/cluster/store.ts';
import type { HostExec } from '../../src/common/command.ts';
import { hostExec } from '../../src/node/index.ts';

const name = 'skipbeat-removed';
let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-remove-'));
  vi.stubEnv('SKIPBEAT_STATE_DIR', place);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

/** An engine without a container. */
const emptyEngine: HostExec = (command) => hostExec({ ...command, argv: ['true'] });

test.each([
  ['an earlier one', 'aaaaaaaaaaaaaaaa', true],
  ['that very one', 'bbbbbbbbbbbbbbbb', false],
])('of a cluster that was made anew, what is kept is removed with it alone: %s', async (_, incarnation, stays) => {
  writeRecord({
    ...{ name, run: 'run-1', kubernetesVersion: 'v1.34.4', image: 'node', controlPlanes: 1, workers: 2 },
    ...{ kept: true, incarnation: 'bbbbbbbbbbbbbbbb', engine: 'one', folder: null },
  });
  const kwok = join(hollowFolder(name), 'kwok.yaml');
  mkdirSync(hollowFolder(name), { recursive: true });
  for (const file of [kwok, kubeconfigPath(name)]) writeFileSync(file, '');
  expect(await removeCluster(emptyEngine, name, incarnation)).toBe(0);
  expect([kwok, kubeconfigPath(name)].map((file) => existsSync(file))).toEqual([stays, stays]);
});
