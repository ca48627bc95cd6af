import * as z from 'zod';
import { parseQuantity } from '../values/machine-bound.ts';
import { imageFault } from './image.ts';
import {
  count,
  label,
  labelValue,
  maybe,
  path,
  podName,
  port,
  portName,
  qualifiedName,
  quantity,
  text,
} from './scalars.ts';

/** Where a mount hides no program of an image. */
const mountable = /^\/(?:etc|var|opt|srv|run|home|mnt|media|data|tmp|flexvolume|usr\/(?:local\/)?share)\/./;

const emptied = /^\/(?:var\/log|tmp)(?:\/|$)/;

const mountPath = path.refine((value) => mountable.test(`${value}/.`), { error: 'may hide what the component runs' });

const isPort: z.ZodType<number | string> = z.union([port, label]);

const probe = (max: number) =>
  z.strictObject({
    httpGet: z.strictObject({
      host: maybe(z.string().regex(/^[\w.:-]*$/)),
      path: maybe(z.string().regex(/^\/\S*$/)),
      port: isPort,
      scheme: maybe(z.enum(['HTTP', 'HTTPS'])),
    }),
    initialDelaySeconds: maybe(count),
    periodSeconds: maybe(count),
    timeoutSeconds: maybe(count),
    failureThreshold: maybe(count),
    successThreshold: maybe(count.max(max)),
  });

const amounts = maybe(z.strictObject({ cpu: quantity, memory: quantity, 'ephemeral-storage': quantity }).partial());

type Amounts = Readonly<Record<string, string | number | undefined>> | null | undefined;

const isWithin = ({ requests, limits }: { requests?: Amounts; limits?: Amounts }): boolean =>
  Object.entries(requests ?? {}).every(([resource, value]) => {
    const limit = limits?.[resource];
    return limit === undefined || (parseQuantity(String(value)) ?? 0) <= (parseQuantity(String(limit)) ?? 0);
  });

const names = z.array(text);

const container = z.strictObject({
  name: label,
  image: z.string().superRefine((value, context) => {
    const fault = imageFault(value);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  }),
  imagePullPolicy: maybe(z.enum(['Always', 'IfNotPresent', 'Never'])),
  // Without it the image says which program is run.
  command: names.min(1).refine(([program]) => /^[\w/.]/.test(program ?? ''), { error: 'names no program' }),
  args: maybe(names),
  // What it may change is reported where its names are read.
  env: maybe(
    z.array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z_]\w*$/),
        value: maybe(text),
        valueFrom: z.unknown().optional(),
      }),
    ),
  ),
  envFrom: z.unknown().optional(),
  ports: maybe(
    z.array(
      z.strictObject({
        containerPort: port,
        hostPort: maybe(port),
        name: maybe(portName),
        protocol: maybe(z.literal('TCP')),
      }),
    ),
  ),
  livenessProbe: maybe(probe(1)),
  readinessProbe: maybe(probe(10)),
  startupProbe: maybe(probe(1)),
  resources: maybe(
    z.strictObject({ requests: amounts, limits: amounts }).refine(isWithin, { error: 'requests more than its limits' }),
  ),
  terminationMessagePath: maybe(z.literal('/dev/termination-log')),
  terminationMessagePolicy: maybe(z.literal('File')),
  volumeMounts: maybe(z.array(z.strictObject({ name: label, mountPath, readOnly: maybe(z.boolean()) }))),
});

const hostPathTypes = [
  '',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
  'CharDevice',
  'BlockDevice',
] as const;

const volume = z.union([
  z.strictObject({ name: label, hostPath: z.strictObject({ path, type: maybe(z.enum(hostPathTypes)) }) }),
  z.strictObject({ name: label, emptyDir: z.strictObject({}) }),
]);

const toleration = z.strictObject({ effect: z.literal('NoExecute'), operator: z.literal('Exists') });

export const spec = z
  .strictObject({
    containers: z.array(container).max(1, 'has other containers beside that of the component'),
    volumes: maybe(z.array(volume)),
    hostNetwork: maybe(z.boolean()),
    hostPID: maybe(z.literal(false)),
    hostIPC: maybe(z.literal(false)),
    priorityClassName: maybe(z.enum(['system-node-critical', 'system-cluster-critical'])),
    priority: maybe(
      z
        .int()
        .min(-(2 ** 31))
        .max(2 ** 31 - 1),
    ),
    securityContext: maybe(
      z.strictObject({
        seccompProfile: maybe(z.strictObject({ type: z.enum(['RuntimeDefault', 'Unconfined']) })),
      }),
    ),
    // What an API server fills in, and stands in files that come from one.
    nodeName: maybe(podName),
    restartPolicy: maybe(z.literal('Always')),
    dnsPolicy: maybe(z.literal('ClusterFirst')),
    terminationGracePeriodSeconds: maybe(z.literal(30)),
    schedulerName: maybe(z.literal('default-scheduler')),
    enableServiceLinks: maybe(z.literal(true)),
    preemptionPolicy: maybe(z.literal('PreemptLowerPriority')),
    tolerations: maybe(z.array(toleration).max(1)),
  })
  .superRefine(({ containers, volumes, hostNetwork }, context) => {
    const complain = (message: string, ...at: readonly (string | number)[]): void =>
      context.addIssue({ code: 'custom', path: [...at], message });
    const named = Map.groupBy(volumes ?? [], ({ name }) => name);
    for (const [index, { name }] of (volumes ?? []).entries()) {
      if (named.get(name)?.[0] !== volumes?.[index]) complain('has the name of another volume', 'volumes', index);
    }
    for (const [index, { volumeMounts, ports, ...own }] of containers.entries()) {
      const mounted = new Set<string>();
      for (const [place, mount] of (volumeMounts ?? []).entries()) {
        const at = ['containers', index, 'volumeMounts', place] as const;
        const source = named.get(mount.name)?.[0];
        const target = mount.mountPath.replace(/\/+$/, '');
        if (source === undefined) complain('mounts a volume that is not there', ...at);
        else if ('emptyDir' in source && (!emptied.test(mount.mountPath) || mount.readOnly === true)) {
          complain('mounts an empty volume where the component may need its files', ...at);
        }
        if (mounted.has(target)) complain('mounts at a path where another volume is', ...at);
        mounted.add(target);
      }
      const numbers = new Set<number>();
      const portNames = new Set<string>();
      for (const [place, { containerPort, hostPort, name }] of (ports ?? []).entries()) {
        const isOther = (hostPort ?? containerPort) !== containerPort && hostNetwork === true;
        if (isOther || numbers.has(containerPort) || portNames.has(name ?? ''))
          complain('is no port of its own', 'containers', index, 'ports', place);
        numbers.add(containerPort);
        if (name != null) portNames.add(name);
      }
      for (const key of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
        const asked = own[key]?.httpGet.port;
        if (typeof asked === 'string' && !(ports ?? []).some(({ name }) => name === asked)) {
          complain('asks at a port that is not there', 'containers', index, key, 'httpGet', 'port');
        }
      }
    }
  });

const labels = maybe(z.record(qualifiedName, labelValue));

/** Those by which kubelets and kube-apiserver do something are named one by one. */
export const annotationsOf = (own: RegExp) =>
  z.record(
    qualifiedName.refine((key) => !/(?:^|\.)(?:kubernetes|k8s)\.io\//.test(key) || own.test(key), {
      error: 'has a key by which a kubelet may run it otherwise',
    }),
    text,
  );

export const kubeadms =
  /^kubeadm\.kubernetes\.io\/|^kubectl\.kubernetes\.io\/last-applied-configuration$|^scheduler\.alpha\.kubernetes\.io\/critical-pod$/;

export const metadata = {
  name: podName,
  namespace: maybe(label),
  labels,
};

/** A manifest as kubeadm writes it, and people do. */
export const manifest = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Pod'),
  metadata: z.strictObject({
    ...metadata,
    annotations: maybe(annotationsOf(kubeadms)),
    creationTimestamp: z.null().optional(),
  }),
  spec,
  status: maybe(z.strictObject({})),
});
