import { expect, test } from 'vitest';
import { type CleanupAct, createReport } from '../../src/cleanup/report.ts';
import { clusterForeign } from '../../src/cluster/index.ts';

const name = 'skipbeat-x';
const foreign = clusterForeign({
  name,
  containers: [
    {
      ...{ id: 'a', container: `${name}-control-plane`, node: 'control-plane', role: 'control-plane' },
      ...{ running: true, address: null, marked: false, incarnation: null },
    },
  ],
});

test('what fails of a cluster is said behind its name, which is said once', async () => {
  const acts: CleanupAct[] = [];
  const report = createReport(false, (act) => acts.push(act));
  const isDone = await report.attempt('cluster', name, '', () => Promise.reject(foreign));
  expect([isDone, report.isClean()]).toEqual([false, false]);
  expect(acts).toEqual([
    {
      ...{ what: 'cluster', name, outcome: 'failed' },
      detail:
        'expected one that skipbeat made (each node with /etc/skipbeat/owner.json), found one without that mark. It was left untouched.',
    },
  ]);
});
