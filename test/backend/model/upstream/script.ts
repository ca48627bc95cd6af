import type { CaseToleration, StatusEntry, UpstreamCase } from './read.ts';

/** A case made exact: what is written, what is run and when it is probed, one step after the other. Seconds. */
export type Script = {
  readonly id: string;
  readonly settings: {
    readonly periodS: number;
    readonly graceS: number;
    readonly startupGraceS: number;
    readonly evictionQps: number;
    readonly secondaryQps: number;
    readonly largeCluster: number;
    readonly unhealthyZone: number;
    /** Null: pods go by tolerations. */
    readonly podEvictionTimeoutS: number | null;
  };
  readonly nodes: readonly ScriptNode[];
  readonly pods: readonly ScriptPod[];
  /** `passes`: nothing runs by itself, steps call single passes. `run`: the controllers run from the first step on. */
  readonly mode: 'passes' | 'run';
  /** When the case's own zero is, after the controllers' start. */
  readonly zeroS: number;
  readonly steps: readonly Step[];
  /** The controllers' watch of leases stands still, while kubelets go on renewing. */
  readonly blindToLeases: boolean;
  readonly failures: readonly { readonly request: 'list pods' | 'update pod status'; readonly nth: number }[];
};

export type ScriptNode = {
  readonly name: string;
  readonly region: string | null;
  readonly zone: string | null;
  readonly labels: readonly string[];
  readonly createdS: number;
  /** As it is when the controllers start; null where it comes later. */
  readonly status: NodeStatus | null;
  readonly leaseS: number | null;
};

export type NodeStatus = {
  readonly ready: 'True' | 'False' | 'Unknown' | null;
  readonly heartbeatS: number;
  readonly transitionS: number;
  readonly conditions: readonly { readonly type: string; readonly status: 'True' | 'False' | 'Unknown' }[];
};

export type ScriptPod = {
  readonly name: string;
  readonly node: string | null;
  readonly ready: boolean;
  readonly daemon: boolean;
  /** Comes in a step of its own. */
  readonly later: boolean;
  /** By the taint's key: seconds, or for ever. */
  readonly tolerations: Readonly<Record<string, number | 'forever'>>;
};

export type PassKind = 'health' | 'noexecute' | 'noschedule' | 'evict';

export type Step =
  | { readonly do: 'wait'; readonly untilS: number }
  | { readonly do: 'status'; readonly node: string; readonly status: NodeStatus }
  | { readonly do: 'appear'; readonly node: string; readonly status: NodeStatus }
  | { readonly do: 'lease'; readonly node: string; readonly renewS: number }
  | { readonly do: 'taints'; readonly node: string; readonly keys: readonly string[] }
  | { readonly do: 'pod'; readonly pod: string; readonly node: string | null }
  | { readonly do: 'tolerations'; readonly pod: string; readonly tolerations: ScriptPod['tolerations'] }
  | { readonly do: 'pass'; readonly kind: PassKind }
  | { readonly do: 'probe'; readonly atS: number };

/** Events count from so long after the controllers' start, so that everything runs; a trace of nodes from the start. */
const eventsBeginS = 1;
/** Between writes of one moment, so that each is seen. */
export const betweenS = 0.02;
/** A kubelet of which nothing is said renews its lease so often. */
const healthyRenewalS = 10;
const blindRenewalS = 0.5;

const tolerationsOf = (list: readonly CaseToleration[] = []): ScriptPod['tolerations'] => {
  const found: Record<string, number | 'forever'> = {};
  for (const { key, effect, tolerationSeconds } of list) {
    // The first that matches a taint is the one that counts.
    if (effect !== 'NoSchedule') found[key] ??= tolerationSeconds ?? 'forever';
  }
  return found;
};

/** What admission adds to a pod that says nothing of these taints. @see kubernetes defaulttolerationseconds */
const withAdmission = (own: ScriptPod['tolerations']): ScriptPod['tolerations'] => ({
  'node.kubernetes.io/not-ready': 300,
  'node.kubernetes.io/unreachable': 300,
  ...own,
});

const secondsOf = ({ at_s }: StatusEntry): number => Number.parseFloat(String(at_s));

const statusOf = (entry: StatusEntry): NodeStatus => ({
  ready: entry.ready ?? null,
  heartbeatS: entry.heartbeat_s ?? secondsOf(entry),
  transitionS: entry.transition_s ?? secondsOf(entry),
  conditions: entry.conditions ?? [],
});

/** Whether something is evicted can be seen only where there are pods. */
const pod = (node: string): ScriptPod => ({
  name: `${node}-pod`,
  node,
  ready: true,
  daemon: false,
  later: false,
  tolerations: {},
});

const podsOf = ({ pods, nodes = [], source, level, passes, expect }: UpstreamCase): readonly ScriptPod[] => {
  const asksForAny = expect.some(({ evicts }) => evicts !== undefined);
  return pods === undefined && asksForAny
    ? nodes.map(({ name }) => pod(name))
    : namedPods({ pods, source, level, passes });
};

const namedPods = ({
  pods = [],
  source,
  level,
  passes,
}: Pick<UpstreamCase, 'pods' | 'source' | 'level' | 'passes'>): readonly ScriptPod[] =>
  pods.flatMap(({ name, node, ready, ownedBy, tolerations, generate }) =>
    Array.from({ length: generate ?? 1 }, (_, index) => {
      const named = (text: string): string =>
        text
          .replace(/\{i mod (\d+)\}/g, (_all, by: string) => String(index % Number(by)))
          .replaceAll('{i}', String(index));
      const own = tolerationsOf(tolerations);
      return {
        name: named(name),
        node: node === null ? null : named(node),
        ready: ready ?? true,
        daemon: ownedBy === 'DaemonSet',
        // These call processPod after the pass: the pod is one that comes, or changes, then.
        later: source.test === 'TestProcessPodMarkPodNotReady' && passes !== undefined,
        tolerations: level === 'integration' || level === 'e2e' ? withAdmission(own) : own,
      };
    }),
  );

const settingsOf = ({ flags }: UpstreamCase, graceS: number | null): Script['settings'] => ({
  periodS: flags.nodeMonitorPeriod_s ?? 5,
  graceS: graceS ?? flags.nodeMonitorGracePeriod_s ?? 40,
  startupGraceS: flags.nodeStartupGracePeriod_s ?? 60,
  evictionQps: flags.nodeEvictionRate_qps ?? 0.1,
  secondaryQps: flags.secondaryNodeEvictionRate_qps ?? 0.01,
  largeCluster: flags.largeClusterSizeThreshold ?? 50,
  unhealthyZone: flags.unhealthyZoneThreshold ?? 0.55,
  podEvictionTimeoutS: flags.enableTaintManager === false ? (flags.podEvictionTimeout_s ?? 300) : null,
});

/** Before which pass an entry of the trace is written; -1 where no pass comes after it. */
const passOf = (entry: StatusEntry, earlierAtSameTime: number, passes: NonNullable<UpstreamCase['passes']>): number => {
  if (entry.afterPass !== undefined) return entry.afterPass;
  const atS = secondsOf(entry);
  const rank = String(entry.at_s).endsWith('+') ? 1 : earlierAtSameTime;
  const same = passes.flatMap(({ at_s }, index) => (at_s === atS ? [index] : []));
  return same[rank] ?? passes.findIndex(({ at_s }) => at_s > atS);
};

type Write = { readonly name: string; readonly entry: StatusEntry; readonly before: number };

const writesOf = ({ nodes = [], passes = [] }: UpstreamCase): readonly Write[] =>
  nodes.flatMap(({ name, trace }) =>
    trace.map((entry, index) => {
      const plain = trace
        .slice(0, index)
        .filter(({ afterPass, afterHealthOfPass }) => (afterPass ?? afterHealthOfPass) === undefined);
      const earlier = plain.filter((other) => other.at_s === entry.at_s).length;
      return { name, entry, before: entry.afterHealthOfPass === undefined ? passOf(entry, earlier, passes) : -1 };
    }),
  );

/** What asks for live leases is about a cache that does not get them. */
const isBlindToLeases = ({ expect }: UpstreamCase): boolean =>
  expect.some(({ liveLeaseGETs }) => liveLeaseGETs !== undefined);

const nodesOf = (upstreamCase: UpstreamCase): readonly ScriptNode[] => {
  const events = upstreamCase.events ?? [];
  const bare = [
    ...(upstreamCase.pods ?? []).map(({ node }) => node),
    ...events.map(({ node, bindTo }) => node ?? bindTo ?? null),
  ];
  if (upstreamCase.nodes === undefined && isBlindToLeases(upstreamCase)) bare.push('node');
  const named = (upstreamCase.nodes ?? []).map((node): ScriptNode => {
    const [first] = node.trace;
    const absent = node.appearsAfterPass !== undefined;
    const status = first === undefined ? null : statusOf(first);
    return {
      name: node.name,
      region: node.region ?? null,
      zone: node.zone ?? null,
      labels: Object.keys(node.labels ?? {}),
      createdS: node.created_s,
      status: absent ? null : status,
      leaseS: absent ? null : (first?.leaseRenewed_s ?? null),
    };
  });
  const healthy = [...new Set(bare)].flatMap((name): ScriptNode[] =>
    name === null || name.includes('{') || named.some((node) => node.name === name)
      ? []
      : [
          {
            name,
            region: null,
            zone: null,
            labels: [],
            createdS: -3600,
            status: { ready: 'True', heartbeatS: 0, transitionS: 0, conditions: [] },
            leaseS: 0,
          },
        ],
  );
  return [...named, ...healthy];
};

const passSteps = (upstreamCase: UpstreamCase, pods: readonly ScriptPod[]): readonly Step[] => {
  const { nodes = [], passes = [] } = upstreamCase;
  const writes = writesOf(upstreamCase);
  const steps: Step[] = [];
  const renewedS = new Map(nodes.map(({ name, trace }) => [name, trace[0]?.leaseRenewed_s]));
  const write = ({ name, entry }: Write): void => {
    steps.push({ do: 'status', node: name, status: statusOf(entry) });
    const renewS = entry.leaseRenewed_s;
    // One that is as it was is not written.
    if (renewS !== undefined && renewS !== renewedS.get(name)) steps.push({ do: 'lease', node: name, renewS });
    renewedS.set(name, renewS);
  };
  const isFirst = ({ name, entry }: Write): boolean => nodes.find((node) => node.name === name)?.trace[0] === entry;
  const coming = pods.filter(({ later }) => later).map(({ name, node }): Step => ({ do: 'pod', pod: name, node }));
  if (passes.length === 0) steps.push(...coming, { do: 'probe', atS: 0 });
  for (const [index, { at_s, do: kinds }] of passes.entries()) {
    for (const { name, trace, appearsAfterPass } of nodes) {
      const [first] = trace;
      if (appearsAfterPass === index && first !== undefined)
        steps.push({ do: 'appear', node: name, status: statusOf(first) });
    }
    for (const one of writes) if (one.before === index && !isFirst(one)) write(one);
    steps.push({ do: 'wait', untilS: at_s });
    for (const kind of kinds) {
      if (kind === 'status') continue;
      steps.push({ do: 'pass', kind });
      if (kind !== 'health') continue;
      for (const one of writes) if (one.entry.afterHealthOfPass === index + 1) write(one);
    }
    if (index === passes.length - 1) steps.push(...coming);
    steps.push({ do: 'probe', atS: at_s });
  }
  return steps;
};

const maxOf = (values: readonly (number | undefined)[]): number => Math.max(0, ...values.map((value) => value ?? 0));

/** How long a running case has to be watched, from its own zero. */
const horizonS = ({ expect, events = [], nodes = [] }: UpstreamCase): number =>
  5 +
  maxOf([
    ...events.map(({ at_s }) => at_s),
    ...nodes.flatMap(({ trace }) => trace.map(secondsOf)),
    ...expect.flatMap((one) => [
      one.at_s,
      one.until_s,
      one.then?.in_s,
      ...Object.values({ ...one.deleted, ...one.deletedWithin_s }),
      ...Object.values({ ...one.goneWithin_s, ...one.notDeletedBefore_s }),
    ]),
  ]);

const zeroOf = ({ nodes, passes }: UpstreamCase): number =>
  nodes === undefined && passes === undefined ? eventsBeginS : 0;

const runSteps = (upstreamCase: UpstreamCase, nodes: readonly ScriptNode[]): readonly Step[] => {
  const zeroS = zeroOf(upstreamCase);
  const { events = [] } = upstreamCase;
  const endS = horizonS(upstreamCase);
  const timed: { readonly atS: number; readonly step: Step }[] = [];
  for (const { at_s, node, noExecuteTaints, pod, bindTo, tolerations } of events) {
    if (node !== undefined && noExecuteTaints !== undefined) {
      timed.push({ atS: at_s, step: { do: 'taints', node, keys: noExecuteTaints } });
    }
    if (pod !== undefined && bindTo !== undefined) timed.push({ atS: at_s, step: { do: 'pod', pod, node: bindTo } });
    if (pod !== undefined && tolerations !== undefined) {
      timed.push({ atS: at_s, step: { do: 'tolerations', pod, tolerations: tolerationsOf(tolerations) } });
    }
  }
  for (const { name, trace } of upstreamCase.nodes ?? []) {
    for (const entry of trace.slice(1)) {
      // What a trace shows at a time has been written just before.
      const atS = secondsOf(entry) - betweenS;
      timed.push({ atS, step: { do: 'status', node: name, status: statusOf(entry) } });
    }
  }
  for (const { name, leaseS } of nodes) {
    // A node that nothing is said of is one whose kubelet goes on renewing.
    if (leaseS === null || upstreamCase.nodes?.some((node) => node.name === name) === true) continue;
    const everyS = isBlindToLeases(upstreamCase) ? blindRenewalS : healthyRenewalS;
    for (let atS = everyS; atS < endS; atS += everyS) {
      timed.push({ atS, step: { do: 'lease', node: name, renewS: zeroS + atS } });
    }
  }
  timed.sort((a, b) => a.atS - b.atS);
  return [
    ...timed.flatMap(({ atS, step }): Step[] => [{ do: 'wait', untilS: zeroS + atS }, step]),
    { do: 'wait', untilS: zeroS + endS },
    { do: 'probe', atS: endS },
  ];
};

const failuresOf = ({ faults = [] }: UpstreamCase): Script['failures'] =>
  faults
    .filter(({ fails }) => fails)
    .map(({ request, nth }) => ({ request: /^list\b/i.test(request) ? 'list pods' : 'update pod status', nth }));

/** @param graceS instead of the case's own, as its `validFor` has it for other versions; null for the case's own */
export const scriptOf = (upstreamCase: UpstreamCase, graceS: number | null = null): Script => {
  const pods = podsOf(upstreamCase);
  const nodes = nodesOf(upstreamCase);
  const mode = upstreamCase.passes === undefined ? 'run' : 'passes';
  return {
    id: upstreamCase.id,
    settings: settingsOf(upstreamCase, graceS),
    nodes,
    pods,
    mode,
    zeroS: zeroOf(upstreamCase),
    steps: mode === 'run' ? runSteps(upstreamCase, nodes) : passSteps(upstreamCase, pods),
    blindToLeases: isBlindToLeases(upstreamCase),
    failures: failuresOf(upstreamCase),
  };
};
