import { formatDuration } from '../../common/duration.ts';
import { hang, table } from '../../common/layout.ts';
import { countedGrouped } from '../../common/text/counted.ts';
import { type CompiledProfile, exactVersion, maxUnsaidPauseMs } from '../../profile/index.ts';
import { chanceText, numberText } from '../../verdict/index.ts';
import type { Candidate } from './candidates.ts';
import { limitNames, type Recommendation } from './recommend.ts';

/** More rows than a screen has are in the JSON alone. */
const maxRows = 20;

const durationText = (ms: number | null): string => (ms === null ? '–' : formatDuration(Math.round(ms / 100) * 100));

const figures = ({ detectMs, surviveMs, writesPerMinute, evictMs }: Candidate): readonly string[] => [
  durationText(detectMs),
  durationText(surviveMs),
  numberText(Math.round(writesPerMinute)),
  durationText(evictMs),
];

const heads = ['detected', 'survived', 'writes/min', 'evicted'] as const;

const frontLines = (front: readonly Candidate[]): readonly string[] => [
  ...table(
    [
      ['reading', 'S', 'lease', 'P', 'G', ...heads],
      ...front.slice(0, maxRows).map((candidate) => {
        const { effective, reading } = candidate.compiled;
        return [
          candidate.profile.nodeStatusUpdateFrequencyMs === null ? 'defaults' : reading,
          formatDuration(effective.nodeStatusUpdateFrequencyMs),
          formatDuration(effective.nodeLeaseDurationSeconds * 1000),
          formatDuration(effective.nodeMonitorPeriodMs),
          formatDuration(effective.nodeMonitorGracePeriodMs),
          ...figures(candidate),
        ];
      }),
    ],
    2,
    [0],
  ),
  ...(front.length > maxRows ? [`… and ${front.length - maxRows} more with --json`] : []),
];

type Args = Readonly<Record<string, string>>;

/** A map until kubeadm's v1beta3, a list of names and values since v1beta4; before v1beta1 a field of its own. */
const extraArgs = (component: string, args: Args, api: string): readonly string[] => {
  const entries = Object.entries(args);
  if (entries.length === 0) return [];
  if (api.startsWith('v1alpha')) {
    return [`${component}ExtraArgs:`, ...entries.map(([name, value]) => `  ${name}: "${value}"`)];
  }
  const isList = api === 'v1beta4';
  const lines = entries.flatMap(([name, value]) =>
    isList ? [`    - name: ${name}`, `      value: "${value}"`] : [`    ${name}: "${value}"`],
  );
  return [`${component}:`, '  extraArgs:', ...lines];
};

/** kubeadm's own API: v1alpha2 with v1.11, v1alpha3, v1beta1 from v1.13, 2 from v1.15, 3 from v1.22, 4 from v1.31 on. */
const kubeadmApi = (minor: number): string => {
  if (minor < 13) return minor < 12 ? 'v1alpha2' : 'v1alpha3';
  return `v1beta${minor >= 31 ? 4 : minor >= 22 ? 3 : minor >= 15 ? 2 : 1}`;
};

/** The two documents that kubeadm takes; nothing where the version's defaults hold. */
export const kubeadmLines = (compiled: CompiledProfile): readonly string[] => {
  const { minor } = exactVersion(compiled.kubernetesVersion);
  const api = kubeadmApi(minor);
  const cluster = [
    ...extraArgs('controllerManager', compiled.controllerManagerArgs, api),
    ...extraArgs('apiServer', compiled.apiServerArgs, api),
  ];
  const kubelet = Object.entries(compiled.kubeletConfiguration).map(([field, value]) => `${field}: ${value}`);
  const isFirst = api === 'v1alpha2';
  const head = [
    `apiVersion: kubeadm.k8s.io/${api}`,
    `kind: ${isFirst ? 'MasterConfiguration' : 'ClusterConfiguration'}`,
  ];
  if (cluster.length + kubelet.length === 0) return ['nothing: the defaults of this version hold'];
  // The first one carries the kubelet's file in itself.
  if (isFirst) {
    const base =
      kubelet.length === 0 ? [] : ['kubeletConfiguration:', '  baseConfig:', ...kubelet.map((line) => `    ${line}`)];
    return [...head, ...cluster, ...base];
  }
  return [
    ...(cluster.length === 0 ? [] : [...head, ...cluster]),
    ...(kubelet.length === 0
      ? []
      : ['---', 'apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration', ...kubelet]),
  ];
};

/** The limits in the order of the figures. */
const limited = ['detect', 'survive', 'writes', 'evict', 'answer'] as const;

const readingText = ({ profile, compiled }: Candidate): string => {
  if (profile.userConfig !== undefined) return 'as passed';
  return profile.nodeStatusUpdateFrequencyMs === null ? 'defaults' : compiled.reading;
};

const namedLines = (named: Recommendation['named']): readonly string[] =>
  table(
    [
      ['', 'reading', ...heads, 'answer'],
      ...named.map(({ candidate, breaks }) => [
        candidate.name,
        readingText(candidate),
        ...[...figures(candidate), formatDuration(candidate.answerMs)].map((text, index) =>
          breaks.includes(limited[index] ?? '') ? `✗ ${text}` : text,
        ),
      ]),
    ],
    2,
    [0, 1],
  );

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

const legend = ({ podsPerNode }: Recommendation): readonly string[] => [
  'detected: longest from the death of a node to its NotReady · survived: for no',
  'shorter pause does the controller call a node NotReady · evicted: longest to a',
  `first eviction of a node with up to ${numberText(podsPerNode)} pods (--pods-per-node: to v1.33 all`,
  'of them are marked first, and the controller’s budget of requests holds that up)',
  '· answer: the longest with which all nodes stay Ready where an API server takes',
  'so long for each (--min-answer): a kubelet waits for it, for S or the lease',
  'where that is shorter, and its next heartbeat is in time.',
  `After a freeze of more than ${durationText(maxUnsaidPauseMs)} a kubelet may call itself NotReady,`,
  'whatever these settings are; its pods stay Ready.',
  'A status post as the last sign of life may add one P where F is above S. What a',
  'short P costs the controller is not among the writes.',
];

/** What kubelets say themselves after the pause that was named: before all else where by that no setting survives it. */
const ownWordLines = ({ ownWord, keepsOwnWord, nodes }: Recommendation): readonly string[] => {
  if (ownWord === null) return [];
  const pause = formatDuration(ownWord.pauseMs);
  const chance = `at least one of ${numberText(nodes)} that freeze so long, with a chance of ${chanceText(ownWord.chance)} by the mildest of these settings`;
  const isSure = ownWord.chance[0] > 0.5;
  const said = keepsOwnWord
    ? `By their own word kubelets may call their nodes NotReady after a pause of ${pause}: ${chance}.`
    : `No setting ${isSure ? 'keeps' : 'surely keeps'} to --survive-pause ${pause}: kubelets ${isSure ? '' : 'may '}call their own nodes NotReady after it, ${chance}. Those below keep the controller alone from it.`;
  return [...hang('', said, 80), ''];
};

const found = (recommendation: Recommendation): readonly string[] => {
  const { front, keepsOwnWord } = recommendation;
  const [first] = front;
  if (first === undefined) return [];
  const keep = `${countedGrouped(front.length, 'setting keeps', 'settings keep')}${keepsOwnWord ? '' : ' the controller'}`;
  return [
    ...ownWordLines(recommendation),
    ...hang('', `${keep} to them and nothing beats (the Pareto front), fewest writes first:`, 80),
    '',
    ...indented(frontLines(front)),
    '',
    'The first one for kubeadm (the others with --json):',
    '',
    ...indented(kubeadmLines(first.compiled)),
    '',
    ...first.compiled.warnings.flatMap((warning) => hang('  - ', warning, 80)),
    ...(first.compiled.warnings.length === 0 ? [] : ['']),
  ];
};

const notFound = ({ conflicts, flapping }: Recommendation): readonly string[] => [
  ...hang(
    '',
    flapping === 0
      ? 'No settings that were searched keep to all of them. What excludes what:'
      : `No setting within these limits keeps healthy nodes Ready: ${numberText(flapping)} ${flapping === 1 ? 'keeps' : 'keep'} to them and ` +
          'nodes flap by themselves. What excludes what among the others:',
    80,
  ),
  '',
  ...conflicts.flatMap((conflict) => {
    const [names, ...hints] = conflict.split(/(?:: |; )/);
    return [...hang('  ', names ?? '', 80), ...hints.flatMap((hint) => hang('    - ', hint, 80))];
  }),
  '',
];

/** A recommendation for people; 80 columns. Ends in a line feed. */
export const recommendationText = (recommendation: Recommendation): string => {
  const { kubernetesVersion, nodes, tried, limits, front, bugs, named } = recommendation;
  const lines = [
    'predicted by formula, nothing was run or simulated',
    `${countedGrouped(tried, 'setting')} for ${countedGrouped(nodes, 'node')} of ${kubernetesVersion}, held against`,
    `  ${limitNames(limits).join(' ')}`,
    '',
    ...(front.length > 0 ? found(recommendation) : notFound(recommendation)),
    named.some(({ candidate }) => candidate.profile.userConfig !== undefined)
      ? 'What you run and the named profiles (✗: beyond the limit, or not known):'
      : 'The named profiles (✗: beyond the limit):',
    '',
    ...indented(namedLines(named)),
    '',
    ...bugs.flatMap((sentence) => hang('  – ', sentence, 80)),
    ...(bugs.length > 0 ? [''] : []),
    ...legend(recommendation),
  ];
  return lines.map((line) => `${line}\n`).join('');
};

const entry = ({ name, profile: _profile, compiled, ...rest }: Candidate) => ({
  name,
  reading: compiled.reading,
  ...rest,
  effective: compiled.effective,
  settings: {
    controllerManagerArgs: compiled.controllerManagerArgs,
    apiServerArgs: compiled.apiServerArgs,
    kubeletConfiguration: compiled.kubeletConfiguration,
  },
  warnings: compiled.warnings,
});

/** The same for programs: JSON with every setting of the front. */
export const recommendationJson = ({ front, named, ...rest }: Recommendation): string =>
  `${JSON.stringify(
    {
      schemaVersion: 1,
      predicted: true,
      by: 'formula',
      ...rest,
      front: front.map(entry),
      named: named.map(({ candidate, breaks }) => ({ ...entry(candidate), breaks })),
    },
    null,
    2,
  )}\n`;
