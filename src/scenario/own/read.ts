import type { Path } from '../../common/plain-data.ts';
import type { Problem } from '../read/problems.ts';
import { describeValue } from '../read/value-labels.ts';
import type { Workload } from '../workload.ts';
import { checkModelled } from './modelled.ts';
import { checkMaker, readinessOf, tolerationsOf } from './pods.ts';
import type { OwnWorkload } from './shape.ts';
import { makerOf, servicePort } from './target.ts';
import { at, idOf, labelsAt, textAt, withoutNulls } from './values.ts';

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

const checkObject = (object: unknown, path: Path): readonly Problem[] => {
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

const twice = (objects: readonly unknown[], path: Path): readonly Problem[] => {
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

type Derived = { readonly workload: Workload } | { readonly problems: readonly Problem[] };

/** The workload that a manifest's objects come to; or everything that is wrong with them. */
export const readOwnWorkload = ({ manifest, service: name, path, port: asked }: OwnWorkload): Derived => {
  const here: Path = ['workload', 'manifest'];
  if (typeof manifest === 'string') {
    const message = `expected the objects themselves, which a file of a run holds, received ${describeValue(manifest)}`;
    return { problems: [{ path: here, message }] };
  }
  const objects = manifest.map(withoutNulls);
  const problems = objects.flatMap((object, index) => checkObject(object, [...here, index]));
  if (problems.length > 0) return { problems };
  const repeated = twice(objects, here);
  if (repeated.length > 0) return { problems: repeated };
  const services = objects.filter((object) => textAt(object, 'kind') === 'Service');
  const service = services.find((object) => textAt(object, 'metadata', 'name') === name);
  if (service === undefined) {
    const there = services.map((object) => textAt(object, 'metadata', 'name')).join(', ');
    const message = `expected a Service of the manifest, received ${describeValue(name)}; it has ${there === '' ? 'none' : there}`;
    return { problems: [{ path: ['workload', 'service'], message }] };
  }
  const selector = labelsAt(service, 'spec', 'selector');
  if (selector === null || textAt(service, 'spec', 'type') === 'ExternalName') {
    const message = `expected a Service that selects pods, received ${describeValue(name)}, which does not`;
    return { problems: [{ path: ['workload', 'service'], message }] };
  }
  const port = servicePort(service, asked);
  if ('problem' in port) return { problems: [port.problem] };
  const maker = makerOf(objects, selector);
  if ('problem' in maker) return { problems: [maker.problem] };
  const placeOf = (object: unknown): Path => [...here, objects.indexOf(object)];
  const paths = { service: placeOf(service), maker: placeOf(maker.value) };
  const wrong = [...checkMaker(maker.value, paths.maker), ...checkModelled(service, maker.value, paths)];
  if (wrong.length > 0) return { problems: wrong };
  const spec = at(maker.value, 'spec', 'template', 'spec');
  const grace = (at(spec, 'terminationGracePeriodSeconds') ?? 30) as number;
  return {
    workload: {
      replicas: (at(maker.value, 'spec', 'replicas') as number | undefined) ?? 1,
      ...(textAt(maker.value, 'kind') === 'StatefulSet' ? { kind: 'statefulset' as const } : {}),
      ...(grace === 30 ? {} : { terminationGracePeriodMs: grace * 1000 }),
      ...tolerationsOf(spec),
      ...readinessOf(spec),
      manifest: {
        service: name,
        path,
        targetPort: port.value.target,
        selector,
        objects: manifest as NonNullable<Workload['manifest']>['objects'],
      },
    },
  };
};
