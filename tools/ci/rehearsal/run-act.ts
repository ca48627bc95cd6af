import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { act, goToolPath } from '../../test-tools/go-tools.ts';
import type { Place } from './place.ts';

export type ActRun = {
  /** Names its log. */
  readonly name: string;
  /** The repository whose workflow runs. */
  readonly repository: string;
  readonly event: 'push' | 'workflow_dispatch';
  readonly workflow: string;
  readonly job: string;
  readonly runId: number;
  readonly vars?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Actions that are not fetched, by `owner/name@ref`. */
  readonly local?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
};

/** One job as it ended. */
export type RanJob = { readonly job: string; readonly succeeded: boolean; readonly seconds: number };

export type ActResult = { readonly jobs: readonly RanJob[]; readonly log: string; readonly timedOut: boolean };

const standIns = join(import.meta.dirname, 'actions');

/** The pinned actions of a file, each by the stand-in of its name. */
const standInsFor = (path: string): Readonly<Record<string, string>> => {
  const used = JSON.stringify(parse(readFileSync(path, 'utf8'))).matchAll(/"uses":"actions\/([\w-]+)@([0-9a-f]{40})"/g);
  return Object.fromEntries(
    [...used].flatMap(([, name = '', ref = '']) =>
      name === 'checkout' ? [] : [[`actions/${name}@${ref}`, join(standIns, name)]],
    ),
  );
};

type Line = { readonly job?: string; readonly jobResult?: string; readonly time?: string };

/** What act wrote as JSON, a line each, by job. */
const jobsOf = (log: string): readonly RanJob[] => {
  const jobs = new Map<string, { first: number; last: number; result: string | null }>();
  for (const text of log.split('\n')) {
    if (!text.startsWith('{')) continue;
    const { job, jobResult, time } = JSON.parse(text) as Line;
    if (job === undefined || time === undefined) continue;
    const at = Date.parse(time);
    const before = jobs.get(job) ?? { first: at, last: at, result: null };
    jobs.set(job, { first: before.first, last: at, result: jobResult ?? before.result });
  }
  return [...jobs].map(([job, { first, last, result }]) => ({
    job: job.trim(),
    succeeded: result === 'success',
    seconds: Math.round((last - first) / 1000),
  }));
};

const pairs = (option: string, values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);

/** Runs one job of a workflow, and those that it needs, on this machine itself. What act says goes to a log of its own. */
export const runAct = async (place: Place, run: ActRun): Promise<ActResult> => {
  const log = join(place.logs, `${run.name}.ndjson`);
  const local = {
    ...standInsFor(join(run.repository, run.workflow)),
    ...standInsFor(join(place.clone, 'action.yml')),
    ...run.local,
  };
  const env = {
    GITHUB_REPOSITORY: 'somebody/skipbeat',
    GITHUB_RUN_ID: String(run.runId),
    REHEARSAL_STORE: place.store,
    ...run.env,
  };
  const argv = [
    ...[run.event, '--directory', run.repository, '--workflows', run.workflow, '--job', run.job],
    ...['--platform', 'ubuntu-24.04=-self-hosted', '--json', '--concurrent-jobs', '1', '--no-cache-server'],
    ...['--action-cache-path', join(place.folder, 'act'), '--secret', 'GITHUB_TOKEN=rehearsal'],
    ...pairs('--env', env),
    ...pairs('--var', run.vars ?? {}),
    ...pairs('--input', run.inputs ?? {}),
    ...pairs('--local-repository', local),
  ];
  const child = execa(goToolPath(act), argv, {
    env: place.env,
    reject: false,
    timeout: run.timeoutMs,
    // Jobs undo what they did when they get a signal; what does not is killed.
    killSignal: 'SIGINT',
    forceKillAfterDelay: 60_000,
    all: true,
    buffer: false,
    stdin: 'ignore',
  });
  child.all.pipe(createWriteStream(log));
  const { timedOut } = await child;
  return { jobs: jobsOf(readFileSync(log, 'utf8')), log, timedOut };
};
