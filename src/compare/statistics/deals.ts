import { randomFrom } from '../../common/random.ts';

/** All ways to deal the runs out are enumerated up to so many; beyond, as many at random. */
const maxDeals = 20_000;

/** Ways to deal runs out to the two sides anew; the first one is that which was seen, the candidate's runs last. */
export type Deals = {
  readonly runs: number;
  readonly candidate: number;
  readonly count: number;
  /** The runs that go to the candidate, `candidate` of them for each deal in turn. */
  readonly chosen: Uint16Array;
};

const choose = (of: number, take: number): number => {
  let ways = 1;
  for (let index = 1; index <= take; index += 1) ways = (ways * (of - take + index)) / index;
  return Math.round(ways);
};

/** Every choice of `take` out of `of` places, the given one (the last `take`) first. */
function* everyDeal(of: number, take: number): Generator<readonly number[]> {
  const chosen = Array.from({ length: take }, (_, index) => of - take + index);
  yield chosen;
  for (;;) {
    let at = 0;
    // The lowest place that can go down without meeting the one below it.
    while (at < take && (chosen[at] ?? 0) <= at) at += 1;
    if (at === take) return;
    chosen[at] = (chosen[at] ?? 0) - 1;
    for (let below = at - 1; below >= 0; below -= 1) chosen[below] = (chosen[below + 1] ?? 0) - 1;
    yield chosen;
  }
}

function* randomDeals(of: number, take: number, seed: number): Generator<readonly number[]> {
  const random = randomFrom(seed);
  const order = Array.from({ length: of }, (_, index) => index);
  // The deal that was seen is one of those that chance could have made: no p is ever 0.
  yield order.slice(of - take);
  for (let count = 1; count < maxDeals; count += 1) {
    for (let last = of - 1; last >= of - take; last -= 1) {
      const other = Math.floor(random() * (last + 1));
      [order[last], order[other]] = [order[other] as number, order[last] as number];
    }
    yield order.slice(of - take);
  }
}

/** The last deals that were made: a bench asks for the same ones thousands of times. */
let last: { readonly key: string; readonly deals: Deals } | null = null;

/** The same for the same sizes and seed; every way there is, where these are at most 20,000. */
export const dealsOf = (base: number, candidate: number, seed: number): Deals => {
  const key = `${base} ${candidate} ${seed}`;
  if (last?.key === key) return last.deals;
  const runs = base + candidate;
  const ways = choose(runs, candidate);
  const count = Math.min(ways, maxDeals);
  const chosen = new Uint16Array(count * candidate);
  let at = 0;
  for (const deal of ways <= maxDeals ? everyDeal(runs, candidate) : randomDeals(runs, candidate, seed)) {
    chosen.set(deal, at);
    at += candidate;
  }
  const deals = { runs, candidate, count, chosen };
  last = { key, deals };
  return deals;
};

/** By deal, what the candidate's runs add up to. */
export const sumsOf = ({ candidate, count, chosen }: Deals, weights: readonly number[]): Float64Array => {
  const sums = new Float64Array(count);
  const weight = Float64Array.from(weights);
  for (let deal = 0, at = 0; deal < count; deal += 1) {
    let sum = 0;
    for (const end = at + candidate; at < end; at += 1) sum += weight[chosen[at] as number] as number;
    sums[deal] = sum;
  }
  return sums;
};

/**
 * For every entry, which share of all entries is at least as great, and at most as great.
 * @param sums whole multiples of a half, as sums of ranks are, so that they can be counted instead of sorted
 */
export const sharesOf = (sums: Float64Array): { readonly atLeast: Float64Array; readonly atMost: Float64Array } => {
  let min = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const sum of sums) {
    if (sum < min) min = sum;
    if (sum > greatest) greatest = sum;
  }
  const upTo = new Float64Array(2 * (greatest - min) + 1);
  for (const sum of sums) (upTo[2 * (sum - min)] as number) += 1;
  for (let at = 1; at < upTo.length; at += 1) (upTo[at] as number) += upTo[at - 1] as number;
  const [atLeast, atMost] = [new Float64Array(sums.length), new Float64Array(sums.length)];
  for (let deal = 0; deal < sums.length; deal += 1) {
    const at = 2 * ((sums[deal] as number) - min);
    atLeast[deal] = (sums.length - (at === 0 ? 0 : (upTo[at - 1] as number))) / sums.length;
    atMost[deal] = (upTo[at] as number) / sums.length;
  }
  return { atLeast, atMost };
};
