import { type EffectiveSettings, outlivedPasses, surelyOutlivedMs } from '../../profile/index.ts';
import { type Distribution, disjoint, evenly } from './distribution.ts';
import type { Pace } from './passes.ts';
import type { Silence } from './signs.ts';

/** What was seen of a node up to its last sign. */
type Signs = Pick<Silence, 'since' | 'leaseMs' | 'postsMs'>;

/**
 * Whether the pass that sees the last sign has forgotten the lease, so that the next one takes the old one for new and grants the
 * grace once more. A pass that finds a new status and no new lease forgets it, unless the one before had: then it takes it up
 * itself. One that finds a new lease, or nothing new, knows it.
 * @param afterMs from the last sign to the pass that sees it
 * @param wasForgotten what is taken of the pass before the first sign that is known, where no lease is
 */
const isForgotten = (
  { since, leaseMs, postsMs }: Signs,
  periodMs: number,
  afterMs: number,
  wasForgotten: boolean,
): boolean => {
  /** The pass that sees a sign, by how many passes before the one that sees the last. */
  const passOf = (atMs: number): number => Math.floor((since.atMs + afterMs - atMs) / periodMs);
  const posts = new Set(postsMs.map(passOf));
  const first = leaseMs === null ? Math.max(...posts) + 1 : passOf(leaseMs);
  let forgotten = leaseMs === null && wasForgotten;
  for (let pass = first - 1; pass >= 0; pass -= 1) forgotten = posts.has(pass) && !forgotten;
  return forgotten;
};

/** Parts of a period, in ms since the last sign, in each of which it makes no difference when the pass comes that sees it. */
const partsOfPeriod = (
  { since, leaseMs, postsMs }: Signs,
  periodMs: number,
): readonly (readonly [number, number])[] => {
  const known = leaseMs === null ? postsMs : [leaseMs, ...postsMs];
  const bounds = new Set([0, ...known.map((atMs) => (periodMs - ((since.atMs - atMs) % periodMs)) % periodMs)]);
  const sorted = [...bounds].sort((one, other) => one - other);
  return sorted.map((fromMs, index) => [fromMs, sorted[index + 1] ?? periodMs] as const);
};

/**
 * When a silent node goes NotReady, in ms since its last sign of life. The controller takes the sign for seen at its next
 * pass, one at an unknown moment of a period P, and gives the node up k passes later, the smallest k with k·P > G; P is the
 * period and what a pass takes beside it. After a status post it may be one pass more: that hangs on which passes saw which
 * signs since the last lease, and so on the same moment. Where no lease was seen, either may be.
 * @param passMs what each pass takes beside its period; next to nothing where it is not given
 * @see kubernetes v1.13 to v1.37 pkg/controller/nodelifecycle, tryUpdateNodeHealth: the new nodeHealthData has no lease, and
 *   `savedLease == nil` takes any
 */
export const notReadyAfterSign = (effective: EffectiveSettings, signs: Signs, passMs: number = 0): Distribution => {
  const periodMs = effective.nodeMonitorPeriodMs + passMs;
  const graceMs = outlivedPasses(effective, passMs) * periodMs;
  if (signs.since.kind === 'lease' || effective.withoutLeases === true) return evenly(graceMs, graceMs + periodMs);
  const starts = signs.leaseMs === null ? [true, false] : [false];
  return disjoint(
    partsOfPeriod(signs, periodMs).flatMap(([fromMs, toMs]) =>
      starts.map((start) => {
        const againMs = isForgotten(signs, periodMs, (fromMs + toMs) / 2, start) ? periodMs : 0;
        const share = (toMs - fromMs) / periodMs / starts.length;
        return { fromMs: graceMs + againMs + fromMs, toMs: graceMs + againMs + toMs, share };
      }),
    ),
  );
};

/** The same where it is known no better than that how long passes take. @param paces with shares that make 1 */
export const notReadyByPaces = (effective: EffectiveSettings, signs: Signs, paces: readonly Pace[]): Distribution =>
  disjoint(
    paces.flatMap(({ passMs, share }) =>
      notReadyAfterSign(effective, signs, passMs).map((part) => ({ ...part, share: part.share * share })),
    ),
  );

/**
 * The bounds of that, in ms since the last sign, where passes may be held up by so much: which of them saw which sign is not known
 * then, so the grace may be granted once more, or not.
 */
export const anySecondGrace = (
  effective: EffectiveSettings,
  { kind }: Silence['since'],
  heldUpMs: number,
): { readonly fromMs: number; readonly toMs: number } => {
  const { nodeMonitorPeriodMs: periodMs, withoutLeases } = effective;
  const againMs = kind === 'lease' || withoutLeases === true ? 0 : periodMs;
  return { fromMs: surelyOutlivedMs(effective, heldUpMs), toMs: (outlivedPasses(effective) + 1) * periodMs + againMs };
};
