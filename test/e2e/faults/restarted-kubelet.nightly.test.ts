import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { measuredResults } from '../../../src/known-bugs/index.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import { makePlace, skipbeat } from '../support/harness.ts';

const place = makePlace();
afterAll(place.remove);

/** What stands in src/known-bugs/measured.ts of real clusters; null where nothing does. */
const recorded = (id: string, version: string): boolean | null =>
  measuredResults.find((one) => one.onCluster && one.id === id && one.version === version)?.present ?? null;

test.each(['v1.20.2', 'v1.34.4'])(
  'a kubelet of %s that is started again does what is on record of its bugs',
  async (version) => {
    const folder = join(place.folder, version);
    await skipbeat(place, ['run', 'kubelet-restart', '--backend', 'kind', '--kubernetes', version, '--out', folder]);
    const events = readFileSync(join(folder, 'events.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TimelineEvent);
    const undoneMs = events.find(({ type }) => type === 'fault.undoing')?.atMs ?? Number.NaN;
    const since = events.filter(({ atMs }) => atMs >= undoneMs);
    expect(since).not.toEqual([]);
    const onWorker2 = since.filter((event) => 'node' in event && event.node === 'worker2');
    expect({
      'kubernetes#122338': onWorker2.some((event) => event.type === 'node.ready' && event.status === 'False'),
      'kubernetes#100277': onWorker2.some((event) => event.type === 'pod' && event.change === 'notReady'),
    }).toEqual({
      'kubernetes#122338': recorded('kubernetes#122338', version),
      'kubernetes#100277': recorded('kubernetes#100277', version),
    });
  },
  900_000,
);
