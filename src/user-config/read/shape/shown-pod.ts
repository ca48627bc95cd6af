import * as z from 'zod';
import { annotationsOf, kubeadms, metadata, spec } from './pod.ts';
import { count, instant, label, maybe, podName, text, uuid } from './scalars.ts';

const mirror = 'kubernetes.io/config.mirror';

/** Conditions that a pod has whose every container runs and is ready. @see kubernetes pkg/kubelet/status/generate.go */
const readyTypes = /^(?:Ready|ContainersReady|Initialized|PodScheduled)$/;

const condition = z
  .looseObject({ type: text, status: text })
  .refine(({ type, status }) => !readyTypes.test(type) || status === 'True', {
    error: ({ input }) => `says that the pod is not ${(input as { type: string }).type}`,
  })
  .refine(({ type, status }) => type !== 'DisruptionTarget' || status === 'False', {
    error: 'says that the pod is about to be ended',
  });

const notRunning = 'is not that of a container that runs';

/** What waits, as in CrashLoopBackOff, or has ended is beside `running` here. */
const runningState = z
  .looseObject({}, notRunning)
  .refine((state) => Object.keys(state).join() === 'running', { error: notRunning });

const containerStatus = z.looseObject({
  name: text,
  ready: z.literal(true, 'is not ready'),
  started: maybe(z.literal(true, 'is not started')),
  restartCount: maybe(count),
  image: maybe(text),
  imageID: maybe(text),
  state: runningState,
});

/** The spec has no containers but its one. */
const noOthers = maybe(z.array(z.never('is that of a container that the spec does not have')));

/** The pod that a kubelet shows for its manifest, as an API server has it: whole. */
export const shownPod = z
  .strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('Pod'),
    metadata: z.strictObject({
      ...metadata,
      namespace: label,
      annotations: annotationsOf(
        new RegExp(`${kubeadms.source}|^kubernetes\\.io/config\\.(?:hash|mirror|seen|source)$`),
      ).and(z.looseObject({ [mirror]: text, 'kubernetes.io/config.hash': text })),
      creationTimestamp: instant,
      generation: maybe(count),
      uid: uuid,
      resourceVersion: z.string().regex(/^\d+$/),
      selfLink: maybe(text),
      ownerReferences: maybe(
        z.array(
          z.strictObject({
            apiVersion: z.literal('v1'),
            kind: z.literal('Node'),
            name: podName,
            uid: uuid,
            controller: maybe(z.boolean()),
            blockOwnerDeletion: maybe(z.boolean()),
          }),
        ),
      ),
      managedFields: maybe(z.array(z.looseObject({ manager: text }))),
    }),
    spec: spec.and(z.looseObject({ nodeName: podName, restartPolicy: z.literal('Always') })),
    status: z.looseObject({
      phase: z.literal('Running', 'is not Running'),
      reason: maybe(z.literal('', 'says why the pod does not run as it should')),
      conditions: maybe(z.array(condition)),
      containerStatuses: z.array(containerStatus, 'says nothing of any container'),
      initContainerStatuses: noOthers,
      ephemeralContainerStatuses: noOthers,
      hostIP: maybe(text),
      podIP: maybe(text),
      qosClass: maybe(text),
      startTime: maybe(instant),
    }),
  })
  .refine(({ metadata: { annotations } }) => annotations[mirror] === annotations['kubernetes.io/config.hash'], {
    path: ['metadata', 'annotations', mirror],
    error: 'is not the hash of its manifest',
  })
  .refine(
    ({ spec: { containers }, status: { containerStatuses } }) =>
      containers.every(({ name }) => containerStatuses.some((each) => each.name === name)),
    { path: ['status', 'containerStatuses'], error: 'says nothing of a container of its spec' },
  )
  .refine(
    ({ spec: { containers }, status: { containerStatuses } }) =>
      containers.every(({ name, image }) =>
        containerStatuses.every((each) => each.name !== name || isOneRelease(image, each.image)),
      ),
    { path: ['status', 'containerStatuses'], error: 'has the image of another release than its spec' },
  )
  .refine(({ metadata: { name }, spec: { nodeName } }) => name.endsWith(`-${nodeName}`), {
    path: ['metadata', 'name'],
    error: 'does not end with the name of its node',
  });

/** Whether two names of images say nothing of two releases; a runtime may know an image by another registry's. */
const isOneRelease = (image: string, running: string | null | undefined): boolean => {
  const [one, other] = [image, running ?? ''].map((each) => /:v?(1\.\d+\.\d+)(?![\d.])/.exec(each)?.[1]);
  return one === undefined || other === undefined || one === other;
};

/** Whether a pod says that an API server shows it. */
export const isShown = (annotations: unknown): boolean =>
  typeof annotations === 'object' && annotations !== null && Object.hasOwn(annotations, mirror);
