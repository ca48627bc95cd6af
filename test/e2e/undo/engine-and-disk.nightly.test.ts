import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { engineLost, relayEngine } from '../support/engine.ts';
import { clusterName, containers, fixture, leftovers, makePlace, skipbeat, start } from '../support/harness.ts';
import { errorIn, linesOf, recordFailed } from '../support/said.ts';

// On a cluster that the run made: undo.e2e.test.ts has the same on one that is kept.
const place = makePlace();
afterAll(place.remove);

describe('while a run has a cluster of its own', () => {
  test('an engine that stops in the middle: exit 75 with the reason; when it is back, cleanup removes what was left', async () => {
    const engine = await relayEngine();
    const cluster = clusterName('engine');
    const args = ['run', fixture('interrupted'), '--cluster', cluster, '--out', join(place.folder, 'engine')];
    const running = start(place, args, { DOCKER_HOST: engine.host });
    await running.shown('… steady');
    await engine.stop();
    const ended = await running.child;
    const out = join(place.folder, 'engine');
    expect([ended.exitCode, errorIn(ended).replace(/(?<= as: ).*/, '…')]).toEqual([75, engineLost(engine.host, out)]);
    const document = JSON.parse(readFileSync(join(place.folder, 'engine/run.json'), 'utf8')) as { verdict: string };
    expect(document.verdict).toBe('inconclusive');
    expect(leftovers(place)).toHaveLength(2);
    const cleaned = await skipbeat(place, ['cleanup']);
    expect([cleaned.exitCode, linesOf(cluster, cleaned)]).toEqual([
      0,
      [`done    cluster ${cluster}: removed (3 containers)`],
    ]);
    expect(await containers(`${cluster}-`)).toEqual([]);
    expect(leftovers(place)).toEqual([]);
  });

  test('a disk that fills up while recording ends the run with 75, after its undo', async () => {
    const cluster = clusterName('disk');
    const out = join(place.folder, 'small-disk');
    mkdirSync(out);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', out]);
    try {
      const running = start(place, ['run', fixture('interrupted'), '--cluster', cluster, '--out', out]);
      await running.shown('… steady');
      await execa('dd', ['if=/dev/zero', `of=${join(out, 'ballast')}`, 'bs=1k', 'count=1000'], { reject: false });
      const ended = await running.child;
      expect([ended.exitCode, errorIn(ended)]).toEqual([75, recordFailed(out)]);
      expect(await containers(`${cluster}-`)).toEqual([]);
      expect(leftovers(place)).toEqual([]);
    } finally {
      await execa('umount', [out]);
    }
  });
});
