import * as z from 'zod';
import { oneOf, whole } from './values.ts';
import { words } from './words.ts';

const nodeList = z
  .array(z.string().register(words, { expected: 'a node such as worker2' }))
  .min(1)
  .max(100)
  .meta({ description: 'Nodes by their short names: control-plane, worker, worker2 …' })
  .register(words, { expected: 'a list of 1 to 100 nodes such as worker2' });

/** By role, optionally only the first `count` of it, or by name; which of the two is checked with the topology. */
const target = z
  .strictObject({
    role: oneOf(['worker', 'control-plane'], 'All nodes of this role').optional(),
    count: whole(1, 100, 'Only the first so many of the role').optional(),
    nodes: nodeList.optional(),
  })
  .meta({ description: 'The nodes that the fault hits', oneOf: [{ required: ['role'] }, { required: ['nodes'] }] });

/**
 * Every kind of fault that a scenario may name, with what it takes. A new kind is a new entry here; error texts, the
 * JSON Schema and the type follow.
 */
const faultSchemas = [
  z
    .strictObject({ kind: z.literal('kubelet-pause'), target })
    .meta({ description: 'SIGSTOP to the kubelet of each target until the phase ends' }),
] as const;

export const faultSchema = z.discriminatedUnion('kind', faultSchemas);

export type FaultKind = z.output<typeof faultSchema>['kind'];
