// Runs beside an etcd in a cgroup of its own (see etcd.sh): makes its disk slow as a run does, and writes down what it saw.
// It judges nothing; test/fault/process/io-max.integration.test.ts does. Argument: the file for the result.
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { release } from 'node:os';
import { armFault } from '../../src/fault/index.ts';
import { openJournal } from '../../src/journal/index.ts';
import { containerExec, hostExec, startHold } from '../../src/node/index.ts';
import type { Attested, DiskResult, SlowDisk } from './result.ts';

const [resultFile = ''] = process.argv.slice(2);
const pki = '/etc/kubernetes/pki';
const limitFile = '/sys/fs/cgroup/etcd/io.max';
const limit = (): string => readFileSync(limitFile, 'utf8').trim();

/**
 * As much as keeps a slow disk busy: ten times a second, whatever has come back, all over a database of some hundred pages.
 * A sync waits for what is written beside it.
 */
const writeEveryMs = 100;
const keys = 300;
const value = Buffer.alloc(1500, 'x').toString('base64');
const agent = new Agent({
  keepAlive: true,
  ca: readFileSync(`${pki}/etcd/ca.crt`),
  cert: readFileSync(`${pki}/apiserver-etcd-client.crt`),
  key: readFileSync(`${pki}/apiserver-etcd-client.key`),
});
let writes = 0;
const writing = setInterval(() => {
  writes += 1;
  const key = Buffer.from(`lease-${(writes * 7) % keys}`).toString('base64');
  const put = request({ host: '127.0.0.1', port: 2379, path: '/v3/kv/put', method: 'POST', agent });
  put.on('response', (response) => response.resume());
  put.end(JSON.stringify({ key, value }));
}, writeEveryMs);

const lengthMs = 20_000;
const slow = async (delayMs: number): Promise<SlowDisk> => {
  const id = 'etcd-disk-latency-1';
  const attested: Attested[] = [];
  let undone = false;
  const journal = openJournal(`disk-${delayMs}`, null, null);
  const armed = await armFault({
    planned: {
      ...{ id, kind: 'etcd-disk-latency', targets: ['control-plane'], delayMs },
      occurrences: [{ id, startMs: 0, endMs: lengthMs }],
    },
    id,
    site: {
      ...{ cluster: 'lab', incarnation: 'lab', run: 'lab' },
      nodes: [{ node: 'control-plane', container: 'this', role: 'control-plane', address: '127.0.0.1' }],
      ...{ exec: containerExec(hostExec), hold: startHold, host: hostExec },
    },
    journal,
    record: (body) => {
      if (body.type === 'fault.attested') {
        attested.push({ moment: body.moment, state: body.state, evidence: body.evidence });
      }
      if (body.type === 'fault.undone') undone = body.undone;
    },
    signal: new AbortController().signal,
  });
  const active = await armed.inject();
  const limitThen = limit();
  await active.hold();
  journal.close();
  return { delayMs, attested, undone, limit: limitThen, limitAfter: limit() };
};

const disks: SlowDisk[] = [];
for (const delayMs of [500, 1000]) disks.push(await slow(delayMs));
clearInterval(writing);
const result: DiskResult = { kernel: release(), limitFile, disks };
writeFileSync(resultFile, JSON.stringify(result));
agent.destroy();
