// Leaves what a run on a kept cluster would that was killed:  leave-journal.ts CLUSTER ENGINE [FOLDER]
import { writeRecord } from '../../../src/cluster/store.ts';
import { openJournal } from '../../../src/journal/index.ts';

const [cluster = '', engine = '', folder = null] = process.argv.slice(2);
const incarnation = '0123456789abcdef';
const run = `killed-on-${cluster}`;
writeRecord({
  ...{ name: cluster, run, kubernetesVersion: 'v1.34.4', image: 'skipbeat/node:v1.34.4', controlPlanes: 1, workers: 2 },
  ...{ kept: true, incarnation, engine, folder: null },
});
const undo = [{ node: `${cluster}-worker`, argv: ['true'] as const, timeoutMs: 1000 }];
openJournal(run, folder, engine).add({
  ...{ kind: 'fault', cluster, incarnation, fault: 'kubelet-pause-1', faultKind: 'kubelet-pause', undo },
});
process.kill(process.pid, 'SIGKILL');
