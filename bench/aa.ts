// `npm run bench:aa`: compares like with like in the model, 1,000 pairs of 5 and 5 fresh runs, and counts how often a
// regression is called where there is none; then 100 pairs that do differ (grace 40 s against 20 s).
import { compareRuns, readTolerance } from '../src/compare/index.ts';
import { gracePlan, modelRuns, seedOfSet } from '../test/compare/runs.ts';

const pairs = Number(process.argv[2] ?? 1000);
const differing = Math.ceil(pairs / 10);
const repeats = 5;
// No tolerance: the statistics alone have to keep the promise.
const options = { tolerance: readTolerance(['0%']), seed: 1, intervals: false };

let set = 0;
const runs = (grace: string) => modelRuns(gracePlan(grace, repeats, seedOfSet(set++)));

const count = async (of: number, base: string, candidate: string): Promise<number> => {
  let called = 0;
  for (let pair = 0; pair < of; pair += 1) {
    const { verdict } = compareRuns(await runs(base), await runs(candidate), options);
    if (verdict === 'worse') called += 1;
  }
  return called;
};

const report = (what: string, called: number, of: number): void =>
  void process.stdout.write(
    `${what}: a regression called in ${called} of ${of} (${((100 * called) / of).toFixed(1)} %)\n`,
  );

report(`A/A, grace 20 s against itself, ${repeats} runs a side, tolerance 0`, await count(pairs, '20s', '20s'), pairs);
report(`grace 40 s against 20 s, ${repeats} runs a side`, await count(differing, '40s', '20s'), differing);
