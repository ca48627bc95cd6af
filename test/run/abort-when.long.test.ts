import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backend } from '../../src/backend/index.ts';
import { abortWhenOf } from '../../src/cli/options/abort-when.ts';
import { readAbortWhen, watchAbortWhen } from '../../src/run/abort-when.ts';
import { executeRun } from '../../src/run/index.ts';
import type { RequestOutcome, RequestRecord } from '../../src/timeline/index.ts';
import { defaultPlan } from '../verdict/timeline-builder.ts';

const request = (seq: number, endedMs: number, outcome: RequestOutcome): RequestRecord => ({
  ...{ seq, connection: 'fresh', dueMs: endedMs - 1, sentMs: endedMs - 1, endedMs, outcome },
  ...{ status: outcome === 'ok' ? 200 : null, code: outcome === 'ok' ? null : 'ECONNREFUSED' },
});

/** As many requests, 20 ms apart, of which the last `failed` failed. */
const requests = (count: number, failed: number, fromMs = 0, how: RequestOutcome = 'refused') =>
  Array.from({ length: count }, (_, seq) => request(seq, fromMs + seq * 20, seq < count - failed ? 'ok' : how));

const reasonOf = (share: number, batches: readonly (readonly RequestRecord[])[]): string | null => {
  const { listener, tripped, dispose } = watchAbortWhen({ scenario: 'x' }, share);
  for (const batch of batches) listener.onRequests?.(batch);
  dispose();
  return tripped.aborted ? (tripped.reason as Error).message : null;
};

describe('--abort-when', () => {
  test('ends a run once more than that share failed', () => {
    expect(reasonOf(0.2, [requests(100, 20)])).toBeNull();
    expect(reasonOf(0.2, [requests(100, 21)])).toBe(
      '21 of the 100 requests that ended within 10 s failed, 21 %, and --abort-when is 20 %: the run was ended.',
    );
  });

  test('takes no share of fewer than 20', () => {
    expect(reasonOf(0.2, [requests(19, 19)])).toBeNull();
    expect(reasonOf(0.2, [requests(19, 19), requests(1, 0, 400)])).toBe(
      '19 of the 20 requests that ended within 10 s failed, 95 %, and --abort-when is 20 %: the run was ended.',
    );
  });

  test('forgets what ended ten seconds before the last one', () => {
    const [early, late] = [requests(30, 10), requests(400, 0, 10_600)];
    expect(reasonOf(0.4, [early, late])).toBeNull();
    expect(reasonOf(0.4, [early, late, requests(300, 300, 18_600)])).toBe(
      '300 of the 500 requests that ended within 10 s failed, 60 %, and --abort-when is 40 %: the run was ended.',
    );
  });

  test('counts every way to fail, and not what was never sent', () => {
    for (const how of ['httpError', 'timeout'] as const)
      expect(reasonOf(0.2, [requests(100, 50, 0, how)])).toBe(
        '50 of the 100 requests that ended within 10 s failed, 50 %, and --abort-when is 20 %: the run was ended.',
      );
    expect(reasonOf(0.2, [requests(100, 50, 0, 'dropped')])).toBeNull();
  });

  test.each(['', '20', '0%', '100%', '-5%', '5 percent'])('refuses %j', (text) => {
    expect(() => readAbortWhen(text)).toThrow(
      expect.objectContaining({
        ...{ code: 'ABORT_WHEN_INVALID', exitCode: 64 },
        message: `--abort-when: expected a share of the requests over 0 % and under 100 %, received ${JSON.stringify(text)}.`,
      }),
    );
  });

  const load = { ratePerSecond: 20 };

  test('is refused where no request could ever end the run', () => {
    expect(abortWhenOf({ backend: 'auto' }, { ratePerSecond: 0.1 })).toBeNull();
    expect(abortWhenOf({ backend: 'auto', abortWhen: '0.5 %' }, load)).toBe(0.005);
    expect(abortWhenOf({ backend: 'auto', context: 'a', loadFrom: 'pod', abortWhen: '20%' }, load)).toBe(0.2);
    expect(() => abortWhenOf({ backend: 'model', abortWhen: '20%' }, load)).toThrow(
      '--abort-when: expected a run on a real cluster, received --backend model.',
    );
    expect(() => abortWhenOf({ backend: 'auto', context: 'a', loadFrom: 'auto', abortWhen: '20%' }, load)).toThrow(
      '--abort-when: expected a load on a cluster of --context, found none.',
    );
  });

  test.each([
    [0.5, 5],
    [1.99, 19],
  ])('is refused where a load of %s a second could never end the run', (ratePerSecond, requests) => {
    expect(() => abortWhenOf({ backend: 'auto', abortWhen: '20%' }, { ratePerSecond })).toThrow(
      expect.objectContaining({
        ...{ code: 'ABORT_WHEN_INVALID', exitCode: 64 },
        message: `--abort-when: expected at least 20 requests in 10.0 s, of fewer no share is taken, found ${requests} by a load of ${ratePerSecond} a second.`,
      }),
    );
    expect(abortWhenOf({ backend: 'auto', abortWhen: '20%' }, { ratePerSecond: 2 })).toBe(0.2);
  });
});

describe('a run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'skipbeat-abort-when-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A cluster whose requests fail from the start of its fault on, until the run is ended. */
  const failing = (name: 'kind' | 'cluster'): Backend => ({
    name,
    predicted: false,
    run: async (_, recorder, signal) => {
      recorder.event({ type: 'step.started', name: 'fault', kind: 'fault', budgetMs: 1000 });
      recorder.requests(requests(100, 60));
      await new Promise((resolve) => {
        if (signal.aborted) resolve(null);
        signal.addEventListener('abort', resolve);
      });
      signal.throwIfAborted();
    },
  });

  test.each(['kind', 'cluster'] as const)(
    'on %s is ended by it, inconclusive, with the reason on record',
    async (name) => {
      const { error, exitCode, document } = await executeRun({
        ...{ plan: defaultPlan, backend: failing(name), folder, scenarioYaml: 'name: x\n', startedAt: new Date() },
        ...{ listeners: [], signal: new AbortController().signal, abortWhen: 0.5 },
      });
      expect(error).toMatchObject({ code: 'GUARD_TRIPPED' });
      expect([exitCode, document?.verdict]).toEqual([2, 'inconclusive']);
      expect(document?.reasons).toEqual([
        'the run failed: 60 of the 100 requests that ended within 10 s failed, 60 %, and --abort-when is 50 %: the run was ended.',
      ]);
    },
  );
});
