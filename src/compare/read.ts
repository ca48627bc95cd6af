import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { seedOfRepeat } from '../common/random.ts';
import { holdsRepeats, readDocument, readRepeatsFolder, readRunFolder, type SealKey } from '../run/index.ts';
import { hasValidEvidence, type RepeatsDocument, type RunDocument, type Verdict } from '../verdict/index.ts';
import { identityOf, isUnplaced } from './identity.ts';

/** One side of a comparison. */
export type Side = {
  /** As it was named. */
  readonly path: string;
  /** Runs with valid evidence. */
  readonly runs: readonly RunDocument[];
  /** What each of `runs` is called. */
  readonly names: readonly string[];
  /** Runs that were planned, those without valid evidence included. */
  readonly planned: number;
  /** As the record was judged, whatever its run.json says: `fail` where one of the folders is, `pass` where all are. */
  readonly verdict: Verdict;
  /** What a reader should know: runs that were left out, and why. */
  readonly notes: readonly string[];
  /** Evidence that was taken although nothing proves that it is as its run left it, and why; empty unless that was asked for. */
  readonly unsealed: readonly string[];
};

type Named = {
  readonly name: string;
  readonly document: RunDocument;
  /** It came with all of its set that is on record. */
  readonly inSet: boolean;
};
type Found = {
  readonly named: readonly Named[];
  readonly planned: number;
  readonly verdicts: readonly Verdict[];
  readonly notes: readonly string[];
  readonly unsealed: readonly string[];
};
type Options = {
  readonly unsealed?: boolean;
  /** The key that every run was sealed with; one that was not is unsealed. */
  readonly sealKey?: SealKey | null;
  /** Whether each calibration is held against the model, too, some seconds for a run; on by default. */
  readonly againstModel?: boolean;
};

const readOptions = ({ unsealed, sealKey = null, againstModel = true }: Options) => ({
  acceptChanges: unsealed === true,
  sealKey,
  againstModel,
});

const ofRepeats = (path: string, document: RepeatsDocument): Omit<Found, 'unsealed'> => ({
  named: document.repeats.map((run, index) => ({
    name: `${path}, repeat ${run.repeat?.number ?? index + 1}`,
    document: run,
    inSet: true,
  })),
  planned: document.repeatsPlanned,
  verdicts: [document.verdict],
  notes:
    document.repeats.length === document.repeatsPlanned
      ? []
      : [`${path}: ${document.repeats.length} of ${document.repeatsPlanned} repeats came to their end`],
});

/** `runs/a: manifest.json: expected this file, found none …` */
const unsealedOf = (path: string, { evidence }: Pick<RunDocument, 'evidence'>): readonly string[] =>
  (evidence?.why ?? []).map((why) => `${path}: ${why}`);

/**
 * Repeats that were taken out of their set: who leaves some of them out chooses what is compared. The seed of the first
 * gives those of all others, and of every number there are as many as of every other where all of some sets are there.
 */
const chosenRepeats = (path: string, named: readonly Named[]): readonly string[] => {
  const alone = named.flatMap(({ inSet, document: { repeat, seed } }) =>
    inSet || repeat === undefined ? [] : [{ number: repeat.number, of: repeat.of, seed }],
  );
  const keyOf = (of: number, number: number, seed: number): string => `${of} ${number} ${seed}`;
  const left = new Map<string, number>();
  for (const { of, number, seed } of alone) {
    const key = keyOf(of, number, seed);
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  for (const { of, seed } of alone.filter(({ number }) => number === 1)) {
    const set = Array.from({ length: of }, (_, index) => keyOf(of, index + 1, seedOfRepeat(seed, index)));
    if (set.every((key) => (left.get(key) ?? 0) > 0)) for (const key of set) left.set(key, (left.get(key) ?? 0) - 1);
  }
  const chosen = alone.filter(({ of, number, seed }) => (left.get(keyOf(of, number, seed)) ?? 0) > 0);
  const sizes = [...new Set(chosen.map(({ of }) => of))];
  const numbersOf = (size: number): string =>
    [...new Set(chosen.flatMap(({ of, number }) => (of === size ? [number] : [])))].sort((a, b) => a - b).join(', ');
  return sizes.map(
    (size) => `${path}: expected all ${size} repeats of their run, found ${numbersOf(size)} without the others`,
  );
};

/**
 * Runs of the model of which some seeds were left out: chance costs nothing there, and who leaves out those that came out badly
 * chooses what is compared. Of a set that of its first repeat counts.
 */
const chosenSeeds = (path: string, named: readonly Named[]): readonly string[] => {
  const draws = named.flatMap(({ document }) =>
    document.predicted && !isUnplaced(document) && (document.repeat?.number ?? 1) === 1 ? [document] : [],
  );
  return [...Map.groupBy(draws, (run) => identityOf({ ...run, seed: 0 })).values()].flatMap((runs) => {
    const seeds = [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b);
    const [first = 0, last = 0] = [seeds[0], seeds.at(-1)];
    const sizes = [...new Set(runs.map(({ repeat }) => repeat?.of ?? 1))].sort((a, b) => a - b);
    // Of one seed, sets of other sizes are other draws.
    if (sizes.length > 1) return [`${path}: expected sets of as many repeats each, found some of ${sizes.join(', ')}`];
    return last - first + 1 === seeds.length
      ? []
      : [
          `${path}: expected runs of the model at seeds that follow each other, found ${seeds.length} of those from ${first} to ${last}`,
        ];
  });
};

const isRun = (folder: string): boolean => existsSync(join(folder, 'plan.json'));

/** What a run leaves, each of which tells that a folder without plan.json was a run's. */
const traces = ['manifest.json', 'run.json', 'scenario.yaml', 'events.ndjson', 'requests.ndjson.gz', 'repeats'];

/** A person may keep the scenario beside its runs, in a folder that no run made. */
const tracesOfNamed = traces.filter((name) => name !== 'scenario.yaml');

const hasAny = (folder: string, names: readonly string[]): boolean =>
  names.some((name) => existsSync(join(folder, name)));

const archive = /\.(?:tar|tgz|zip|gz|bz2|xz|zst|7z|rar)$/;

/**
 * The folders in that one. What was a run's folder counts as one whatever was taken out of it: reading it says what is
 * missing. Leaving it out would let whoever takes something out choose the runs.
 */
const foldersOf = (path: string): { readonly runs: readonly string[]; readonly others: readonly string[] } => {
  const entries = (existsSync(path) ? readdirSync(path) : []).sort().map((name) => join(path, name));
  // A link may lead nowhere, and then leads to no folder.
  const isFolder = (one: string): boolean => existsSync(one) && statSync(one).isDirectory();
  const isOne = (one: string): boolean => isFolder(one) && (isRun(one) || hasAny(one, traces));
  return {
    runs: entries.filter(isOne),
    // Files of a matrix or a sweep lie beside its runs; runs that were packed are runs.
    others: entries.filter((one) => !isOne(one) && (isFolder(one) || !existsSync(one) || archive.test(one))),
  };
};

/** How deep a folder is searched for runs that are beside others: a matrix in a folder of a person's own is two. */
const maxDepth = 4;

/** Whether a run's folder lies anywhere in that one, which is none. */
const holdsRuns = (folder: string, depth = maxDepth): boolean => {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return false;
  const { runs, others } = foldersOf(folder);
  return runs.length > 0 || (depth > 1 && others.some((other) => holdsRuns(other, depth - 1)));
};

/**
 * Runs that lie deeper than those beside them are no part of the side, and a run that counts against it may be among them.
 * @throws SkipbeatError RUNS_BESIDE (exit 64)
 */
const assertNoneDeeper = (path: string, others: readonly string[]): void => {
  const deeper = others.filter((other) => holdsRuns(other)).map((other) => basename(other));
  if (deeper.length === 0) return;
  throw new SkipbeatError(
    'RUNS_BESIDE',
    `${path}: expected run folders alone, found beside them folders with runs in them: ${deeper.join(', ')}.`,
    {
      exitCode: exitCodes.usage,
      next: 'name one of these folders itself, or move them elsewhere: a side is all runs of one folder',
    },
  );
};

const find = async (path: string, options: Options, ownTraces = tracesOfNamed): Promise<Found> => {
  const isFile = existsSync(path) && statSync(path).isFile();
  if (isFile) {
    const { document, unmarked } = await readDocument(path, { acceptChanges: options.unsealed === true });
    const found =
      'repeats' in unmarked
        ? ofRepeats(path, unmarked)
        : {
            named: [{ name: path, document: unmarked, inSet: false }],
            planned: 1,
            verdicts: [unmarked.verdict],
            notes: [],
          };
    return { ...found, unsealed: unsealedOf(path, document) };
  }
  if (holdsRepeats(path)) {
    const { document, unmarked, regenerated } = await readRepeatsFolder(path, readOptions(options));
    const found = ofRepeats(path, unmarked);
    return {
      ...found,
      notes: [...regenerated.map((note) => `${path}: ${note}`), ...found.notes],
      unsealed: unsealedOf(path, document),
    };
  }
  // What was a run's folder is read as one, whatever lies in it: a good run put there must not stand for it.
  const below = isRun(path) || hasAny(path, ownTraces) ? { runs: [], others: [] } : foldersOf(path);
  if (below.runs.length > 0) {
    assertNoneDeeper(path, below.others);
    const found: Found[] = [];
    for (const one of below.runs) found.push(await find(one, options, traces));
    return {
      named: found.flatMap(({ named }) => named),
      planned: found.reduce((all, { planned }) => all + planned, 0),
      verdicts: found.flatMap(({ verdicts }) => verdicts),
      notes: [
        ...found.flatMap(({ notes }) => notes),
        ...(below.others.length === 0
          ? []
          : [`not read, no run folder: ${below.others.map((other) => basename(other)).join(', ')} in ${path}`]),
      ],
      unsealed: found.flatMap(({ unsealed }) => unsealed),
    };
  }
  const { document, unmarked, regenerated } = await readRunFolder(path, readOptions(options));
  return {
    named: [{ name: path, document: unmarked, inSet: false }],
    planned: 1,
    verdicts: [unmarked.verdict],
    notes: regenerated.map((note) => `${path}: ${note}`),
    unsealed: unsealedOf(path, document),
  };
};

/** Lines that an error has of one kind. */
const maxLines = 5;

const firstOf = (lines: readonly string[]): readonly string[] =>
  lines.length <= maxLines ? lines : [...lines.slice(0, maxLines), `… and ${lines.length - maxLines} more`];

/** A failed run is left out for one of its reasons besides what was refuted. */
const leftOutWhy = ({ verdict, reasons }: RunDocument): string =>
  (verdict === 'fail' ? reasons.join('; ') : reasons[0]) ?? 'no reason';

/**
 * Reads the runs of one side: a run folder, a folder of one run with repeats, a folder full of run folders, or a run.json.
 * A folder is judged anew from its record. Runs without valid evidence are left out and named.
 * @throws SkipbeatError EVIDENCE_UNREADABLE and RUNS_BESIDE (exit 64); EVIDENCE_UNSEALED (exit 2) where something speaks against any of
 *   it and that was not asked for: leaving it out would let whoever breaks a seal choose the runs; NOTHING_TO_COMPARE
 *   (exit 2) where no valid run is left
 */
export const readSide = async (path: string, options: Options = {}): Promise<Side> => {
  const { named, planned, verdicts, notes, unsealed: marked } = await find(path, options);
  const unsealed = [...marked, ...chosenRepeats(path, named), ...chosenSeeds(path, named)];
  if (unsealed.length > 0 && options.unsealed !== true) {
    throw new SkipbeatError(
      'EVIDENCE_UNSEALED',
      `${path}: expected runs as they were left, found otherwise:\n  ${firstOf(unsealed).join('\n  ')}`,
      {
        exitCode: exitCodes.inconclusive,
        next: 'get the folder again from where it was made; --unsealed compares it and says so',
      },
    );
  }
  const invalid = named.filter(({ document }) => !hasValidEvidence(document));
  const left = [
    ...notes,
    ...invalid.map(({ name, document }) => `left out, no valid evidence: ${name} (${leftOutWhy(document)})`),
  ];
  const valid = named.filter((one) => !invalid.includes(one));
  if (valid.length > 0) {
    return {
      path,
      runs: valid.map(({ document }) => document),
      names: valid.map(({ name }) => name),
      planned,
      verdict: (['fail', 'inconclusive'] as const).find((one) => verdicts.includes(one)) ?? 'pass',
      notes: left,
      unsealed,
    };
  }
  throw new SkipbeatError(
    'NOTHING_TO_COMPARE',
    `${path}: expected a run with valid evidence.\n  ${left.join('\n  ')}`,
    {
      exitCode: exitCodes.inconclusive,
      next: 'run the scenario again',
    },
  );
};

/** @throws SkipbeatError SAME_RUNS (exit 64) where both sides are one and the same place */
export const assertTwo = (base: string, candidate: string): void => {
  if (!existsSync(base) || !existsSync(candidate) || realpathSync(base) !== realpathSync(candidate)) return;
  throw new SkipbeatError('SAME_RUNS', `${candidate}: expected other runs than those of the base, found the same.`, {
    exitCode: exitCodes.usage,
    next: `${skipbeat(`compare --self ${base}`)}   (what a comparison finds where there is nothing to find)`,
  });
};
