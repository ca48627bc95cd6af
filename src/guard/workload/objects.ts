import * as z from 'zod';
import { workloadNamespace } from '../../cluster/index.ts';

/** An object of ours in the workload's namespace. */
export type GuestObject = {
  readonly apiVersion: string;
  readonly kind: 'Deployment' | 'Service' | 'Pod';
  readonly metadata: { readonly name: string };
};

/** Where objects of each kind are. */
export const roots = {
  Deployment: `/apis/apps/v1/namespaces/${workloadNamespace}/deployments`,
  Service: `/api/v1/namespaces/${workloadNamespace}/services`,
  Pod: `/api/v1/namespaces/${workloadNamespace}/pods`,
} as const;

/** Of a Deployment first, so that it makes no pod anew; a pod of it stands on a node that answers. */
export const kinds = ['Deployment', 'Service', 'Pod'] as const;

export const needsTo = (verb: string, kind: keyof typeof roots) => ({
  verb,
  resource: `${kind.toLowerCase()}s in ${workloadNamespace}`,
});

/** A list of any of these kinds. */
export const listShape = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        uid: z.string(),
        creationTimestamp: z.string().optional(),
        deletionTimestamp: z.string().optional(),
        labels: z.record(z.string(), z.string()).default({}),
        ownerReferences: z.array(z.unknown()).default([]),
      }),
      spec: z.object({ activeDeadlineSeconds: z.number().nullish() }).prefault({}),
      status: z.object({ phase: z.string().optional() }).prefault({}),
    }),
  ),
});

export type Listed = z.infer<typeof listShape>['items'][number];
