import type { KubernetesObject } from '@kubernetes/client-node';
import { isMapping, type Mapping } from '../../common/plain-data.ts';
import { entranceService, marked, tolerationsOf, type Workload, workloadNamespace } from './workload.ts';

const mapping = (value: unknown): Mapping => (isMapping(value) ? value : {});

const containers = ['initContainers', 'containers'] as const;

const containersOf = (pod: Mapping, kind: (typeof containers)[number]): readonly Mapping[] =>
  Array.isArray(pod[kind]) ? pod[kind].map(mapping) : [];

/** A template whose pods never pull during what is measured, and say which tolerations are their own. */
const ownTemplate = (template: Mapping, workload: Workload): Mapping => {
  const metadata = mapping(template.metadata);
  const pod = mapping(template.spec);
  const present = (kind: (typeof containers)[number]) =>
    pod[kind] === undefined
      ? {}
      : { [kind]: containersOf(pod, kind).map((one) => ({ ...one, imagePullPolicy: 'IfNotPresent' })) };
  return {
    ...template,
    metadata: { ...metadata, annotations: { ...mapping(metadata.annotations), ...marked(tolerationsOf(workload)) } },
    spec: { ...pod, ...present('initContainers'), ...present('containers') },
  };
};

const makesPods = (object: Mapping): boolean => object.kind === 'Deployment' || object.kind === 'StatefulSet';

/** Somebody's own objects, and the Service by which the load comes in beside the one that they name. */
export const ownObjects = (
  manifest: NonNullable<Workload['manifest']>,
  workload: Workload,
): readonly KubernetesObject[] => {
  const objects = manifest.objects.map((object): Mapping => {
    const placed = { ...object, metadata: { ...mapping(object.metadata), namespace: workloadNamespace } };
    const spec = mapping(object.spec);
    const template = ownTemplate(mapping(spec.template), workload);
    return makesPods(object) ? { ...placed, spec: { ...spec, template } } : placed;
  });
  return [...(objects as readonly KubernetesObject[]), entranceService(manifest.selector, manifest.targetPort)];
};

/** The images that its pods run. @param image of the shipped workload */
export const workloadImages = (image: string, { manifest }: Pick<Workload, 'manifest'>): readonly string[] => {
  if (manifest === undefined) return [image];
  const found = manifest.objects.filter(makesPods).flatMap((object) => {
    const pod = mapping(mapping(mapping(object.spec).template).spec);
    return containers.flatMap((kind) => containersOf(pod, kind).map((one) => one.image));
  });
  return [...new Set(found.filter((one) => typeof one === 'string'))];
};
