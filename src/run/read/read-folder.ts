import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { counted } from '../../common/text/counted.ts';
import type { Plan } from '../../plan/index.ts';
import { eventsFile, requestsFile } from '../../timeline/index.ts';
import { type RunDocument, withEvidence } from '../../verdict/index.ts';
import { calibrationProblems, modelProblems } from '../calibration.ts';
import { reportFiles } from '../write/formats.ts';
import { checkOf } from './checks.ts';
import { planProblems } from './cross-checks.ts';
import { type JudgedRun, judgeFolder } from './evidence.ts';
import { isPlainFile, keyProblem, type Manifest, manifestFile, manifestProblems, unlistedFiles } from './manifest.ts';
import { predictionProblems } from './prediction.ts';
import { eventCheck, requestCheck } from './record-checks.ts';
import { assertOutside, type SealKey } from './seal-key.ts';

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
const expectRepeats = async (folder: string): Promise<void> => {
  const { repeats, repeat } = await readJson<Plan>(folder, 'plan.json', 'plan');
  if (repeats === 1 || repeat !== undefined) return;
  throw unreadable(
    `${join(folder, 'repeats')}: expected the ${counted(repeats, 'repeat')} that plan.json asks for, found none.`,
    'get the folder again from where it was made',
  );
};

/** What is read of a folder is in it: no link, and nothing that never ends. */
const expectPlain = (folder: string): void => {
  const strange = ['plan.json', 'scenario.yaml', 'calibration.json', eventsFile, requestsFile]
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path) && !isPlainFile(path));
  if (strange.length === 0) return;
  throw unreadable(`${strange.join(', ')}: expected a file, found a link or a folder.`, nameAnother);
};

const expectOurs = async (folder: string): Promise<void> => {
  const files = listed(folder);
  if (files.includes('plan.json') && !files.includes(eventsFile)) await expectRepeats(folder);
  const missing = ['plan.json', eventsFile, requestsFile].filter((name) => !files.includes(name));
  if (missing.length === 0) {
    expectPlain(folder);
    return;
  }
  const others = files.length === 0 ? 'an empty folder' : counted(files.length, 'other file');
  throw unreadable(
    missing.length === 3
      ? `${folder}: expected a run folder with plan.json, ${eventsFile} and ${requestsFile}, found ${others}.`
      : `${folder}: expected ${missing.join(' and ')} beside what is there, found none.`,
    nameAnother,
  );
};

/** A JSON file of the folder, of the schema version that this skipbeat writes, and sound. */
export const readJson = async <T>(folder: string, file: string, schema: 'plan' | 'manifest'): Promise<T> => {
  const path = join(folder, file);
  if (existsSync(path) && !isPlainFile(path))
    throw unreadable(`${path}: expected a file, found a link or a folder.`, nameAnother);
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
  const problem = (await checkOf(schema))(value);
  if (problem === null) return value as T;
  throw unreadable(
    `${path}: ${problem}.`,
    'read it with the version of skipbeat that wrote it; a file that was edited by hand is no evidence',
  );
};

type SumProblems = { readonly taken: readonly string[]; readonly regenerated: readonly string[] };

const checkSums = async (folder: string, manifest: Manifest, acceptChanges: boolean): Promise<SumProblems> => {
  const problems = await manifestProblems(folder, manifest);
  const isMade = (name: string): boolean => reportFiles.includes(name.replace(/^repeats\/\d+\//, ''));
  const isReport = (problem: string): boolean => {
    const name = problem.slice(0, problem.indexOf(': '));
    // Of a repeat that is missing as a whole there is nothing to make reports from.
    return isMade(name) && existsSync(join(folder, dirname(name)));
  };
  const strangers = unlistedFiles(folder, manifest)
    .filter((name) => !isMade(name))
    .map((name) => `${name}: expected no file of this name, for ${manifestFile} does not list it`);
  const evidence = [...problems.filter((problem) => !isReport(problem)), ...strangers];
  const regenerated = problems.filter(isReport).map((problem) => `${problem}; it is made again`);
  if (evidence.length === 0 || acceptChanges) {
    return { taken: evidence.map((problem) => `${problem}; taken as it is`), regenerated };
  }
  throw unreadable(
    [`${folder}: expected the files that ${manifestFile} has the sums of:`, ...evidence].join('\n'),
    'get the folder again from where it was made; --accept-changes takes it as it is, which proves nothing',
  );
};

/**
 * Of a folder without its seal, and of one that was sealed later: a run that was killed leaves none, and whoever takes it
 * away may have changed the rest.
 */
const unsealed = `${manifestFile}: expected the seal that a run leaves at its end, found none: no sum proves that the files are as it left them`;

/** What the manifest of a folder says against its files, and which reports are made again, in words. */
export const checkSeal = async (
  folder: string,
  { acceptChanges = false, sealKey = null }: Pick<ReadOptions, 'acceptChanges' | 'sealKey'>,
): Promise<{
  readonly manifest: Manifest | null;
  readonly why: readonly string[];
  readonly regenerated: readonly string[];
}> => {
  if (sealKey !== null) assertOutside(sealKey, folder);
  if (!existsSync(join(folder, manifestFile))) return { manifest: null, why: [unsealed], regenerated: [] };
  const manifest = await readJson<Manifest>(folder, manifestFile, 'manifest');
  const { taken, regenerated } = await checkSums(folder, manifest, acceptChanges);
  const wrongKey = sealKey === null ? null : keyProblem(manifest, sealKey);
  const why = [...(manifest.sealedBy === 'run' ? [] : [unsealed]), ...(wrongKey === null ? [] : [wrongKey]), ...taken];
  return { manifest, why, regenerated };
};

export type ReadRun = JudgedRun & {
  readonly manifest: Manifest | null;
  /** The judgement of the record alone, as if nothing spoke against the evidence. */
  readonly unmarked: RunDocument;
  /** Reports that are not what the manifest has the sums of; they are made again. */
  readonly regenerated: readonly string[];
  /** What a reader of the figures should know of the folder itself; empty where all is as the run left it. */
  readonly notes: readonly string[];
};

/** How a folder is read. */
export type ReadOptions = {
  /** Files that are not what the manifest has the sums of are taken as they are; the evidence is then unsealed. */
  readonly acceptChanges?: boolean;
  /** The key that the run sealed its folder with; null: nobody asks for it, and the seal is as good as none against its maker. */
  readonly sealKey?: SealKey | null;
  /** What calibration.json says of the model is made again: as many runs of the model as it says, some seconds for a run. */
  readonly againstModel?: boolean;
  /** The run itself reads what it has just written: its plan came from no file, and of several repeats none is sealed yet. */
  readonly ownRun?: boolean;
};

/**
 * Reads a saved run that may have come from anywhere, checks everything in it, and judges it. What a crash cut short is
 * read up to there. What cannot be proved to be as the run left it is judged, too, and never more than inconclusive.
 * @throws SkipbeatError EVIDENCE_UNREADABLE (exit 64): no run folder, a file of it missing, truncated in its middle,
 *   edited or of another version; files whose sums do not match or that the manifest does not list, unless `acceptChanges`
 */
export const readRunFolder = async (folder: string, options: ReadOptions = {}): Promise<ReadRun> => {
  const { ownRun = false, againstModel = false } = options;
  await expectOurs(folder);
  const plan = await readJson<Plan>(folder, 'plan.json', 'plan');
  const { manifest, why, regenerated } = await checkSeal(folder, options);
  const run = await judgeFolder(folder, plan, { events: await eventCheck(), requests: await requestCheck() });
  const started = run.events.find((event) => event.type === 'run.started');
  if (started !== undefined && started.scenario !== plan.scenario) {
    throw unreadable(
      `${folder}: expected the events of ${plan.scenario}, which plan.json is of, received those of ${started.scenario}.`,
      nameAnother,
    );
  }
  const ofPlan = ownRun ? [] : planProblems(plan, run.scenarioYaml, { isOwnCluster: started?.backend === 'cluster' });
  const against = ownRun
    ? why
    : [
        ...why,
        ...ofPlan,
        ...run.contradictions,
        // What the model makes of a plan that is not the scenario's says nothing.
        ...(ofPlan.length === 0 ? await predictionProblems(run, manifest) : []),
        ...(await calibrationProblems(folder, run)),
        ...(againstModel ? await modelProblems(folder, run) : []),
      ];
  return {
    ...run,
    document: withEvidence(run.document, against),
    unmarked: run.document,
    manifest,
    regenerated,
    notes: [...against, ...regenerated],
  };
};
