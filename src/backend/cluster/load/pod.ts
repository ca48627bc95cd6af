import type { V1Pod } from '@kubernetes/client-node';
import { restricted, workloadNamespace } from '../../../cluster/index.ts';
import type { GuestObject } from '../../../guard/index.ts';
import { bundleVariable, generatorBundle, generatorCommand, generatorFolder } from '../../../load/index.ts';

/** The pod of a generator by its place, from 0: `load`, `load-2`. */
export const podNameOf = (index: number): string => (index === 0 ? 'load' : `load-${index + 1}`);

/** Its container. */
export const loadContainer = 'generator';

/**
 * Where no other is asked for: Node.js' own image, which holds nothing of skipbeat. A tag, not a digest: whoever may not pull
 * it names the one that is there.
 */
export const defaultLoadImage = 'docker.io/library/node:24-bookworm-slim';

export type LoadPodOptions = {
  readonly name: string;
  /** The Node. */
  readonly node: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** It ends by itself after this, whoever has forgotten it. */
  readonly deadlineMs: number;
};

/**
 * The pod of the load's generator. Pod Security takes it at its strictest: no privilege, no host, no token of the cluster. What it
 * runs stands in its own spec, so that any image with Node.js will do, and it is the very generator of this run.
 */
export const loadPod = ({ name, node, image, labels, deadlineMs }: LoadPodOptions): V1Pod & GuestObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: workloadNamespace, labels: { ...labels } },
  spec: {
    // Bound here: it is to be on a node that no fault touches.
    nodeName: node,
    restartPolicy: 'Never',
    activeDeadlineSeconds: Math.ceil(deadlineMs / 1000),
    terminationGracePeriodSeconds: 5,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    containers: [
      {
        name: loadContainer,
        image,
        imagePullPolicy: 'IfNotPresent',
        command: [...generatorCommand()],
        env: [{ name: bundleVariable, value: generatorBundle() }],
        // No limit of its CPU: where it is throttled, requests are late.
        resources: { requests: { cpu: '250m', memory: '96Mi' } },
        securityContext: {
          ...restricted,
          capabilities: { drop: [...restricted.capabilities.drop] },
          readOnlyRootFilesystem: true,
        },
        volumeMounts: [{ name: 'generator', mountPath: generatorFolder }],
      },
    ],
    volumes: [{ name: 'generator', emptyDir: { sizeLimit: '16Mi' } }],
  },
});
