import * as z from 'zod';
import { isMapping } from '../../common/plain-data.ts';
import { valueLabels } from '../read/value-labels.ts';

const name = (description: string, expected: string) =>
  z
    .string()
    .regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/)
    .meta({ description })
    .register(valueLabels, { expected });

/** What a scenario writes of a workload of one's own; all else of it is in the objects. */
export const ownWorkload = z.strictObject({
  manifest: z
    .union([z.string(), z.array(z.unknown()).min(1).max(50)])
    .meta({
      description:
        'Objects of Kubernetes: a file as kubectl apply takes it, from the scenario’s folder; or a list of them',
    })
    .register(valueLabels, { expected: 'the name of a file, or a list of 1 to 50 objects of Kubernetes' }),
  service: name('The Service among them that requests go to', 'the name of a Service in the manifest'),
  path: z
    .string()
    .regex(/^\/[!-~]{0,500}$/)
    .meta({ description: 'What is asked for; any status from 200 to 399 is an answer' })
    .register(valueLabels, { expected: 'a path that begins with /, such as /healthz' })
    .default('/'),
  port: z
    .union([z.int().min(1).max(65_535), name('', '')])
    .meta({ description: 'The Service’s port, by number or name; left out where it has one' })
    .register(valueLabels, { expected: 'a port of the Service, by its number or its name' })
    .optional(),
});

export type OwnWorkload = z.output<typeof ownWorkload>;

/** Whether a scenario's workload is one of its own. */
export const isOwnWorkload = (written: unknown): boolean =>
  isMapping(written) && ['manifest', 'service', 'path', 'port'].some((key) => Object.hasOwn(written, key));
