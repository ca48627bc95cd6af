import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../common/errors.ts';
import { type RequestOutcome, requestOutcomes } from '../../timeline/index.ts';
import { type RepeatsDocument, type RunDocument, withEvidence } from '../../verdict/index.ts';
import { checkOf } from './checks.ts';
import { type Manifest, manifestFile, manifestProblems } from './manifest.ts';
import { nameAnother, readJson, schemaVersion, unreadable } from './read-folder.ts';

type Counts = Readonly<Record<RequestOutcome, number | null>> & { readonly offered: number };

/** Requests are due by their rate alone; a load that began or ended beside a phase is off by a few. */
const slack = { requests: 20, share: 0.02 };

const isOff = (offered: number, due: number): boolean =>
  Math.abs(offered - due) > Math.max(slack.requests, slack.share * due);

/** Each request ended in one way. */
const sumProblem = (path: string, counts: Counts): readonly string[] => {
  const outcomes = requestOutcomes.map((outcome) => counts[outcome]);
  const sum = outcomes.reduce<number | null>((all, one) => (all === null || one === null ? null : all + one), 0);
  return sum === null || sum === counts.offered
    ? []
    : [
        `${path}: expected outcomes of ${counts.offered === 1 ? 'the request' : `all ${counts.offered} requests`}, found those of ${sum}`,
      ];
};

const offeredProblems = ({ conditions, requests, steps, durationMs }: RunDocument): readonly string[] => {
  // An older document does not say how many were asked.
  if (conditions === undefined) return [];
  const { ratePerSecond } = conditions.load;
  const due = (ms: number): number => (ms * ratePerSecond) / 1000;
  const phases = steps.flatMap(({ name, startMs, endMs }) => {
    const counts = requests.byPhase[name];
    return counts === undefined || endMs === null ? [] : [{ name, counts, due: due(endMs - startMs) }];
  });
  const inPhases = Object.values(requests.byPhase).reduce((sum, { offered }) => sum + offered, 0);
  const maxOffered = durationMs === null ? Number.POSITIVE_INFINITY : due(durationMs) + 1;
  return [
    ...phases.flatMap(({ name, counts, due: expected }) =>
      isOff(counts.offered, expected)
        ? [
            `requests.byPhase.${name}.offered: expected ${Math.round(expected)} at ${ratePerSecond}/s in the time of that phase, found ${counts.offered}`,
          ]
        : [],
    ),
    ...(requests.offered < inPhases || requests.offered > maxOffered
      ? [
          `requests.offered: expected the ${inPhases} of its phases, and no more than ${ratePerSecond}/s in the time of the run, found ${requests.offered}`,
        ]
      : []),
  ];
};

const dateProblems = ({ predicted, startedAt, steps, durationMs }: RunDocument): readonly string[] => {
  const isDate = startedAt !== null && !Number.isNaN(Date.parse(startedAt));
  const endMs = durationMs ?? Number.POSITIVE_INFINITY;
  const strange = steps.filter((step) => step.endMs !== null && (step.endMs < step.startMs || step.endMs > endMs));
  return [
    ...(predicted === !isDate
      ? []
      : [
          `startedAt: expected ${predicted ? 'no date of a prediction' : 'the date at which the run began'}, found ${startedAt}`,
        ]),
    ...strange.map(
      ({ name }) => `steps: expected ${name} to end after it began and before the run did, found otherwise`,
    ),
  ];
};

/** Ways to ask that do not add up to what a phase was asked. */
const wayProblems = ({ requests: { ways, byPhase } }: RunDocument): readonly string[] =>
  ways === undefined
    ? []
    : Object.entries(byPhase).flatMap(([name, counts]) => {
        const own = ways.filter(({ phase }) => phase === name);
        return (['offered', ...requestOutcomes] as const).flatMap((outcome) => {
          // Where nobody asked nothing ended.
          const found = own.map((way) => (way.offered === 0 ? 0 : way[outcome]));
          const sum = found.reduce<number>((all, count) => all + (count ?? 0), 0);
          return found.includes(null) || counts[outcome] === null || sum === counts[outcome]
            ? []
            : [`requests.ways: expected the ${counts[outcome]} of requests.byPhase.${name}.${outcome}, found ${sum}`];
        });
      });

const ofRun = (document: RunDocument): readonly string[] => {
  // Whoever judged the record found as much in it.
  if (document.verdict === 'inconclusive') return [];
  const { requests } = document;
  const byPhase = Object.entries(requests.byPhase);
  const byEntrance = Object.entries(requests.byEntrance ?? {});
  return [
    ...sumProblem('requests', requests),
    ...byPhase.flatMap(([name, counts]) => sumProblem(`requests.byPhase.${name}`, counts)),
    ...byEntrance.flatMap(([name, counts]) => sumProblem(`requests.byEntrance.${name}`, counts)),
    ...wayProblems(document),
    ...offeredProblems(document),
    ...dateProblems(document),
  ];
};

/**
 * Where a run.json that has a verdict contradicts itself: no record gives one like that. Of several repeats each is looked at,
 * and named.
 */
export const documentProblems = (document: RunDocument | RepeatsDocument): readonly string[] =>
  'repeats' in document
    ? document.repeats.flatMap((run, index) =>
        ofRun(run).map((problem) => `repeat ${run.repeat?.number ?? index + 1}: ${problem}`),
      )
    : ofRun(document);

const checkSum = async (path: string): Promise<string | null> => {
  const folder = dirname(path);
  if (!existsSync(join(folder, manifestFile))) return null;
  const manifest = await readJson<Manifest>(folder, manifestFile, 'manifest');
  const expected = manifest.sha256[basename(path)];
  if (expected === undefined) return null;
  const [problem] = await manifestProblems(folder, { ...manifest, sha256: { [basename(path)]: expected } });
  return problem ?? null;
};

/** Contradictions that an error names. */
const maxShown = 5;

type ReadDocument = RunDocument | RepeatsDocument;

const byItself =
  'run.json: expected the folder that it was made from, found this file alone: nothing of the run is here to check';

/**
 * Reads a run.json by itself, of one run or of several repeats, and checks it: JSON, schema version, every name in it,
 * its sum where a manifest lies beside it, and that it does not contradict itself. It is no more than what somebody says of a run, and is marked so.
 * @returns `document` with that mark, `unmarked` as it stands in the file
 * @throws SkipbeatError EVIDENCE_UNREADABLE (exit 64)
 */
export const readDocument = async (
  path: string,
  { acceptChanges = false }: { readonly acceptChanges?: boolean } = {},
): Promise<{ readonly document: ReadDocument; readonly unmarked: ReadDocument }> => {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    throw unreadable(
      `${path}: expected a run.json, found ${thrown instanceof SyntaxError ? 'a file that is no JSON' : messageOf(thrown)}.`,
      nameAnother,
      thrown,
    );
  }
  if (typeof value !== 'object' || value === null) throw unreadable(`${path}: expected a JSON object.`, nameAnother);
  const found = (value as { readonly schemaVersion?: unknown }).schemaVersion;
  if (found !== schemaVersion) {
    throw unreadable(
      `${path}: schemaVersion: expected ${schemaVersion}, received ${JSON.stringify(found) ?? 'none'}.`,
      'read it with the version of skipbeat that wrote it, which manifest.json names',
    );
  }
  const problem = (await checkOf('repeats' in value ? 'repeats' : 'run'))(value);
  if (problem !== null) {
    throw unreadable(
      `${path}: ${problem}.`,
      'read it with the version of skipbeat that wrote it; a file that was edited by hand is no evidence',
    );
  }
  const changed = await checkSum(path);
  if (changed !== null && !acceptChanges) {
    throw unreadable(
      `${path}: ${changed}.`,
      'get the file again from where it was made; --accept-changes takes it as it is',
    );
  }
  const unmarked = value as ReadDocument;
  const contradictions = documentProblems(unmarked);
  if (contradictions.length > 0) {
    throw unreadable(
      `${path}: expected a document that agrees with itself, found otherwise:\n  ${contradictions.slice(0, maxShown).join('\n  ')}`,
      'name the folder that it was made from; a file that was edited by hand is no evidence',
    );
  }
  return { unmarked, document: withEvidence(unmarked, [byItself]) };
};
