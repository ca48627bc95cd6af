import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { subjectOf } from '../../src/cli/machine/rbac.ts';
import { assertConfirmed, confirmQuestion, neededRights, rbacYaml } from '../../src/guard/index.ts';
import { survey } from './surveys.ts';

const cluster = survey([]);

test.each([
  [{ uid: cluster.uid, typed: null }],
  [{ uid: null, typed: 'staging-eu' }],
  [{ uid: null, typed: ' staging-eu\n' }],
] as const)('%j says that this cluster is meant', (confirmation) => {
  expect(() => assertConfirmed(cluster, confirmation)).not.toThrow();
});

test.each([
  [
    { uid: null, typed: null },
    "staging-eu (https://10.0.0.1:6443): expected --cluster-uid, or the cluster's name typed on a terminal, found neither.",
  ],
  [
    { uid: 'other', typed: null },
    '--cluster-uid: expected the UID of kube-system in staging-eu (https://10.0.0.1:6443), received "other".',
  ],
  [
    { uid: '', typed: null },
    '--cluster-uid: expected the UID of kube-system in staging-eu (https://10.0.0.1:6443), received "".',
  ],
  [
    { uid: 'other', typed: 'staging-eu' },
    '--cluster-uid: expected the UID of kube-system in staging-eu (https://10.0.0.1:6443), received "other".',
  ],
  [{ uid: null, typed: '' }, 'expected the cluster\'s name, staging-eu, received "".'],
  [{ uid: null, typed: 'staging' }, 'expected the cluster\'s name, staging-eu, received "staging".'],
  [{ uid: null, typed: 'yes' }, 'expected the cluster\'s name, staging-eu, received "yes".'],
] as const)('%j does not', (confirmation, message) => {
  expect(() => assertConfirmed(cluster, confirmation)).toThrow(
    expect.objectContaining({ code: 'CLUSTER_NOT_CONFIRMED', exitCode: 64, message }),
  );
});

test('a cluster without a name is not confirmed by typing nothing', () => {
  expect(() => assertConfirmed({ ...cluster, clusterName: '' }, { uid: null, typed: '' })).toThrow();
});

test('where a load goes to a Service of somebody, whoever types names it, too', () => {
  const known = { ...cluster, service: 'shop/web' };
  expect(confirmQuestion(known)).toBe(
    "Type the cluster's name and the Service that gets the load, staging-eu shop/web, to go on: ",
  );
  expect(confirmQuestion(cluster)).toBe("Type the cluster's name, staging-eu, to go on: ");
  for (const typed of ['staging-eu shop/web', ' staging-eu  shop/web\n']) {
    expect(() => assertConfirmed(known, { uid: null, typed })).not.toThrow();
  }
  expect(() => assertConfirmed(known, { uid: cluster.uid, typed: null })).not.toThrow();
  for (const typed of ['staging-eu', 'shop/web', 'staging-eu shop/api', 'staging-eushop/web', '']) {
    expect(() => assertConfirmed(known, { uid: null, typed })).toThrow(
      expect.objectContaining({
        ...{ code: 'CLUSTER_NOT_CONFIRMED', exitCode: 64 },
        message: `expected the cluster's name and the Service that gets the load, staging-eu shop/web, received ${JSON.stringify(typed)}.`,
      }),
    );
  }
});

type Rule = {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
  readonly resourceNames?: string[];
};
type Document = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
};

const documents = (options: Parameters<typeof rbacYaml>[0]): readonly Document[] =>
  parseAllDocuments(rbacYaml(options)).map((each) => {
    expect('errors' in each ? each.errors : []).toEqual([]);
    return each.toJS() as Document;
  });

test('rbac prints every right that is always needed, each in its namespace, and no other', () => {
  const printed = documents({ settings: false, load: null, subject: null }).flatMap(({ metadata, rules = [] }) =>
    rules.map((rule) => ({ namespace: metadata.namespace ?? null, ...rule })),
  );
  expect(printed).toEqual(
    expect.arrayContaining(
      neededRights
        .filter(({ only }) => only === 'always')
        .map(({ namespace, group, resource, verbs, names }) => ({
          ...{ namespace, apiGroups: [group], resources: [resource], verbs },
          ...(names === null ? {} : { resourceNames: names }),
        })),
    ),
  );
  expect(printed).toHaveLength(neededRights.filter(({ only }) => only === 'always').length);
});

test('for a subject every role is bound, whatever the subject is called', () => {
  const printed = documents({ settings: true, load: null, subject: { kind: 'User', name: 'a: "b"\n# c' } });
  const roles = printed.filter(({ kind }) => kind.endsWith('Role'));
  const bindings = printed.filter(({ kind }) => kind.endsWith('Binding'));
  expect(bindings.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual(
    roles.map(({ kind, metadata }) => [`${kind}Binding`, metadata.namespace]),
  );
  expect(bindings[0]).toMatchObject({ subjects: [{ kind: 'User', name: 'a: "b"\n# c' }] });
});

test('with a load, rbac prints its namespace, restricted, and its rights in it; without one, nothing of it', () => {
  const printed = documents({ settings: false, load: 'workload', subject: null });
  expect(printed.filter(({ kind }) => kind === 'Namespace')).toMatchObject([
    { metadata: { name: 'skipbeat-agents', labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } },
    { metadata: { name: 'skipbeat', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
  ]);
  const rules = printed.find(({ metadata }) => metadata.namespace === 'skipbeat')?.rules ?? [];
  // What a run never asks for: one Deployment by its name, and who leads the controllers, which the nodes alone would say.
  expect(rules.map(({ resources, verbs }) => [resources, verbs])).toEqual([
    [['deployments'], ['create', 'list', 'delete']],
    [['services'], ['create', 'list', 'delete']],
    [['pods'], ['create', 'get', 'list', 'watch', 'delete']],
    [['pods/exec'], ['create', 'get']],
    [['endpointslices'], ['list', 'watch']],
    [['events'], ['list', 'watch']],
  ]);
  const ofSystem = documents({ settings: true, load: null, subject: null }).find(
    ({ metadata }) => metadata.namespace === 'kube-system',
  );
  expect(ofSystem?.rules).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]);
  expect(
    documents({ settings: true, load: null, subject: null }).filter(
      ({ metadata }) => metadata.namespace === 'skipbeat',
    ),
  ).toEqual([]);
});

test('with a Service of somebody, rbac prints how to see it, and nothing that could change it', () => {
  const printed = documents({ settings: false, load: { service: { namespace: 'shop', name: 'web' } }, subject: null });
  const rulesOf = (namespace: string) => printed.find(({ metadata }) => metadata.namespace === namespace)?.rules ?? [];
  expect(rulesOf('shop')).toEqual([
    { apiGroups: [''], resources: ['services'], resourceNames: ['web'], verbs: ['get'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  ]);
  expect(rulesOf('skipbeat').map(({ resources, verbs }) => [resources[0], verbs])).toEqual([
    ['deployments', ['list']],
    ['services', ['list']],
    ['pods', ['create', 'get', 'list', 'delete']],
    ['pods/exec', ['create', 'get']],
  ]);
});

test('rbac prints what a fault by Chaos Mesh takes where that is wanted, and else nothing of it', () => {
  const of = (isChaosMesh: boolean) =>
    documents({ settings: false, load: null, subject: null, isChaosMesh }).flatMap(({ metadata, rules = [] }) =>
      rules.flatMap((rule) =>
        ['networkchaos', 'deployments'].includes(rule.resources[0] ?? '')
          ? [{ namespace: metadata.namespace, ...rule }]
          : [],
      ),
    );
  expect(of(false)).toEqual([]);
  expect(of(true)).toEqual([
    {
      ...{ namespace: 'skipbeat-agents', apiGroups: ['chaos-mesh.org'], resources: ['networkchaos'] },
      verbs: ['create', 'get', 'delete'],
    },
    {
      ...{ namespace: 'chaos-mesh', apiGroups: ['apps'], resources: ['deployments'] },
      ...{ resourceNames: ['chaos-controller-manager'], verbs: ['get'] },
    },
  ]);
});

test.each([
  [{ user: '' }, '--user: expected a name, received "".'],
  [{ group: ' ' }, '--group: expected a name, received " ".'],
  [{ serviceAccount: 'ci' }, '--service-account: expected NAMESPACE:NAME, received "ci".'],
])('rbac for %j is refused: nobody would be bound', (options, message) => {
  expect(() => subjectOf(options)).toThrow(
    expect.objectContaining({ code: 'RBAC_SUBJECT_INVALID', exitCode: 64, message }),
  );
});

test('rbac binds whoever is named, and nobody where nobody is', () => {
  expect(subjectOf({ user: 'jane' })).toEqual({ kind: 'User', name: 'jane' });
  expect(subjectOf({ serviceAccount: 'ci:skipbeat' })).toEqual({
    kind: 'ServiceAccount',
    namespace: 'ci',
    name: 'skipbeat',
  });
  expect(subjectOf({})).toBeNull();
});
