import { admittedTolerations, controllerManagerDefaults, defaultMaxPods, isSameValue } from '../../profile/index.ts';
import { components } from '../components.ts';
import { shownText } from '../shown.ts';
import type { Component, ConfigFiles, ConfigSetting } from '../types.ts';
import { effectiveFields } from './closest-profile.ts';
import { type Beside, nothingBeside } from './differences/beside.ts';
import { differencesOf } from './differences/differences.ts';
import { type ReleaseChange, releaseChange } from './differences/release.ts';
import { type Explained, type ExplainOptions, explain } from './explain.ts';
import { hidesEviction, predictedRows, type ReviewRow } from './predicted-rows.ts';
import { kindOf } from './settings-on.ts';

/** One side: its settings on the version that it is judged on. */
export type ReviewSide = Explained & { readonly passedOver: readonly string[] };

export type Review = {
  /** The candidate's. */
  readonly kubernetesVersion: string;
  readonly base: ReviewSide;
  readonly candidate: ReviewSide;
  /** As they are passed. */
  readonly settings: readonly ReviewRow[];
  /** What then holds on each side's version, defaults filled in. */
  readonly effective: readonly ReviewRow[];
  /** What evictions are predicted for: pods on a node, at most. */
  readonly podsPerNode: number;
  /** Predicted by closed formulas, nothing is run. */
  readonly predicted: readonly ReviewRow[];
};

const settingRows = (base: readonly ConfigSetting[], candidate: readonly ConfigSetting[]): readonly ReviewRow[] => {
  const whose = { all: '', first: ' (first node)', joined: ' (joined nodes)' } as const;
  const keyOf = ({ component, name, nodes }: ConfigSetting): string => `${component} ${name}${whose[nodes]}`;
  const byKey = (settings: readonly ConfigSetting[]) => new Map(settings.map((setting) => [keyOf(setting), setting]));
  const [before, after] = [byKey(base), byKey(candidate)];
  return [...new Set([...before.keys(), ...after.keys()])].sort().map((figure) => {
    const [one, other] = [before.get(figure), after.get(figure)];
    const isSame =
      one !== undefined && other !== undefined && isSameValue(kindOf(one.component, one.name), one.value, other.value);
    return {
      figure,
      base: shownText(one?.value ?? 'unset'),
      candidate: shownText(other?.value ?? 'unset'),
      verdict: isSame ? 'same' : 'changed',
    };
  });
};

type Text = (typeof effectiveFields)[number]['text'];

/** Whether a side has a setting as it is where nobody says it. */
const isUsual = (text: Text, { effective }: Explained): boolean =>
  effective === null || text(effective) === text({ ...effective, controllerManager: controllerManagerDefaults });

/**
 * Leader election, budgets and rates act where a leader is lost, a node is new, or several are silent, which no formula
 * of a review speaks of: where they differ, one row says so.
 */
const beyondFormulas = (base: Explained, candidate: Explained): readonly ReviewRow[] => {
  const [before, after] = [base.effective, candidate.effective];
  if (before === null || after === null) return [];
  const differing = effectiveFields.filter(({ isRare, text }) => isRare === true && text(before) !== text(after));
  if (differing.length === 0) return [];
  const figure = 'where a leader is lost, a node is new or several are silent';
  return [{ figure, base: null, candidate: null, verdict: 'unknown' }];
};

/** No figure of a review has a volume in it: where the two sides differ in what becomes of one, one row says so. */
const beyondVolumes = (base: Explained, candidate: Explained): readonly ReviewRow[] => {
  const keeps = ({ effective }: Explained): boolean =>
    effective?.controllerManager?.disableForceDetachOnTimeout === true;
  if (keeps(base) === keeps(candidate)) return [];
  const figure = 'where a pod of a lost node has a volume';
  return [{ figure, base: null, candidate: null, verdict: 'unknown' }];
};

const notReadySeconds = ({ profile, effective }: Explained): number | null =>
  effective?.eviction.kind === 'tolerations' ? admittedTolerations(profile.userConfig ?? noArgs).notReady : null;

const noArgs = { apiServerArgs: {} };

/** What a finding says not to be modelled, and no figure speaks of: where the two sides differ in it, one row says so. */
const beyondFigures = (base: Explained, candidate: Explained): readonly ReviewRow[] => {
  const said = ({ remarks }: Explained): string =>
    JSON.stringify(remarks.filter(({ about }) => about === 'other').map(({ text }) => text));
  const [one, other] = [notReadySeconds(base), notReadySeconds(candidate)];
  // One that becomes the default again is named by neither side; beside an equal one for unreachable figures show it.
  const isShown = [base, candidate].every(
    (side) =>
      side.effective?.eviction.kind !== 'tolerations' || side.effective.eviction.seconds === notReadySeconds(side),
  );
  if (said(base) === said(candidate) && (one === other || isShown)) return [];
  const figure = 'where a kubelet itself says NotReady, and in what else is named as not modelled';
  return [{ figure, base: null, candidate: null, verdict: 'unknown' }];
};

/** What figures do not show of another version is not known, whatever they say: bugs that are new, and all of another minor. */
const ofRelease = (release: ReleaseChange | null): readonly ReviewRow[] =>
  release === null
    ? []
    : [
        ...release.newBugs.map(
          ({ bug, status, was }): ReviewRow => ({
            figure: `what ${bug.id} does, named below`,
            base: was === 'mayHave' ? 'may have it' : 'has it not',
            candidate: status === 'has' ? 'has it' : 'may have it',
            verdict: 'unknown',
          }),
        ),
        ...(release.isAnotherMinor
          ? [
              {
                figure: 'what else another minor of Kubernetes changes',
                base: null,
                candidate: null,
                verdict: 'unknown',
              } as const,
            ]
          : []),
      ];

const effectiveRows = (base: Explained, candidate: Explained): readonly ReviewRow[] =>
  effectiveFields.flatMap(({ name, text, isEviction, isRare }): readonly ReviewRow[] => {
    const shown = ({ effective }: Explained): string | null => (effective === null ? null : text(effective));
    const [one, other] = [shown(base), shown(candidate)];
    if (isRare === true && isUsual(text, base) && isUsual(text, candidate)) return [];
    const isHidden = isEviction === true && (hidesEviction(base) || hidesEviction(candidate));
    const isKnown = one !== null && other !== null && base.isWhole && candidate.isWhole && !isHidden;
    const verdict = !isKnown ? 'unknown' : one === other ? 'same' : 'changed';
    return [{ figure: name, base: one, candidate: other, verdict }];
  });

/** A kubeadm without extraArgs, and k3s without its lists, say that components have their defaults. */
const speaksOf = ({ documents, flags, settings, commands }: ConfigFiles, component: Component): boolean =>
  [...flags, ...settings, ...commands].some((each) => each.component === component) ||
  documents.some((title) =>
    component === 'kubelet'
      ? /^(?:KubeletConfiguration$|configuration of k3s)/.test(title)
      : /^(?:ClusterConfiguration |configuration of k3s)/.test(title),
  );

const isMadeByKubeadm = ({ documents }: ConfigFiles, component: Component): boolean =>
  component === 'kubelet' && documents.some((title) => title.startsWith('ClusterConfiguration '));

/**
 * A side that says nothing of components which the other speaks of. Beside a ClusterConfiguration kubeadm makes a
 * KubeletConfiguration of its own, of defaults; else nobody knows that a component has them.
 */
const besideSilence = (configFiles: ConfigFiles, other: ConfigFiles): ConfigFiles => {
  const silent = components.filter((component) => speaksOf(other, component) && !speaksOf(configFiles, component));
  const origin = configFiles.files.join(', ');
  const textOf = (component: Component): string => `says nothing of ${component}: its defaults are taken`;
  const isMade = (component: Component): boolean => isMadeByKubeadm(configFiles, component);
  const [made, unknown] = [silent.filter(isMade), silent.filter((component) => !isMade(component))];
  return {
    ...configFiles,
    unread: [...configFiles.unread, ...unknown.map((component) => ({ origin, text: textOf(component) }))],
    passedOver: [...configFiles.passedOver, ...made.map((component) => `${origin}: ${textOf(component)}`)],
  };
};

/** Components that stay as they are, whatever that is, and decide some figures all the same. */
const besideBoth = (base: ConfigFiles, candidate: ConfigFiles): readonly string[] => {
  const silent = components.filter((component) =>
    [base, candidate].every((each) => !speaksOf(each, component) && !isMadeByKubeadm(each, component)),
  );
  if (silent.length === 0) return [];
  const whose = silent.length === 1 ? 'its defaults' : 'their defaults';
  return [
    `${candidate.files.join(', ')}: says nothing of ${silent.join(' and ')}, nor does the base: ${whose} are taken`,
  ];
};

/** Settings of a side on an exact version. */
export type Side = ExplainOptions & { readonly configFiles: ConfigFiles; readonly kubernetesVersion: string };

/**
 * What a change of settings does, each side on its own Kubernetes version: every setting of both sides, what holds, and
 * what closed formulas predict of each. Pure.
 * @throws SkipbeatError VERSION_UNSUPPORTED, CONFIG_INVALID
 */
export const reviewConfigs = (base: Side, candidate: Side): Review => {
  const sideOf = ({ configFiles, kubernetesVersion, ...options }: Side, other: Side, beside: Beside): ReviewSide => {
    const entire = besideSilence(configFiles, other.configFiles);
    const explained = explain(entire, kubernetesVersion, options, beside);
    const others = explained.otherVersions.map(({ origin, text }) => `${origin}: ${text}`);
    return { ...explained, passedOver: [...others, ...entire.passedOver] };
  };
  const release = releaseChange(base.kubernetesVersion, candidate.kubernetesVersion);
  const [before, after] = [
    sideOf(base, candidate, nothingBeside),
    sideOf(candidate, base, { differences: differencesOf(base, candidate), release }),
  ];
  return {
    kubernetesVersion: candidate.kubernetesVersion,
    base: before,
    candidate: { ...after, passedOver: [...after.passedOver, ...besideBoth(base.configFiles, candidate.configFiles)] },
    settings: settingRows(before.settings, after.settings),
    effective: effectiveRows(before, after),
    podsPerNode: defaultMaxPods,
    predicted: [
      ...predictedRows(before, after),
      ...beyondFormulas(before, after),
      ...beyondVolumes(before, after),
      ...beyondFigures(before, after),
      ...ofRelease(release),
    ],
  };
};

/** `known`: every verdict is. `doesNotStart`: a component of the candidate. `unknown`: nobody knows that it does no harm. */
export type ReviewOutcome = 'known' | 'doesNotStart' | 'unknown';

/** What a review comes to; beside a base that does not start it is the candidate alone that has to be known. */
export const outcomeOf = ({ base, candidate, predicted }: Review): ReviewOutcome => {
  const isFatal = ({ remarks }: ReviewSide): boolean => remarks.some(({ weight }) => weight === 'fatal');
  if (isFatal(candidate)) return 'doesNotStart';
  const isReported = isFatal(base)
    ? predicted.every((row) => row.candidate !== null) && candidate.isWhole
    : predicted.every(({ verdict }) => verdict !== 'unknown');
  return isReported ? 'known' : 'unknown';
};
