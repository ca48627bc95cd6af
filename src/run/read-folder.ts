import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import type { Plan } from '../plan/index.ts';
import { eventsFile, requestsFile } from '../timeline/index.ts';
import { checkOf } from './checks.ts';
import { type JudgedRun, judgeFolder } from './evidence.ts';
import { type Manifest, manifestFile, manifestProblems } from './manifest.ts';
import { eventCheck, requestCheck } from './record-checks.ts';
import { reportFiles } from './write-reports.ts';

/** What this version writes and reads. */
export const schemaVersion = 1;

export const unreadable = (message: string, next: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('EVIDENCE_UNREADABLE', message, {
    exitCode: exitCodes.usage,
    next,
    ...(cause === undefined ? {} : { cause }),
  });

export const nameAnother = 'name a run folder that skipbeat wrote, such as runs/<time>-<scenario>';

const listed = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    const code = errnoOf(thrown);
    const found = code === 'ENOENT' ? 'nothing there' : code === 'ENOTDIR' ? 'a file' : messageOf(thrown);
    throw unreadable(`${folder}: expected a run folder, found ${found}.`, nameAnother, thrown);
  }
};

/** Of several repeats together there is no record but theirs. */
const expectRepeats = (folder: string): void => {
  const { repeats, repeat } = readJson<Plan>(folder, 'plan.json', 'plan');
  if (repeats === 1 || repeat !== undefined) return;
  throw unreadable(
    `${join(folder, 'repeats')}: expected the ${repeats} repeats that plan.json asks for, found none.`,
    'get the folder again from where it was made',
  );
};

const expectOurs = (folder: string): void => {
  const files = listed(folder);
  if (files.includes('plan.json') && !files.includes(eventsFile)) expectRepeats(folder);
  const missing = ['plan.json', eventsFile, requestsFile].filter((name) => !files.includes(name));
  if (missing.length === 0) return;
  const others = files.length === 0 ? 'an empty folder' : `${files.length} other files`;
  throw unreadable(
    missing.length === 3
      ? `${folder}: expected a run folder with plan.json, ${eventsFile} and ${requestsFile}, found ${others}.`
      : `${folder}: expected ${missing.join(' and ')} beside what is there, found none.`,
    nameAnother,
  );
};

/** A JSON file of the folder, of the schema version that this skipbeat writes, and sound. */
export const readJson = <T>(folder: string, file: string, schema: 'plan' | 'manifest'): T => {
  const path = join(folder, file);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    throw unreadable(`${path}: expected JSON, found ${messageOf(thrown)}.`, nameAnother, thrown);
  }
  if (typeof value !== 'object' || value === null) throw unreadable(`${path}: expected a JSON object.`, nameAnother);
  const found = (value as { readonly schemaVersion?: unknown }).schemaVersion;
  if (found !== schemaVersion) {
    throw unreadable(
      `${path}: schemaVersion: expected ${schemaVersion}, received ${JSON.stringify(found)}.`,
      'read it with the version of skipbeat that wrote it, which manifest.json names',
    );
  }
  const problem = checkOf(schema)(value);
  if (problem === null) return value as T;
  throw unreadable(
    `${path}: ${problem}.`,
    'read it with the version of skipbeat that wrote it; a file that was edited by hand is no evidence',
  );
};

type SumProblems = { readonly taken: readonly string[]; readonly remade: readonly string[] };

export const checkSums = async (folder: string, manifest: Manifest, acceptChanges: boolean): Promise<SumProblems> => {
  const problems = await manifestProblems(folder, manifest);
  const isReport = (problem: string): boolean => {
    const name = problem.slice(0, problem.indexOf(': '));
    // Of a repeat that is missing as a whole there is nothing to make reports from.
    return reportFiles.includes(name.replace(/^repeats\/\d+\//, '')) && existsSync(join(folder, dirname(name)));
  };
  const evidence = problems.filter((problem) => !isReport(problem));
  const remade = problems.filter(isReport).map((problem) => `${problem}; it is made again`);
  if (evidence.length === 0 || acceptChanges) {
    return { taken: evidence.map((problem) => `${problem}; taken as it is`), remade };
  }
  throw unreadable(
    [`${folder}: expected the files that ${manifestFile} has the sums of:`, ...evidence].join('\n'),
    'get the folder again from where it was made; --accept-changes takes it as it is',
  );
};

/** Said of a folder that a run never came to close. */
export const unsealed = `${manifestFile}: expected this file, found none: the run was cut short, and no sum proves its files`;

export type ReadRun = JudgedRun & {
  readonly manifest: Manifest | null;
  /** What a reader of the figures should know of the folder itself; empty where all is as the run left it. */
  readonly notes: readonly string[];
};

/**
 * Reads a saved run that may have come from anywhere, checks everything in it, and judges it. What a crash cut short is
 * read up to there, and the judgement says so.
 * @throws SkipbeatError EVIDENCE_UNREADABLE (exit 64): no run folder, a file of it missing, truncated in its middle,
 *   edited or of another version; sums that do not match, unless `acceptChanges`
 */
export const readRunFolder = async (
  folder: string,
  { acceptChanges = false }: { readonly acceptChanges?: boolean } = {},
): Promise<ReadRun> => {
  expectOurs(folder);
  const plan = readJson<Plan>(folder, 'plan.json', 'plan');
  const sealed = existsSync(join(folder, manifestFile));
  const manifest = sealed ? readJson<Manifest>(folder, manifestFile, 'manifest') : null;
  const { taken, remade } =
    manifest === null ? { taken: [], remade: [unsealed] } : await checkSums(folder, manifest, acceptChanges);
  const run = await judgeFolder(folder, plan, { events: eventCheck(), requests: requestCheck() });
  const started = run.events.find((event) => event.type === 'run.started');
  if (started !== undefined && started.scenario !== plan.scenario) {
    throw unreadable(
      `${folder}: expected the events of ${plan.scenario}, which plan.json is of, received those of ${started.scenario}.`,
      nameAnother,
    );
  }
  return { ...run, manifest, doubts: taken, notes: [...taken, ...remade] };
};
