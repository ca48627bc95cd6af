import { describe, expect, test } from 'vitest';
import {
  attachDetachLoopUs,
  podMadeUs,
  podRelistUs,
  probePeriodUs,
} from '../../../../src/backend/model/engine/constants.ts';
import { configOfPlan } from '../../../../src/backend/model/index.ts';
import { makePlan } from '../../../../src/plan/index.ts';
import { beyondRealClusters, checkScenario } from '../../../../src/scenario/index.ts';
import { judge } from '../../../../src/verdict/index.ts';
import { record } from '../support/runs.ts';

type Options = {
  readonly kubernetes?: string;
  readonly faultSeconds?: number;
  readonly inject?: string;
  readonly flags?: string;
};

/** A node with a pod on it is off for long on a cluster that gives nodes up after 20 s, and their pods 10 s later. */
const loaded = (
  workload: string,
  {
    kubernetes = 'v1.34.4',
    faultSeconds = 600,
    inject = '{kind: node-stop, target: {nodes: [worker]}}',
    flags = '',
  }: Options,
) =>
  checkScenario(
    `name: lost
profile: {name: g20, userConfig: {controllerManagerArgs: {node-monitor-grace-period: 20s${flags}}, apiServerArgs: {default-unreachable-toleration-seconds: '10', default-not-ready-toleration-seconds: '10'}}}
cluster: {kubernetes: ${kubernetes}}
workload: ${workload}
load: {ratePerSecond: 1}
phases:
  - steady: 20s
  - fault: ${faultSeconds}s
    inject: [${inject}]
  - recover: {within: 300s}
`,
    'lost.yaml',
  ).scenario;

const runOf = (workload: string, options: Options = {}) => {
  const { kubernetes = 'v1.34.4' } = options;
  const plan = makePlan(loaded(workload, options), { kubernetesVersion: kubernetes });
  const { events, requests } = record(configOfPlan(plan));
  const startMs = events.find(({ type }) => type === 'fault.injected')?.atMs ?? 0;
  const pods = events.flatMap((event) =>
    event.type === 'pod' && event.atMs > startMs ? [{ ...event, atMs: event.atMs - startMs }] : [],
  );
  const reasons = events.flatMap((event) =>
    event.type === 'kubernetes.event' && event.atMs > startMs ? [`${event.object} ${event.reason}`] : [],
  );
  /** When a change was seen first from the fault on, in seconds; NaN: never. */
  const at = (change: string): number => (pods.find((pod) => pod.change === change)?.atMs ?? Number.NaN) / 1000;
  return { plan, events, requests, at, reasons };
};

/** A container is made, seen by the next list and probed within a period of that. */
const startSeconds = (podMadeUs[1] + podRelistUs + probePeriodUs) / 1e6;
/** The attach/detach controller looks every 0.1 s, before it detaches and before it attaches; and what requests and watches take. */
const passesSeconds = (2 * attachDetachLoopUs) / 1e6 + 0.05;
const movedSeconds = startSeconds + passesSeconds;

const set = '{replicas: 1, kind: statefulset, volume: {}}';
const deployment = '{replicas: 1, volume: {accessMode: ReadWriteOnce}}';
const graceless = '{replicas: 1, volume: {}, terminationGracePeriod: 0s}';

describe('a pod that needs a volume', () => {
  test('starts after the status of its kubelet that has the volume in use, which comes once in 10 s', () => {
    const readyMs = (workload: string): number => {
      const { events } = runOf(workload, { faultSeconds: 1 });
      const times = events.filter((event) => event.type === 'pod').map(({ atMs }) => atMs);
      return (times[1] ?? 0) - (times[0] ?? 0);
    };
    const plain = readyMs('{replicas: 1, kind: statefulset}');
    expect(readyMs(set)).toBeGreaterThan(plain + 900);
    expect(readyMs(set)).toBeLessThan(plain + 11_500);
  });

  test('goes with its node when that is back: the volume is where it was', () => {
    const { at, reasons } = runOf(
      '{replicas: 1, volume: {}, tolerations: {unreachable: forever, not-ready: forever}}',
      {
        faultSeconds: 60,
      },
    );
    expect(at('ready')).toBeGreaterThan(60);
    expect(at('ready')).toBeLessThan(75);
    expect(reasons).toEqual(['Node/worker NodeNotReady', 'Pod/beat-1 NodeNotReady']);
  });
});

describe('a Deployment with a volume whose node is lost', () => {
  test('has a replacement at once, which waits for as long as the old pod is Terminating', () => {
    const { at, reasons } = runOf(deployment);
    expect(at('seen')).toBeCloseTo(at('deleting'), 1);
    expect(reasons).toEqual([
      'Node/worker NodeNotReady',
      'Pod/beat-1 NodeNotReady',
      'Pod/beat-1 TaintManagerEviction',
      'Pod/beat-2 FailedAttachVolume',
      'Pod/beat-2 SuccessfulAttachVolume',
    ]);
    // Its kubelet is back and ends the old pod, says in its next status that the volume is free, and the driver moves it.
    expect(at('gone')).toBeGreaterThan(600);
    expect(at('ready')).toBeGreaterThan(at('gone') + 2);
    expect(at('ready')).toBeLessThan(at('gone') + 10.4 + 2 + movedSeconds);
  });

  test.each(['v1.20.2', 'v1.24.0', 'v1.25.16', 'v1.34.4', 'v1.37.2'])(
    'has its volume by force 6 min after the old pod was gone, on %s',
    (kubernetes) => {
      const { at } = runOf(graceless, { kubernetes, faultSeconds: 900 });
      expect(at('gone')).toBeLessThan(60);
      // It is detached and attached, a second each, and the pod starts, which takes 0.3 s and more.
      expect(at('ready')).toBeGreaterThan(at('gone') + 360 + 2 + 0.3);
      // Of an older kubelet the wait is a back-off up to 122 s.
      const pollSeconds = kubernetes === 'v1.20.2' ? 122 : 0;
      expect(at('ready')).toBeLessThan(at('gone') + 360 + 2 + movedSeconds + pollSeconds);
    },
  );

  test('never has it while the node is lost where force detach is off', () => {
    const { at } = runOf(graceless, { faultSeconds: 900, flags: ", disable-force-detach-on-timeout: 'true'" });
    expect(at('gone')).toBeLessThan(60);
    expect(at('ready')).toBeGreaterThan(900);
  });

  test('waits anew when another controller manager leads: since when the volume is unwanted is in its memory alone', () => {
    const kill = '{kind: controller-manager-kill, target: {role: control-plane}, after: 200s}';
    const { at } = runOf(graceless, {
      faultSeconds: 900,
      inject: `{kind: node-stop, target: {nodes: [worker]}}, ${kill}`,
    });
    expect(at('ready')).toBeGreaterThan(200 + 360);
  });
});

describe('a StatefulSet with a volume whose node is lost', () => {
  test('is not back before the node, for its pod is not gone; the 6 min do not begin', () => {
    const { at, reasons } = runOf(set, { faultSeconds: 1200 });
    expect(at('gone')).toBeGreaterThan(1200);
    expect(at('ready')).toBeGreaterThan(1200);
    expect(reasons).toEqual([
      'Node/worker NodeNotReady',
      'Pod/beat-0 NodeNotReady',
      'Pod/beat-0 TaintManagerEviction',
      'Pod/beat-0 TaintManagerEviction',
    ]);
  });
});

describe('a lost node that somebody taints out-of-service after 100 s', () => {
  const taint = '{kind: out-of-service, target: {nodes: [worker]}, after: 100s}';
  const inject = `{kind: node-stop, target: {nodes: [worker]}}, ${taint}`;

  test.each(['v1.26.15', 'v1.28.15', 'v1.34.4', 'v1.37.2'])(
    'gives up the pod of a StatefulSet with the next pass of PodGC, and its volume at once, on %s',
    (kubernetes) => {
      const { at } = runOf(set, { kubernetes, inject });
      expect(at('deleting')).toBeLessThan(60);
      expect(at('gone')).toBeGreaterThan(100);
      expect(at('gone')).toBeLessThan(120.1);
      // Detach and attach, a status of the other kubelet, and the start.
      expect(at('ready')).toBeGreaterThan(at('gone') + 2);
      expect(at('ready')).toBeLessThan(at('gone') + 10.4 + 2 + movedSeconds);
    },
  );

  test('gives up neither on v1.25, whose gate is off: the pod is there for as long as the node is not, which plan says', () => {
    const { at, plan } = runOf(set, { kubernetes: 'v1.25.16', inject });
    expect(at('gone')).toBeGreaterThan(600);
    expect(plan.warnings).toEqual([
      'on v1.25.16 out-of-service deletes the pods of its nodes and no more: that they are removed, and their volumes detached, came with v1.26',
      'a StatefulSet makes a pod anew only once the old one is gone: one on an unreachable node stays Terminating until its kubelet is back, or somebody taints the node out-of-service (v1.26 and later)',
      'no formula says when a pod with a volume is back after its node is lost: the volume stays attached there until the old pod is gone, and six minutes more where it is still in use; the model knows it',
      'how long a driver takes to attach and to detach is its own: the model has 1.0 s and 1.0 s, and no driver that fails',
      'v1.25.16 has kubernetes#122338: a kubelet that is restarted reports Ready=False for up to one status period (fixed in v1.31.0)',
      'v1.25.16 has kubernetes#100277: pods with a readiness probe become NotReady when their kubelet is restarted (fixed in v1.35.0)',
    ]);
  });

  test('has its volume moved in the time that its driver takes', () => {
    const readySeconds = (times: string): number => {
      const { at } = runOf(`{replicas: 1, kind: statefulset, volume: {${times}}}`, { inject });
      return at('ready') - at('gone');
    };
    expect(readySeconds('attach: 20s, detach: 15s')).toBeGreaterThan(35 + 0.3);
    expect(readySeconds('attach: 20s, detach: 15s')).toBeLessThan(35 + movedSeconds);
    expect(readySeconds('attach: 0s, detach: 0s')).toBeLessThan(10.4 + movedSeconds);
  });

  test('gives up its volume though force detach is off', () => {
    const { at } = runOf(deployment, { inject, flags: ", disable-force-detach-on-timeout: 'true'" });
    expect(at('gone')).toBeLessThan(120.1);
    expect(at('ready')).toBeLessThan(at('gone') + 15);
  });

  test('loses pods that tolerate its silence for ever, by that taint alone', () => {
    const { at } = runOf('{replicas: 1, volume: {}, tolerations: {unreachable: forever, not-ready: forever}}', {
      inject,
    });
    expect(at('deleting')).toBeGreaterThan(100);
    expect(at('deleting')).toBeLessThan(101);
    expect(at('gone')).toBeLessThan(120.1);
  });

  test('has the taint no more when the fault is undone, and pods are put there again', () => {
    const { events } = runOf(set, { inject });
    const changes = events.flatMap((event) =>
      event.type === 'node.taint' && event.key === 'node.kubernetes.io/out-of-service' ? [event.change] : [],
    );
    expect(changes).toEqual(['added', 'removed']);
    expect(events.flatMap((event) => (event.type === 'fault.attested' ? [event.state] : []))).toEqual(
      Array.from({ length: 4 }, () => 'present'),
    );
    expect(events.findLast((event) => event.type === 'step.ended' && event.kind === 'recover')).toMatchObject({
      outcome: 'done',
    });
  });
});

test('a node that nothing has made silent before is not tainted out-of-service: it would lose what it works on', () => {
  const problem = (inject: string): string => {
    try {
      loaded(set, { inject });
    } catch (thrown) {
      return (thrown as Error).message;
    }
    return '';
  };
  const taint = (target: string, after: string): string => `{kind: out-of-service, target: ${target}, after: ${after}}`;
  const stop = '{kind: node-stop, target: {nodes: [worker]}, after: 10s}';
  expect(problem(`${stop}, ${taint('{nodes: [worker]}', '20s')}`)).toBe('');
  const expected =
    'target: expected nodes that another fault of the phase has made silent before it begins, such as node-stop, received';
  expect(problem(`${stop}, ${taint('{nodes: [worker]}', '10s')}`)).toBe(
    `lost.yaml:9:103: phases[1].inject[1].${expected} worker`,
  );
  expect(problem(`${stop}, ${taint('{role: worker}', '20s')}`)).toBe(
    `lost.yaml:9:103: phases[1].inject[1].${expected} worker2`,
  );
  expect(problem(taint('{role: worker}', '20s'))).toBe(
    `lost.yaml:9:45: phases[1].inject[0].${expected} worker, worker2`,
  );
});

test('figures count what a volume costs', async () => {
  const unavailable = async (workload: string): Promise<number> => {
    const { plan, events, requests } = runOf(workload);
    return (await judge(plan, events, requests)).pods.unavailableSeconds ?? 0;
  };
  const plain = await unavailable('{replicas: 1, terminationGracePeriod: 0s}');
  expect((await unavailable(graceless)) - plain).toBeGreaterThan(360);
});

test('no formula says when such a pod is back, which is said', () => {
  const { plan } = runOf(deployment, { faultSeconds: 60 });
  expect(plan.prediction.lastRefusedAfterUndoMs).toBeNull();
  expect(plan.prediction.requestsLost).toBeNull();
  expect(plan.prediction.replacedAfterMs ?? null).toBeNull();
  expect(plan.warnings.join('\n')).toBe(
    'no formula says when a pod with a volume is back after its node is lost: the volume stays attached there until the old pod is gone, and six minutes more where it is still in use, at once where somebody taints the node out-of-service; the model knows it\nhow long a driver takes to attach and to detach is its own: the model has 1.0 s and 1.0 s, and no driver that fails\nv1.34.4 has kubernetes#100277: pods with a readiness probe become NotReady when their kubelet is restarted (fixed in v1.35.0)',
  );
});

test('several pods of a Deployment and another access mode are refused where they stand', () => {
  const problem = (workload: string): string => {
    try {
      loaded(workload, {});
    } catch (thrown) {
      return (thrown as Error).message;
    }
    return '';
  };
  expect(problem('{replicas: 2, volume: {}}')).toBe(
    'lost.yaml:4:25: workload.volume: expected kind statefulset or 1 replica beside it, for the pods of a Deployment share one volume, which is attached to one node at a time; received 2 replicas',
  );
  expect(problem('{volume: {accessMode: ReadWriteMany}, kind: statefulset}')).toBe(
    'lost.yaml:4:33: workload.volume.accessMode: expected ReadWriteOnce, received "ReadWriteMany"; did you mean "ReadWriteOnce"?',
  );
});

test('a real cluster has none, which is said', () => {
  expect(beyondRealClusters(loaded(set, {}))).toBe(
    'workload.volume: expected none on a real cluster, for kind has no volumes that are attached to a node, received one',
  );
});
