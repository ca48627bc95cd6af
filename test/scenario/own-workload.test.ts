import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { makePlan } from '../../src/plan/index.ts';
import { checkScenario, loadScenario, type Workload } from '../../src/scenario/index.ts';
import { refusalOf } from '../support/refusal.ts';

type Mapping = Readonly<Record<string, unknown>>;

const template = (spec: Mapping = {}, labels: Mapping = { app: 'web', tier: 'front' }) => ({
  metadata: { labels },
  spec: { containers: [{ name: 'web', image: 'nginx' }], ...spec },
});

const deployment = (spec: Mapping = {}, pods: Mapping = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { selector: { matchLabels: { app: 'web' } }, template: template(pods), ...spec },
});

const service = (spec: Mapping = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
});

const phases = [{ steady: '1s' }];
const scenarioWith = (workload: unknown): string => stringify({ name: 'own', profile: 'fast', workload, phases });

const read = (objects: readonly unknown[], more: Mapping = {}): Workload =>
  checkScenario(scenarioWith({ manifest: objects, service: 'web', ...more }), 'own.yaml').scenario.workload;

const refusal = (action: () => unknown): string => {
  const { exitCode, message } = refusalOf(action);
  expect(exitCode).toBe(64);
  return message;
};

const refused = (objects: readonly unknown[], more: Mapping = {}): string =>
  refusal(() => read(objects, more)).replace(/^own\.yaml:\d+:\d+: /, '');

describe("what a workload of one's own comes to", () => {
  test('replicas, grace, tolerations and probe are read from the objects, and defaults are those of Kubernetes', () => {
    const objects = [deployment(), service()];
    expect(read(objects)).toEqual({
      replicas: 1,
      manifest: { service: 'web', path: '/', targetPort: 'http', selector: { app: 'web' }, objects },
    });
    const tolerations = [
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 20 },
      { operator: 'Exists', effect: 'NoExecute' },
    ];
    const probed = {
      tolerations,
      terminationGracePeriodSeconds: 5,
      containers: [
        { name: 'web', image: 'nginx', readinessProbe: { periodSeconds: 2, httpGet: { port: 80 } } },
        { name: 'log', image: 'log', readinessProbe: { failureThreshold: 1, exec: {} } },
      ],
    };
    expect(read([deployment({ replicas: 3 }, probed), service()], { path: '/healthz' })).toMatchObject({
      replicas: 3,
      terminationGracePeriodMs: 5000,
      tolerations: { unreachable: 20, 'not-ready': 'forever' },
      readiness: { periodMs: 2000, failureThreshold: 3 },
      manifest: { path: '/healthz' },
    });
  });

  test('what is written without a value is left out', () => {
    const empty = { replicas: null, terminationGracePeriodSeconds: null, tolerations: null, readinessProbe: null };
    const { manifest: _, ...found } = read([deployment({ replicas: null }, empty), service()]);
    expect(found).toEqual({ replicas: 1 });
  });

  test("a probe's zeros are defaults, and a container that restarts beside the others counts", () => {
    const probe = { periodSeconds: 0, failureThreshold: 0 };
    const of = (pods: Mapping) => read([deployment({}, pods), service()]).readiness;
    expect(of({ containers: [{ name: 'web', readinessProbe: probe }] })).toEqual({
      periodMs: 10_000,
      failureThreshold: 3,
    });
    const sidecar = {
      name: 'proxy',
      restartPolicy: 'Always',
      readinessProbe: { periodSeconds: 1, failureThreshold: 1 },
    };
    const once = { name: 'once', readinessProbe: { periodSeconds: 1, failureThreshold: 1 } };
    expect(of({ initContainers: [sidecar] })).toEqual({ periodMs: 1000, failureThreshold: 1 });
    expect(of({ initContainers: [once] })).toBeUndefined();
  });

  test.each<[string, readonly Mapping[], Workload['tolerations']]>([
    [
      'a key of null, which is every key',
      [{ key: null, operator: 'Exists', effect: 'NoExecute' }],
      { unreachable: 'forever', 'not-ready': 'forever' },
    ],
    ['none', [], undefined],
    [
      'of another effect',
      [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoSchedule' }],
      undefined,
    ],
    // Admission goes by key and effect, and the taint has no value: nothing tolerates it.
    [
      'of another value',
      [{ key: 'node.kubernetes.io/not-ready', value: 'x', effect: 'NoExecute' }],
      { 'not-ready': 0 },
    ],
    [
      'equal to the empty value',
      [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }],
      { 'not-ready': 'forever' },
    ],
    [
      'of every effect',
      [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', tolerationSeconds: 7 }],
      { unreachable: 7 },
    ],
    [
      'negative',
      [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', tolerationSeconds: -7 }],
      { unreachable: 0 },
    ],
    [
      'twice, of which the first counts',
      [
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', tolerationSeconds: 9 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', tolerationSeconds: 4 },
      ],
      { unreachable: 9 },
    ],
    [
      'of everything before another',
      [
        { operator: 'Exists', effect: 'NoExecute' },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 },
      ],
      { unreachable: 'forever', 'not-ready': 'forever' },
    ],
  ])('tolerations: %s', (_name, tolerations, expected) => {
    expect(read([deployment({}, { tolerations }), service()]).tolerations).toEqual(expected);
  });

  test('a StatefulSet, and a Service of several ports of which one is named', () => {
    const set = { ...deployment(), kind: 'StatefulSet' };
    const ports = [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'metrics', port: 9090 },
    ];
    const objects = [set, service({ ports })];
    expect(read(objects, { port: 'metrics' })).toMatchObject({ kind: 'statefulset', manifest: { targetPort: 9090 } });
    expect(read(objects, { port: 80 })).toMatchObject({ manifest: { targetPort: 8080 } });
    expect(refused(objects)).toBe(
      'workload.port: expected port, or a Service with one port of TCP, received http, metrics',
    );
  });

  test.each<[string, readonly unknown[], Mapping, string]>([
    [
      'no object',
      ['x'],
      {},
      'workload.manifest[0]: expected an object with apiVersion, kind and metadata.name, received "x"',
    ],
    [
      'a Secret',
      [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }],
      {},
      'workload.manifest[0]: expected ConfigMap, Service, ServiceAccount, Deployment, StatefulSet, PodDisruptionBudget, NetworkPolicy, received "v1 Secret": the run’s folder keeps the manifest',
    ],
    [
      'a Deployment of an old group',
      [{ ...deployment(), apiVersion: 'extensions/v1beta1' }, service()],
      {},
      'workload.manifest[0]: expected ConfigMap, Service, ServiceAccount, Deployment, StatefulSet, PodDisruptionBudget, NetworkPolicy, received "extensions/v1beta1 Deployment"',
    ],
    [
      'the same twice',
      [deployment(), service(), service()],
      {},
      'workload.manifest[2]: expected each object once, received Service web again',
    ],
    [
      'another Service',
      [deployment(), service()],
      { service: 'api' },
      'workload.service: expected a Service of the manifest, received "api"; it has web',
    ],
    [
      'a Service that selects nothing',
      [deployment(), service({ selector: {} })],
      {},
      'workload.service: expected a Service that selects pods, received "web", which does not',
    ],
    [
      'a name of elsewhere',
      [deployment(), service({ type: 'ExternalName' })],
      {},
      'workload.service: expected a Service that selects pods, received "web", which does not',
    ],
    [
      'nobody behind it',
      [deployment({ template: template({}, { app: 'api' }) }), service()],
      {},
      'workload.service: expected one Deployment or StatefulSet whose pods the Service selects, received none',
    ],
    [
      'two behind it',
      [deployment(), { ...deployment(), metadata: { name: 'web2' } }, service()],
      {},
      'workload.service: expected one Deployment or StatefulSet whose pods the Service selects, received Deployment web, Deployment web2',
    ],
    [
      'UDP',
      [deployment(), service({ ports: [{ port: 53, protocol: 'UDP' }] })],
      {},
      'workload.port: expected port, or a Service with one port of TCP, received one that is not TCP',
    ],
    [
      'no replicas',
      [deployment({ replicas: 0 }), service()],
      {},
      'workload.manifest[0]: expected spec.replicas from 1 to 10000 in Deployment web, received 0 (number)',
    ],
    [
      'a volume of a claim',
      [deployment({}, { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }), service()],
      {},
      'workload.manifest[0]: expected no volumes of claims in Deployment web: what becomes of them is not known',
    ],
    [
      'replicas beside it',
      [deployment(), service()],
      { replicas: 2 },
      'workload.replicas: expected one of the keys manifest, service, path, port, received "replicas"',
    ],
    [
      'no path',
      [deployment(), service()],
      { path: 'healthz' },
      'workload.path: expected a path that begins with /, such as /healthz, received "healthz"',
    ],
    [
      'a path with a new line',
      [deployment(), service()],
      { path: '/a\r\nX: y' },
      'workload.path: expected a path that begins with /, such as /healthz, received "/a\\r\\nX: y"',
    ],
    [
      "the run's own Service",
      [deployment(), { ...service(), metadata: { name: 'beat' } }],
      { service: 'beat' },
      'workload.manifest[1]: expected another name than beat, which is that of a run’s own Service',
    ],
  ])('refused: %s', (_name, objects, more, expected) => {
    expect(refused(objects, more)).toBe(expected);
  });

  test.each<[string, Mapping]>([
    ['nodeSelector', { nodeSelector: { disk: 'ssd' } }],
    ['nodeName', { nodeName: 'worker' }],
    ['affinity', { affinity: { podAntiAffinity: {} } }],
    ['hostNetwork', { hostNetwork: true }],
    ['hostPort', { containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80, hostPort: 80 }] }] }],
    ['schedulerName', { schedulerName: 'mine' }],
    ['readinessGates', { readinessGates: [{ conditionType: 'a' }] }],
    ['tolerations', { tolerations: [{ operator: 'Exists' }] }],
    ['tolerations', { tolerations: [{ key: null, operator: 'Exists', effect: null }] }],
    [
      'tolerations',
      { tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: null }] },
    ],
    ['tolerations', { tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }] }],
    [
      'topologySpreadConstraints',
      { topologySpreadConstraints: [{ topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule' }] },
    ],
    ['aFieldOfTomorrow', { aFieldOfTomorrow: 1 }],
  ])('where its pods may stand, and when they are Ready, is modelled, or refused: %s', (field, pods) => {
    expect(refused([deployment({}, pods), service()])).toBe(
      `workload.manifest[0]: expected Deployment web without ${field}, of which no prediction is made`,
    );
  });

  test.each<[string, Mapping]>([
    ['publishNotReadyAddresses', { publishNotReadyAddresses: true }],
    ['sessionAffinity', { sessionAffinity: 'ClientIP' }],
    ['externalTrafficPolicy', { type: 'NodePort', externalTrafficPolicy: 'Local' }],
    ['trafficDistribution', { trafficDistribution: 'PreferClose' }],
  ])('who is asked is what the model has, or refused: %s', (field, more) => {
    expect(refused([deployment(), service(more)])).toBe(
      `workload.manifest[1]: expected Service web without ${field}, of which no prediction is made`,
    );
  });

  test('what changes nothing of it may stand there', () => {
    const constraint = { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' };
    const pods = {
      topologySpreadConstraints: [constraint],
      restartPolicy: 'Always',
      nodeSelector: null,
      hostNetwork: false,
    };
    const plain = { type: 'LoadBalancer', clusterIP: null, sessionAffinity: 'None', externalTrafficPolicy: 'Cluster' };
    expect(read([deployment({}, pods), service(plain)])).toMatchObject({ replicas: 1 });
  });

  test('nothing that rests on how fast its program starts is predicted, and a plan says so', () => {
    const text = (workload: unknown): string =>
      stringify({
        name: 'own',
        profile: 'tight-grace',
        workload,
        phases: [
          { steady: '20s' },
          { fault: '40s', inject: [{ kind: 'kubelet-pause', target: { role: 'worker' } }] },
          { recover: { within: '90s' } },
        ],
      });
    const planOf = (workload: unknown) =>
      makePlan(checkScenario(text(workload), 'own.yaml').scenario, { kubernetesVersion: 'v1.34.4' });
    const shipped = planOf({ replicas: 1 });
    const own = planOf({ manifest: [deployment(), service()], service: 'web' });
    const ofProgram = {
      endpointsEmptyAfterMs: null,
      refusedAfterMs: null,
      replacedAfterMs: null,
      lastRefusedAfterUndoMs: null,
      requestsLost: null,
    };
    expect(own.prediction).toEqual({ ...shipped.prediction, ...ofProgram });
    expect(own.warnings.join()).toBe(
      'how long the manifest’s own program takes to start and to end is not known: requests, and what else rests on it, are null in a run of the model, and no prediction of them is held against a real one',
    );
  });
});

describe('the file of a manifest', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'skipbeat-manifest-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  test("is read from the scenario's folder as Kubernetes reads it, and the run's own copy holds its objects", () => {
    const list = { apiVersion: 'v1', kind: 'List', items: [deployment(), service()] };
    const settings = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {a: "yes", b: "010"}\n';
    file('app.yaml', `${settings}---\n${stringify(list)}---\n`);
    const scenario = file('own.yaml', scenarioWith({ manifest: 'app.yaml', service: 'web' }));
    const loaded = loadScenario(scenario);
    expect(loaded.scenario.workload.manifest?.objects).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 's' }, data: { a: 'yes', b: '010' } },
      deployment(),
      service(),
    ]);
    rmSync(join(folder, 'app.yaml'));
    expect(checkScenario(loaded.resolved, 'scenario.yaml').scenario).toEqual(loaded.scenario);
  });

  test('is a problem of the scenario, at its line, where it cannot be read', () => {
    const scenario = file(
      'broken.yaml',
      'name: a\nprofile: fast\nworkload: {manifest: no.yaml, service: web}\nphases: [{steady: 1s}]\n',
    );
    expect(refusal(() => loadScenario(scenario))).toBe(
      `${scenario}:3:22: workload.manifest: ${join(folder, 'no.yaml')}: expected a file, received nothing there`,
    );
    file('no.yaml', 'a: [');
    expect(refusal(() => loadScenario(scenario))).toBe(
      `${scenario}:3:22: workload.manifest: ${join(folder, 'no.yaml')}:1:5: expected YAML, received an error: Flow sequence in block collection must be sufficiently indented and end with a ]`,
    );
    file('no.yaml', '---\n');
    expect(refusal(() => loadScenario(scenario))).toBe(
      `${scenario}:3:22: workload.manifest: ${join(folder, 'no.yaml')}: expected objects of Kubernetes, received nothing (null)`,
    );
  });

  test('is never opened for evidence, which holds the objects itself', () => {
    expect(
      refusal(() => checkScenario(scenarioWith({ manifest: '/etc/passwd', service: 'web' }), 'scenario.yaml')),
    ).toBe(
      'scenario.yaml:4:13: workload.manifest: expected the objects themselves, which a file of a run holds, received "/etc/passwd"',
    );
  });
});
