import { type EffectiveSettings, exactVersion, predictOwnNotReady } from '../../profile/index.ts';

/** Chances (0 to 1), from … to, that kubelets call their own nodes NotReady once a pause of all of them is over. */
export type OwnWord = {
  readonly pauseMs: number;
  /** That one of them does. */
  readonly chanceEach: readonly [number, number];
  /** That at least one of all does. */
  readonly chance: readonly [number, number];
};

/** No constant of Kubernetes: what happens more seldom than once in a hundred such pauses keeps to a limit. */
const smallChance = 0.01;

/** Of so many that each do it by itself, that at least one does; below 1 unless each surely does. */
const atLeastOneOf = (nodes: number, each: number): number =>
  each === 1 ? 1 : Math.min(1 - Number.EPSILON, -Math.expm1(nodes * Math.log1p(-each)));

/**
 * What kubelets say of their own nodes after a pause of all at once. No setting of the controller keeps them from it.
 * @returns null where none can say NotReady: up to a pause of `maxUnsaidPauseMs`
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const ownWordAfter = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
  nodes: number,
  pauseMs: number,
): OwnWord | null => {
  const frozen = [{ node: '', ms: pauseMs, ends: 'thaw' }] as const;
  const own = predictOwnNotReady(effective, exactVersion(kubernetesVersion), frozen);
  if (own === null) return null;
  const [min, max] = own.chanceEach;
  return { pauseMs, chanceEach: [min, max], chance: [atLeastOneOf(nodes, min), atLeastOneOf(nodes, max)] };
};

/** Whether a pause is survived by the kubelets' own word, too. */
export const isSmall = (own: OwnWord | null): boolean => own === null || own.chance[1] <= smallChance;

/** The one of some by which NotReady is least likely; null where one of them rules it out. */
export const mildest = (all: readonly (OwnWord | null)[]): OwnWord | null =>
  all.reduce<OwnWord | null>(
    (best, one) => (best === null || one === null ? null : one.chance[1] < best.chance[1] ? one : best),
    all[0] ?? null,
  );
