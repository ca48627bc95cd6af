import { compareFolders, readTolerance } from '../compare/index.ts';
import type { ComparisonDocument, ConditionName } from '../compare/shapes.ts';

export type CompareOptions = {
  /** What may differ between the sides, being the point: `['profile']`. Anything else that differs is refused. */
  readonly differs?: readonly ConditionName[];
  /** What still counts as the same, for all figures: a share of the base's median. `10%` where left out. */
  readonly tolerance?: string;
  /** For single figures: an amount in the figure's own unit, or a share: `{ 'requests.refused': 5, 'requests.plannedLatencyMs.p99': '20%' }`. */
  readonly tolerances?: Readonly<Record<string, number | string>>;
  /** In which share of the runs a side may be worse by more than that. `5%` where left out. */
  readonly frequencyTolerance?: string;
  /** Of every random choice; 1 where left out. */
  readonly seed?: number;
  /** Takes evidence, too, that nothing proves to be as its run left it; the result names it in `unsealed`. */
  readonly acceptUnsealed?: boolean;
};

/**
 * Compares two sets of runs, figure by figure.
 * @param base the folder of a run, of one with repeats, or a folder full of them; or a run.json
 * @param candidate the same, of what is to be judged
 * @returns what `compare --json` prints: `verdict` is `worse` where the candidate is, `unknown` where the runs cannot tell
 * @throws SkipbeatError TOLERANCE_INVALID, and where a side cannot be read, is not sealed or cannot be compared
 */
export const compare = async (
  base: string,
  candidate: string,
  {
    differs = [],
    tolerance,
    tolerances = {},
    frequencyTolerance,
    seed = 1,
    acceptUnsealed = false,
  }: CompareOptions = {},
): Promise<ComparisonDocument> => {
  const texts = [
    ...(tolerance === undefined ? [] : [tolerance]),
    ...Object.entries(tolerances).map(([figure, value]) => `${figure}=${value}`),
  ];
  const { document } = await compareFolders(base, candidate, {
    tolerance: readTolerance(texts, frequencyTolerance ?? null),
    seed,
    differs,
    unsealed: acceptUnsealed,
    sealKey: null,
    keyFile: null,
  });
  return document;
};
