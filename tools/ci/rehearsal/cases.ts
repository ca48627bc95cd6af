import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { calledAs, makeCaller } from './caller.ts';
import { makeGoodNights, nightKubernetes, nightScenario, serveNights } from './nights.ts';
import type { Place } from './place.ts';
import { regress } from './regress.ts';
import { type ActResult, type ActRun, runAct } from './run-act.ts';

/** One rehearsal: what is run, and what has to come of it. */
export type Case = {
  readonly name: string;
  readonly run: (place: Place) => Promise<ActResult>;
  /** Why the outcome is not the one that it has to be; null where it is. */
  readonly judge: (result: ActResult) => string | null;
};

const ci = '.github/workflows/ci.yml';
const nightly = '.github/workflows/nightly.yml';
const minute = 60_000;

const allSucceed =
  (...needed: readonly string[]) =>
  ({ jobs }: ActResult): string | null => {
    const failed = jobs.filter(({ succeeded }) => !succeeded).map(({ job }) => job);
    const absent = needed.filter((name) => !jobs.some(({ job, succeeded }) => succeeded && job.includes(name)));
    if (failed.length > 0) return `expected every job to succeed, failed: ${failed.join(', ')}`;
    return absent.length === 0 ? null : `expected a job ${absent.join(', ')} to succeed, saw none`;
  };

const ofThisRepository = (
  name: string,
  run: Pick<ActRun, 'event' | 'workflow' | 'job' | 'runId' | 'vars' | 'inputs' | 'timeoutMs'>,
  judge: Case['judge'],
): Case => ({ name, run: (place) => runAct(place, { name, repository: place.clone, ...run }), judge });

/** A night that is predicted, with one scenario, judged against five good ones that are made first. */
const night = (place: Place, name: string, repository: string, runId: number): Promise<ActResult> => {
  const vars = { NIGHTLY_BACKEND: 'model', NIGHTLY_SCENARIOS: nightScenario };
  const run = { name, repository, runId, event: 'workflow_dispatch', workflow: nightly, job: 'night', vars } as const;
  return serveNights().then(({ url, close }) =>
    runAct(place, {
      ...run,
      inputs: { kubernetes: nightKubernetes },
      env: {
        GITHUB_API_URL: url,
        GITHUB_WORKFLOW_REF: `somebody/skipbeat/${nightly}@refs/heads/main`,
        GITHUB_REF_NAME: 'main',
      },
      timeoutMs: 15 * minute,
    }).finally(close),
  );
};

const isRegression = ({ jobs, log }: ActResult): string | null => {
  const others = jobs.filter(({ job }) => job.includes('matrix'));
  if (others.length === 0 || others.some(({ succeeded }) => !succeeded)) return 'expected the job matrix to succeed';
  if (!jobs.some(({ job, succeeded }) => job === 'nightly/night' && !succeeded)) return 'expected the night to fail';
  return /Exit code 3\./.test(readFileSync(log, 'utf8')) ? null : 'expected exit code 3, a regression';
};

/** From the cheapest on. Each can be run alone: what it needs it makes. */
export const cases: readonly Case[] = [
  ofThisRepository(
    'nightly-matrix',
    {
      event: 'workflow_dispatch',
      workflow: nightly,
      job: 'matrix',
      runId: 201,
      vars: { NIGHTLY_SCENARIOS: nightScenario },
      inputs: { kubernetes: nightKubernetes },
      timeoutMs: 10 * minute,
    },
    allSucceed('matrix'),
  ),
  ofThisRepository(
    'ci-action',
    { event: 'push', workflow: ci, job: 'action', runId: 202, timeoutMs: 10 * minute },
    allSucceed('action'),
  ),
  {
    name: 'action-elsewhere',
    run: async (place) =>
      runAct(place, {
        name: 'action-elsewhere',
        repository: await makeCaller(place),
        event: 'push',
        workflow: '.github/workflows/heartbeats.yml',
        job: 'heartbeats',
        runId: 203,
        local: { [calledAs]: place.clone },
        timeoutMs: 15 * minute,
      }),
    judge: (result) =>
      result.jobs.length === 2 ? allSucceed('heartbeats')(result) : `expected 2 cells, saw ${result.jobs.length}`,
  },
  {
    name: 'nightly-night',
    run: async (place) => {
      await makeGoodNights(place);
      return night(place, 'nightly-night', place.clone, 204);
    },
    judge: allSucceed('nightly/matrix', 'nightly/night'),
  },
  {
    name: 'nightly-regression',
    run: async (place) => {
      await makeGoodNights(place);
      const later = join(place.folder, 'later');
      await execa('git', ['clone', '--quiet', place.clone, later]);
      regress(later);
      return night(place, 'nightly-regression', later, 205);
    },
    judge: isRegression,
  },
  ofThisRepository(
    'nightly-sweep',
    {
      event: 'workflow_dispatch',
      workflow: nightly,
      job: 'merge',
      runId: 206,
      vars: { NIGHTLY_SCENARIOS: nightScenario, NIGHTLY_SHARDS: '2', NIGHTLY_SWEEP_REPEATS: '2' },
      inputs: { kubernetes: nightKubernetes },
      timeoutMs: 30 * minute,
    },
    allSucceed('merge', 'sweep'),
  ),
  ofThisRepository(
    'ci-check',
    { event: 'push', workflow: ci, job: 'check', runId: 207, timeoutMs: 20 * minute },
    allSucceed('check'),
  ),
  ofThisRepository(
    'nightly-scenario',
    {
      event: 'workflow_dispatch',
      workflow: nightly,
      job: 'scenario',
      runId: 208,
      vars: { NIGHTLY_SCENARIOS: 'tight-grace', NIGHTLY_REPEATS: '1' },
      inputs: { kubernetes: nightKubernetes },
      timeoutMs: 30 * minute,
    },
    allSucceed('tight-grace'),
  ),
];
