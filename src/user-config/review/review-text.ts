import { table } from '../../common/layout.ts';
import { markdown, markdownTable } from '../../common/text/markdown.ts';
import { defaultMaxPods } from '../../profile/index.ts';
import type { ConfigFiles } from '../types.ts';
import type { Explained } from './explain.ts';
import type { ReviewRow } from './predicted-rows.ts';
import type { Review, ReviewSide } from './review.ts';

const weightLabels = {
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

/** Why is said above the tables and below them. */
const unknown = 'not known';

/** What evictions hang on that no file says. */
const ofPods = `for nodes of up to ${defaultMaxPods} pods`;

const signs = { same: ' ', better: '+', worse: '-', changed: '~', unknown: '?' } as const;

const rowLines = (rows: readonly ReviewRow[]): readonly string[] => {
  const cells = rows.map(({ figure, base, candidate, verdict }) => [
    figure,
    base ?? unknown,
    candidate ?? unknown,
    verdict,
  ]);
  const [head = '', ...lines] = table([['', 'base', 'candidate', ''], ...cells], 3, [0, 3]);
  return [`    ${head}`, ...lines.map((line, index) => `  ${signs[rows[index]?.verdict ?? 'unknown']} ${line}`)];
};

const sentencesOf = ({ remarks, passedOver }: ReviewSide, weights: 'all' | 'withoutNotes'): readonly string[] => [
  ...remarks
    .filter(({ weight }) => weights === 'all' || weight !== 'note')
    .map(({ weight, origin, text }) => `${origin}: ${weightLabels[weight]}: ${text}`),
  ...passedOver,
];

/** What stands in the way of figures, is of no effect or needs a word; the place tells the sides apart. */
const sections = ({
  base,
  candidate,
}: Review): readonly { readonly heading: string; readonly lines: readonly string[] }[] =>
  [
    { heading: 'Of the base', lines: sentencesOf(base, 'withoutNotes') },
    { heading: 'Of the candidate', lines: sentencesOf(candidate, 'all') },
  ].filter(({ lines }) => lines.length > 0);

/** A review for people, as plain lines. */
export const reviewText = (review: Review): string => {
  const lines = [
    `base       ${amountsTo(review.base)}`,
    `candidate  ${amountsTo(review.candidate)}`,
    ...(review.settings.length === 0 ? [] : ['', 'Settings', ...rowLines(review.settings)]),
    '',
    'What then holds',
    ...rowLines(review.effective),
    '',
    `Predicted by formula ${ofPods}, nothing was run`,
    ...rowLines(review.predicted),
    ...sections(review).flatMap(({ heading, lines }) => ['', heading, ...lines.map((line) => `  - ${line}`)]),
  ];
  return lines.map((line) => `${line}\n`).join('');
};

const section = (title: string, rows: readonly ReviewRow[]): readonly string[] => [
  '',
  ...markdownTable(
    [title, 'base', 'candidate', ''],
    rows.map(({ figure, base, candidate, verdict }) => [
      ...[figure, base ?? unknown, candidate ?? unknown].map(markdown),
      verdict === 'worse' ? '**worse**' : verdict,
    ]),
    [0, 3],
  ),
];

/** A review as a comment on a pull request. */
export const reviewMarkdown = (review: Review): string => {
  const lines = [
    '### Review of heartbeat settings',
    '',
    `- base: ${markdown(amountsTo(review.base))}`,
    `- candidate: ${markdown(amountsTo(review.candidate))}`,
    ...(review.settings.length === 0 ? [] : section('setting', review.settings)),
    ...section('what then holds', review.effective),
    ...section(`predicted by formula ${ofPods}, nothing was run`, review.predicted),
    ...sections(review).flatMap(({ heading, lines }) => [
      '',
      `**${heading}**`,
      '',
      ...lines.map((line) => `- ${markdown(line)}`),
    ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
