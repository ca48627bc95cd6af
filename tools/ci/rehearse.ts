// `npm run ci:rehearse -- [--job NAME]…`: runs the jobs of the workflows, and the action from another repository, on this
// machine itself by act. What cannot be fetched here, actions/*, has stand-ins in rehearsal/actions. Everything happens in
// a temporary folder, in clones of what is committed; docs/ci.md says what GitHub alone can show.
// Exit: 0 every job came out as it has to · 1 one did not · 64 no such job.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { exitCodes, messageOf } from '../../src/common/errors.ts';
import { act, ensureGoTool } from '../test-tools/go-tools.ts';
import { type Case, cases } from './rehearsal/cases.ts';
import { makePlace, type Place } from './rehearsal/place.ts';
import type { ActResult } from './rehearsal/run-act.ts';

const { values } = parseArgs({ options: { job: { type: 'string', multiple: true } } });
const wanted = values.job ?? cases.map(({ name }) => name);
const unknown = wanted.filter((name) => !cases.some((one) => one.name === name));

const rowsOf = ({ jobs }: ActResult): readonly string[] =>
  jobs.map(
    ({ job, succeeded, seconds }) =>
      `  ${job.padEnd(46)} ${(succeeded ? 'succeeded' : 'failed').padEnd(10)} ${String(seconds).padStart(5)} s`,
  );

/** The end of a log: what a person would read first. */
const tailOf = (log: string): string =>
  readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(-60)
    .map((line) =>
      line.startsWith('{') ? String((JSON.parse(line) as { readonly msg?: string }).msg ?? '').trimEnd() : line,
    )
    .join('\n');

const rehearse = async (one: Case, place: Place): Promise<boolean> => {
  const startedAtMs = performance.now();
  const result = await one.run(place);
  const why = result.timedOut ? 'expected to end in time, had to be stopped' : one.judge(result);
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  const lines = [
    `${one.name}: ${why === null ? 'as it has to be' : `NOT as it has to be: ${why}`}, ${seconds} s`,
    ...rowsOf(result),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (why !== null) process.stderr.write(`${tailOf(result.log)}\n`);
  return why === null;
};

/** What went wrong before any job ran; the other rehearsals go on. */
const notRun = ({ name }: Case, thrown: unknown): boolean => {
  process.stdout.write(`${name}: NOT as it has to be: ${messageOf(thrown)}\n`);
  return false;
};

if (unknown.length > 0) {
  process.stderr.write(
    `--job: expected ${cases.map(({ name }) => name).join(', ')}, received ${unknown.join(', ')}.\n`,
  );
  process.exitCode = exitCodes.usage;
} else {
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  await ensureGoTool(act, { signal: new AbortController().signal, note });
  const place = await makePlace();
  try {
    const outcomes = [];
    for (const one of cases)
      if (wanted.includes(one.name)) outcomes.push(await rehearse(one, place).catch((thrown) => notRun(one, thrown)));
    process.exitCode = outcomes.every((asItHasToBe) => asItHasToBe) ? exitCodes.ok : exitCodes.notMet;
  } finally {
    place.remove();
  }
}
