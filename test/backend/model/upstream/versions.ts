import type { ModelVersion } from '../../../../src/backend/model/engine/versions.ts';
import type { UpstreamCase } from './read.ts';

/** A version that a case runs on, with the grace that its `validFor` sets for it instead of the case's own. */
export type CaseVersion = { readonly version: ModelVersion; readonly graceS: number | null };

const atMost = (a: ModelVersion, b: ModelVersion): boolean =>
  a.minor < b.minor || (a.minor === b.minor && a.patch <= b.patch);

const parse = (text: string, patch: number): ModelVersion => {
  const [, minor = '', own] = /^v?1\.(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (minor === '') throw new Error(`${text} is no version of Kubernetes`);
  return { minor: Number(minor), patch: own === undefined ? patch : Number(own) };
};

type Range = { readonly from: ModelVersion; readonly to: ModelVersion; readonly graceS: number | null };

const lastPatch = 999;
const newest: ModelVersion = { minor: lastPatch, patch: lastPatch };

/** `>=1.32 …`, `1.17-1.31 with nodeMonitorGracePeriod_s=40`, `1.37+ …`: one part of `validFor`; null where it says no versions. */
const rangeOf = (part: string): Range | null => {
  const graceS = /nodeMonitorGracePeriod_s=([\d.]+)/.exec(part)?.[1];
  const grace = { graceS: graceS === undefined ? null : Number(graceS) };
  const between = /^(1\.\d+(?:\.\d+)?)-(1\.\d+(?:\.\d+)?)/.exec(part);
  if (between !== null) {
    return { from: parse(between[1] ?? '', 0), to: parse(between[2] ?? '', lastPatch), ...grace };
  }
  const from = /^(?:(?:same table|test exists) in )?>=(1\.\d+)/.exec(part)?.[1] ?? /^(1\.\d+)\+/.exec(part)?.[1];
  return from === undefined ? null : { from: parse(from, 0), to: newest, ...grace };
};

/** `… fails in 1.19.0-1.19.8 and 1.20.0-1.20.4`: where upstream's own code does not pass it. */
const failingIn = (validFor: string): readonly Range[] =>
  [...(/fails in ([^;(]*)/.exec(validFor)?.[1] ?? '').matchAll(/1\.[\d.]+-1\.[\d.]+/g)].flatMap(
    ([text]) => rangeOf(text) ?? [],
  );

const isIn = (version: ModelVersion, { from, to }: Range): boolean => atMost(from, version) && atMost(version, to);

/** The versions that a case names itself: one, or the ends of a range with the newest patches of each. */
export const namedVersions = ({ k8s }: Pick<UpstreamCase, 'k8s'>): readonly ModelVersion[] => {
  const [from = '', to = from] = k8s.split('-');
  return [from, to].filter((text, index, all) => all.indexOf(text) === index).map((text) => parse(text, 0));
};

/** Before these the label was behind a feature gate, which upstream's tests set, or unknown. */
const labelsFrom: ModelVersion = { minor: 19, patch: 0 };

const needsLabels = ({ nodes = [] }: Pick<UpstreamCase, 'nodes'>): boolean =>
  nodes.some(({ labels = {} }) => 'node.kubernetes.io/exclude-disruption' in labels);

/** Of these versions the ones on which a case is valid, by what it says and by the version that it names. */
export const validVersions = (
  upstreamCase: Pick<UpstreamCase, 'k8s' | 'validFor' | 'nodes'>,
  among: readonly ModelVersion[],
): readonly CaseVersion[] => {
  const ranges = upstreamCase.validFor.split(';').flatMap((part) => rangeOf(part.trim()) ?? []);
  const fails = failingIn(upstreamCase.validFor);
  const named = namedVersions(upstreamCase);
  const everywhere = /^all\b/.test(upstreamCase.validFor);
  return among.flatMap((version): CaseVersion[] => {
    if (fails.some((range) => isIn(version, range))) return [];
    if (needsLabels(upstreamCase) && !atMost(labelsFrom, version)) return [];
    const range = ranges.find((one) => isIn(version, one));
    if (range !== undefined) return [{ version, graceS: range.graceS }];
    const isNamed = named.some(({ minor }) => minor === version.minor);
    return everywhere || isNamed ? [{ version, graceS: null }] : [];
  });
};
