import { startLoad } from '../../src/load/index.ts';
import type { RequestRecord } from '../../src/timeline/index.ts';
import { type Attack, type AttackResult, quantilesOf } from './measure.ts';

/** Our own generator, as a run uses it: the thread, and a listener that keeps every record. */
export const attackWithSkipbeat = async ({
  port,
  ratePerSecond,
  seconds,
  connection,
  timeoutMs,
}: Attack): Promise<AttackResult> => {
  const records: RequestRecord[] = [];
  const expected = Math.ceil(ratePerSecond * seconds);
  const all = Promise.withResolvers<void>();
  const load = await startLoad({
    targets: [{ host: '127.0.0.1', port, path: '/' }],
    ratePerSecond,
    connection,
    timeoutMs,
    runStartNs: process.hrtime.bigint(),
    maxDurationMs: seconds * 1000,
    onBatch: (batch) => {
      for (const record of batch) records.push(record);
      if (records.length >= expected) all.resolve();
    },
  });
  const before = process.cpuUsage();
  await Promise.race([all.promise, load.failed]);
  const { offered } = await load.stop();
  const { user, system } = process.cpuUsage(before);

  const faults: string[] = [];
  if (offered !== expected) faults.push(`${expected} were due, ${offered} were offered`);
  if (records.length !== offered) faults.push(`${offered} offered, ${records.length} recorded`);
  const distinct = new Set(records.map((record) => record.seq)).size;
  if (distinct !== records.length) faults.push(`${records.length} recorded, ${distinct} of them distinct`);
  const sent = records.filter((record) => record.sentMs !== null);
  return {
    offered,
    ok: records.filter((record) => record.outcome === 'ok').length,
    latenessMs: quantilesOf(sent.map((record) => (record.sentMs ?? Number.NaN) - record.dueMs)),
    latencyMs: quantilesOf(records.map((record) => record.endedMs - record.dueMs)),
    faults,
    cpuMs: (user + system) / 1000,
  };
};
