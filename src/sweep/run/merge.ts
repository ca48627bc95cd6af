import { isDeepStrictEqual } from 'node:util';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { packageVersion } from '../../common/package.ts';
import type { Cell, Detection, SweepDocument, SweepSpec } from '../types.ts';
import { cellKeys, detectionKeys } from './cells.ts';
import { unitsOfShard } from './shards.ts';
import { documentOf, nameOf } from './sweep.ts';

export type NamedDocument = { readonly file: string; readonly document: SweepDocument };

/** As many names as a person reads. */
const maxNames = 3;

const named = (names: readonly string[]): string => {
  const rest = names.length - maxNames;
  return names.slice(0, maxNames).join(', ') + (rest > 0 ? ` and ${rest.toLocaleString('en-US')} more` : '');
};

const differences = (one: SweepSpec, other: SweepSpec): readonly string[] =>
  (Object.keys(one) as (keyof SweepSpec)[])
    .filter((field) => !isDeepStrictEqual(one[field], other[field]))
    .map((field) => `${field} ${JSON.stringify(other[field])} instead of ${JSON.stringify(one[field])}`);

const differentSweeps = ([first, ...others]: readonly NamedDocument[]): readonly string[] =>
  first === undefined
    ? []
    : others.flatMap(({ file, document }) => {
        const [own, other] = [first.document, document].map(({ skipbeat }) => `skipbeat ${JSON.stringify(skipbeat)}`);
        const found = [
          ...(own === other ? [] : [`${other} instead of ${own}`]),
          ...differences(first.document.sweep, document.sweep),
        ];
        return found.length === 0 ? [] : [`${file}: expected the sweep of ${first.file}, received ${found.join('; ')}`];
      });

/** Shards that none of the files is, where they are shards of so many. */
const absentShards = (documents: readonly NamedDocument[]): string => {
  const shards = documents.flatMap(({ document }) => document.shard ?? []);
  const of = shards[0]?.of;
  if (of === undefined || shards.some((shard) => shard.of !== of)) return '';
  const absent = Array.from({ length: of }, (_, index) => index + 1).filter(
    (number) => !shards.some(({ index }) => index === number),
  );
  return absent.length === 0 ? '' : ` (no file is shard ${named(absent.map((number) => `${number}/${of}`))})`;
};

type Collected<T> = { readonly found: ReadonlyMap<string, T>; readonly problems: readonly string[] };

/** Every entry by its key, with a word on those that are there twice, or that the sweep does not have. */
const collect = <T extends Cell | Detection>(
  documents: readonly NamedDocument[],
  entriesOf: (document: SweepDocument) => readonly T[],
  known: ReadonlySet<string>,
): Collected<T> => {
  const found = new Map<string, T>();
  const from = new Map<string, string>();
  const doubled = new Map<string, string[]>();
  const foreign: string[] = [];
  for (const { file, document } of documents) {
    for (const entry of entriesOf(document)) {
      const name = nameOf(entry);
      const before = from.get(name);
      if (!known.has(name)) foreign.push(`${file}: ${name}`);
      if (before !== undefined) {
        const pair = `${before} and ${file}`;
        doubled.set(pair, [...(doubled.get(pair) ?? []), name]);
      }
      from.set(name, file);
      found.set(name, entry);
    }
  }
  return {
    found,
    problems: [
      ...[...doubled].map(([pair, names]) => `${pair}: expected each cell once, received twice ${named(names)}`),
      ...(foreign.length === 0 ? [] : [`expected cells of the sweep alone, received ${named(foreign)}`]),
    ],
  };
};

const namesIn = ({ cells, detections }: SweepDocument): ReadonlySet<string> =>
  new Set([...cells, ...detections].map(nameOf));

/** Files that say to be other shards than they are, or two that say to be the same; another version cuts otherwise. */
const wrongShards = (documents: readonly NamedDocument[], all: ReadonlySet<string>): readonly string[] => {
  const seen = new Map<string, string>();
  const first = documents.find(({ document }) => document.shard !== null);
  return documents.flatMap(({ file, document }) => {
    const { shard, sweep } = document;
    if (shard === null) {
      const names = namesIn(document);
      const isEntire = [...all].every((name) => names.has(name));
      return isEntire ? [] : [`${file}: expected a shard, or every cell, received some cells and no shard`];
    }
    const name = `${shard.index}/${shard.of}`;
    const before = seen.get(name);
    seen.set(name, file);
    if (before !== undefined) return [`${before} and ${file}: expected each shard once, received ${name} twice`];
    const of = first?.document.shard?.of;
    if (shard.of !== of) return [`${file}: expected one of ${of} shards as ${first?.file}, received ${name}`];
    if (document.skipbeat !== packageVersion()) return [];
    const own = new Set(unitsOfShard(sweep, shard).map(({ key }) => nameOf(key)));
    const names = namesIn(document);
    const isOwn = names.size === own.size && [...names].every((each) => own.has(each));
    return isOwn ? [] : [`${file}: expected the cells of shard ${name}, received others`];
  });
};

/**
 * Joins the shards of one sweep to what the whole would have been, byte for byte.
 * @throws SkipbeatError SWEEP_MERGE_INVALID (exit 64): other sweeps, cells twice or not at all, shards that are none, each said
 */
export const mergeSweeps = (documents: readonly NamedDocument[]): SweepDocument => {
  const problems = [...differentSweeps(documents)];
  const { sweep, skipbeat: version } = documents[0]?.document ?? {};
  if (sweep === undefined) problems.push('expected at least one file');
  else if (problems.length === 0) {
    const cellNames = new Set(cellKeys(sweep).map(nameOf));
    const detectionNames = new Set(detectionKeys(sweep).map(nameOf));
    const cells = collect(documents, (document) => document.cells, cellNames);
    const detections = collect(documents, (document) => document.detections, detectionNames);
    const missing = [
      ...[...cellNames].filter((name) => !cells.found.has(name)),
      ...[...detectionNames].filter((name) => !detections.found.has(name)),
    ];
    problems.push(...cells.problems, ...detections.problems);
    if (missing.length > 0) {
      problems.push(`expected every cell, missing ${named(missing)}${absentShards(documents)}`);
    }
    if (problems.length === 0) problems.push(...wrongShards(documents, new Set([...cellNames, ...detectionNames])));
    if (problems.length === 0) return documentOf(sweep, null, cells.found, detections.found, version);
  }
  throw new SkipbeatError('SWEEP_MERGE_INVALID', problems.join('\n'), {
    exitCode: exitCodes.usage,
    next: `${skipbeat('sweep merge')} with one file of each shard of one sweep`,
  });
};
