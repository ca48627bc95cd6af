import type * as z from 'zod';
import { isHollow } from '../common/kubernetes/hollow-names.ts';
import { isMapping, type Mapping, type Path } from '../common/plain-data.ts';
import { counted } from '../common/text/counted.ts';
import { isInstant, knownFigures } from '../figures/index.ts';
import { type UnsupportedSetting, unsupportedSettings } from '../profile/index.ts';
import { target, timing } from './faults/fault-fields.ts';
import { netemFields } from './faults/netem.ts';
import { checkNetem } from './faults/netem-rules.ts';
import { defaultTarget, readFaultKind } from './faults/read-fault.ts';
import { checkTargets, type Size, type TargetingFault } from './faults/targets.ts';
import { checkTiming } from './faults/timing.ts';
import { type PhaseKind, phaseKinds, phaseNames } from './phases.ts';
import { readProfile } from './profile.ts';
import { didYouMean } from './read/did-you-mean.ts';
import { type Fields, readFields } from './read/fields.ts';
import type { Problem } from './read/problems.ts';
import { describeValue } from './read/value-labels.ts';
import { expectation, limits, phase, schemaFor } from './schema.ts';
import { nodeNames, topologies } from './topology.ts';

/** A part of the scenario where the schema has nothing to say against it, else null: rules go on with what is sound. */
const part = <K extends keyof ReturnType<typeof schemaFor>['shape']>(data: Mapping, key: K) => {
  const schema: z.ZodType = schemaFor(data).shape[key];
  const read = schema.safeParse(data[key]);
  return read.success ? (read.data as z.output<ReturnType<typeof schemaFor>['shape'][K]>) : null;
};

/** The entries of a list, no more of them than the schema allows. */
const listAt = (data: Mapping, key: 'phases' | 'expect'): readonly unknown[] => {
  const value = data[key];
  return Array.isArray(value) ? value.slice(0, limits[key]) : [];
};

type Phase = Fields<typeof phase.shape>;

const kindsIn = (fields: Phase): readonly PhaseKind[] => phaseKinds.filter((kind) => fields[kind] !== undefined);

const checkKinds = (fields: Phase, path: Path): readonly Problem[] => {
  const kinds = kindsIn(fields);
  if (kinds.length !== 1) {
    const received = kinds.length === 0 ? 'none of them' : kinds.join(' and ');
    return [{ path, message: `expected exactly one of ${phaseKinds.join(', ')}, received ${received}` }];
  }
  const has = fields.inject !== undefined;
  if (kinds[0] === 'fault' && !has) return [{ path, message: 'expected inject beside fault, received fault alone' }];
  if (kinds[0] !== 'fault' && has) {
    return [
      {
        path: [...path, 'inject'],
        message: `expected inject only beside fault, received it beside ${kinds[0]}`,
        atKey: true,
      },
    ];
  }
  return [];
};

/** Checks the faults of a phase one by one, each by what can be read of it, and together. */
const checkFaults = (inject: unknown, phaseMs: number | null, size: Size | null, path: Path): readonly Problem[] => {
  if (!Array.isArray(inject)) return [];
  const targeting: TargetingFault[] = [];
  const problems = inject.flatMap((written, index): readonly Problem[] => {
    if (!isMapping(written)) return [];
    const here = [...path, index];
    const kind = readFaultKind(written.kind);
    const aim = written.target ?? (kind === null ? undefined : defaultTarget(kind));
    const times = readFields(timing, written);
    const afterMs = times.after === undefined ? 0 : times.after;
    targeting.push({
      kind,
      target: isMapping(aim) ? readFields(target.shape, aim) : null,
      afterMs,
      written,
      path: here,
    });
    return [
      ...checkTiming(times, phaseMs, here),
      ...(kind === 'netem' ? checkNetem(readFields(netemFields, written), written, here) : []),
    ];
  });
  return [...(size === null ? [] : checkTargets(targeting, size)), ...problems];
};

type ReadPhase = { readonly written: Mapping; readonly fields: Phase };

const checkPhase = ({ written, fields }: ReadPhase, size: Size | null, path: Path): readonly Problem[] => {
  return [...checkKinds(fields, path), ...checkFaults(written.inject, fields.fault ?? null, size, [...path, 'inject'])];
};

const checkBounds = (
  { figure, min, max, equals }: Fields<typeof expectation.shape>,
  path: Path,
): readonly Problem[] => {
  if (min === undefined && max === undefined && equals === undefined) {
    return [{ path, message: 'expected min, max or equals beside figure, received none of them' }];
  }
  if (equals !== undefined && (min !== undefined || max !== undefined)) {
    return [{ path, message: 'expected equals alone, or min and max, received both' }];
  }
  if (min == null) return [];
  if (min <= 0 && max === undefined && figure !== null && !isInstant(figure)) {
    return [
      {
        path: [...path, 'min'],
        message: `expected more than 0, or a max beside it, for no figure is less: it holds whatever happens; received ${min}`,
      },
    ];
  }
  if (max != null && min > max) {
    return [{ path, message: `expected a min of no more than max, received ${min} and ${max}` }];
  }
  return [];
};

const checkFigure = (figure: string | null, known: readonly string[], path: Path): readonly Problem[] => {
  if (figure === null || known.includes(figure)) return [];
  const message =
    'expected a figure of run.json such as nodes.notReadyTransitions, requests.refused or ' +
    `requests.byPhase.fault.timeout, received ${describeValue(figure)}${didYouMean(figure, known)}`;
  return [{ path, message }];
};

/** The path in the scenario of what a version cannot express: inside an inline profile, else the profile's name. */
const profilePath = (data: Mapping, field: UnsupportedSetting['field']): Path =>
  isMapping(data.profile) ? ['profile', field] : ['profile'];

const checkProfile = (data: Mapping): readonly Problem[] => {
  const written = part(data, 'profile');
  const reading = part(data, 'reading');
  const cluster = part(data, 'cluster');
  if (written === null || reading === null || cluster === null) return [];
  const profile = readProfile(written);
  const problems: Problem[] = profile.clash === null ? [] : [{ path: ['profile', 'name'], message: profile.clash }];
  for (const field of profile.beside) {
    problems.push({ path: ['profile', field], message: 'expected nothing beside userConfig, received a value' });
  }
  // A profile can or cannot be expressed on a whole minor; the patch changes nothing.
  const version = cluster.kubernetes.replace(/^v?(\d+\.\d+).*$/, 'v$1.0');
  for (const { field, message } of unsupportedSettings(profile.profile, reading, version)) {
    problems.push({ path: profilePath(data, field), message: message.replaceAll(version, cluster.kubernetes) });
  }
  return problems;
};

/** A cluster has a node at least. */
const checkSize = (size: Size | null): readonly Problem[] =>
  size !== null && size.controlPlanes + size.workers === 0
    ? [{ path: ['cluster', 'workers'], message: 'expected 1 or more where no control plane is a node, received 0' }]
    : [];

/** Zones of hollow nodes are theirs alone: one without a node is none. */
const checkHollowZones = (data: Mapping): readonly Problem[] => {
  const hollow = part(data, 'cluster')?.hollow;
  if (hollow === undefined || hollow.zones <= hollow.nodes) return [];
  return [
    {
      path: ['cluster', 'hollow', 'zones'],
      message: `expected at most ${hollow.nodes}, received ${hollow.zones}: there ${hollow.nodes === 1 ? 'is' : 'are'} ${counted(hollow.nodes, 'hollow node')}`,
    },
  ];
};

/** A budget says one of two things. */
const checkBudget = (data: Mapping): readonly Problem[] => {
  const workload = part(data, 'workload');
  const budget = workload !== null && 'replicas' in workload ? workload.podDisruptionBudget : undefined;
  if (budget === undefined) return [];
  const present = Object.keys(budget);
  return present.length === 1
    ? []
    : [
        {
          path: ['workload', 'podDisruptionBudget'],
          message: `expected exactly one of minAvailable, maxUnavailable, received ${present.length === 0 ? 'none of them' : 'both'}`,
        },
      ];
};

/** Pods of a Deployment have one claim together. */
const checkVolume = (data: Mapping): readonly Problem[] => {
  const workload = part(data, 'workload');
  if (workload === null || !('replicas' in workload)) return [];
  const { kind, replicas, volume } = workload;
  if (volume === undefined || kind === 'statefulset' || replicas === 1) return [];
  return [
    {
      path: ['workload', 'volume'],
      message: `expected kind statefulset or 1 replica beside it, for the pods of a Deployment share one volume, which is attached to one node at a time; received ${replicas} replicas`,
      atKey: true,
    },
  ];
};

/** Where no fault touches a node there is none to enter through. */
const checkEntrance = (data: Mapping, kinds: readonly (PhaseKind | null)[]): readonly Problem[] =>
  part(data, 'load')?.through === 'target' && !kinds.includes('fault') && !kinds.includes(null)
    ? [{ path: ['load', 'through'], message: 'expected a phase fault beside target, received phases without one' }]
    : [];

/** Whether a fault of a phase is known to hit hollow nodes alone. */
const hitsHollowAlone = (fault: unknown): boolean => {
  const aim = isMapping(fault) && isMapping(fault.target) ? fault.target : {};
  if (isMapping(aim.hollow)) return true;
  return Array.isArray(aim.nodes) && aim.nodes.every((node) => typeof node === 'string' && isHollow(node));
};

/** Hollow nodes route nothing: a load that is to enter through the targets needs a real one. */
const checkRealEntrance = (data: Mapping, phases: readonly (ReadPhase | null)[]): readonly Problem[] => {
  const faults = phases.flatMap((read) => (Array.isArray(read?.written.inject) ? read.written.inject : []));
  if (part(data, 'load')?.through !== 'target' || faults.length === 0 || !faults.every(hitsHollowAlone)) return [];
  return [
    {
      path: ['load', 'through'],
      message:
        'expected a fault on a real node beside target, received faults on hollow nodes alone, which route nothing',
    },
  ];
};

/** What no single field shows: how fields go together. Skips parts that the schema already refused. */
export const checkRules = (data: Mapping): readonly Problem[] => {
  const phases = listAt(data, 'phases').map((written): ReadPhase | null =>
    isMapping(written) ? { written, fields: readFields(phase.shape, written) } : null,
  );
  const cluster = part(data, 'cluster');
  const size =
    cluster === null
      ? null
      : {
          ...topologies[cluster.topology],
          ...(cluster.workers === undefined ? {} : { workers: cluster.workers }),
          ...(cluster.hollow === undefined ? {} : { hollow: cluster.hollow }),
        };
  const kinds = phases.map((read) => (read === null ? null : (kindsIn(read.fields)[0] ?? null)));
  const figures =
    size === null || kinds.includes(null)
      ? null
      : knownFigures(phaseNames(kinds.filter((kind) => kind !== null)), nodeNames(size));
  return [
    ...checkProfile(data),
    ...checkSize(size),
    ...checkHollowZones(data),
    ...checkBudget(data),
    ...checkVolume(data),
    ...checkEntrance(data, kinds),
    ...checkRealEntrance(data, phases),
    ...phases.flatMap((read, index) => (read === null ? [] : checkPhase(read, size, ['phases', index]))),
    ...listAt(data, 'expect').flatMap((written, index) => {
      if (!isMapping(written)) return [];
      const fields = readFields(expectation.shape, written);
      return [
        ...checkBounds(fields, ['expect', index]),
        ...(figures === null ? [] : checkFigure(fields.figure, figures, ['expect', index, 'figure'])),
      ];
    }),
  ];
};
