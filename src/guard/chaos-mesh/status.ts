import * as z from 'zod';
import { printable } from '../names.ts';

/** @see chaos-mesh api/v1alpha1 ChaosStatus: what its controller writes, and an API server without one leaves out */
export const networkChaosShape = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    finalizers: z.array(z.string()).default([]),
  }),
  status: z
    .object({
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      experiment: z
        .object({
          desiredPhase: z.string().optional(),
          containerRecords: z
            .array(
              z.object({
                id: z.string(),
                phase: z.string(),
                events: z
                  .array(
                    z.object({
                      type: z.string(),
                      operation: z.string(),
                      timestamp: z.string(),
                      message: z.string().default(''),
                    }),
                  )
                  .default([]),
              }),
            )
            .nullable()
            .default([]),
        })
        .prefault({}),
    })
    .prefault({}),
});

export type ReadNetworkChaos = z.infer<typeof networkChaosShape>;

const recordsOf = ({ status }: ReadNetworkChaos) => status.experiment.containerRecords ?? [];

const isTrue = ({ status }: ReadNetworkChaos, condition: string): boolean =>
  status.conditions.some((one) => one.type === condition && one.status === 'True');

/** Whether Chaos Mesh says that it selected that one pod, no other, and acts on it. */
export const isInjected = (found: ReadNetworkChaos, pod: string): boolean =>
  isTrue(found, 'Selected') &&
  isTrue(found, 'AllInjected') &&
  recordsOf(found).length === 1 &&
  recordsOf(found).every(({ id, phase }) => id === pod && phase === 'Injected');

/** What it says of itself, for a person: its conditions, and of each pod its phase and what happened last, when. */
export const statusText = (found: ReadNetworkChaos): string => {
  const { conditions } = found.status;
  const known = conditions.map(({ type, status }) => `${printable(type)} ${printable(status)}`);
  const records = recordsOf(found).map(({ id, phase, events }) => {
    const last = events.at(-1);
    const happened =
      last === undefined
        ? ''
        : ` (${printable(last.operation)} ${printable(last.type)} at ${printable(last.timestamp)}${last.message === '' ? '' : `: ${printable(last.message)}`})`;
    return `${printable(id)} ${printable(phase)}${happened}`;
  });
  const all = [...known.toSorted(), ...records];
  return all.length === 0 ? 'no condition and no record' : all.join(', ');
};
