import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { claimCluster, clusterPrefix, newIncarnation, removeCluster, whileClaimed } from '../cluster/index.ts';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { removePartsOf } from '../common/host/text-file.ts';
import { skipbeat } from '../common/invocation.ts';
import { openJournal } from '../journal/index.ts';
import { hostExec, type Lock, takeLock } from '../node/index.ts';
import { type Prepared, prepareRun } from '../prepare/index.ts';
import { createProgress, type ProgressOptions } from '../report/index.ts';
import { executeRun, isAbort, type SealKey } from '../run/index.ts';
import type { KindEnvironment } from '../setup/index.ts';
import { judgedCell } from './judged-cell.ts';
import { verdictText } from './layout.ts';
import { scenarioOf } from './scenarios.ts';
import { writeSealed } from './seal.ts';
import { cellsLeft, makeCellFolder, matrixFile, withResult } from './store.ts';
import type { CellResult, MatrixCell, MatrixDocument } from './types.ts';

export type CellsOptions = {
  readonly folder: string;
  readonly document: MatrixDocument;
  readonly environments: ReadonlyMap<string, KindEnvironment>;
  readonly signal: AbortSignal;
  /** Fires where another may have the folder: nothing is written over what that one has. */
  readonly lost: AbortSignal;
  /** With which matrix.json and the folder of each cell are sealed; null: with none. */
  readonly sealKey: SealKey | null;
  /** Takes lines for the person who waits. */
  readonly notify: (line: string) => void;
  /** Where the progress of a run is shown, as wide as it is. */
  readonly progress: Pick<ProgressOptions, 'stream' | 'columns' | 'colour'>;
};

/**
 * Takes the folder of a matrix for this process.
 * @throws SkipbeatError MATRIX_BUSY (exit 75) while another live process runs this very matrix
 */
export const claimMatrix = async (folder: string): Promise<Lock> => {
  const lock = await takeLock(join(folder, 'lock'), String(process.pid));
  if ('release' in lock) {
    removePartsOf(join(folder, matrixFile));
    return lock;
  }
  throw new SkipbeatError('MATRIX_BUSY', `${folder}: expected to have it alone, found process ${lock.heldBy}.`, {
    exitCode: exitCodes.environment,
    next: 'wait for that matrix to end, or begin another with --out DIR: two of them keep out of each other’s way',
  });
};

const matrixLost = (folder: string, { reason }: AbortSignal): SkipbeatError =>
  new SkipbeatError('MATRIX_BUSY', `${folder}: expected to have it alone to the end. ${messageOf(reason)}`, {
    exitCode: exitCodes.environment,
    cause: reason,
    next: `${skipbeat(`matrix --resume ${folder}`)}, end no process named skipbeat-lock, and delete no lock`,
  });

/** The cluster of one version's cells, whichever of them makes it. */
type MadeCluster = { readonly cluster: string; readonly incarnation: string };

const prepareCell = async (
  cell: MatrixCell,
  environment: KindEnvironment | undefined,
  cluster: MadeCluster,
  { document: { sets, userConfig }, notify }: CellsOptions,
): Promise<Prepared> => {
  const { scenario } = scenarioOf(cell, sets, userConfig);
  return prepareRun(scenario, { ...cluster, keepCluster: true }, environment ?? null, notify);
};

/** Runs one cell; whatever breaks in it becomes its reason, and the next cell is run all the same. */
const runCell = async (options: CellsOptions, cell: MatrixCell, cluster: MadeCluster): Promise<CellResult> => {
  const { folder, document: matrix, signal, environments, sealKey } = options;
  const startedAt = new Date();
  const own = makeCellFolder(folder, cell.name);
  const end = (rest: Pick<CellResult, 'verdict' | 'measured' | 'reason' | 'figures' | 'harm'>): CellResult => ({
    ...cell,
    folder: own,
    ...rest,
    tookMs: Date.now() - startedAt.getTime(),
  });
  const failed = (thrown: unknown): CellResult =>
    end({ verdict: null, reason: messageOf(thrown).split('\n')[0] ?? '', figures: null });
  try {
    const { plan, begin } = await prepareCell(cell, environments.get(cell.kubernetesVersion), cluster, options);
    const progress = createProgress({ ...options.progress, isTerminal: false, plan });
    const { backend, end: close } = begin(join(folder, own), startedAt);
    try {
      const { document, error } = await executeRun({
        plan,
        backend,
        folder: join(folder, own),
        scenarioYaml: scenarioOf(cell, matrix.sets, matrix.userConfig).resolved,
        startedAt,
        listeners: backend.predicted ? [] : [progress],
        signal,
        sealKey,
      });
      if (!backend.predicted) progress.onFinish();
      const reason = document?.reasons[0] ?? null;
      // Judged, but ended early: what it counted until then compares with nothing.
      if (document !== null && isAbort(error)) return end({ verdict: document.verdict, reason, figures: null });
      if (document === null || error !== null) return failed(error ?? new Error('the run could not be judged'));
      return end(judgedCell(cell, plan, document, matrix.userConfig));
    } finally {
      close();
    }
  } catch (thrown) {
    return failed(thrown);
  }
};

/** Runs the cells of one version on one living cluster, made by the first of them and removed after the last. */
const runVersion = async (
  options: CellsOptions,
  cells: readonly MatrixCell[],
  keep: (result: CellResult) => void,
): Promise<void> => {
  const cluster = `${clusterPrefix}cells-${randomBytes(3).toString('hex')}`;
  const incarnation = newIncarnation();
  const [environment] = options.environments.values();
  const onKind = environment !== undefined;
  const journal = onKind
    ? openJournal(`${new Date().toISOString().replaceAll(':', '-')}-${cluster}`, options.folder, environment.engine.id)
    : null;
  // Each run leaves the cluster to the next: that it goes in the end, whatever happens, is written down here.
  journal?.add({ kind: 'cluster', cluster, incarnation });
  const remove = async (): Promise<void> => {
    if (!onKind) return;
    const lock = await claimCluster(cluster);
    try {
      await removeCluster(whileClaimed(hostExec, cluster, lock), cluster, incarnation);
    } finally {
      await lock.release();
    }
  };
  try {
    for (const cell of cells) {
      if (options.signal.aborted) return;
      options.notify(`\n${cell.name}`);
      const result = await runCell(options, cell, { cluster, incarnation });
      // One that a person ended is kept, too: who ends those that go badly, and goes on, chooses what is shown.
      keep(result);
      if (options.signal.aborted) return;
      options.notify(`${cell.name}: ${verdictText(result)}${result.reason === null ? '' : `, ${result.reason}`}`);
      // A run that broke may have left its cluster in any state: the next one makes its own.
      if (result.figures === null) await remove();
    }
  } finally {
    await remove();
    journal?.clusterGone(cluster);
    journal?.close();
  }
};

/**
 * Runs every cell that has no result yet, version by version, and keeps what came of each at once.
 * @returns the matrix as far as it came, and why it stopped before its end; null where it did not
 */
export const runCells = async (
  requested: CellsOptions,
): Promise<{ readonly document: MatrixDocument; readonly stopped: unknown }> => {
  const { folder, lost } = requested;
  const options = { ...requested, signal: AbortSignal.any([requested.signal, lost]) };
  let { document } = options;
  const keep = (result: CellResult): void => {
    if (lost.aborted) return;
    document = withResult(document, result);
    writeSealed(options.folder, document, options.sealKey);
  };
  const byVersion = Map.groupBy(cellsLeft(document), ({ kubernetesVersion }) => kubernetesVersion);
  for (const cells of byVersion.values()) {
    if (!options.signal.aborted) await runVersion(options, cells, keep);
  }
  if (lost.aborted) return { document, stopped: matrixLost(folder, lost) };
  return { document, stopped: options.signal.aborted ? options.signal.reason : null };
};
