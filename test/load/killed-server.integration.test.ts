import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { countOf, expectConserved, record } from './support/recording.ts';

const startServerProcess = async (backlog = 1): Promise<{ readonly child: ChildProcess; readonly port: number }> => {
  const child = fork(new URL('./support/server-process.ts', import.meta.url), [String(backlog)], { execArgv: [] });
  onTestFinished(async () => {
    const gone = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  });
  const [port] = (await once(child, 'message')) as [number];
  return { child, port };
};

test('a server that is killed midway: what it answered is ok, then connections are refused, and all are accounted for', async () => {
  const { child, port } = await startServerProcess();
  const { load, records, until } = await record(port, { connection: 'both' });
  await until((so) => countOf(so, 'ok') >= 20);
  const killedAtSeq = records.length;
  child.kill('SIGKILL');
  await until((so) => countOf(so, 'refused') >= 20);
  const summary = await load.stop();
  expectConserved(records, summary, 200);
  const { ok, refused, reset } = {
    ok: countOf(records, 'ok'),
    refused: countOf(records, 'refused'),
    reset: countOf(records, 'reset'),
  };
  // A kill may cut requests off in the middle: those are resets. Nothing is anything else.
  expect(ok + refused + reset).toBe(summary.offered);
  expect(countOf(records.slice(0, killedAtSeq), 'ok')).toBe(killedAtSeq);
  expect(records.at(-1)?.outcome).toBe('refused');
});

test('a server that is paused: some connections stand unanswered in its backlog, the others are never made', async () => {
  const { child, port } = await startServerProcess();
  const { load, records, until } = await record(port, { timeoutMs: 1000 });
  await until((so) => countOf(so, 'ok') >= 5);
  child.kill('SIGSTOP');
  await until((so) => so.some((one) => one.code === 'TIMEOUT_CONNECT'));
  const stopping = load.stop();
  child.kill('SIGCONT');
  const summary = await stopping;
  expectConserved(records, summary, 200);
  expect(records.some((one) => one.code === 'TIMEOUT_RESPONSE')).toBe(true);
  for (const { outcome, status, code, sentMs, endedMs } of records) {
    if (outcome === 'timeout') {
      expect(status).toBeNull();
      // Node's timers count whole milliseconds of a clock that is cut off, so one may seem to end a little early.
      expect(endedMs - (sentMs ?? 0)).toBeGreaterThan(1000 - 2);
    } else expect({ outcome, code }).toEqual({ outcome: 'ok', code: null });
  }
});

test('a service that stops for 3 s shows as 3 s at p99, at any rate and on any connections', async () => {
  const [pausedMs, durationMs] = [3000, 4000];
  const p99Of = async (ratePerSecond: number, connection: 'fresh' | 'keep-alive'): Promise<number> => {
    const { child, port } = await startServerProcess(4096);
    const { load, records, until } = await record(port, { ratePerSecond, connection, maxDurationMs: durationMs });
    await until((so) => countOf(so, 'ok') > 0);
    child.kill('SIGSTOP');
    await delay(pausedMs);
    child.kill('SIGCONT');
    const due = (ratePerSecond * durationMs) / 1000;
    await until((so) => so.length === due);
    expectConserved(records, await load.stop(), ratePerSecond);
    expect(countOf(records, 'ok')).toBe(due);
    const latencies = records.map(({ dueMs, endedMs }) => endedMs - dueMs).sort((a, b) => a - b);
    return latencies[Math.floor(due * 0.99)] ?? Number.NaN;
  };
  const all = await Promise.all([p99Of(200, 'fresh'), p99Of(1000, 'keep-alive')]);
  for (const p99 of all) expect(p99).toBeGreaterThan(pausedMs * 0.95);
});
