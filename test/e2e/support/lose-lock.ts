// Uses a cluster as a run does, loses its lock as by a kill of the shell that holds it, and lives on:
//   lose-lock.ts CLUSTER INCARNATION ENGINE makes|uses|used
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { writeMark } from '../../../src/cluster/owner.ts';
import { claimCluster, writeRecord } from '../../../src/cluster/store.ts';
import { openJournal } from '../../../src/journal/index.ts';

const [cluster = '', incarnation = '', engine = '', mode] = process.argv.slice(2);
const run = `alive-on-${cluster}`;
const { lost } = await claimCluster(cluster);
writeRecord({
  ...{ name: cluster, run, kubernetesVersion: 'v1.34.4', image: 'skipbeat/node:v1.34.4', controlPlanes: 1, workers: 0 },
  ...{ kept: false, incarnation, engine, folder: null },
});
writeMark({ cluster, incarnation, run, kept: false });
const journal = openJournal(run, null, engine);
if (mode === 'makes') journal.add({ kind: 'cluster', cluster, incarnation });
if (mode === 'used') journal.close();
const shells = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
  .split(' ')
  .filter((pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('skipbeat-lock'));
for (const pid of shells) process.kill(-Number(pid), 'SIGKILL');
if (!lost.aborted) await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }));
process.stdout.write('alone\n');
await delay(600_000);
