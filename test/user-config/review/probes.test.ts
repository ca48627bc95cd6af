import { describe, expect, test } from 'vitest';
import { readConfigText } from '../../../src/user-config/index.ts';
import { leftOut } from '../../../src/user-config/review/left-out.ts';

type Pod = { readonly component: string; readonly version: string; readonly flags?: string; readonly own: string };

const podOf = ({ component, version, flags = '', own }: Pod): string =>
  [
    'apiVersion: v1',
    'kind: Pod',
    `metadata: {name: ${component}, namespace: kube-system}`,
    'spec:',
    '  hostNetwork: true',
    '  containers:',
    `  - name: ${component}`,
    `    image: registry.k8s.io/${component}:${version}`,
    `    command: [${component}${flags}]`,
    `    ${own}`,
  ].join('\n');

const named = (pod: Pod): readonly string[] =>
  leftOut(readConfigText(podOf(pod), 'f'), Number(pod.version.split('.')[1])).map(({ text }) =>
    text.replace(/^.*\.httpGet\./, ''),
  );

const ofManager = (httpGet: string, flags = '', version = 'v1.34.1', ports = ''): readonly string[] =>
  named({
    component: 'kube-controller-manager',
    version,
    flags,
    own: `livenessProbe: {httpGet: {${httpGet}}, failureThreshold: 8, initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 15}${ports}`,
  });
const ofApi = (httpGet: string, flags = '', version = 'v1.34.1', kind = 'liveness'): readonly string[] =>
  named({
    component: 'kube-apiserver',
    version,
    flags,
    own: `${kind}Probe: {httpGet: {${httpGet}}, timeoutSeconds: 15}`,
  });

describe('whom the probe of a static pod asks', () => {
  test.each([
    [
      "kubeadm's",
      ofManager('host: 127.0.0.1, path: /healthz, port: 10257, scheme: HTTPS', ', --bind-address=127.0.0.1'),
    ],
    ['of v1.16', ofManager('host: 127.0.0.1, path: /healthz, port: 10252, scheme: HTTP', '', 'v1.16.15')],
    ['at its own port', ofManager('host: 127.0.0.1, path: /healthz, port: 1, scheme: HTTPS', ', --secure-port=1')],
    [
      'by the name of a port',
      ofManager(
        'host: 127.0.0.1, path: /healthz, port: probe-port, scheme: HTTPS',
        ', --bind-address=127.0.0.1',
        'v1.35.0',
        '\n    ports: [{name: probe-port, containerPort: 10257, protocol: TCP}]',
      ),
    ],
    [
      'of an API server',
      ofApi('host: 10.0.0.2, path: /livez, port: 6443, scheme: HTTPS', ', --advertise-address=10.0.0.2'),
    ],
    ['of one that is ready', ofApi('path: /readyz, port: 6443, scheme: HTTPS', '', 'v1.34.1', 'readiness')],
    ['of one of v1.17', ofApi('path: /healthz, port: 6443, scheme: HTTPS', '', 'v1.17.4')],
  ])('is not named: %s', (_, lines) => {
    expect(lines).toEqual([]);
  });

  test.each([
    [ofManager('host: 127.0.0.1, path: /healthz, port: 10257, scheme: HTTP'), ['scheme: HTTP']],
    [ofManager('host: 127.0.0.1, path: /healthz, port: 10257'), ['scheme: HTTP']],
    [ofManager('host: 127.0.0.1, path: /healthz, port: 10252, scheme: HTTP'), ['port: 10252', 'scheme: HTTP']],
    [ofManager('host: 10.9.9.9, path: /healthz, port: 10257, scheme: HTTPS'), ['host: 10.9.9.9']],
    [ofManager('host: 127.0.0.1, path: /nothing, port: 10257, scheme: HTTPS'), ['path: /nothing']],
    [ofManager('host: 127.0.0.1, path: /healthz, port: probe-port, scheme: HTTPS'), ['port: probe-port']],
    [ofManager('host: 127.0.0.1, path: /healthz, port: 10257, scheme: HTTPS', ', --secure-port=1'), ['port: 10257']],
    [
      ofManager('path: /healthz, port: 10257, scheme: HTTPS', ', --bind-address=127.0.0.1'),
      ["host: the pod's own address"],
    ],
    [
      ofManager('host: 127.0.0.1, path: /healthz, port: 10257, scheme: HTTPS', '', 'v1.16.15'),
      ['port: 10257', 'scheme: HTTPS'],
    ],
    [ofApi('host: 10.0.0.2, path: /livez, port: 6443, scheme: HTTPS'), ['host: 10.0.0.2']],
    [ofApi('path: /readyz, port: 6443, scheme: HTTPS'), ['path: /readyz']],
    [ofApi('path: /livez, port: 8080, scheme: HTTPS'), ['port: 8080']],
  ])('is named: %j', (lines, texts) => {
    expect(lines).toEqual(texts);
  });
});
