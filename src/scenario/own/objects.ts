import type { Path, Problem } from '../read/problems.ts';
import { describeValue } from '../read/value-labels.ts';
import { idOf, textAt } from './values.ts';

/** What is applied; each by its group and kind. */
const applied: Readonly<Record<string, RegExp>> = {
  ConfigMap: /^v1$/,
  Service: /^v1$/,
  ServiceAccount: /^v1$/,
  Deployment: /^apps\/v1$/,
  StatefulSet: /^apps\/v1$/,
  PodDisruptionBudget: /^policy\/v1(beta1)?$/,
  NetworkPolicy: /^networking\.k8s\.io\/v1$/,
};

/** Why some kinds are not applied, where that is not plain. */
const refusedBecause: Readonly<Record<string, string>> = {
  Secret: ': the run’s folder keeps the manifest',
  PersistentVolumeClaim: ': what becomes of volumes is not known',
  Namespace: ': all of it lives in the namespace skipbeat',
};

/** Of the Service that a run puts beside the one of the manifest, for its port on every node. */
const ownName = 'beat';

export const checkObject = (object: unknown, path: Path): readonly Problem[] => {
  const kind = textAt(object, 'kind');
  const version = textAt(object, 'apiVersion');
  if (kind === null || version === null || textAt(object, 'metadata', 'name') === null) {
    const message = `expected an object with apiVersion, kind and metadata.name, received ${describeValue(object)}`;
    return [{ path, message }];
  }
  if (applied[kind]?.test(version) !== true) {
    const known = Object.keys(applied).join(', ');
    return [
      {
        path,
        message: `expected ${known}, received ${describeValue(`${version} ${kind}`)}${refusedBecause[kind] ?? ''}`,
      },
    ];
  }
  if (kind === 'Service' && textAt(object, 'metadata', 'name') === ownName) {
    return [{ path, message: `expected another name than ${ownName}, which is that of a run’s own Service` }];
  }
  return [];
};

export const twice = (objects: readonly unknown[], path: Path): readonly Problem[] => {
  const seen = new Set<string>();
  return objects.flatMap((object, index): readonly Problem[] => {
    const id = idOf(object);
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ path: [...path, index], message: `expected each object once, received ${id} again` }];
  });
};
