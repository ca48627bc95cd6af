import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';
import { notInRunListShape } from '../common/not-in-run.ts';
import { controllerManagerShape } from './controller-manager.ts';

const texts = z.record(z.string(), z.string());

const readingShape = z.enum(['literal', 'equivalent']);

export type Reading = z.infer<typeof readingShape>;

/** A row of the profile table: what an operator says, before any version is known. null = that version's own default. */
export type Profile = {
  readonly name: string;
  readonly nodeStatusUpdateFrequencyMs: number | null;
  readonly nodeMonitorPeriodMs: number | null;
  readonly nodeMonitorGracePeriodMs: number | null;
  /** How long after NotReady pods are to be evicted. */
  readonly evictionAfterMs: number | null;
  /** Insists on one way to evict; null = pod-eviction-timeout where the version has it, else tolerations. */
  readonly evictionBy: Eviction['kind'] | null;
  /** How a node that is shut down in order ends its pods; left out: not at all, it goes at once. */
  readonly shutdown?: Shutdown;
  /** What somebody's own files pass; the fields above are null then. */
  readonly userConfig?: UserConfig;
};

/** How a text of `notInRun` begins that may change everything: who knows that it is the same in two files? */
export const notReadPrefix = 'not read: ';

export const userConfigShape = z
  .strictObject({
    controllerManagerArgs: texts,
    apiServerArgs: texts,
    kubeletArgs: texts,
    kubeletConfiguration: z.record(z.string(), z.union([z.string(), z.number()])),
    notInRun: notInRunListShape
      .describe('What the files say beside these, and neither a run nor the model has; left out: nothing.')
      .optional(),
  })
  .describe(
    "Settings as somebody's own files pass them to the components, each text as written: flags without their dashes, and fields of KubeletConfiguration. What is not there is not passed.",
  );

export type UserConfig = Frozen<z.infer<typeof userConfigShape>>;

const expectedSettingShape = z
  .strictObject({
    component: z.enum(['kube-controller-manager', 'kube-apiserver', 'kubelet']),
    setting: z.string().describe('A flag without its dashes, or a KubeletConfiguration field as configz prints it.'),
    expected: z
      .string()
      .nullable()
      .describe("Flags: their text as passed. configz: durations as Go prints them ('10s', '5m0s'), numbers as text."),
  })
  .describe('One setting to read back from a live process. `expected: null` = the flag must not be there.');

export type ExpectedSetting = Frozen<z.infer<typeof expectedSettingShape>>;

const shutdownShape = z
  .strictObject({
    gracePeriodMs: z.number().describe('shutdownGracePeriod: how long a kubelet holds the shutdown up, all in all.'),
    criticalPodsMs: z.number().describe('shutdownGracePeriodCriticalPods: what of it is kept for critical pods.'),
  })
  .describe(
    'An orderly shutdown of a node, as kubelets are configured for it from v1.21 on. A node without it goes at once.',
  );

export type Shutdown = Frozen<z.infer<typeof shutdownShape>>;

const evictionShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('tolerations'), seconds: z.number() }),
  z.strictObject({ kind: z.literal('pod-eviction-timeout'), timeoutMs: z.number() }),
]);

export type Eviction = Frozen<z.infer<typeof evictionShape>>;

const effectiveSettingsShape = z
  .strictObject({
    nodeStatusUpdateFrequencyMs: z.number(),
    nodeStatusReportFrequencyMs: z.number(),
    nodeLeaseDurationSeconds: z.number(),
    leaseRenewIntervalMs: z
      .number()
      .describe('How often a kubelet says that it lives: by a lease, or where it has none by its status.'),
    withoutLeases: z
      .literal(true)
      .describe(
        'To v1.13 no kubelet keeps a lease that anybody reads: its status is its heartbeat. Left out where leases are.',
      )
      .exactOptional(),
    leaseJitter: z.number().describe('Largest factor by which a renewal waits longer than the interval: 0 or 0.04.'),
    statusJitter: z.number(),
    nodeMonitorPeriodMs: z.number(),
    nodeMonitorGracePeriodMs: z.number(),
    eviction: evictionShape,
    controllerManager: controllerManagerShape.describe('Left out where all of it is default.').exactOptional(),
    shutdown: shutdownShape.exactOptional(),
  })
  .describe('What really holds on the compiled version once defaults are filled in; durations in ms.');

export type EffectiveSettings = Frozen<z.infer<typeof effectiveSettingsShape>>;

export const compiledProfileShape = z
  .strictObject({
    name: z.string(),
    reading: readingShape,
    kubernetesVersion: z.string(),
    controllerManagerArgs: texts.describe('Flag name without dashes → value.'),
    apiServerArgs: texts,
    kubeletConfiguration: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe('Fields of KubeletConfiguration beyond apiVersion and kind.'),
    expectedSettings: z.array(expectedSettingShape),
    effective: effectiveSettingsShape,
    warnings: z
      .array(z.string())
      .describe('One sentence each: what the profile does not do on this version, or does by itself.'),
    leftOut: z
      .array(z.string())
      .describe(
        'Settings that decide who is evicted, and of which neither a formula nor the model knows anything; one sentence each. Left out where there are none.',
      )
      .exactOptional(),
    notInRun: notInRunListShape.describe('As of its `UserConfig`.').exactOptional(),
  })
  .describe('A profile made exact for one Kubernetes version.');

export type CompiledProfile = Frozen<z.infer<typeof compiledProfileShape>>;
