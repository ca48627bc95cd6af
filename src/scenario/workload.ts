import * as z from 'zod';
import { parseDurationMs } from '../common/duration.ts';
import type { Frozen } from '../common/frozen.ts';
import { valueLabels } from './read/value-labels.ts';
import { duration, integer, oneOf } from './read/values.ts';

const stayShape = z
  .union([z.number(), z.literal('forever')])
  .describe('For how long pods stay under a taint: seconds, or for ever.');

export type Stay = z.infer<typeof stayShape>;

/** As plans hold it; `workload` is what a scenario writes. */
export const workloadShape = z
  .strictObject({
    replicas: z.number(),
    kind: z.literal('statefulset').describe('Left out for a Deployment.').exactOptional(),
    terminationGracePeriodMs: z.number().describe("Left out where it is Kubernetes' 30 s.").exactOptional(),
    tolerations: z
      .strictObject({ 'not-ready': stayShape.exactOptional(), unreachable: stayShape.exactOptional() })
      .describe(
        "NoExecute tolerations of the pods' own, by the taint's key without its prefix; admission gives the others.",
      )
      .exactOptional(),
    podDisruptionBudget: z
      .union([z.strictObject({ minAvailable: z.number() }), z.strictObject({ maxUnavailable: z.number() })])
      .exactOptional(),
    readiness: z
      .strictObject({ periodMs: z.number(), failureThreshold: z.number() })
      .describe(
        'Left out where it is probed every second and three failures count, which is what it was before it could be said.',
      )
      .exactOptional(),
    volume: z
      .strictObject({ accessMode: z.literal('ReadWriteOnce'), attachMs: z.number(), detachMs: z.number() })
      .describe(
        'What each pod needs attached to its node before it starts; in simulations alone. Left out where it needs none.',
      )
      .exactOptional(),
    manifest: z
      .strictObject({
        service: z.string().describe('The Service that requests go to.'),
        path: z.string().describe('What is asked for.'),
        targetPort: z.union([z.number(), z.string()]).describe("Of the pods, by number or by a port's name."),
        selector: z.record(z.string(), z.string()).describe("The Service's."),
        objects: z
          .array(z.record(z.string(), z.unknown()))
          .describe('What is applied, as it was written; into the namespace skipbeat, whatever it says.'),
      })
      .describe('Objects of somebody’s own; left out for the workload that is shipped.')
      .exactOptional(),
    existingService: z
      .strictObject({
        namespace: z.string(),
        name: z.string(),
        port: z.number().describe("The Service's own, not that of its pods."),
        path: z.string().describe('What is asked for.'),
        method: z.string().describe('Left out where it is GET.').exactOptional(),
        tls: z
          .enum(['verified', 'insecure'])
          .describe('Over TLS, and whether who answers was verified; left out over plain HTTP.')
          .exactOptional(),
        headers: z
          .array(z.string())
          .describe('Names of what is sent beside; what they say is on record nowhere, but for `host`.')
          .exactOptional(),
        host: z
          .string()
          .describe('The name that it was asked by, as the header Host says; left out where it is its address.')
          .exactOptional(),
        serverName: z
          .string()
          .describe('Of what its certificate had to be over TLS; left out where it is NAME.NAMESPACE.svc.')
          .exactOptional(),
        bodyBytes: z.number().describe('Left out where there is none.').exactOptional(),
      })
      .describe(
        'A Service that stood in the cluster before the run: nothing is brought beside the load, and `replicas` is how many ready endpoints it had. Left out where the run brings its workload.',
      )
      .exactOptional(),
  })
  .describe(
    'What serves requests, and how its pods come and go. What is left out is as Kubernetes, or admission, has it.',
  );

export type Workload = Frozen<z.infer<typeof workloadShape>>;

/** What the shipped workload is probed by where a scenario does not say. */
export const defaultReadiness = { periodMs: 1000, failureThreshold: 3 } as const;
/** v1.PodSpec: terminationGracePeriodSeconds. */
export const defaultGracePeriodMs = 30_000;

const second = 1000;

const integerSeconds = (description: string, allowed: Parameters<typeof duration>[1]) =>
  duration(description, allowed).refine((ms) => ms % second === 0, {
    message: 'expected whole seconds, such as 10s',
  });

const stay = (taint: string) =>
  z
    .string()
    .meta({ description: `How long pods stay on a node that is ${taint}: a duration in whole seconds, or forever` })
    .register(valueLabels, { expected: 'a duration in whole seconds such as 10s, or forever' })
    .transform((text, context): Stay => {
      const ms = text === 'forever' ? null : parseDurationMs(text);
      if (text === 'forever') return 'forever';
      if (ms !== null && ms >= 0 && ms % second === 0) return ms / second;
      const message = `expected a duration in whole seconds such as 10s, or forever, received ${JSON.stringify(text)}`;
      context.issues.push({ code: 'custom', message, input: text });
      return z.NEVER;
    })
    .optional();

const pods = (description: string) => integer(0, 10_000, description).optional();

export const workload = z.strictObject({
  replicas: integer(1, 10_000, 'Pods behind the Service; a real cluster takes up to 50').default(2),
  kind: oneOf(
    ['deployment', 'statefulset'],
    'Who makes pods anew: a Deployment at once, a StatefulSet once the old one is gone',
  ).default('deployment'),
  terminationGracePeriod: integerSeconds('What a pod is given to end in, 30s by default; 0s: it is deleted at once', {
    zeroIsFine: true,
  }).optional(),
  tolerations: z
    .strictObject({ 'not-ready': stay('not-ready'), unreachable: stay('unreachable') })
    .meta({ description: 'Of the pods’ own, instead of what the profile’s admission writes into them' })
    .optional(),
  podDisruptionBudget: z
    .strictObject({ minAvailable: pods('At least so many Ready'), maxUnavailable: pods('At most so many not Ready') })
    .meta({
      description: 'Made beside the workload; controllers that evict pods of lost nodes do not ask for it',
      oneOf: [{ required: ['minAvailable'] }, { required: ['maxUnavailable'] }],
    })
    .optional(),
  readiness: z
    .strictObject({
      period: integerSeconds('How often a pod is probed', { zeroIsFine: false }).prefault('1s'),
      failureThreshold: integer(1, 100, 'Failures in a row that make it not ready').default(
        defaultReadiness.failureThreshold,
      ),
    })
    .optional(),
  volume: z
    .strictObject({
      accessMode: oneOf(['ReadWriteOnce'], 'Attached to one node at a time').default('ReadWriteOnce'),
      attach: duration('What its driver takes to attach it', { zeroIsFine: true }).prefault('1s'),
      detach: duration('What its driver takes to detach it', { zeroIsFine: true }).prefault('1s'),
    })
    .meta({
      description:
        'Each pod needs a volume that is attached to its node, of its own in a StatefulSet; in simulations alone',
    })
    .optional(),
});

type Parsed = z.output<typeof workload>;

const budgetOf = ({ podDisruptionBudget: budget }: Parsed): Pick<Workload, 'podDisruptionBudget'> => {
  if (budget?.minAvailable !== undefined) return { podDisruptionBudget: { minAvailable: budget.minAvailable } };
  return budget?.maxUnavailable === undefined ? {} : { podDisruptionBudget: { maxUnavailable: budget.maxUnavailable } };
};

const readinessOf = ({ readiness }: Parsed): Pick<Workload, 'readiness'> => {
  const { period: periodMs = defaultReadiness.periodMs, failureThreshold = defaultReadiness.failureThreshold } =
    readiness ?? {};
  const isDefault = periodMs === defaultReadiness.periodMs && failureThreshold === defaultReadiness.failureThreshold;
  return isDefault ? {} : { readiness: { periodMs, failureThreshold } };
};

const tolerationsOf = ({ tolerations }: Parsed): Pick<Workload, 'tolerations'> => {
  const present = Object.entries(tolerations ?? {}).filter(([, value]) => value !== undefined);
  return present.length === 0 ? {} : { tolerations: Object.fromEntries(present) };
};

const volumeOf = ({ volume }: Parsed): Pick<Workload, 'volume'> =>
  volume === undefined
    ? {}
    : { volume: { accessMode: volume.accessMode, attachMs: volume.attach, detachMs: volume.detach } };

/** A workload as the rest takes it, from what the schema let pass. */
export const readWorkload = (parsed: Parsed): Workload => ({
  replicas: parsed.replicas,
  ...(parsed.kind === 'deployment' ? {} : { kind: parsed.kind }),
  ...(parsed.terminationGracePeriod === undefined || parsed.terminationGracePeriod === defaultGracePeriodMs
    ? {}
    : { terminationGracePeriodMs: parsed.terminationGracePeriod }),
  ...tolerationsOf(parsed),
  ...budgetOf(parsed),
  ...readinessOf(parsed),
  ...volumeOf(parsed),
});
