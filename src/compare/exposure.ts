import { isDeepStrictEqual } from 'node:util';
import { formatDuration } from '../common/duration.ts';
import type { GrowsWith } from '../figures/index.ts';
import { defaultGracePeriodMs, hitBy } from '../plan/index.ts';
import type { Conditions, RunDocument } from '../verdict/index.ts';

/** What lets figures grow although nothing got worse, where the sides differ in it. */
export type ExposureDifference = {
  /** `rates differ: 50/s against 5/s` */
  readonly why: string;
  /** The candidate has less of it in every respect: where less gives less of a figure, more of that is worse for certain. */
  readonly candidateHasLess: boolean;
};

/** null: both sides have the same of it. */
export type ExposureDifferences = Readonly<Record<GrowsWith, ExposureDifference | null>>;

/** One respect in which the runs of two sides may be asked for more or less. */
type Respect = {
  readonly name: string;
  readonly text: string;
  /** Its size in numbers, each of which may be less; where there are others, or none, neither is less. */
  readonly sizes: readonly number[];
  /** What has to be the same, or neither is less. */
  readonly alike: unknown;
};

/** Of a run: what decides how many requests are offered, for how long, and what there is to lose. */
type Exposure = Readonly<Record<'offered' | 'length' | 'nodes' | 'replicas', readonly Respect[]>>;

const size = (name: string, value: number, text = String(value)): Respect => ({
  name,
  text,
  sizes: [value],
  alike: null,
});

const kind = (name: string, text: string): Respect => ({ name, text, sizes: [], alike: text });

type Phase = Conditions['phases'][number];

/** From when to when each fault of a phase stands, every time; ms since its phase began. */
const standsMs = (phase: Phase): readonly (readonly (readonly [number, number])[])[] =>
  phase.kind === 'fault'
    ? phase.inject.map(({ occurrences }) => occurrences.map(({ startMs, endMs }) => [startMs, endMs] as const))
    : [];

const phaseText = (phase: Phase): string => {
  if (phase.kind === 'recover') return `${phase.kind} within ${formatDuration(phase.withinMs)}`;
  const text = `${phase.kind} ${formatDuration(phase.durationMs)}`;
  const stands = standsMs(phase);
  const isEntire = stands.every(
    ([first, ...others]) => others.length === 0 && first?.[0] === 0 && first[1] === phase.durationMs,
  );
  const spanText = ([fromMs, toMs]: readonly [number, number]): string =>
    `${formatDuration(fromMs)} to ${formatDuration(toMs)}`;
  return isEntire ? text : `${text} (${stands.map((each) => each.map(spanText).join(', ')).join('; ')})`;
};

/** A fault that lasts for less is another one: what follows upon it may be more. */
const lengthOf = (phases: Conditions['phases']): Respect => ({
  name: 'lengths of phases',
  text: phases.map(phaseText).join(', '),
  sizes: phases.map((phase) => (phase.kind === 'recover' ? phase.withinMs : phase.durationMs)),
  alike: phases.map((phase) => (phase.kind === 'fault' ? [phase.durationMs, standsMs(phase)] : phase.kind)),
});

/** What faults do, and to which kinds of node; when and to how many is said elsewhere. Another fault is no less than this one. */
const faultsOf = (phases: Conditions['phases']): Respect => {
  const each = phases.flatMap((phase) =>
    phase.kind === 'fault'
      ? phase.inject.map(({ id: _, occurrences: __, targets, ...options }) => {
          const roles = new Set(targets.map((node) => node.replace(/\d+$/, '')));
          // Options of a kind may have options of their own: JSON tells each of them.
          const all = Object.values(options).map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
          return `${all.join(' ')} of ${[...roles].toSorted().join(' and ')}`;
        })
      : [],
  );
  return kind('faults', each.length === 0 ? 'none' : each.join(', '));
};

/** null: not on record. */
const exposureOf = ({ conditions, topology }: RunDocument): Exposure | null => {
  if (conditions === undefined) return null;
  const { load, phases, workload } = conditions;
  return {
    offered: [
      size('rates', load.ratePerSecond, `${load.ratePerSecond}/s`),
      kind('entrances', load.through ?? 'untouched'),
      kind('connections', load.connection),
      // Who waits for longer has fewer time-outs.
      kind('time-outs', formatDuration(load.timeoutMs)),
    ],
    length: [lengthOf(phases), faultsOf(phases)],
    nodes: [
      size('numbers of workers', topology.workers),
      size('numbers of control planes', topology.controlPlanes),
      size('numbers of hollow nodes', topology.hollow?.nodes ?? 0),
      size('numbers of pods on a hollow node', topology.hollow?.podsPerNode ?? 0),
      size('numbers of nodes that faults hit', hitBy({ phases }).size),
    ],
    replicas: [
      size('replicas', workload.replicas),
      // A pod is stuck once that is over.
      kind('grace periods', formatDuration(workload.terminationGracePeriodMs ?? defaultGracePeriodMs)),
    ],
  };
};

const isLess = (base: Respect, candidate: Respect): boolean =>
  isDeepStrictEqual(base.alike, candidate.alike) &&
  base.sizes.length === candidate.sizes.length &&
  candidate.sizes.every((own, index) => own <= (base.sizes[index] ?? Number.NEGATIVE_INFINITY));

/** @param mayBeLess whether less of these gives less of what grows with them */
const between = (base: readonly Respect[], candidate: readonly Respect[], mayBeLess = true) =>
  base.flatMap((own, index): readonly ExposureDifference[] => {
    const other = candidate[index];
    if (other === undefined || isDeepStrictEqual(own, other)) return [];
    return [
      {
        why: `${own.name} differ: ${own.text} against ${other.text}`,
        candidateHasLess: mayBeLess && isLess(own, other),
      },
    ];
  });

const together = (...differences: readonly (readonly ExposureDifference[])[]): ExposureDifference | null => {
  const all = differences.flat();
  if (all.length === 0) return null;
  return {
    why: all.map(({ why }) => why).join('; '),
    candidateHasLess: all.every(({ candidateHasLess }) => candidateHasLess),
  };
};

const asOne = (difference: ExposureDifference | null): ExposureDifferences => ({
  offered: difference,
  length: difference,
  nodes: difference,
  replicas: difference,
});

/**
 * What the runs differ in that lets a figure grow although nothing got worse: a tenth of the requests refused is a harm of
 * 50 where 500 were offered, and of 5 where 50 were.
 */
export const exposureDifferences = (
  base: readonly RunDocument[],
  candidate: readonly RunDocument[],
): ExposureDifferences => {
  const [ofBase, ofCandidate] = [base.map(exposureOf), candidate.map(exposureOf)];
  const [first, ...others] = [...ofBase, ...ofCandidate];
  const other = others.find((one) => !isDeepStrictEqual(one, first));
  if (first == null || other === null) {
    return asOne({ why: 'what was offered, and for how long, is not on record', candidateHasLess: false });
  }
  if (other === undefined) return asOne(null);
  // Where one side differs in itself neither has less than the other.
  const sidesAreAlike =
    ofBase.every((one) => isDeepStrictEqual(one, first)) && ofCandidate.every((one) => isDeepStrictEqual(one, other));
  const length = between(first.length, other.length, sidesAreAlike);
  const nodes = between(first.nodes, other.nodes, sidesAreAlike);
  return {
    offered: together(between(first.offered, other.offered, sidesAreAlike), length),
    length: together(length),
    nodes: together(nodes, length),
    // Of fewer nodes each has more of the pods.
    replicas: together(
      between(first.replicas, other.replicas, sidesAreAlike),
      between(first.nodes, other.nodes, false),
      length,
    ),
  };
};
