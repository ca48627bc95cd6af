import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { formatDuration } from '../../common/duration.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { notInRunWhat } from '../../common/not-in-run.ts';
import { counted, nounFor } from '../../common/text/counted.ts';
import { nodesText, type Plan, sizeText } from '../../plan/index.ts';
import { notReadPrefix } from '../../profile/index.ts';
import { type Conditions, plannedConditions, type RunDocument } from '../../verdict/index.ts';
import { clusterClassesOf, minorOf } from './cluster-class.ts';

/** What has to be the same for two runs to compare, by the word that `--differs` takes. */
export const conditionNames = [
  'scenario',
  'profile',
  'kubernetesVersion',
  'topology',
  'backend',
  'load',
  'workload',
  'phases',
  'machine',
  'cluster',
] as const;

export type ConditionName = (typeof conditionNames)[number];

export type ConditionDifference = {
  readonly condition: ConditionName;
  readonly base: string;
  readonly candidate: string;
};

const notOnRecord = 'not on record';

const phaseText = (phase: Conditions['phases'][number]): string => {
  if (phase.kind === 'recover') return `${phase.name} within ${formatDuration(phase.withinMs)}`;
  const faults =
    phase.kind === 'fault' ? phase.inject.map(({ kind, targets }) => `${kind} on ${nodesText(targets)}`) : [];
  return `${phase.name} ${formatDuration(phase.durationMs)}${faults.length === 0 ? '' : ` (${faults.join('; ')})`}`;
};

/** What was given and no run has, without the file and the place where it stood. */
export const notInRunOf = ({ notInRun = [] }: Partial<Pick<Conditions, 'notInRun'>>): readonly string[] =>
  notInRun.map(notInRunWhat).sort();

const settingsText = ({ settings, notInRun }: Conditions): string => {
  const passed = Object.entries(settings).flatMap(([component, values]) =>
    Object.entries(values).map(([name, value]) => `${component} ${name} ${value}`),
  );
  const left = notInRun === undefined ? '' : `; in no run: ${notInRunOf({ notInRun }).join('; ')}`;
  return `${passed.length === 0 ? 'nothing passed' : passed.join(', ')}${left}`;
};

/** The value that is compared, and how a person reads it. */
type Shown = { readonly value: unknown; readonly text: string; readonly isKnown?: boolean };

/** By which two manifests are told apart where they are not shown. */
const markOf = (manifest: object): string =>
  createHash('sha256').update(JSON.stringify(manifest)).digest('hex').slice(0, 12);

const workloadText = ({ replicas, manifest, existingService }: Conditions['workload']): string => {
  if (existingService !== undefined) {
    const { namespace, name, port, path, method = 'GET', tls, headers = [], bodyBytes } = existingService;
    const { host, serverName } = existingService;
    const secured = tls === undefined ? '' : `, TLS ${tls}${serverName === undefined ? '' : ` as ${serverName}`}`;
    const asked = host === undefined ? '' : `, as Host ${host}`;
    const beside = `${asked}${headers.length === 0 ? '' : `, with ${headers.join(', ')}`}`;
    const body = bodyBytes === undefined ? '' : `, a body of ${counted(bodyBytes, 'byte')}`;
    return `${counted(replicas, 'endpoint')} of Service ${namespace}/${name}, port ${port}, ${method} ${path}${secured}${beside}${body}`;
  }
  const pods = counted(replicas, 'replica');
  return manifest === undefined ? pods : `${pods} of Service ${manifest.service}, manifest ${markOf(manifest)}`;
};

/** What one document says by itself. */
const of = (document: RunDocument): Readonly<Record<Exclude<ConditionName, 'cluster'>, Shown>> => {
  const { conditions, profile, topology } = document;
  const shown = (value: unknown, text: string): Shown => ({ value, text });
  const known = (pick: (known: Conditions) => Shown): Shown =>
    conditions === undefined ? shown(undefined, notOnRecord) : pick(conditions);
  const name = `${profile.name} (${profile.reading})`;
  return {
    scenario: shown(document.scenario, document.scenario),
    profile: known((one) => shown([profile, one.settings, notInRunOf(one)], `${name}: ${settingsText(one)}`)),
    kubernetesVersion: shown(minorOf(document.kubernetesVersion), document.kubernetesVersion),
    topology: shown(topology, `${topology.name}, ${sizeText(topology)}`),
    backend: shown(document.backend, document.backend ?? notOnRecord),
    load: known(({ load }) =>
      shown(
        load,
        `${counted(load.ratePerSecond, 'request')}/s through ${load.through ?? 'untouched'}, ${load.connection}, timeout ${formatDuration(load.timeoutMs)}${load.generators === undefined ? '' : `, by ${counted(load.generators, 'generator')}`}`,
      ),
    ),
    workload: known(({ workload }) => shown(workload, workloadText(workload))),
    // What injects a fault decides how soon it stands, how long, and what of a node's traffic it meets.
    phases: known(({ phases, injector }) => {
      const by = injector === undefined ? '' : `, faults by ${injector}`;
      return shown([phases, injector ?? null], `${phases.map(phaseText).join(', ')}${by}`);
    }),
    // Which CPU it was differs from one rented machine of a class to the next.
    machine: known(({ machine }) =>
      machine === null
        ? shown(null, document.predicted ? 'none, it is a prediction' : notOnRecord)
        : shown(
            [machine.architecture, machine.cpus, machine.memoryGib],
            `${machine.architecture}, ${counted(machine.cpus, 'CPU')}, ${machine.memoryGib} GiB`,
          ),
    ),
  };
};

const isKnown = ({ text, isKnown: known = true }: Shown): boolean => known && text !== notOnRecord;

/** A documented shape that differs where its words do not is shown as it is. */
const conditionText = (one: Shown, other: Shown): string =>
  one.text === other.text && isKnown(one) ? JSON.stringify(one.value) : one.text;

const differencesOf = (base: RunDocument, candidate: RunDocument): readonly ConditionDifference[] => {
  const [baseClass, candidateClass] = clusterClassesOf(base, candidate);
  const one: Readonly<Record<ConditionName, Shown>> = { ...of(base), cluster: baseClass };
  const other: Readonly<Record<ConditionName, Shown>> = { ...of(candidate), cluster: candidateClass };
  return conditionNames.flatMap((condition) => {
    const [left, right] = [one[condition], other[condition]];
    // What is on record in neither, or known of neither, may be anything.
    const same = isDeepStrictEqual(left.value, right.value) && isKnown(left) && isKnown(right);
    return same ? [] : [{ condition, base: conditionText(left, right), candidate: conditionText(right, left) }];
  });
};

/** What a plan says of its run. */
const planned: readonly ConditionName[] = ['profile', 'topology', 'load', 'workload', 'phases'];

/** In which conditions a run differs from one of a plan, the plan being the base. What is not on record differs. */
export const differencesFromPlan = (plan: Plan, run: RunDocument): readonly ConditionDifference[] => {
  const { conditions, ...others } = plannedConditions(plan);
  const machine = run.conditions?.machine ?? null;
  return differencesOf({ ...run, ...others, conditions: { ...conditions, machine } }, run).filter(({ condition }) =>
    planned.includes(condition),
  );
};

/** Of runs of one side: each difference of any run from the first. */
const within = (side: string, runs: readonly RunDocument[]): readonly string[] => {
  const [first, ...others] = runs;
  if (first === undefined) return [];
  return [
    ...new Set(
      others.flatMap((other) =>
        differencesOf(first, other).map((one) => `${one.condition} within ${side}: ${one.base} and ${one.candidate}`),
      ),
    ),
  ];
};

/** Patch releases of one minor that a comparison holds against each other, in words; none where all are the same. */
export const patchNotes = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly string[] => {
  const versionsOf = (runs: readonly RunDocument[]): readonly string[] =>
    [...new Set(runs.map(({ kubernetesVersion }) => kubernetesVersion))].sort();
  const all = versionsOf([...base, ...candidate]);
  if (all.length < 2 || new Set(all.map(minorOf)).size > 1) return [];
  const [one, other] = [base, candidate].map((runs) => versionsOf(runs).join(', '));
  return [`patch releases of one minor are compared: base ${one}; candidate ${other}`];
};

/** The model takes a few numbers of somebody's own objects; what else they say shows in real runs alone. */
const programOf = ({ predicted, conditions }: RunDocument): readonly string[] => {
  const manifest = conditions?.workload.manifest;
  if (!predicted || manifest === undefined) return [];
  return [`how the program behind Service ${manifest.service} starts, answers and ends (manifest ${markOf(manifest)})`];
};

const notInRunsOf = (runs: readonly RunDocument[]): readonly string[] =>
  [...new Set(runs.flatMap((run) => [...notInRunOf(run.conditions ?? {}), ...programOf(run)]))].sort();

/** What was not read, or not to its end, may be something else on each side, though its text is the same. */
const isUnseen = (text: string): boolean => text.startsWith(notReadPrefix) || text.endsWith('…');

/** Whether the sides differ in what no run has, or may: no figure shows what it does. */
export const mayDifferOutsideOfRuns = (base: readonly RunDocument[], candidate: readonly RunDocument[]): boolean => {
  const [one, other] = [notInRunsOf(base), notInRunsOf(candidate)];
  return !isDeepStrictEqual(one, other) || one.some(isUnseen);
};

/** What was given and no run has, where both sides have the same of it; a difference is named by its condition. */
export const notInRunNotes = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly string[] => {
  const [one, other] = [notInRunsOf(base), notInRunsOf(candidate)];
  return isDeepStrictEqual(one, other) ? one.map((text) => `in no run of either side: ${text}`) : [];
};

/** What is on record of no run on a Service of somebody's, that another run may have had otherwise; empty where there is nothing of it. */
const unrecordedOf = (runs: readonly RunDocument[]): readonly string[] => {
  const services = runs.flatMap(({ conditions }) => conditions?.workload.existingService ?? []);
  const secrets = new Set(services.flatMap(({ headers = [] }) => headers));
  const said = [...secrets].filter((header) => header.toLowerCase() !== 'host').sort();
  return [
    ...(said.length === 0 ? [] : [`what the ${nounFor(said.length, 'header')} ${said.join(', ')} said`]),
    ...(services.some(({ bodyBytes }) => bodyBytes !== undefined) ? ['what the body held'] : []),
    ...(services.some(({ tls }) => tls === 'verified') ? ['by which certificates the Service was verified'] : []),
  ];
};

/** That nobody knows whether both sides asked the same; none where all that they asked is on record. */
export const unrecordedNotes = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly string[] => {
  const unrecorded = unrecordedOf([...base, ...candidate]);
  return unrecorded.length === 0
    ? []
    : [`on record of no run, and so not known to be the same on both sides: ${unrecorded.join('; ')}`];
};

/**
 * Makes sure that two sets of runs differ in nothing but what the comparison is about.
 * @param point what may differ between base and candidate; within one side nothing may
 * @returns what does differ, all of it in `point`
 * @throws SkipbeatError NOT_COMPARABLE (exit 64) with every difference at once
 */
export const assertComparable = (
  base: readonly RunDocument[],
  candidate: readonly RunDocument[],
  point: readonly ConditionName[],
): readonly ConditionDifference[] => {
  const [one, other] = [base[0], candidate[0]];
  const between = one === undefined || other === undefined ? [] : differencesOf(one, other);
  const unasked = between.filter(({ condition }) => !point.includes(condition));
  const inside = [...within('base', base), ...within('candidate', candidate)];
  if (unasked.length === 0 && inside.length === 0) return between;
  const all = [
    ...unasked.map(
      (difference) => `${difference.condition}: base ${difference.base}; candidate ${difference.candidate}`,
    ),
    ...inside,
  ];
  throw new SkipbeatError('NOT_COMPARABLE', `Expected runs that differ in nothing unasked:\n  ${all.join('\n  ')}`, {
    exitCode: exitCodes.usage,
    next:
      inside.length > 0
        ? 'compare runs that were made alike, such as those of one --repeats'
        : `${unasked.map(({ condition }) => `--differs ${condition}`).join(' ')}   (if that is the point)`,
  });
};
