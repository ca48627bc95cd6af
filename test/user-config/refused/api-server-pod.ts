const version = 'v1.34.4';

/** A static pod of kube-apiserver that has what it cannot do without, and these flags beside: `name=value`. */
export const apiServerPod = (...flags: readonly string[]): string =>
  [
    'apiVersion: v1',
    'kind: Pod',
    'metadata: {name: kube-apiserver, namespace: kube-system}',
    'spec:',
    '  containers:',
    '  - name: kube-apiserver',
    `    image: registry.k8s.io/kube-apiserver:${version}`,
    '    command:',
    '    - kube-apiserver',
    '    - --etcd-servers=https://127.0.0.1:2379',
    '    - --service-account-issuer=https://kubernetes.default.svc',
    '    - --service-account-signing-key-file=/etc/kubernetes/pki/sa.key',
    ...flags.map((flag) => `    - --${flag}`),
  ].join('\n');
