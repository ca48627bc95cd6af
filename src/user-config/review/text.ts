import type { ConfigFiles } from '../types.ts';
import type { Explained } from './explain.ts';

export const weightLabels = {
  fatal: 'does not start',
  unknown: 'not modelled',
  ignored: 'silently ignored',
  unread: 'not read',
  noVersion: 'version not known',
  notRun: 'not in a run',
  note: 'note',
} as const;

/** What the settings amount to, in one sentence. */
export const amountsTo = ({ nearest: closest, kubernetesVersion, remarks, isWhole: isComplete }: Explained): string => {
  if (remarks.some(({ weight }) => weight === 'fatal'))
    return `on ${kubernetesVersion} a component does not start with these settings`;
  if (closest === null) return `on ${kubernetesVersion} these settings do what is not modelled`;
  const left = remarks.filter(
    ({ weight }) => weight === 'unknown' || weight === 'unread' || weight === 'notRun',
  ).length;
  const but = left === 0 ? '' : `, but for what is not modelled or not read (${left})`;
  const alike = closest.differences.length === 0 ? '' : `: ${closest.differences.join(', ')}`;
  const reading = closest.reading === 'equivalent' ? ', equivalent reading' : '';
  const has = (sought: string): boolean => remarks.some(({ weight }) => weight === sought);
  const why = has('unread')
    ? 'what is not read may change everything'
    : has('noVersion')
      ? 'nobody named the version, and its defaults count'
      : 'what differs beside the settings may change everything';
  if (!isComplete)
    return `not known: ${why}; the rest on ${kubernetesVersion} is next to profile ${closest.name}${reading}${alike}`;
  if (alike === '') {
    const amount = left === 0 ? 'amount' : 'come next';
    return `on ${kubernetesVersion} these settings ${amount} to profile ${closest.name}${reading}${but}`;
  }
  return `on ${kubernetesVersion} no known profile is the same; nearest is ${closest.name}${reading}${alike}${but}`;
};

/** Sentences on given settings, unwrapped: what was read, what it amounts to, and every remark with its place. */
export const configSentences = (configFiles: ConfigFiles, explained: Explained): readonly string[] => [
  `read: ${configFiles.documents.join('; ')}`,
  ...(configFiles.settings.length === 0 ? ['none of its settings is about heartbeats'] : []),
  amountsTo(explained),
  ...explained.remarks.map(({ weight, origin, text }) => `${origin}: ${weightLabels[weight]}: ${text}`),
  ...explained.otherVersions.map(({ origin, text }) => `${origin}: ${text}`),
  ...configFiles.passedOver,
];
