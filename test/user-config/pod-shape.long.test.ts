import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { randomFrom } from '../../src/common/random.ts';
import { explain, readConfigText, reviewConfigs } from '../../src/user-config/index.ts';
import { manifest } from '../../src/user-config/read/shape/pod.ts';

const folder = join(import.meta.dirname, '../fixtures/settings');
const fixture = (name: string): unknown => parse(readFileSync(join(folder, `${name}.yaml`), 'utf8'));

type Steps = readonly (string | number)[];

const stepsOf = (path: string): Steps => path.split('/').map((step) => (/^\d+$/.test(step) ? Number(step) : step));

/** A copy with something else at a path; `undefined` takes out what is there, `'+'` at the end of a list adds to it. */
const withAt = (document: unknown, steps: Steps, value: unknown): unknown => {
  const copy = structuredClone(document);
  const parent = steps.slice(0, -1).reduce<never>((inner, step) => inner[step] as never, copy as never) as
    | unknown[]
    | Record<string, unknown>;
  const last = steps.at(-1) ?? '';
  if (Array.isArray(parent) && last === '+') parent.push(value);
  else if (value === undefined) delete (parent as Record<string, unknown>)[last];
  else (parent as Record<string, unknown>)[last] = value;
  return copy;
};

type Edit = readonly [path: string, value: unknown];

const edited = (document: unknown, edits: readonly Edit[]): string =>
  JSON.stringify(edits.reduce((inner, [path, value]) => withAt(inner, stepsOf(path), value), document));

/** Whether a file is refused, or something in it is named as not read. */
const isDoubted = (text: string): boolean => {
  try {
    return readConfigText(text, 'f').unread.length > 0;
  } catch {
    return true;
  }
};

const manager = fixture('node-kube-controller-manager');
const server = fixture('node-kube-apiserver');
const shown = (fixture('list-kube-system') as { readonly items: readonly unknown[] }).items[3];
const own = 'spec/containers/0';
const probe = `${own}/livenessProbe`;
const logs: Edit = ['spec/volumes/+', { name: 'logs', emptyDir: {} }];
const mounted = (more: object = {}): Edit => [
  `${own}/volumeMounts/+`,
  { mountPath: '/var/log', name: 'logs', ...more },
];
const image = (tag: string): readonly Edit[] => [[`${own}/image`, `registry.k8s.io/kube-controller-manager${tag}`]];
const critical = { name: 'a', image: 'x', securityContext: { privileged: true, allowPrivilegeEscalation: false } };

// What a kubelet v1.34.4 says of each was asked of its own code: decoding, defaults and ValidatePodCreate.
const refused: readonly (readonly [id: string, ...edits: readonly Edit[]])[] = [
  ['pod-name-none', ['metadata/name', undefined]],
  ['metadata-null', ['metadata', null]],
  ['pod-name-dots', ['metadata/name', 'kube-controller-manager..x']],
  ['pod-label-num', ['metadata/labels/component', 1]],
  ['pod-label-bool', ['metadata/labels/component', true]],
  ['pod-label-list', ['metadata/labels/tier', ['a']]],
  ['pod-label-bad', ['metadata/labels/component', '-bad-']],
  ['pod-label-long', ['metadata/labels/component', 'a'.repeat(64)]],
  ['labels-empty-str', ['metadata/labels', '']],
  ['annotations-str', ['metadata/annotations', '']],
  ['pod-ann-num', ['metadata/annotations', { 'kubernetes.io/config.seen': 5 }]],
  ['pod-ann-last', ['metadata/annotations', { 'kubectl.kubernetes.io/last-applied-configuration': { a: 1 } }]],
  ['pod-ann-badkey', ['metadata/annotations', { 'kubernetes.io/config.a b': 'x' }]],
  ['pod-ann-kubeadm-list', ['metadata/annotations', { 'kubeadm.kubernetes.io/x': ['a'] }]],
  ['pod-meta-uid-num', ['metadata/uid', 5]],
  ['pod-meta-uid-list', ['metadata/uid', ['a']]],
  ['pod-meta-rv', ['metadata/resourceVersion', 7]],
  ['pod-meta-creation-bad', ['metadata/creationTimestamp', 'nonsense']],
  ['pod-meta-generation-neg', ['metadata/generation', -1]],
  ['pod-meta-gen-str', ['metadata/generation', 'abc']],
  ['pod-meta-owner', ['metadata/ownerReferences', [{}]]],
  ['pod-meta-owner-str', ['metadata/ownerReferences', 'foo']],
  ['pod-meta-managed', ['metadata/managedFields', [{}]]],
  ['pod-meta-selflink', ['metadata/selfLink', []]],
  ['pod-empty-tol', ['spec/tolerations', '']],
  ['pod-empty-sec', ['spec/securityContext', []]],
  ['pod-empty-host', ['spec/hostPID', '']],
  ['pod-empty-rc', ['spec/runtimeClassName', []]],
  ['pod-empty-init', ['spec/initContainers', '']],
  ['pod-empty-initmap', ['spec/initContainers', {}]],
  ['init-empty', ['spec/initContainers', [{}]]],
  ['pod-empty-dns', ['spec/dnsConfig', '']],
  ['pod-empty-rest', ['spec/restartPolicy', []]],
  ['pod-empty-aff', ['spec/affinity', []]],
  ['pod-empty-npu', ['spec/nodeSelector', []]],
  ['pod-empty-pri2', ['spec/priorityClassName', []]],
  ['pod-own-empty-ports', [`${own}/ports`, '']],
  ['pod-own-empty-ports0', [`${own}/ports`, {}]],
  ['pod-own-empty-sc', [`${own}/securityContext`, []]],
  ['pod-own-empty-wd', [`${own}/workingDir`, []]],
  ['pod-own-empty-tmp', [`${own}/terminationMessagePath`, []]],
  ['pod-own-empty-vd', [`${own}/volumeDevices`, '']],
  ['httpget-empty-headers', [`${probe}/httpGet/httpHeaders`, '']],
  ['tolerations-shown-string', ['spec/tolerations', '[{"effect":"NoExecute","operator":"Exists"}]']],
  ['pod-probe-empty', [`${own}/readinessProbe`, {}]],
  ['pod-lifecycle-empty-handler', [`${own}/lifecycle`, { preStop: {} }]],
  ['probe-two-handlers-empty', [`${probe}/exec`, {}]],
  ['probe-tcp-empty', [`${probe}/tcpSocket`, {}]],
  ['probe-grpc-empty', [`${probe}/grpc`, {}]],
  ['probe-port-str', [`${probe}/httpGet/port`, '10257']],
  ['sc-empty-seccomp', [`${own}/securityContext`, { seccompProfile: {} }]],
  ['sc-empty-capabilities', [`${own}/securityContext`, { capabilities: {}, appArmorProfile: {} }]],
  ['aff-empty', ['spec/affinity', { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } }]],
  ['os-empty', ['spec/os', {}]],
  ['pod-probe-no-handler', [`${own}/startupProbe`, { periodSeconds: 10 }]],
  ['sidecar-empty', ['spec/containers/+', {}]],
  ['sidecar-null', ['spec/containers/+', null]],
  ['sidecar-str', ['spec/containers/+', 'abc']],
  ['sidecar-nameonly', ['spec/containers/+', { name: 'side' }]],
  ['sidecar-emptydir', ['spec/containers/+', { name: 'side', emptyDir: {} }]],
  ['pod-env-num', [`${own}/env`, [{ name: 'LANG', value: 5 }]]],
  ['pod-env-bool', [`${own}/env`, [{ name: 'NO_PROXY', value: true }]]],
  ['pod-env-list', [`${own}/env`, [{ name: 'LANG', value: ['a'] }]]],
  ['pod-req-over-limit', [`${own}/resources`, { requests: { cpu: '200m' }, limits: { cpu: '150m' } }]],
  ['pod-reqmem-over-limit', [`${own}/resources`, { requests: { memory: '512Mi' }, limits: { memory: '256Mi' } }]],
  ['res-weird-key', [`${own}/resources/requests/memory`, '']],
  ['res-cpu-list', [`${own}/resources/requests/cpu`, []]],
  ['pod-vol-dup', ['spec/volumes/+', { name: 'kubeconfig', emptyDir: {} }]],
  ['pod-vol-dup-after', ['spec/volumes/+', { name: 'kubeconfig', hostPath: { path: '/nowhere', type: 'File' } }]],
  ['pod-vol-two-empties', logs, logs],
  ['pod-vol-empty-with-hostpath', ['spec/volumes/+', { name: 'a', emptyDir: {}, hostPath: { path: '/x' } }]],
  ['vol-empty', ['spec/volumes/+', {}]],
  ['vol-null', ['spec/volumes/+', null]],
  ['vol-nameless', ['spec/volumes/+', { emptyDir: {} }]],
  ['pod-vol-mount-removed-name', [`${own}/volumeMounts/2/name`, 'kubeconfigx']],
  ['pod-mount-dup', logs, mounted(), mounted()],
  ['pod-mount-subpath', logs, mounted({ subPath: '../x' })],
  ['pod-mount-prop', logs, mounted({ mountPropagation: 'Foo' })],
  ['mount-no-volume', mounted({ emptyDir: {} })],
  ['mount-empty', [`${own}/volumeMounts/+`, {}]],
  ['mount-null', [`${own}/volumeMounts/+`, null]],
  ['pod-nodename', ['spec/nodeName', ['a']]],
  ['pod-nodename-num', ['spec/nodeName', 12]],
  ['pod-status', ['status', { phase: 5 }]],
  ['apiversion-meta', ['status', '']],
  ['pod-apiver', ['apiVersion', 'v1 ']],
  ['pod-grace-str', ['spec/terminationGracePeriodSeconds', '30']],
  ['pod-init-ape', ['spec/initContainers', [critical]]],
  ['pod-image-space', ...image(':v1.34.4 ')],
];

// A kubelet takes these, and the component ends, or another one runs.
const ended: typeof refused = [
  ['init-emptydir', ['spec/initContainers', [{ name: 'a', image: 'busybox', command: ['sleep'], emptyDir: {} }]]],
  ['imagepullsecret-emptydir', ['spec/imagePullSecrets', [{ name: 'a', emptyDir: {} }]]],
  ['pod-ann-mirror', ['metadata/annotations', { 'kubernetes.io/config.mirror': 'abc' }]],
  ['pod-image-nov', ...image(':1.34.4')],
  ['pod-image-leadzero', ...image(':v1.34.04')],
  ['pod-image-nopatch', ...image(':v1.34.99')],
  ['a suffix that none of Kubernetes has', ...image(':v1.34.4-foo')],
  ['no tag', ...image('')],
  ['a digest that is none', ...image('@sha256:abc')],
  ['pod-name-changed', ['metadata/name', 'kube-apiserver']],
  ['pod-same-uid', ['metadata/uid', 'a']],
  ['pod-mount-ro-log', logs, mounted({ readOnly: true })],
  [
    'an empty volume over files',
    ['spec/volumes/+', { name: 'e', emptyDir: {} }],
    mounted({ name: 'e', mountPath: '/etc/a' }),
  ],
  ['a mount over programs', [`${own}/volumeMounts/0/mountPath`, '/usr/local/bin']],
  ['a mount over all', [`${own}/volumeMounts/0/mountPath`, '/']],
  [
    'shape-args-only',
    [`${own}/args`, ['--leader-elect=true', '--kubeconfig=/etc/kubernetes/controller-manager.conf']],
    [`${own}/command`, undefined],
  ],
];

test.each([...refused, ...ended])('%s is named as not read', (_, ...edits) => {
  expect(isDoubted(edited(manager, edits as readonly Edit[]))).toBe(true);
});

test('what is named stands there, and nothing is predicted from it', () => {
  const text = edited(manager, [
    ['metadata/labels/component', 1],
    ['spec/tolerations', ''],
  ]);
  const configFiles = readConfigText(text, 'f');
  const because = 'a kubelet may refuse this pod, or run it otherwise';
  expect(configFiles.unread.map((each) => each.text)).toEqual([
    `metadata.labels.component is 1 (number): ${because}`,
    `spec.tolerations is "" (string): ${because}`,
  ]);
  expect(explain(configFiles, 'v1.34.1').isWhole).toBe(false);
  const side = { configFiles, kubernetesVersion: 'v1.34.1' };
  expect(new Set(reviewConfigs(side, side).predicted.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
});

test('a document with more than ten faults names ten', () => {
  const labels = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`a${index}`, index]));
  const { unread } = readConfigText(edited(manager, [['metadata/labels', labels]]), 'f');
  expect(unread).toHaveLength(11);
  expect(unread.at(-1)?.text).toBe('20 more do not fit: a kubelet may refuse this pod, or run it otherwise');
});

describe('what kubeadm, distributions and hand edits write is read', () => {
  const ports = [{ containerPort: 10_257, name: 'probe-port', protocol: 'TCP' }];

  test.each<readonly [string, ...(readonly Edit[])]>([
    ['as kubeadm v1.34 writes it'],
    ['ports of newer kubeadms', [`${own}/ports`, ports], [`${probe}/httpGet/port`, 'probe-port']],
    [
      'the priority class and annotation of v1.13',
      ['spec/priorityClassName', 'system-cluster-critical'],
      ['metadata/annotations', { 'scheduler.alpha.kubernetes.io/critical-pod': '' }],
      ['spec/securityContext', undefined],
    ],
    ['no metadata beside the names', ['metadata/labels', undefined], ['metadata/creationTimestamp', undefined]],
    [
      'labels and annotations of their own',
      ['metadata/labels/app', ''],
      ['metadata/annotations', { 'prometheus.io/scrape': 'true' }],
    ],
    [
      'environment of RKE2',
      [
        `${own}/env`,
        [
          { name: 'FILE_HASH', value: 'abc' },
          { name: 'NO_PROXY', value: '.svc' },
        ],
      ],
    ],
    ['an image of RKE2', [`${own}/image`, 'index.docker.io/rancher/hardened-kubernetes:v1.30.4-rke2r1-build20240815']],
    ['another registry', [`${own}/image`, 'registry.example.org:5000/k8s/kube-controller-manager:v1.34.4']],
    ['a digest', [`${own}/image`, `registry.k8s.io/kube-controller-manager@sha256:${'a'.repeat(64)}`]],
    ['a pre-release', ...image(':v1.34.0-rc.1')],
    ['limits', [`${own}/resources`, { requests: { cpu: '200m', memory: '1Gi' }, limits: { cpu: 2, memory: '2Gi' } }]],
    ['an empty volume for logs', logs, mounted()],
    [
      'a directory for logs',
      ['spec/volumes/+', { name: 'logs', hostPath: { path: '/var/log/k', type: '' } }],
      mounted(),
    ],
    [
      'defaults written out',
      ['spec/restartPolicy', 'Always'],
      ['spec/dnsPolicy', 'ClusterFirst'],
      ['spec/hostPID', false],
    ],
    ['fields that are null', ['spec/volumes/0/hostPath/type', null], [`${own}/env`, null], ['status', null]],
    ['the last release of a minor', ...image(':v1.27.16')],
  ])('%s', (_, ...edits) => {
    expect(readConfigText(edited(manager, edits as readonly Edit[]), 'f').unread).toEqual([]);
  });

  test('the kube-apiserver of kubeadm', () => {
    expect(readConfigText(JSON.stringify(server), 'f').unread).toEqual([]);
  });
});

describe('what an API server shows', () => {
  test('is read whole', () => {
    expect(readConfigText(JSON.stringify(shown), 'f').unread).toEqual([]);
  });

  test.each<readonly [string, unknown]>([
    ['metadata/uid', undefined],
    ['metadata/resourceVersion', 7],
    ['metadata/creationTimestamp', null],
    ['metadata/annotations/kubernetes.io~config.mirror', 'other'],
    ['metadata/name', 'kube-controller-manager-cp9'],
    ['spec/nodeName', undefined],
    ['spec/tolerations', ''],
    ['status/phase', 'Pending'],
    ['status', undefined],
  ])('and with %s %j it is not', (path, value) => {
    const steps = stepsOf(path).map((step) => String(step).replace('~', '/'));
    expect(isDoubted(JSON.stringify(withAt(shown, steps, value)))).toBe(true);
  });

  test('as a part of a list it has to be whole, too', () => {
    const list = (item: unknown): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [item] });
    expect(isDoubted(list(shown))).toBe(false);
    expect(isDoubted(list(manager))).toBe(true);
  });
});

test('of several documents a kubelet reads the first', () => {
  const [one, other] = [JSON.stringify(manager), JSON.stringify(server)];
  const { unread } = readConfigText(`---\n${one}\n---\n${other}`, 'f');
  expect(unread.map(({ text }) => text)).toEqual([
    'a kubelet reads the first document of a file alone, which is one of kind "Pod"',
  ]);
  expect(isDoubted(`---\n${JSON.stringify(shown)}\n---\n${JSON.stringify(shown)}`)).toBe(false);
});

/** Every place in a document. */
const placesOf = (value: unknown, at: Steps = []): readonly Steps[] => {
  const inner: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((each, index) => [index, each] as const)
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : [];
  return [...(at.length === 0 ? [] : [at]), ...inner.flatMap(([step, each]) => placesOf(each, [...at, step]))];
};

const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value);

const valueAt = (document: unknown, steps: Steps): unknown =>
  steps.reduce<unknown>((inner, step) => (inner as Record<string, unknown>)[step], document);

const wrongValues: readonly unknown[] = ['', 'a b', 5, -1, 0.5, true, false, [], [{}], {}, { a: {} }, [null]];

/** Where something else of another type is as good: a quantity may be a number. */
const isFree = (steps: Steps, value: unknown): boolean =>
  steps.at(-1) === 'cpu' && typeof value === 'number' && value > 0;

/** The same of data; what does not fit the shape need not be read, which takes longer. */
const isDoubtedData = (document: unknown): boolean =>
  !manifest.safeParse(document).success || isDoubted(JSON.stringify(document));

test.each([
  ['of kube-controller-manager', manager],
  ['of kube-apiserver', server],
])('no place of a manifest %s takes a value of another type in silence', (_, document) => {
  const taken = placesOf(document).flatMap((steps) =>
    wrongValues
      .filter((value) => typeOf(value) !== typeOf(valueAt(document, steps)) && !isFree(steps, value))
      .filter((value) => !isDoubtedData(withAt(document, steps, value)))
      .map((value) => `${steps.join('.')}: ${JSON.stringify(value)}`),
  );
  expect(taken).toEqual([]);
});

// What is left out is as good there; an empty word of a command is none to a component.
const mayBeEmpty =
  /^(?:metadata\.labels(?:\..*)?|status|spec\.securityContext|spec\.volumes\.\d\.hostPath\.type|spec\.containers\.0\.(?:command\.[1-9]\d?|volumeMounts|resources(?:\.requests)?|(?:liveness|startup)Probe\.httpGet\.host))$/;

test('nor an empty value of its own type, but where that leaves it out', () => {
  const empty: Readonly<Record<string, unknown>> = { string: '', list: [], object: {} };
  const taken = placesOf(manager).filter((steps) => {
    const value = empty[typeOf(valueAt(manager, steps))];
    return value !== undefined && !isDoubtedData(withAt(manager, steps, value));
  });
  expect(taken.map((steps) => steps.join('.')).filter((path) => !mayBeEmpty.test(path))).toEqual([]);
});

test('nor a field that nobody knows', () => {
  const taken = placesOf(manager)
    .filter((steps) => typeOf(valueAt(manager, steps)) === 'object' && steps.at(-1) !== 'labels')
    .filter((steps) => !isDoubtedData(withAt(manager, [...steps, 'invented'], 'a')));
  expect(taken).toEqual([]);
});

test('nor two wrong values at once', () => {
  const random = randomFrom(20_261_126);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const places = placesOf(manager);
  for (let round = 0; round < 40; round += 1) {
    const [one, other] = [pick(places), pick(places.filter((steps) => steps.length === 2))];
    const isWithin = one[0] === other[0] && one[1] === other[1];
    const wrongAt = (steps: Steps): unknown =>
      pick(wrongValues.filter((value) => typeOf(value) !== typeOf(valueAt(manager, steps)) && !isFree(steps, value)));
    const first = isWithin ? manager : withAt(manager, other, wrongAt(other));
    const text = JSON.stringify(withAt(first, one, wrongAt(one)));
    expect(isDoubted(text), text).toBe(true);
  }
});
