import { type Controller, startController } from '../../../../src/backend/model/controllers/controller.ts';
import { type ControllerManager, feedManagers } from '../../../../src/backend/model/controllers/controller-manager.ts';
import { createSlices } from '../../../../src/backend/model/controllers/endpoints.ts';
import { watchUs } from '../../../../src/backend/model/engine/constants.ts';
import { createProcess } from '../../../../src/backend/model/engine/process.ts';
import type { Rng } from '../../../../src/backend/model/engine/random.ts';
import type { Simulation } from '../../../../src/backend/model/engine/simulation.ts';
import type { NodeState, Pod } from '../../../../src/backend/model/engine/state.ts';
import { passOrderByName } from './pass-order-by-name.ts';
import { createSimulation, type SimulationOptions } from './quiet-simulation.ts';
import type { Trace, TraceEvent, TraceStep } from './traces.ts';

/** When a controller manager runs. */
type Times = Pick<Trace, 'startUs' | 'restarts'>;

/** Starts the model's controllers, ends and starts them, and notifies them; the order of nodes in a pass is by name. */
export const control = (simulation: Simulation, { startUs, restarts }: Times, began: () => void): void => {
  const { clock, store } = simulation;
  const managers = new Set<ControllerManager>();
  let controller: Controller | null = null;
  feedManagers(simulation, managers, (_, health) => controller?.nodeUpdated(health));
  store.watch({ pod: (pod) => controller?.podUpdated(pod) });
  const onTime: Rng = { below: () => 0 };
  const last: Rng = { below: (limit) => limit - 1 };
  const passOrder = passOrderByName(began);
  const lead = (): void => {
    const client = { process: createProcess(), member: 0, link: null, lastFrameUs: 0 };
    const slices = createSlices(simulation);
    controller = startController(
      { simulation, slices, nextPodName: () => 'never', isDeployed: () => false, rng: last, passOrder, ticks: onTime },
      client,
      0,
    );
    managers.add(controller.manager);
    for (const pod of simulation.pods) controller.podUpdated(pod);
  };
  const end = (): void => {
    if (controller === null) return;
    controller.manager.alive = false;
    managers.delete(controller.manager);
    controller = null;
  };
  clock.at(startUs, lead, undefined);
  for (const { endsUs, startsUs } of restarts) {
    clock.at(endsUs, end, undefined);
    clock.at(startsUs, lead, undefined);
  }
};

const apply = (simulation: Simulation, step: TraceStep): void => {
  const { store } = simulation;
  const nodeNamed = (): NodeState => {
    const node = simulation.nodes.find(({ name }) => name === step.name);
    if (node === undefined) throw new Error(`no node ${step.name}`);
    return node;
  };
  const podNamed = (): Pod | undefined => [...simulation.pods].find(({ name }) => name === step.name);
  switch (step.kind) {
    case 'lease':
      store.renewLease(nodeNamed(), step.renewUs);
      break;
    case 'heartbeat':
      store.writeNode(nodeNamed(), { heartbeatUs: step.heartbeatUs });
      break;
    case 'condition': {
      const { heartbeatUs, transitionUs, ready } = step;
      store.writeNode(nodeNamed(), { ready, reason: 'Kubelet', heartbeatUs, transitionUs });
      break;
    }
    case 'untainted': {
      const node = nodeNamed();
      const taints = node.object?.taints.filter(({ effect }) => effect !== 'NoExecute') ?? [];
      store.writeNode(node, { taints });
      break;
    }
    case 'pod': {
      const pod = podNamed();
      if (pod === undefined) break;
      pod.ready = step.ready === 'True';
      store.podWritten(pod);
      break;
    }
    case 'gone': {
      const pod = podNamed();
      if (pod === undefined) break;
      pod.gone = true;
      pod.ready = false;
      pod.node?.pods.delete(pod);
      simulation.pods.delete(pod);
      store.podWritten(pod);
      break;
    }
  }
};

/** Reports every change of nodes and pods, at the moment of its writing. */
const recordChanges = (
  simulation: Simulation,
  notify: (event: Omit<TraceEvent, 'atUs'>, atUs: number) => void,
): void => {
  const { clock, nodes, pods, store } = simulation;
  const before = new Map(nodes.map((node) => [node, node.object]));
  const podsBefore = new Map([...pods].map((pod) => [pod, { ready: pod.ready, deleting: pod.deleting }]));
  const writtenUs = (): number => clock.now() - watchUs;
  store.watch({
    node: (node, object) => {
      const last = before.get(node);
      before.set(node, object);
      if (last === undefined || last === null || last === object) return;
      const { name } = node;
      if (last.ready !== object.ready) notify({ kind: 'condition', name, what: String(object.ready) }, writtenUs());
      const listed = (taints: typeof object.taints): string[] => taints.map(({ effect, key }) => `${effect} ${key}`);
      const [had, has] = [listed(last.taints), listed(object.taints)];
      for (const what of has) if (!had.includes(what)) notify({ kind: 'taint', name, what }, writtenUs());
      for (const what of had) if (!has.includes(what)) notify({ kind: 'untaint', name, what }, writtenUs());
    },
    pod: (pod) => {
      const last = podsBefore.get(pod);
      const { name, gone, ready, deleting } = pod;
      podsBefore.set(pod, { ready, deleting });
      if (last === undefined || gone) return;
      if (last.ready !== ready) notify({ kind: 'pod', name, what: ready ? 'True' : 'False' }, writtenUs());
      if (!last.deleting && deleting) notify({ kind: 'delete', name, what: '' }, writtenUs());
    },
  });
};

/** What the model's controllers do about a trace, in order. */
export const replay = (of: SimulationOptions, trace: Trace): readonly TraceEvent[] => {
  const simulation = createSimulation(of, trace.nodes);
  const { clock } = simulation;
  const events: TraceEvent[] = [];
  recordChanges(simulation, (event, atUs) => events.push({ atUs, ...event }));
  control(simulation, trace, () => events.push({ atUs: clock.now(), kind: 'pass', name: '', what: '' }));
  for (const step of trace.events) {
    clock.at(Math.max(0, step.atUs - watchUs), () => apply(simulation, step), undefined);
  }
  clock.at(trace.endUs, clock.stop, undefined);
  while (clock.advance(1_000_000));
  return events;
};
