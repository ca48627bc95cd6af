import type { Explained } from './explain.ts';
import type { Given } from './types.ts';

const weightWords = {
  fatal: 'does not start',
  ignored: 'silently ignored',
  notRun: 'not in a run',
  note: 'note',
} as const;

/** What the settings amount to, in one sentence. */
export const amountsTo = ({ nearest, kubernetesVersion }: Explained): string => {
  if (nearest === null) return `on ${kubernetesVersion} a component does not start with these settings`;
  if (nearest.differences.length === 0)
    return `on ${kubernetesVersion} these settings amount to profile ${nearest.name}`;
  return `on ${kubernetesVersion} no known profile is the same; nearest is ${nearest.name}: ${nearest.differences.join(', ')}`;
};

/** Sentences on given settings, unwrapped: what was read, what it amounts to, and every remark with its place. */
export const givenSentences = (given: Given, explained: Explained): readonly string[] => [
  `read: ${given.documents.join('; ')}`,
  ...(given.settings.length === 0 ? ['none of its settings is about heartbeats'] : []),
  amountsTo(explained),
  ...explained.remarks.map(({ weight, origin, text }) => `${origin}: ${weightWords[weight]}: ${text}`),
  ...given.passedOver,
];
