// `npm run bench:judgement`: how often `compare` is wrong, and how often it sees what is there. In the model, whose truth is
// known: 10,000 runs of each cell, and 1,000 comparisons of every design, each of runs drawn from these without
// replacement. Exit 1 where a promise is broken: a false alarm, or a worse harm called "same" or "better", in more than
// 5 % of comparisons.
// `--quick`: 300 runs and 40 comparisons, to see that the bench itself works.
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { randomFrom, seedOfRepeat } from '../src/common/random.ts';
import { fewerThan } from '../src/common/statistics.ts';
import { compareRuns, readTolerance } from '../src/compare/index.ts';
import type { RunDocument } from '../src/verdict/index.ts';
import { gracePlan, modelRuns, seedOfSet } from '../test/compare/runs.ts';

const quick = process.argv.includes('--quick') || (workerData as { quick?: boolean } | null)?.quick === true;
const runsOfCell = quick ? 300 : 10_000;
const comparisons = quick ? 40 : 1000;
const designs = quick ? [5, 11] : [5, 11, 20, 80];
const promised = 0.05;
/** Shifts are counted in tolerances of this share of the median. */
const toleranceShare = 0.1;

/** Kubelets silent for 24 s under a grace period: 20 s harms always, 40 s never, the others sometimes. */
const cells = ['20s', '23s', '28s', '40s'] as const;
type Cell = (typeof cells)[number];
type Pools = Readonly<Record<Cell, readonly RunDocument[]>>;

/** How one run of a side is made from a run of a cell. */
type Draw = { readonly cell: Cell; readonly change: 'none' | 'tenfold' | number };
type Side = { readonly parts: readonly { readonly share: number; readonly draw: Draw }[] };

type Row = {
  readonly name: string;
  readonly base: Side;
  readonly candidate: Side;
  /** What is true: nothing differs; the candidate is worse by more than the tolerances; by one tolerance just so. */
  readonly truth: 'alike' | 'worse' | 'edge';
};

type Counts = { worse: number; better: number; same: number; unknown: number; missed: number };

const harmful: Draw = { cell: '20s', change: 'none' };
const clean: Draw = { cell: '40s', change: 'none' };
const only = (draw: Draw): Side => ({ parts: [{ share: 1, draw }] });
/** The harmful cell in that share of runs, the clean one in the others. */
const harmedIn = (share: number): Side => ({
  parts: [
    { share, draw: harmful },
    { share: 1 - share, draw: clean },
  ],
});

const rows: readonly Row[] = [
  { name: 'harm 0 % against 0 %', base: only(clean), candidate: only(clean), truth: 'alike' },
  ...[5, 20, 50, 100].map(
    (percent): Row => ({
      name: `harm ${percent} % against 0 %`,
      base: only(clean),
      candidate: harmedIn(percent / 100),
      truth: 'worse',
    }),
  ),
  {
    name: 'grace 28 s against 40 s',
    base: only(clean),
    candidate: only({ cell: '28s', change: 'none' }),
    truth: 'worse',
  },
  {
    name: 'grace 23 s against 40 s',
    base: only(clean),
    candidate: only({ cell: '23s', change: 'none' }),
    truth: 'worse',
  },
  { name: 'harm 20 % against 20 %', base: harmedIn(0.2), candidate: harmedIn(0.2), truth: 'alike' },
  { name: 'harm 50 % against 50 %', base: harmedIn(0.5), candidate: harmedIn(0.5), truth: 'alike' },
  { name: 'always, no shift', base: only(harmful), candidate: only(harmful), truth: 'alike' },
  { name: 'always, 1 tolerance more', base: only(harmful), candidate: only({ cell: '20s', change: 1 }), truth: 'edge' },
  {
    name: 'always, 3 tolerances more',
    base: only(harmful),
    candidate: only({ cell: '20s', change: 3 }),
    truth: 'worse',
  },
  {
    name: 'always, tenfold in 20 %',
    base: only(harmful),
    candidate: {
      parts: [
        { share: 0.2, draw: { cell: '20s', change: 'tenfold' } },
        { share: 0.8, draw: harmful },
      ],
    },
    truth: 'worse',
  },
];

/** What differs in every row in which anything does; and what else where the base has no harm and the candidate has. */
const differing = ['nodes.notReadyNodeSeconds', 'requests.refused'];
const differingFromClean = [
  ...differing,
  'nodes.notReadyTransitions',
  'sinceFault.lastReadyMs',
  'sinceFault.lastRefusedMs',
];

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** What one tolerance is, of the cell that always harms. */
type Tolerances = { readonly refused: number; readonly notReadyNodeSeconds: number };

const tolerancesOf = (pools: Pools): Tolerances => ({
  refused: toleranceShare * medianOf(pools['20s'].map(refusedOf)),
  notReadyNodeSeconds: toleranceShare * medianOf(pools['20s'].map(notReadyOf)),
});

const refusedOf = ({ requests }: RunDocument): number => requests.refused ?? 0;
const notReadyOf = ({ nodes }: RunDocument): number => nodes.notReadyNodeSeconds ?? 0;

/** Only what a comparison reads: a thread is given tens of thousands of them. */
const slim = (run: RunDocument): RunDocument => ({
  ...run,
  calibration: [],
  nodes: { ...run.nodes, byNode: {} },
  findings: [],
  reasons: [],
});

const changed = (run: RunDocument, change: Draw['change'], one: Tolerances): RunDocument => {
  if (change === 'none') return run;
  const more = (value: number, tolerance: number): number =>
    change === 'tenfold' ? value * 10 : value + change * tolerance;
  return {
    ...run,
    requests: { ...run.requests, refused: more(refusedOf(run), one.refused) },
    nodes: { ...run.nodes, notReadyNodeSeconds: more(notReadyOf(run), one.notReadyNodeSeconds) },
  };
};

/** Runs of one side, each of another run of its pool than all before it: `taken` has those. */
const drawSide = (
  { parts }: Side,
  runs: number,
  { pools, tolerances }: { readonly pools: Pools; readonly tolerances: Tolerances },
  taken: Set<RunDocument>,
  random: () => number,
) =>
  Array.from({ length: runs }, (): RunDocument => {
    const at = random();
    const upTo = (index: number): number => parts.slice(0, index + 1).reduce((sum, { share }) => sum + share, 0);
    const part = parts.find((_, index) => at < upTo(index)) ?? parts[0];
    if (part === undefined) throw new Error('a side is made of something');
    const pool = pools[part.draw.cell];
    for (;;) {
      const run = pool[Math.floor(random() * pool.length)];
      if (run === undefined || taken.has(run)) continue;
      taken.add(run);
      return changed(run, part.draw.change, tolerances);
    }
  });

type Job =
  | { readonly kind: 'cell'; readonly cell: Cell; readonly set: number; readonly runs: number }
  | { readonly kind: 'row'; readonly row: number; readonly perSide: number }
  | { readonly kind: 'pools'; readonly pools: Pools };

const countRow = ({ base, candidate, truth }: Row, row: number, perSide: number, pools: Pools): Counts => {
  const tolerances = tolerancesOf(pools);
  const amounts = [
    `requests.refused=${tolerances.refused}`,
    `nodes.notReadyNodeSeconds=${tolerances.notReadyNodeSeconds}`,
  ];
  const tolerance = readTolerance(['10%', ...(base === rows[0]?.base ? [] : amounts)]);
  const counts: Counts = { worse: 0, better: 0, same: 0, unknown: 0, missed: 0 };
  const isClean = base.parts.every(({ draw }) => draw === clean);
  const differs = isClean ? differingFromClean : differing;
  const random = randomFrom(seedOfRepeat(20_261_125, 100 * row + perSide));
  for (let count = 0; count < comparisons; count += 1) {
    const taken = new Set<RunDocument>();
    const sides = [base, candidate].map((side) => drawSide(side, perSide, { pools, tolerances }, taken, random));
    const { verdict, figures } = compareRuns(sides[0] ?? [], sides[1] ?? [], { tolerance, seed: 1 });
    counts[verdict] += 1;
    const isMissed = figures.some((one) => differs.includes(one.figure) && ['same', 'better'].includes(one.verdict));
    if (truth !== 'alike' && isMissed) counts.missed += 1;
  }
  return counts;
};

const work = async (): Promise<void> => {
  let pools: Pools | null = null;
  parentPort?.on('message', async (job: Job) => {
    if (job.kind === 'pools') pools = job.pools;
    else if (job.kind === 'cell') {
      const runs = await modelRuns(gracePlan(job.cell, job.runs, seedOfSet(job.set)));
      parentPort?.postMessage(runs.map(slim));
    } else {
      const row = rows[job.row];
      if (row === undefined || pools === null) throw new Error('a row is counted with pools');
      parentPort?.postMessage(countRow(row, job.row, job.perSide, pools));
    }
  });
};

/** Answers in the order of the jobs. */
const onThreads = async <T>(threads: readonly Worker[], jobs: readonly Job[]): Promise<readonly T[]> => {
  const answers: T[] = [];
  let next = 0;
  const serve = async (thread: Worker): Promise<void> => {
    while (next < jobs.length) {
      const index = next;
      next += 1;
      const answer = Promise.withResolvers<T>();
      thread.once('message', answer.resolve).once('error', answer.reject);
      thread.postMessage(jobs[index]);
      answers[index] = await answer.promise;
      thread.off('message', answer.resolve).off('error', answer.reject);
    }
  };
  await Promise.all(threads.map(serve));
  return answers;
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const percent = (count: number, of: number): string => `${((100 * count) / of).toFixed(1)} %`;

/** Beyond what a true rate of 5 % shows in 999 benches of 1,000. */
const isBroken = (count: number): boolean => 1 - fewerThan(count, comparisons, promised) < 0.001;

const printCells = (pools: Pools): void => {
  print(`cells, by ${runsOfCell} runs each in the model (kubelets of both workers silent for 24 s)`);
  for (const cell of cells) {
    const pool = pools[cell];
    const share = (is: (run: RunDocument) => boolean): string => percent(pool.filter(is).length, pool.length);
    print(
      `  grace ${cell}: a node NotReady in ${share((run) => notReadyOf(run) > 0)} of runs, a request refused in ${share((run) => refusedOf(run) > 0)}`,
    );
  }
};

const main = async (): Promise<void> => {
  const threads = Array.from(
    { length: availableParallelism() },
    () => new Worker(new URL(import.meta.url), { workerData: { quick } }),
  );
  const perSet = Math.min(runsOfCell, 500);
  const sets = cells.flatMap((cell, at) =>
    Array.from({ length: runsOfCell / perSet }, (_, set) => ({
      kind: 'cell' as const,
      cell,
      set: 1000 * at + set,
      runs: perSet,
    })),
  );
  const made = await onThreads<readonly RunDocument[]>(threads, sets);
  const runsOf = (cell: Cell) => made.filter((_, index) => sets[index]?.cell === cell).flat();
  const pools: Pools = { '20s': runsOf('20s'), '23s': runsOf('23s'), '28s': runsOf('28s'), '40s': runsOf('40s') };
  printCells(pools);
  for (const thread of threads) thread.postMessage({ kind: 'pools', pools } satisfies Job);
  const asked = rows.flatMap((_, row) => designs.map((perSide) => ({ kind: 'row' as const, row, perSide })));
  const counted = await onThreads<Counts>(threads, asked);
  await Promise.all(threads.map((thread) => thread.terminate()));
  print(
    `\n${comparisons} comparisons of each; wrong is a regression where nothing differs, "same" or "better" where harm does`,
  );
  print(`  ${'candidate against base'.padEnd(26)} a side   worse  better    same unknown   wrong`);
  let broken = 0;
  asked.forEach(({ row, perSide }, index) => {
    const { name = '', truth } = rows[row] ?? {};
    const counts = counted[index];
    if (counts === undefined) throw new Error('a row was not counted');
    const wrong = truth === 'alike' ? counts.worse : counts.missed;
    if (isBroken(wrong)) broken += 1;
    const shown = [counts.worse, counts.better, counts.same, counts.unknown, wrong];
    const columns = shown.map((count) => percent(count, comparisons).padStart(7));
    print(
      `  ${name.padEnd(26)} ${String(perSide).padStart(6)} ${columns.join(' ')}${isBroken(wrong) ? '  BROKEN' : ''}`,
    );
  });
  print(broken === 0 ? '\nboth promises are kept: at most 5 % are wrong' : `\n${broken} promises are broken`);
  if (broken > 0) process.exitCode = 1;
};

if (isMainThread) await main();
else await work();
