import { formatDuration } from '../../common/duration.ts';
import { packageVersion } from '../../common/package.ts';
import { quantile } from '../../common/statistics.ts';
import { counted } from '../../common/text/counted.ts';
import { maxBorneAnswerMs, writesPerNodeMinute } from '../../profile/index.ts';
import { chanceOf, spreadOf } from '../statistics.ts';
import type { Cell, CellKey, Detection, DetectionKey, Shard, SweepDocument, SweepSpec } from '../types.ts';
import { cellJob, cellKeys, detectionJob, detectionKeys, planOf } from './cells.ts';
import { runJobs } from './pool.ts';
import { type Unit, unitsOfShard } from './shards.ts';
import type { Job, JobResult, Trial } from './trials.ts';

/** What is left to do, reported whenever some of it is done. */
export type SweepProgress = {
  /** 0 to 1, by the estimated time. */
  readonly share: number;
  readonly unitsDone: number;
  readonly units: number;
};

export type SweepRun = {
  readonly shard: Shard | null;
  /** Threads; the result does not depend on it. */
  readonly workers: number;
  /** What the heap of one thread may hold. */
  readonly heapBytes: number;
  readonly onProgress: (progress: SweepProgress) => void;
  /** What was finished before and need not be done again. */
  readonly done?: readonly (Cell | Detection)[];
  /** Called with every cell and detection when the last of its trials is there. */
  readonly onFinished?: (entry: Cell | Detection) => void;
};

/** What a sweep or a shard takes at most, before it is begun. */
export type SweepEstimate = {
  readonly cells: number;
  readonly detections: number;
  /** On one thread. */
  readonly seconds: number;
  /** Of the largest simulation. */
  readonly bytes: number;
};

/** @param shard null = the whole sweep */
export const estimateSweep = (spec: SweepSpec, shard: Shard | null): SweepEstimate => {
  const units = unitsOfShard(spec, shard);
  return {
    cells: units.filter(({ kind }) => kind === 'cell').length,
    detections: units.filter(({ kind }) => kind === 'detection').length,
    seconds: units.reduce((sum, { seconds }) => sum + seconds * spec.repeats, 0),
    bytes: units.reduce((max, { bytes }) => Math.max(max, bytes), 0),
  };
};

/** A thread is busy with one job for about so long at most, so that all of them end together. */
const jobSeconds = 2;

/** Chances and medians of a cell from its trials. */
export const cellOf = (key: CellKey, trials: readonly Trial[]): Cell => {
  const chance = (happened: (trial: Trial) => boolean) => chanceOf(trials.filter(happened).length, trials.length);
  const nodeSeconds = trials
    .map(({ notReadyNodeSeconds }) => notReadyNodeSeconds)
    .toSorted((one, other) => one - other);
  return {
    ...key,
    refused: chance(({ firstRefusedMs }) => firstRefusedMs !== null),
    notReady: chance(({ firstNotReadyMs }) => firstNotReadyMs !== null),
    evicted: chance(({ firstEvictionMs }) => firstEvictionMs !== null),
    notReadyNodeSeconds: quantile(nodeSeconds, 0.5) ?? 0,
    notRecovered: trials.filter(({ recovered }) => !recovered).length,
  };
};

/** What of a detection is a formula's. */
export const formulasOf = (
  key: DetectionKey,
  spec: Pick<SweepSpec, 'reading' | 'userConfig'>,
): Required<Pick<Detection, 'heartbeatWritesPerMinute' | 'heartbeatAnswerMs'>> => {
  const { effective, kubernetesVersion } = planOf(key, spec).profile;
  return {
    heartbeatWritesPerMinute: writesPerNodeMinute(effective) * key.nodes,
    heartbeatAnswerMs: maxBorneAnswerMs(effective, kubernetesVersion),
  };
};

const detectionOf = (key: DetectionKey, spec: SweepSpec, detectedMs: readonly (number | null)[]): Detection => ({
  ...key,
  detectMs: spreadOf(detectedMs),
  ...formulasOf(key, spec),
});

/** A key as a person reads it; every cell and detection of a sweep has another one. */
export const nameOf = (key: CellKey | DetectionKey): string => {
  const what = 'pauseMs' in key ? `paused ${formatDuration(key.pauseMs)}` : 'dead node';
  return `[${key.profile}, ${what}, ${counted(key.nodes, 'node')}, ${key.kubernetesVersion}]`;
};

type Piece = { readonly job: Job; readonly unit: Unit; readonly from: number };

/** Cuts a unit's repeats into jobs. */
const piecesOf = (unit: Unit, spec: SweepSpec): readonly Piece[] => {
  const entire = unit.kind === 'cell' ? cellJob(unit.key, spec) : detectionJob(unit.key, spec);
  const size = Math.max(1, Math.floor(jobSeconds / unit.seconds));
  return Array.from({ length: Math.ceil(spec.repeats / size) }, (_, index) => {
    const from = index * size;
    return { job: { ...entire, seeds: entire.seeds.slice(from, from + size) }, unit, from };
  });
};

/** Results of a unit's pieces, put together in the order of repeats. */
const joined = (results: ReadonlyMap<number, JobResult>): readonly JobResult[] =>
  [...results].toSorted(([one], [other]) => one - other).map(([, result]) => result);

/** A cell or a detection from the results of all of its trials. */
const entryOf = (unit: Unit, spec: SweepSpec, results: readonly JobResult[]): Cell | Detection => {
  if (unit.kind === 'cell') {
    const trials = results.flatMap((result) => (result.kind === 'impact' ? result.trials : []));
    return cellOf(unit.key, trials);
  }
  const detectedMs = results.flatMap((result) => (result.kind === 'detection' ? result.detectedMs : []));
  return detectionOf(unit.key, spec, detectedMs);
};

/**
 * Simulates every cell of a sweep, or of one shard of it, on several threads. The same spec gives the same document,
 * whatever the number of threads; merged shards give that of the whole.
 * @throws SkipbeatError SWEEP_WORKER_DIED
 */
export const runSweep = async (spec: SweepSpec, run: SweepRun): Promise<SweepDocument> => {
  const all = unitsOfShard(spec, run.shard);
  const cells = new Map<string, Cell>();
  const detections = new Map<string, Detection>();
  const put = (entry: Cell | Detection): void => {
    if ('pauseMs' in entry) cells.set(nameOf(entry), entry);
    else detections.set(nameOf(entry), entry);
  };
  for (const entry of run.done ?? []) put(entry);
  const units = all.filter(({ key }) => !cells.has(nameOf(key)) && !detections.has(nameOf(key)));
  const pieces = units.flatMap((unit) => piecesOf(unit, spec));
  const totalSeconds = all.reduce((sum, { seconds }) => sum + seconds * spec.repeats, 0);
  const collected = new Map<Unit, Map<number, JobResult>>(units.map((unit) => [unit, new Map()]));
  const openPieces = new Map<Unit, number>();
  for (const { unit } of pieces) openPieces.set(unit, (openPieces.get(unit) ?? 0) + 1);
  let doneSeconds = totalSeconds - units.reduce((sum, { seconds }) => sum + seconds * spec.repeats, 0);
  let unitsDone = all.length - units.length;
  const finish = (unit: Unit): void => {
    const entry = entryOf(unit, spec, joined(collected.get(unit) ?? new Map()));
    collected.delete(unit);
    put(entry);
    run.onFinished?.(entry);
  };
  await runJobs(
    pieces.map(({ job }) => job),
    {
      workers: run.workers,
      heapBytes: run.heapBytes,
      onResult: (index, result) => {
        const piece = pieces[index] as Piece;
        collected.get(piece.unit)?.set(piece.from, result);
        const open = (openPieces.get(piece.unit) ?? 0) - 1;
        openPieces.set(piece.unit, open);
        if (open === 0) {
          unitsDone += 1;
          finish(piece.unit);
        }
        doneSeconds += piece.unit.seconds * piece.job.seeds.length;
        run.onProgress({ share: doneSeconds / totalSeconds, unitsDone, units: all.length });
      },
    },
  );
  return documentOf(spec, run.shard, cells, detections);
};

/**
 * Cells and detections in the sweep's own order, whatever the order they came in.
 * @param skipbeat the version that simulated them
 */
export const documentOf = (
  sweep: SweepSpec,
  shard: Shard | null,
  cells: ReadonlyMap<string, Cell>,
  detections: ReadonlyMap<string, Detection>,
  skipbeat: string = packageVersion(),
): SweepDocument => ({
  schemaVersion: 1,
  predicted: true,
  skipbeat,
  sweep,
  shard,
  cells: cellKeys(sweep).flatMap((key) => cells.get(nameOf(key)) ?? []),
  detections: detectionKeys(sweep).flatMap((key) => detections.get(nameOf(key)) ?? []),
});
