import * as z from 'zod';
import type { Frozen } from '../../common/frozen.ts';
import { valueLabels } from '../read/value-labels.ts';
import { duration, integer, oneOf, percent } from '../read/values.ts';
import { type HollowTarget, hollowTargetSchema } from './hollow.ts';

const nodeList = z
  .array(z.string().register(valueLabels, { expected: 'a node such as worker2' }))
  .min(1)
  .max(5000)
  .meta({ description: 'Nodes by their short names: control-plane, worker, worker2 …' })
  .register(valueLabels, { expected: 'a list of 1 to 5000 nodes such as worker2' });

/** By role, optionally only the first `count` of it, or by name; which of the two is checked with the topology. */
export const target = z
  .strictObject({
    role: oneOf(['worker', 'control-plane'], 'All nodes of this role').optional(),
    count: integer(1, 5000, 'Only the first so many of the role').optional(),
    nodes: nodeList.optional(),
    leader: oneOf(
      ['kube-controller-manager', 'kube-scheduler'],
      'The control plane whose component leads when the fault begins',
    ).optional(),
    hollow: hollowTargetSchema.optional(),
  })
  .meta({
    description: 'The nodes that the fault hits',
    oneOf: [{ required: ['role'] }, { required: ['nodes'] }, { required: ['leader'] }, { required: ['hollow'] }],
  });

/**
 * Nodes of one role, optionally only the first `count`; the control plane whose component leads at that moment; hollow
 * nodes; or nodes by their short names.
 */
export type FaultTarget =
  | { readonly role: NodeRole; readonly count: number | null }
  | { readonly leader: LeaderElected }
  | { readonly hollow: HollowTarget }
  | { readonly nodes: readonly string[] };

export const leaderElectedShape = z
  .enum(['kube-controller-manager', 'kube-scheduler'])
  .meta({ id: 'LeaderElected', description: 'Components of which one leads at a time.' });

export type LeaderElected = z.infer<typeof leaderElectedShape>;

export type NodeRole = 'worker' | 'control-plane';

/** When it stands within its phase. */
export const timing = {
  after: duration('So long after the start of the phase', { zeroIsFine: true }).optional(),
  lasts: duration('For so long; otherwise until the next time, or the end of the phase', {
    zeroIsFine: false,
  }).optional(),
  every: duration('Again after so long', { zeroIsFine: false }).optional(),
  times: integer(1, 100, 'How many times in all').optional(),
};

export const amount = (description: string) => duration(description, { zeroIsFine: true, fractionIsFine: true });
export const share = (description: string) => percent(`${description}, in percent`);
export const ramp = integer(1, 100, 'Grows to its full strength in so many equal steps').default(1);
export const direction = oneOf(['to', 'from', 'both'], 'What the target sends, what it receives, or both').default(
  'both',
);
export const jitter = amount('May lie so far from the delay').prefault('0s');
export const correlation = share('How much a case depends on the one before it').default(0);

/** Of the fields of a fault as plans hold them, which other fields go beside. */
export type FieldsOf<F extends z.ZodRawShape> = { readonly [N in keyof F]: Frozen<z.infer<F[N]>> };

export const directionShape = z
  .enum(['to', 'from', 'both'])
  .describe(
    "Which way a fault of the network bites, seen from its target: what it sends (`to`), what it receives (`from`). The words are those of Chaos Mesh's NetworkChaos.",
  );

/** A delay added each way, and how far it may lie from that. */
export const pathDelayFields = { delayMs: z.number(), jitterMs: z.number() };

export const pathDelay = { delay: amount('Added each way'), jitter, ramp };

export const readPathDelay = (fields: { readonly delay: number; readonly jitter: number; readonly ramp: number }) => ({
  delayMs: fields.delay,
  jitterMs: fields.jitter,
  rampSteps: fields.ramp,
});
