import type { Path } from '../../common/plain-data.ts';
import { isMapping } from '../../common/plain-data.ts';
import type { Problem } from '../read/problems.ts';
import { describeValue } from '../read/value-labels.ts';
import type { Stay, Workload } from '../workload.ts';
import { covers } from './target.ts';
import { at, idOf, integerFrom, labelsAt, maxInt32, runningContainers } from './values.ts';

const hasVolumes = (maker: unknown): boolean => {
  const volumes = at(maker, 'spec', 'template', 'spec', 'volumes');
  const claims = at(maker, 'spec', 'volumeClaimTemplates');
  const ofClaims =
    Array.isArray(volumes) &&
    volumes.some((volume) => isMapping(volume) && (volume.persistentVolumeClaim ?? volume.ephemeral) !== undefined);
  return ofClaims || (Array.isArray(claims) && claims.length > 0);
};

/**
 * For how long pods stay under a taint by their own tolerations: by the first that tolerates it. Where one has the taint's key
 * and does not tolerate it, for the taint has no value, admission gives them none of its own, and they go at once. undefined:
 * none has its key, and they have what admission gives.
 * @see kubernetes staging/src/k8s.io/component-helpers/scheduling/corev1/helpers.go GetMatchingTolerations;
 *   plugin/pkg/admission/defaulttolerationseconds/admission.go
 */
const stayUnder = (tolerations: readonly unknown[], taint: string): Stay | undefined => {
  const own = tolerations.filter(isMapping).filter((one) => {
    const [key, effect] = [one.key ?? '', one.effect ?? ''];
    return (key === taint || key === '') && (effect === '' || effect === 'NoExecute');
  });
  if (own.length === 0) return undefined;
  const first = own.find(({ operator, value }) => operator === 'Exists' || (value ?? '') === '');
  if (first === undefined) return 0;
  const { tolerationSeconds } = first;
  return typeof tolerationSeconds === 'number' ? Math.max(0, tolerationSeconds) : 'forever';
};

export const tolerationsOf = (spec: unknown): Pick<Workload, 'tolerations'> => {
  const written = at(spec, 'tolerations');
  const list: readonly unknown[] = Array.isArray(written) ? written : [];
  const stays = (['not-ready', 'unreachable'] as const).flatMap((taint) => {
    const stay = stayUnder(list, `node.kubernetes.io/${taint}`);
    return stay === undefined ? [] : [[taint, stay] as const];
  });
  return stays.length === 0 ? {} : { tolerations: Object.fromEntries(stays) };
};

/** v1.Probe: 0 is not set, and stands for these. @see kubernetes pkg/apis/core/v1/defaults.go SetDefaults_Probe */
const probeDefaults = { periodSeconds: 10, failureThreshold: 3 } as const;

/** A field of a readiness probe; null: no API server takes what is written there. */
const probeNumber = (probe: unknown, field: keyof typeof probeDefaults): number | null => {
  const written = at(probe, field) ?? 0;
  if (!integerFrom(written, 0) || (written as number) > maxInt32) return null;
  return written === 0 ? probeDefaults[field] : (written as number);
};

type Probe = { readonly periodMs: number; readonly failureThreshold: number };

const probesOf = (spec: unknown): readonly (Probe | null)[] =>
  runningContainers(spec).flatMap((container) => {
    const probe = at(container, 'readinessProbe');
    if (!isMapping(probe)) return [];
    const [period, failureThreshold] = [probeNumber(probe, 'periodSeconds'), probeNumber(probe, 'failureThreshold')];
    return [period === null || failureThreshold === null ? null : { periodMs: period * 1000, failureThreshold }];
  });

/** The probe that fails first, of the containers: a pod is not Ready as soon as one of them is not. Left out where none is probed. */
export const readinessOf = (spec: unknown): Pick<Workload, 'readiness'> => {
  const lengthMs = (one: Probe): number => one.periodMs * one.failureThreshold;
  const [first] = probesOf(spec)
    .filter((one) => one !== null)
    .toSorted((one, other) => lengthMs(one) - lengthMs(other));
  return first === undefined ? {} : { readiness: first };
};

/** As many as a scenario may ask for itself. */
const maxReplicas = 10_000;

export const checkMaker = (maker: unknown, path: Path): readonly Problem[] => {
  const id = idOf(maker);
  const spec = at(maker, 'spec', 'template', 'spec');
  const replicas = at(maker, 'spec', 'replicas') ?? 1;
  const grace = at(spec, 'terminationGracePeriodSeconds') ?? 30;
  const tolerations = at(spec, 'tolerations');
  const stays = (Array.isArray(tolerations) ? tolerations : []).map((one) => at(one, 'tolerationSeconds') ?? 0);
  const labels = labelsAt(maker, 'spec', 'template', 'metadata', 'labels') ?? {};
  const selects = covers(labels, labelsAt(maker, 'spec', 'selector', 'matchLabels') ?? {});
  const isSmall = (value: unknown, min: number, max: number): boolean =>
    integerFrom(value, min) && (value as number) <= max;
  const wrong = (isRight: boolean, message: string): readonly Problem[] => (isRight ? [] : [{ path, message }]);
  return [
    ...wrong(
      isSmall(replicas, 1, maxReplicas),
      `expected spec.replicas from 1 to ${maxReplicas} in ${id}, received ${describeValue(replicas)}`,
    ),
    ...wrong(
      isSmall(grace, 0, maxInt32),
      `expected terminationGracePeriodSeconds of whole seconds in ${id}, received ${describeValue(grace)}`,
    ),
    ...wrong(
      stays.every((stay) => integerFrom(stay, -maxInt32)),
      `expected tolerationSeconds of whole seconds in ${id}, received ${stays.map((stay) => describeValue(stay)).join(', ')}`,
    ),
    ...wrong(
      !probesOf(spec).includes(null),
      `expected readiness probes with a period and a threshold of 0 or more in ${id}, received others`,
    ),
    ...wrong(selects, `expected a selector of ${id} that its own template has the labels of, received another`),
    ...wrong(at(maker, 'spec', 'paused') !== true, `expected ${id} not to be paused, for it makes no pod`),
    ...wrong(!hasVolumes(maker), `expected no volumes of claims in ${id}: what becomes of them is not known`),
  ];
};
