import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { openCluster, plan, run, SkipbeatError, type TimelineEvent } from '../../src/library/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-library-'));
afterAll(() => rmSync(folder, { recursive: true }));

const model = { backend: 'model', kubernetes: 'v1.34.4' } as const;

test('a run gives the documents that its folder holds, prints nothing and leaves no signal handler', async () => {
  const [out, err] = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
  const handlers = (): readonly number[] => ['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => process.listenerCount(name));
  const before = handlers();
  const events: TimelineEvent[] = [];
  const during: (readonly number[])[] = [];
  const outFolder = join(folder, 'run');
  const result = await run('tight-grace', {
    ...model,
    outFolder,
    onEvent: (event) => {
      events.push(event);
      during.push(handlers());
    },
  });
  const printed = [out, err].map((stream) => stream.mock.calls.length);
  vi.restoreAllMocks();
  expect(printed).toEqual([0, 0]);
  for (const counts of during) expect(counts).toEqual(before);
  expect(result.folder).toBe(outFolder);
  expect(result.notes).toEqual(['predicted, nothing was run: --backend model']);
  const file = (name: string): string => readFileSync(join(outFolder, name), 'utf8');
  expect(JSON.parse(file('run.json'))).toEqual(JSON.parse(JSON.stringify(result.document)));
  expect(JSON.parse(file('plan.json'))).toEqual(JSON.parse(JSON.stringify(result.plan)));
  expect(events).toHaveLength(file('events.ndjson').trimEnd().split('\n').length);
  expect(result.document.predicted).toBe(true);
});

test('a plan is the one that a run has, with changes by name and by path', async () => {
  const changes = {
    kubernetes: 'v1.34.4',
    profile: 'fast',
    seed: 5,
    set: { 'load.ratePerSecond': 20, 'phases[0].steady': '40s' },
  };
  const made = await plan('tight-grace', changes);
  expect(made).toMatchObject({
    kubernetesVersion: 'v1.34.4',
    profile: { name: 'fast' },
    seed: 5,
    load: { ratePerSecond: 20 },
  });
  expect(made.phases[0]).toMatchObject({ kind: 'steady', durationMs: 40_000 });
  const { plan: ofRun } = await run('tight-grace', {
    ...changes,
    backend: 'model',
    outFolder: join(folder, 'changed'),
  });
  expect(ofRun).toEqual(made);
});

test('a verdict that is not pass is a result and no error', async () => {
  const { document } = await run('tight-grace', { ...model, profile: 'slow', outFolder: join(folder, 'slow') });
  expect(document.verdict).toBe('fail');
});

test('errors are the tool’s own, with a code and a hint, and every problem at once', async () => {
  const refused = async (act: Promise<unknown>): Promise<SkipbeatError> => {
    const thrown: unknown = await act.then(
      () => null,
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(SkipbeatError);
    return thrown as SkipbeatError;
  };
  const unknown = await refused(run('tight-grce', model));
  expect(unknown).toMatchObject({ code: 'SCENARIO_NOT_FOUND', exitCode: 64, next: 'npm run skipbeat -- list' });
  const invalid = await refused(plan('tight-grace', { repeats: -1, set: { 'load.timeout': 'soon' } }));
  expect(invalid).toMatchObject({ code: 'SCENARIO_INVALID', exitCode: 64 });
  expect(invalid.message.split('\n')).toEqual([
    expect.stringMatching(/^set load\.timeout: /),
    expect.stringMatching(/^repeats: /),
  ]);
  const taken = await refused(run('tight-grace', { ...model, outFolder: folder }));
  expect(taken.code).toBe('RUN_FOLDER_NOT_MADE');
});

test('a run that is ended by its signal rejects with its reason, the record of it is closed', async () => {
  const reason = new Error('the test is over');
  await expect(
    run('tight-grace', { ...model, signal: AbortSignal.abort(reason), outFolder: join(folder, 'no') }),
  ).rejects.toBe(reason);
  expect(existsSync(join(folder, 'no'))).toBe(false);
  const controller = new AbortController();
  const outFolder = join(folder, 'ended');
  const ended = run('tight-grace', {
    ...model,
    outFolder,
    signal: controller.signal,
    onEvent: ({ type }) => {
      if (type === 'fault.injecting') controller.abort(reason);
    },
  });
  await expect(ended).rejects.toBe(reason);
  expect(readdirSync(outFolder).sort()).toEqual([
    'events.ndjson',
    'junit.xml',
    'logs',
    'manifest.json',
    'openmetrics.txt',
    'plan.json',
    'report.html',
    'requests.ndjson.gz',
    'run.json',
    'scenario.yaml',
    'summary.md',
  ]);
});

test('runs on one cluster wait for each other; predictions need none; after the close there are no more', async () => {
  const cluster = openCluster({ ...model, seed: 3 });
  const order: string[] = [];
  const note =
    (name: string) =>
    ({ type }: TimelineEvent): void => {
      if (type === 'run.started' || type === 'run.ended') order.push(`${name} ${type}`);
    };
  const [one, broken, other] = await Promise.allSettled([
    cluster.run('tight-grace', { outFolder: join(folder, 'a'), onEvent: note('one') }),
    cluster.run('no-such-scenario'),
    cluster.run('fast', { seed: 4, outFolder: join(folder, 'b'), onEvent: note('other') }),
  ]);
  expect([one.status, broken.status, other.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(order).toEqual(['one run.started', 'one run.ended', 'other run.started', 'other run.ended']);
  expect(one.status === 'fulfilled' && one.value.plan.seed).toBe(3);
  expect(other.status === 'fulfilled' && other.value.plan.seed).toBe(4);
  await cluster.close();
  await cluster.close();
  await expect(cluster.run('fast')).rejects.toMatchObject({ code: 'CLUSTER_CLOSED' });
});
