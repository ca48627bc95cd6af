import * as z from 'zod';
import { type ClusterAccess, workloadNamespace } from '../../cluster/index.ts';
import { createApi } from '../api/request.ts';
import { isOurs, readNamespace } from '../hold/namespace.ts';
import { createdBy, ownSelector, runLabel, runLabelOf } from '../names.ts';
import { readIdentity } from '../survey/read.ts';

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

type Listed = z.infer<typeof listShape>['items'][number];

/** What stands there of one run. */
export type FoundWorkload = {
  /** The value of its label. */
  readonly label: string;
  /** Its name, where the namespace says it; else the value of its label, which stands for it. */
  readonly run: string;
  readonly objects: readonly string[];
  readonly madeNamespace: boolean;
  /**
   * Why its run may be live though it holds nothing: the pod of its load runs, and ends by itself where nobody speaks to it;
   * null: nothing says so.
   */
  readonly mayBeLive: string | null;
};

/** After its deadline a pod's containers have some seconds to end. */
const afterDeadlineMs = 60_000;

/** Of a pod that no controller has made: whether it may still be asked by its run. A kubelet that is gone says nothing of its end. */
const mayRun = ({ metadata, spec, status }: Listed, nowMs: number): boolean => {
  if (metadata.ownerReferences.length > 0 || metadata.deletionTimestamp !== undefined) return false;
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return false;
  const bornMs = Date.parse(metadata.creationTimestamp ?? '');
  const lastsMs = (spec.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000 + afterDeadlineMs;
  return !(nowMs - bornMs > lastsMs);
};

/**
 * Finds the workloads of runs by the labels of their objects, and the namespace where a run made it, whatever a journal says.
 * @throws as `Api.request`
 */
export const readWorkloads = async (access: ClusterAccess, signal: AbortSignal): Promise<readonly FoundWorkload[]> => {
  const api = createApi(access);
  const found = await readNamespace(api, workloadNamespace, signal);
  if (found === null) return [];
  const { nowMs } = await readIdentity(api, signal);
  const objects: { readonly label: string; readonly object: string; readonly runs: boolean }[] = [];
  for (const kind of kinds) {
    const path = `${roots[kind]}?labelSelector=${encodeURIComponent(ownSelector)}`;
    const items = (await api.read(path, listShape, { needs: needsTo('list', kind), signal }))?.items ?? [];
    for (const item of items) {
      const label = item.metadata.labels[runLabel];
      const runs = kind === 'Pod' && mayRun(item, nowMs);
      if (label !== undefined) objects.push({ label, object: `${kind} ${item.metadata.name}`, runs });
    }
  }
  const maker = isOurs(found) ? (found.metadata.annotations[createdBy] ?? '') : null;
  const labels = new Set([...objects.map(({ label }) => label), ...(maker === null ? [] : [runLabelOf(maker)])]);
  return [...labels].map((label) => {
    const own = objects.filter((each) => each.label === label);
    const running = own.find(({ runs }) => runs);
    const madeNamespace = maker !== null && runLabelOf(maker) === label;
    return {
      ...{ label, run: madeNamespace ? maker : label, madeNamespace },
      objects: own.map(({ object }) => object),
      mayBeLive: running === undefined ? null : `its ${running.object} has not ended`,
    };
  });
};
