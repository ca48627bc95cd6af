import * as z from 'zod';
import { directionShape, type FieldsOf, pathDelayFields } from './fault-fields.ts';
import { netemSettingFields } from './netem.ts';

const pathDelayWithRamp = { ...pathDelayFields, rampSteps: z.number() };

/** What each kind of fault takes beyond its targets and its times, as plans hold it. */
export const faultOptionFields = {
  'kubelet-pause': {},
  'kubelet-stop': {},
  'node-pause': {},
  'node-stop': {},
  netem: netemSettingFields,
  /** Between the target and the API server. */
  latency: { ...pathDelayWithRamp, lossPercent: z.number(), direction: directionShape },
  /** Between the target and the control planes. */
  partition: {
    direction: directionShape,
    by: z.enum(['drop', 'reject']),
    traffic: z
      .enum(['control', 'all'])
      .describe('What goes between API servers on the one side, the kubelet and pods on the other; or everything.'),
  },
  'apiserver-pause': {},
  'etcd-pause': {},
  'controller-manager-pause': {},
  'controller-manager-kill': {},
  /** Before the port of the target's API server, for everybody who connects to it. */
  'apiserver-latency': pathDelayWithRamp,
  /** Between the target's API server and its etcd. */
  'etcd-latency': pathDelayWithRamp,
  /** What a sync of etcd's log takes, for its disk is slow. */
  'etcd-disk-latency': { delayMs: z.number() },
  'cpu-pressure': {
    loops: z
      .number()
      .nullable()
      .describe('Busy loops beside the API server; null: two for each processor that it may use.'),
  },
};

export type FaultOptions = { readonly [K in keyof typeof faultOptionFields]: FieldsOf<(typeof faultOptionFields)[K]> };

export type FaultKind = keyof FaultOptions;
