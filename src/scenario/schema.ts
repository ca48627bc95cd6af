import * as z from 'zod';
import { kubeletFields, passedFlags, profileNames, shutdownFields } from '../profile/index.ts';
import { hollowSchema } from './faults/hollow.ts';
import { faultSchema } from './faults/read-fault.ts';
import { isOwnWorkload, ownWorkload } from './own/shape.ts';
import { valueLabels } from './read/value-labels.ts';
import { duration, integer, kubernetesVersion, oneOf, shortName } from './read/values.ts';
import { workload } from './workload.ts';

/** Through which nodes a load enters: one that no fault touches, those that faults touch, or all of them. */
export const entranceChoices = ['untouched', 'target', 'every'] as const;

export type EntranceChoice = (typeof entranceChoices)[number];

/** Most entries of the two lists, and most repeats. */
export const limits = { phases: 50, expect: 100, repeats: 1000 } as const;

const text = (max: number, description: string) =>
  z
    .string()
    .min(1)
    .max(max)
    .meta({ description })
    .register(valueLabels, { expected: `text of 1 to ${max} characters` });

const number = (description: string) =>
  z.number().meta({ description }).register(valueLabels, { expected: 'a number' });

const knownProfile = z
  .enum(profileNames)
  .meta({ description: 'One of the known profiles' })
  .register(valueLabels, { expected: `a profile (${profileNames.join(', ')}) or a mapping of its settings` });

const setting = (description: string) => duration(description, { zeroIsFine: false }).optional();

const everyKey = <T extends z.ZodType>(names: object, value: T) =>
  Object.fromEntries(Object.keys(names).map((name) => [name, value] as const));

const flagText = z
  .string()
  .max(1000)
  .register(valueLabels, { expected: 'the text of a flag’s value, in quotes' })
  .optional();
const fieldValue = z
  .union([z.string().max(1000), z.int()])
  .register(valueLabels, { expected: 'a duration such as 10s, or whole seconds' })
  .optional();

const flagsOf = (component: keyof typeof passedFlags) =>
  z
    .strictObject(everyKey(passedFlags[component], flagText))
    .meta({ description: `Flags of ${component}, without their dashes` })
    .default({});

const userConfig = z
  .strictObject({
    controllerManagerArgs: flagsOf('kube-controller-manager'),
    apiServerArgs: flagsOf('kube-apiserver'),
    kubeletArgs: flagsOf('kubelet'),
    kubeletConfiguration: z
      .strictObject(everyKey({ ...kubeletFields, ...shutdownFields }, fieldValue))
      .meta({ description: 'Fields of KubeletConfiguration' })
      .default({}),
    notInRun: z
      .array(
        z.union([
          text(1000, 'One thing in words'),
          z
            .strictObject({
              at: text(1000, 'Where it stands, file:line:column'),
              text: text(1000, 'One thing in words'),
            })
            .meta({ description: 'One thing with its place' }),
        ]),
      )
      .max(1000)
      .meta({ description: 'What the files say beside these, and neither a run nor the model has' })
      .optional(),
  })
  .meta({ description: 'Flags and fields as somebody’s own files pass them, and nothing else' });

const inlineProfile = z
  .strictObject({
    name: shortName('How reports call it').default('inline'),
    nodeStatusUpdateFrequency: setting('How often kubelets compute their status'),
    nodeMonitorPeriod: setting('How often the controller manager checks nodes'),
    nodeMonitorGracePeriod: setting('How long a silent node stays Ready'),
    evictionAfter: duration('How long after NotReady pods are evicted', { zeroIsFine: true }).optional(),
    evictionBy: oneOf(['pod-eviction-timeout', 'tolerations'], 'Insists on one way to evict').optional(),
    shutdownGracePeriod: setting(
      'How long a kubelet holds up the shutdown of its node to end its pods; of faults node-shutdown alone asks for it',
    ),
    shutdownGracePeriodCriticalPods: duration('What of shutdownGracePeriod is kept for critical pods', {
      zeroIsFine: true,
    }).optional(),
    userConfig: userConfig.optional(),
  })
  .meta({ description: 'A profile of your own; what is left out stays at the version’s default' });

const cluster = z.strictObject({
  topology: oneOf(
    ['single', 'ha', 'managed'],
    'single: 1 control plane and 2 workers; ha: 3 and 2; managed: 2 workers, whose control plane is none of the nodes',
  ).default('single'),
  kubernetes: kubernetesVersion.default('v1.34'),
  workers: integer(0, 5000, 'Instead of the topology’s own number; a real cluster takes up to 20').optional(),
  zones: integer(1, 50, 'Zones that the nodes are dealt out to in turn, control planes first').default(1),
  podsPerNode: integer(
    0,
    500,
    'Pods on each node beside the workload, which stay where they are; a real cluster takes up to 50',
  ).default(0),
  age: oneOf(
    ['fresh', 'old'],
    'fresh: made for the run; old, in simulations alone: every phase of its heartbeats is independent, as after weeks',
  ).default('fresh'),
  apiServerPort: integer(
    1,
    65_535,
    'Port of the API server on this machine’s loopback; any free one otherwise',
  ).optional(),
  hollow: hollowSchema.optional(),
});

const load = z.strictObject({
  ratePerSecond: z
    .number()
    .gt(0)
    .max(1000)
    .meta({ description: 'Requests offered per second, whatever happened to those before' })
    .register(valueLabels, { expected: 'a number above 0, at most 1000' })
    .default(50),
  connection: oneOf(
    ['fresh', 'keep-alive', 'both'],
    'A new connection for each request, kept ones, or half and half',
  ).default('fresh'),
  timeout: duration('When a request without an answer counts as timed out', { zeroIsFine: false }).prefault('1s'),
  through: oneOf(
    entranceChoices,
    'Nodes through which requests enter: one that no fault touches, those that faults touch, or every one in turn',
  ).default('untouched'),
});

export const phase = z
  .strictObject({
    steady: duration('Nothing but load for so long', { zeroIsFine: true }).optional(),
    fault: duration('Faults stand for so long', { zeroIsFine: false }).optional(),
    inject: z
      .array(faultSchema)
      .min(1)
      .max(20)
      .meta({ description: 'What stands during the phase' })
      .register(valueLabels, { expected: 'a list of 1 to 20 faults' })
      .optional(),
    recover: z
      .strictObject({ within: duration('Every node is to be Ready again within', { zeroIsFine: false }) })
      .meta({ description: 'Waits until every node is Ready and the Service answers' })
      .optional(),
  })
  .meta({
    oneOf: [{ required: ['steady'] }, { required: ['fault', 'inject'] }, { required: ['recover'] }],
  });

export const expectation = z
  .strictObject({
    figure: text(200, 'A figure of run.json by its dotted path, such as requests.refused'),
    min: number('At least').optional(),
    max: number('At most').optional(),
    equals: number('Exactly').optional(),
  })
  .meta({ anyOf: [{ required: ['min'] }, { required: ['max'] }, { required: ['equals'] }] });

const shapeWith = <P extends z.ZodType, W extends z.ZodType>(profile: P, workloadForm: W) => ({
  name: shortName('Part of the run’s folder name'),
  title: text(100, 'One line that a person reads first').optional(),
  profile,
  reading: oneOf(
    ['literal', 'equivalent'],
    'literal passes what the profile says; equivalent also keeps its heartbeat where leases carry it',
  ).default('literal'),
  cluster: cluster.prefault({}),
  workload: workloadForm,
  load: load.prefault({}),
  phases: z
    .array(phase)
    .min(1)
    .max(limits.phases)
    .register(valueLabels, { expected: `a list of 1 to ${limits.phases} phases` }),
  expect: z
    .array(expectation)
    .max(limits.expect)
    .register(valueLabels, { expected: `a list of up to ${limits.expect} figures` })
    .default([]),
  seed: integer(0, 4_294_967_295, 'Of every random choice').default(1),
  repeats: integer(1, limits.repeats, 'Times that the scenario is run; its figures are summed up over them').default(1),
});

/** What is shipped, or one's own. */
const shipped = workload.prefault({});

/** For the JSON Schema and types; it would answer a wrong profile, or workload, with the complaints of both forms. */
export const scenarioSchema = z.strictObject(
  shapeWith(z.union([knownProfile, inlineProfile]), z.union([workload, ownWorkload]).prefault({})),
);

const forms = {
  named: {
    shipped: z.strictObject(shapeWith(knownProfile, shipped)),
    own: z.strictObject(shapeWith(knownProfile, ownWorkload)),
  },
  inline: {
    shipped: z.strictObject(shapeWith(inlineProfile, shipped)),
    own: z.strictObject(shapeWith(inlineProfile, ownWorkload)),
  },
} as const;

type Form = { [P in keyof typeof forms]: (typeof forms)[P][keyof (typeof forms)[P]] }[keyof typeof forms];

/** The schema for this very document: the forms of profile and workload that it uses. */
export const schemaFor = (data: Readonly<Record<string, unknown>>): Form =>
  forms[typeof data.profile === 'object' && data.profile !== null ? 'inline' : 'named'][
    isOwnWorkload(data.workload) ? 'own' : 'shipped'
  ];

export type ParsedScenario = z.output<typeof scenarioSchema>;
export type ParsedProfile = ParsedScenario['profile'];

/** The JSON Schema of a scenario's YAML, for editors, as the text of `scenarios/schema.json`. */
export const scenarioJsonSchema = (): string => {
  const schema = z.toJSONSchema(scenarioSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ title: 'A skipbeat scenario', ...schema }, null, 2)}\n`;
};
