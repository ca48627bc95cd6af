import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hollowFolder } from '../../src/cluster/hollow/processes.ts';
import { removeCluster, whileClaimed } from '../../src/cluster/index.ts';
import { clusterDir, kubeconfigPath, writeRecord } from '../../src/cluster/store.ts';
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
  const kwok = join(hollowFolder(name, 'bbbbbbbbbbbbbbbb'), 'kwok.yaml');
  mkdirSync(hollowFolder(name, 'bbbbbbbbbbbbbbbb'), { recursive: true });
  for (const file of [kwok, kubeconfigPath(name)]) writeFileSync(file, '');
  expect(await removeCluster(emptyEngine, name, incarnation)).toBe(0);
  expect([kwok, kubeconfigPath(name)].map((file) => existsSync(file))).toEqual([stays, stays]);
});

const [one, another] = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb'];

test.each([
  ['its mark alone', [one], false],
  ['the mark of another', [another], true],
  ['marks of both', [one, another], true],
  ['no mark', [], true],
])('where no record says of which cluster what is kept is, it goes by the marks: %s', async (_, marks, stays) => {
  for (const text of [null, '{"name":', JSON.stringify({ name })]) {
    mkdirSync(clusterDir(name), { recursive: true });
    if (text !== null) writeFileSync(join(clusterDir(name), 'cluster.json'), text);
    for (const mark of marks) writeFileSync(join(clusterDir(name), `owner-${mark}.json`), '{}');
    writeFileSync(kubeconfigPath(name), '');
    expect(await removeCluster(emptyEngine, name, one)).toBe(0);
    expect(existsSync(kubeconfigPath(name))).toBe(stays);
    rmSync(clusterDir(name), { recursive: true, force: true });
  }
});

test('a lock that is lost ends a removal before what is kept is forgotten', async () => {
  const lost = new AbortController();
  writeFileSync(join(mkKept(), 'cluster.json'), JSON.stringify({ name, incarnation: one }));
  const losing: HostExec = async (command) => {
    lost.abort(new Error('its file was deleted'));
    return emptyEngine(command);
  };
  await expect(removeCluster(whileClaimed(losing, name, { lost: lost.signal }), name, one)).rejects.toMatchObject({
    code: 'CLUSTER_LOCK_LOST',
    exitCode: 75,
  });
  expect(existsSync(join(clusterDir(name), 'cluster.json'))).toBe(true);
});

const mkKept = (): string => {
  mkdirSync(clusterDir(name), { recursive: true });
  return clusterDir(name);
};
