import { createController } from '../../../../src/backend/model/controllers/controller.ts';
import { type ControllerManager, feedManagers } from '../../../../src/backend/model/controllers/controller-manager.ts';
import { createSlices } from '../../../../src/backend/model/controllers/endpoints.ts';
import { createProcess } from '../../../../src/backend/model/engine/process.ts';
import { controllerDefaults, type ModelSettings, settingsFor } from '../../../../src/backend/model/engine/settings.ts';
import type { Simulation } from '../../../../src/backend/model/engine/simulation.ts';
import type {
  NodeObject,
  NodeState,
  OtherCondition,
  Pod,
  Tolerations,
} from '../../../../src/backend/model/engine/state.ts';
import { stampUs } from '../../../../src/backend/model/engine/store.ts';
import { start, type Task } from '../../../../src/backend/model/engine/task.ts';
import type { ModelVersion } from '../../../../src/backend/model/engine/versions.ts';
import type { ApiClient, ApiServer } from '../../../../src/backend/model/network/apiserver.ts';
import { us } from '../support/clusters.ts';
import { passOrderByName } from '../support/pass-order-by-name.ts';
import { createPod, createSimulation, type SimulationNode } from '../support/quiet-simulation.ts';
import type { NodeView, Observation, Probe } from './observation.ts';
import { betweenS, type NodeStatus, type Script, type ScriptNode, type ScriptPod, type Step } from './script.ts';

const prefix = 'node.kubernetes.io/';
/** Keys that the model has without their prefix. */
const shortened = [
  'unreachable',
  'not-ready',
  'network-unavailable',
  'memory-pressure',
  'disk-pressure',
  'pid-pressure',
].map((key) => `${prefix}${key}`);
const shortKey = (key: string): string => (shortened.includes(key) ? key.slice(prefix.length) : key);
const fullKey = (key: string): string => (shortened.includes(`${prefix}${key}`) ? `${prefix}${key}` : key);

const withKeys = (by: Tolerations, key: (key: string) => string): Tolerations =>
  Object.fromEntries(Object.entries(by).map(([name, stay]) => [key(name), stay]));

const settingsOf = (version: ModelVersion, { settings }: Script): ModelSettings => ({
  ...settingsFor(version, {}),
  ...controllerDefaults,
  monitorPeriodUs: us(settings.periodS),
  graceUs: us(settings.graceS),
  startupGraceUs: us(settings.startupGraceS),
  evictionIntervalUs: us(1 / settings.evictionQps),
  secondaryEvictionIntervalUs: us(1 / settings.secondaryQps),
  largeClusterThreshold: settings.largeCluster,
  unhealthyZoneThreshold: Math.fround(settings.unhealthyZone),
  eviction:
    settings.podEvictionTimeoutS === null
      ? { kind: 'tolerations', seconds: 300 }
      : { kind: 'pod-eviction-timeout', timeoutUs: us(settings.podEvictionTimeoutS) },
});

const statusFields = ({ ready, heartbeatS, transitionS, conditions }: NodeStatus) => ({
  ready,
  reason: ready === null ? '' : 'Kubelet',
  heartbeatUs: us(heartbeatS),
  transitionUs: us(transitionS),
  conditions: conditions.map(({ type, status }) => ({
    type: type as OtherCondition,
    status,
    reason: 'Kubelet',
    heartbeatUs: us(heartbeatS),
    transitionUs: us(transitionS),
  })),
});

const objectOf = ({ createdS }: ScriptNode, status: NodeStatus): Omit<NodeObject, 'revision'> => ({
  createdUs: us(createdS),
  ...statusFields(status),
  taints: [],
});

const zoneName = ({ region, zone }: ScriptNode): string => `${region ?? ''}:${zone ?? ''}`;

const zoneStateNames = {
  initial: 'Initial',
  normal: 'Normal',
  partial: 'PartialDisruption',
  full: 'FullDisruption',
} as const;

const view = ({ ready, reason, heartbeatUs, transitionUs, conditions, taints }: NodeObject): NodeView => {
  const seen = (status: string, of: { reason: string; heartbeatUs: number; transitionUs: number }) => ({
    status,
    reason: of.reason,
    heartbeatS: of.heartbeatUs / 1e6,
    transitionS: of.transitionUs / 1e6,
  });
  return {
    taints: taints.map(({ key, effect }) => `${fullKey(key)}:${effect}`),
    conditions: {
      ...(ready === null ? {} : { Ready: seen(ready, { reason, heartbeatUs, transitionUs }) }),
      ...Object.fromEntries(conditions.map((condition) => [condition.type, seen(condition.status, condition)])),
    },
  };
};

/** Counts the status updates of pods and refuses those that the script says fail. */
const watchedApi = (simulation: Simulation, failures: Script['failures']) => {
  const failing = new Set(failures.map(({ nth }) => nth));
  const ready = new Map([...simulation.pods].map((pod) => [pod, pod.ready]));
  const marked: string[] = [];
  let updates = 0;
  let written: Pod | null = null;
  const store: Simulation['store'] = {
    ...simulation.store,
    podWritten: (pod) => {
      written = pod;
      simulation.store.podWritten(pod);
    },
  };
  const readsS: number[] = [];
  const send: ApiServer['send'] = (request) => {
    // The only reads past the API server's memory where no write fails.
    if (request.kind === 'quorum') readsS.push(simulation.clock.now() / 1e6);
    simulation.api.send({
      ...request,
      commit: (owner, sent) => {
        written = null;
        const reply = request.commit(owner, sent);
        const pod = written as Pod | null;
        if (pod === null || ready.get(pod) === pod.ready) return reply;
        updates += 1;
        if (failing.has(updates)) {
          pod.ready = !pod.ready;
          return 'conflict';
        }
        ready.set(pod, pod.ready);
        marked.push(pod.name);
        return reply;
      },
    });
  };
  return {
    simulation: { ...simulation, api: { ...simulation.api, send }, store },
    updates: () => updates,
    readsS,
    takeMarked: () => marked.splice(0),
    knows: (pod: Pod) => ready.set(pod, pod.ready),
  };
};

const withoutLeases = (store: Simulation['store']): Simulation['store'] => ({
  ...store,
  watch: ({ lease: _, ...others }) => store.watch(others),
});

/** What the model's controllers of one version do about a script. */
export const runOnModel = (version: ModelVersion, script: Script): Observation => {
  const zones = [...new Set(script.nodes.map(zoneName))];
  const nodes = script.nodes.map((node): SimulationNode => {
    const { name, labels, leaseS, status } = node;
    const zone = String(zones.indexOf(zoneName(node)));
    const object = status === null ? null : objectOf(node, status);
    const renewUs = leaseS === null ? null : us(leaseS);
    return { name, zone, labels, renewUs, object, heartbeatUs: 0, transitionUs: 0, pods: [] };
  });
  const quiet = createSimulation({ version, settings: settingsOf(version, script), seed: 1 }, nodes);
  const nodeNamed = (name: string | null): NodeState | null => quiet.nodes.find((node) => node.name === name) ?? null;
  const pods = new Map<string, { readonly pod: Pod; readonly of: ScriptPod }>();
  for (const scripted of script.pods) {
    const node = scripted.later ? null : nodeNamed(scripted.node);
    const pod = createPod(scripted.name, node, withKeys(scripted.tolerations, shortKey), scripted.daemon);
    Object.assign(pod, { ready: scripted.ready });
    Object.assign(pod.seen, { ready: scripted.ready });
    pods.set(scripted.name, { pod, of: scripted });
    if (scripted.later) continue;
    quiet.pods.add(pod);
    node?.pods.add(pod);
  }
  const api = watchedApi(quiet, script.failures);
  const { simulation } = api;
  const { clock, store } = simulation;

  const own = new WeakSet<NodeObject>();
  const before = new Map(simulation.nodes.map((node) => [node, node.object]));
  let writes = 0;
  const deletedS: Record<string, number> = {};
  const taintsSeen: Record<string, string[]> = {};
  const { zeroS } = script;
  store.watch({
    node: (node, object) => {
      const last = before.get(node);
      before.set(node, object);
      const status = ({ ready, reason, conditions }: NodeObject): string => JSON.stringify([ready, reason, conditions]);
      if (!own.has(object) && last !== null && last !== undefined && status(last) !== status(object)) writes += 1;
      const seen = taintsSeen[node.name] ?? [];
      taintsSeen[node.name] = seen;
      for (const taint of view(object).taints) if (!seen.includes(taint)) seen.push(taint);
    },
    pod: (pod) => {
      if (pod.deletedUs !== null) deletedS[pod.name] ??= pod.deletedUs / 1e6 - zeroS;
    },
  });

  const client: ApiClient = { process: createProcess(), member: 0, link: null, lastFrameUs: 0 };
  const tools = { simulation, slices: createSlices(simulation), nextPodName: () => 'never', isDeployed: () => false };
  const controller = createController(
    { ...tools, rng: { below: (limit) => limit - 1 }, passOrder: passOrderByName(), ticks: { below: () => 0 } },
    client,
    0,
  );
  const { manager } = controller;
  const managers = new Set<ControllerManager>([manager]);
  const notified = script.blindToLeases ? { ...simulation, store: withoutLeases(store) } : simulation;
  feedManagers(notified, managers, (_, health) => {
    if (script.mode === 'run') controller.nodeUpdated(health);
  });
  /** In single passes no event of a pod arrives but of those that come. */
  const coming = new Set(script.pods.filter(({ later }) => later).map(({ name }) => name));
  store.watch({
    pod: (pod) => {
      if (script.mode === 'run' || coming.has(pod.name)) controller.podUpdated(pod);
    },
  });

  const runUntil = (timeUs: number): void => {
    let reached = false;
    clock.at(Math.max(clock.now(), timeUs), () => (reached = true), undefined);
    while (!reached) clock.advance(1);
  };
  const advance = (): void => runUntil(clock.now() + us(betweenS));
  const finish = (task: Task): void => {
    let done = false;
    function* all(): Task {
      yield* task;
      done = true;
    }
    start(all(), () => true);
    while (!done) clock.advance(1);
    advance();
  };

  const statusOf = (node: NodeState, status: NodeStatus): void => {
    own.add(store.writeNode(node, statusFields(status)));
  };
  const doPass = (kind: Extract<Step, { do: 'pass' }>['kind']): void => {
    if (kind === 'health') finish(controller.health());
    else if (kind === 'noschedule') {
      for (const health of manager.health) controller.nodeUpdated(health);
      advance();
    } else {
      // The rate is as good as unlimited there; here each turn has its own moment.
      for (let turn = 0; turn < simulation.nodes.length; turn += 1) finish(controller.queue());
    }
  };
  const evictedBefore = new Set<string>();
  const probes: Probe[] = [];
  let writesBefore = 0;
  const probe = (atS: number): void => {
    advance();
    const evicted = Object.keys(deletedS).filter((name) => !evictedBefore.has(name));
    for (const name of evicted) evictedBefore.add(name);
    probes.push({
      atS,
      nodes: Object.fromEntries(
        simulation.nodes.flatMap(({ name, object }) => (object === null ? [] : [[name, view(object)]])),
      ),
      zoneStates: Object.fromEntries(
        [...controller.zones].flatMap(([zone, { state }]) =>
          state === null ? [] : [[zones[zone], zoneStateNames[state]]],
        ),
      ),
      writes: writes - writesBefore,
      marked: api.takeMarked(),
      evicted,
      podStatusUpdates: api.updates(),
    });
    writesBefore = writes;
  };
  const act = (step: Step): void => {
    const node = 'node' in step ? nodeNamed(step.node) : null;
    const pod = 'pod' in step ? pods.get(step.pod)?.pod : undefined;
    switch (step.do) {
      case 'wait':
        runUntil(us(step.untilS));
        break;
      case 'status':
        if (node !== null) statusOf(node, step.status);
        break;
      case 'appear': {
        const of = script.nodes.find(({ name }) => name === step.node);
        if (node !== null && of !== undefined) store.register(node, objectOf(of, step.status));
        break;
      }
      case 'lease':
        if (node !== null) store.renewLease(node, us(step.renewS));
        break;
      case 'taints': {
        if (node?.object === null || node === null) break;
        const keys = step.keys.map(shortKey);
        const others = node.object.taints.filter(({ effect, key }) => effect !== 'NoExecute' || key in prefixless);
        const added = keys.map((key) => ({ key, effect: 'NoExecute' as const, addedUs: stampUs(clock.now()) }));
        own.add(store.writeNode(node, { taints: [...others, ...added] }));
        break;
      }
      case 'pod':
        if (pod === undefined) break;
        pod.node = node;
        node?.pods.add(pod);
        simulation.pods.add(pod);
        api.knows(pod);
        store.podWritten(pod);
        break;
      case 'tolerations':
        if (pod === undefined) break;
        pod.tolerations = withKeys(step.tolerations, shortKey);
        store.podWritten(pod);
        break;
      case 'pass':
        doPass(step.kind);
        break;
      case 'probe':
        probe(step.atS);
        break;
    }
  };
  if (script.mode === 'run') {
    controller.start();
    for (const pod of simulation.pods) controller.podUpdated(pod);
  }
  for (const step of script.steps) {
    act(step);
    // What was written is seen before anything else happens.
    if (step.do !== 'wait' && step.do !== 'probe' && step.do !== 'pass') advance();
  }
  const tolerations = [...pods].map(([name, { pod }]) => [name, withKeys(pod.tolerations, fullKey)]);
  return { probes, deletedS, taintsSeen, leaseReadsS: api.readsS, tolerations: Object.fromEntries(tolerations) };
};

/** NoExecute taints of the lifecycle controller, which an event about others leaves alone. */
const prefixless: Readonly<Record<string, true>> = { unreachable: true, 'not-ready': true };
