import { workloadNamespace } from '../../cluster/index.ts';
import { agentNamespace, ownLabels } from '../names.ts';
import { type LoadKind, type Right, rightsOf } from './declared.ts';

/** Whom the rights are given to. */
export type Subject =
  | { readonly kind: 'User' | 'Group'; readonly name: string }
  | { readonly kind: 'ServiceAccount'; readonly name: string; readonly namespace: string };

export type RbacOptions = {
  /** With the rights that only reading settings needs. */
  readonly settings: boolean;
  /** With those of a run that brings such a load. */
  readonly load: LoadKind;
  /** With those of a run whose faults Chaos Mesh makes. */
  readonly isChaosMesh?: boolean;
  /** null: no bindings. */
  readonly subject: Subject | null;
};

/** Of ClusterRole, Roles and their bindings. */
const roleName = 'skipbeat-run';
const api = 'rbac.authorization.k8s.io';

/** What YAML takes for text in any case. */
const quoted = (text: string): string => JSON.stringify(text);
const listed = (values: readonly string[]): string => `[${values.map(quoted).join(', ')}]`;

const metadata = (name: string, namespace: string | null, more: readonly string[] = []): readonly string[] => [
  'metadata:',
  `  name: ${name}`,
  ...(namespace === null ? [] : [`  namespace: ${namespace}`]),
  '  labels:',
  ...Object.entries(ownLabels).map(([label, value]) => `    ${label}: ${value}`),
  ...more.map((line) => `    ${line}`),
];

const rule = ({ group, resource, verbs, names, why }: Right): readonly string[] => [
  `  # To ${why}.`,
  `  - apiGroups: ${listed([group])}`,
  `    resources: ${listed([resource])}`,
  ...(names === null ? [] : [`    resourceNames: ${listed(names)}`]),
  `    verbs: ${listed(verbs)}`,
];

const kindOf = (namespace: string | null): 'ClusterRole' | 'Role' => (namespace === null ? 'ClusterRole' : 'Role');

const role = (namespace: string | null, rights: readonly Right[]): readonly string[] => [
  `apiVersion: ${api}/v1`,
  `kind: ${kindOf(namespace)}`,
  ...metadata(roleName, namespace),
  'rules:',
  ...rights.flatMap(rule),
];

const binding = (namespace: string | null, subject: Subject): readonly string[] => [
  `apiVersion: ${api}/v1`,
  `kind: ${kindOf(namespace)}Binding`,
  ...metadata(roleName, namespace),
  'roleRef:',
  `  apiGroup: ${api}`,
  `  kind: ${kindOf(namespace)}`,
  `  name: ${roleName}`,
  'subjects:',
  `  - kind: ${subject.kind}`,
  ...(subject.kind === 'ServiceAccount' ? [`    namespace: ${quoted(subject.namespace)}`] : [`    apiGroup: ${api}`]),
  `    name: ${quoted(subject.name)}`,
];

/** @see kubernetes.io/docs/concepts/security/pod-security-admission: a namespace's own labels go before the cluster's defaults */
const securityOf = (level: 'privileged' | 'restricted'): Readonly<Record<string, string>> =>
  Object.fromEntries(['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, level]));

const lines = (labels: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(labels).map(([label, value]) => `${label}: ${value}`);

/** Of a namespace that a run makes, as of the one that is printed. */
export const namespaceLabels: Readonly<Record<string, string>> = { ...ownLabels, ...securityOf('privileged') };

/** Of the workload's: nothing in it may have more than any pod. */
export const workloadNamespaceLabels: Readonly<Record<string, string>> = { ...ownLabels, ...securityOf('restricted') };

/**
 * The least rights of a run as YAML for `kubectl apply -f -`: the agents' namespace, so that no right to make one is
 * needed, a ClusterRole, a Role in each namespace and, for a subject, their bindings. Pure.
 */
export const rbacYaml = ({ settings, load, isChaosMesh = false, subject }: RbacOptions): string => {
  const rights = rightsOf(load, isChaosMesh).filter(
    ({ only }) => only === 'always' || only === 'unknown' || (settings && only === 'settings'),
  );
  const byNamespace = [...Map.groupBy(rights, ({ namespace }) => namespace)];
  const header = [
    '# What a run on a cluster of yours needs, and no more.',
    `# Whoever may create pods in ${agentNamespace} is root on every node: an agent is privileged,`,
    '# for it stops a kubelet or cuts its node off. Give this to nobody else, and delete it when done.',
  ];
  const namespaceOf = (name: string, level: 'privileged' | 'restricted') => [
    'apiVersion: v1',
    'kind: Namespace',
    ...metadata(name, null, lines(securityOf(level))),
  ];
  const roles = byNamespace.map(([each, those]) => role(each, those));
  const bindings = subject === null ? [] : byNamespace.map(([each]) => binding(each, subject));
  const namespaces = [
    [...header, ...namespaceOf(agentNamespace, 'privileged')],
    ...(load !== null ? [namespaceOf(workloadNamespace, 'restricted')] : []),
  ];
  const documents = [...namespaces, ...roles, ...bindings];
  return `${documents.map((one) => one.join('\n')).join('\n---\n')}\n`;
};
