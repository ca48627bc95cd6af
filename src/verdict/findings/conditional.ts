import type { ConditionalLink, ConditionalLinkName } from '../document.ts';
import { secondsText } from '../text.ts';

/** What is predicted from the one before it, in the order in which one leads to the next, as people read it. */
export const conditionalNames: Readonly<Record<ConditionalLinkName, string>> = {
  notReady: 'NotReady',
  endpointLost: 'endpoint lost',
  refused: 'first refused',
  tainted: 'NoExecute taint',
  evicted: 'evicted',
  ready: 'Ready again',
  podReady: 'pod Ready again',
  lastRefused: 'last refused',
};

export const conditionalLinks = Object.keys(conditionalNames) as readonly ConditionalLinkName[];

const conditionNames: Readonly<Record<ConditionalLink['given']['what'], string>> = {
  lease: 'lease',
  status: 'status post',
  endpointsEmpty: 'no endpoint left',
  endpointReady: 'an endpoint again',
  ...conditionalNames,
};

/** From when a link counts: `the last lease`, `the first status post since`, `NotReady`. */
export const conditionText = ({ link, given: { what } }: Pick<ConditionalLink, 'link' | 'given'>): string => {
  if (what !== 'lease' && what !== 'status') return conditionNames[what];
  return link === 'notReady' ? `the last ${conditionNames[what]}` : `the first ${conditionNames[what]} since`;
};

/** A chance below which, or above whose rest, what happened is worth a sentence. */
const smallChance = 0.01;

/** What came outside of p1 to p99, or though its chance was below 1 %, or did not come though it was above 99 %. */
export const conditionalFindings = (links: readonly ConditionalLink[]): readonly string[] =>
  links.flatMap((one) => {
    const { link, of, given, chance, observedMs, p1Ms, p99Ms, fit } = one;
    const range = `${secondsText(p1Ms - given.atMs).replace(/ s$/, '')} … ${secondsText(p99Ms - given.atMs)}`;
    if (fit === 'outside' && observedMs !== null) {
      return [
        `${of}: ${conditionalNames[link]} ${secondsText(observedMs - given.atMs)} after ${conditionText(one)}, outside the ${range} predicted from it`,
      ];
    }
    return observedMs === null && chance !== null && chance > 1 - smallChance
      ? [`${of}: no ${conditionalNames[link]}, though it was predicted ${range} after ${conditionText(one)}`]
      : [];
  });
