import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { MatrixDocument } from '../../src/matrix/index.ts';
import { containers, leftovers, madeCluster, makePlace, skipbeat, start } from './support/harness.ts';

const place = makePlace();
afterAll(place.remove);

/** Phases as short as they can be: how the cells follow one another is under test, not what they measure. */
const short = [
  '--set',
  'phases=[{steady: 2s}, {fault: 3s, inject: [{kind: kubelet-pause, target: {role: worker}}]}, {recover: {within: 60s}}]',
  ...['--set', 'expect=[]'],
];
const asked = ['matrix', '--backend', 'kind', '--profiles', 'default,fast', '--kubernetes', 'v1.34.4', ...short];
const read = (): MatrixDocument =>
  JSON.parse(readFileSync(join(place.folder, 'all/matrix.json'), 'utf8')) as MatrixDocument;

/** Every cluster that a cell made is gone from the engine. */
const allGone = async (): Promise<void> => {
  const logs = (readdirSync(join(place.folder, 'all'), { recursive: true }) as string[]).filter((path) =>
    path.endsWith('/logs/kind.log'),
  );
  expect(logs).not.toEqual([]);
  for (const log of logs)
    expect(await containers(`${madeCluster(join(place.folder, 'all', log, '../..'))}-`)).toEqual([]);
};

describe('a matrix on real clusters', () => {
  test('Ctrl-C between the phases of a cell ends with 130 and leaves nothing but the evidence', async () => {
    const running = start(place, [...asked, '--out', 'all']);
    await running.shown('… steady');
    running.child.kill('SIGINT');
    const ended = await running.child;
    expect(ended.exitCode).toBe(130);
    expect(ended.stderr.split('\n').filter((line) => line.startsWith('Go on with'))).toEqual([
      'Go on with  npm run skipbeat -- matrix --resume all',
    ]);
    expect(read().results).toEqual([]);
    await allGone();
    expect(leftovers(place)).toEqual([]);
  });

  test('resumed, it runs every profile on one living cluster, which changes in place, and takes it down', async () => {
    const ended = await skipbeat(place, ['matrix', '--resume', 'all']);
    expect(ended.stdout).toContain('Kubernetes v1.34.4');
    expect(ended.stderr).toContain('changed in place to fast');
    const { results } = read();
    expect(results.map(({ profile, figures }) => [profile, figures !== null])).toEqual([
      ['default', true],
      ['fast', true],
    ]);
    for (const { folder } of results) expect(existsSync(join(place.folder, 'all', folder, 'run.json'))).toBe(true);
    await allGone();
    expect(leftovers(place)).toEqual([]);
  });
});
