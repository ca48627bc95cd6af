import type { PlannedFault, PlannedFaultOf } from '../../plan/index.ts';
import type { NetemAmounts } from '../netem/arguments.ts';
import { asNetem } from '../path/latency.ts';
import type { ApiServerPlace } from '../unattended/unattended.ts';

/** Kinds of fault that NetworkChaos can make between a node and its API servers. */
export const chaosMeshKinds = ['partition', 'netem', 'latency'] as const;

export type ChaosMeshFault = PlannedFaultOf<'partition'> | PlannedFaultOf<'netem'> | PlannedFaultOf<'latency'>;

/** Whether Chaos Mesh has that kind at all. */
export const isChaosMeshFault = (fault: PlannedFault): fault is ChaosMeshFault =>
  (chaosMeshKinds as readonly string[]).includes(fault.kind);

/** What is done to packets, in the words of NetworkChaos: a part of its `spec`. */
export type NetworkChaosAction = {
  readonly action: 'partition' | 'delay' | 'netem';
  readonly direction: 'to' | 'from' | 'both';
  /** IPv4 addresses, with their ports where only these are meant. */
  readonly externalTargets: readonly string[];
  /** The node's device towards them: without it Chaos Mesh takes `eth0`. */
  readonly device: string;
} & Readonly<Record<string, unknown>>;

type Chance = NonNullable<NetemAmounts['duplicate']>;

const amountsOf = (fault: PlannedFaultOf<'netem'> | PlannedFaultOf<'latency'>): PlannedFaultOf<'netem'> =>
  fault.kind === 'latency' ? asNetem(fault) : fault;

const partitionProblems = ({ by, traffic, direction }: PlannedFaultOf<'partition'>): readonly string[] => [
  ...(by === 'drop' ? [] : [`expected by: drop, received by: ${by}: it drops, and nothing else`]),
  ...(traffic === 'all' || direction === 'to'
    ? []
    : [
        `expected direction: to, or traffic: all, received direction: ${direction} of control traffic: of what comes in it knows no port of the sender`,
      ]),
];

const netemProblems = ({ delay, loss, slot, direction }: PlannedFaultOf<'netem'>): readonly string[] => [
  ...(direction === 'to'
    ? []
    : [
        `expected direction: to, received direction: ${direction}: towards addresses outside of pods it acts on what goes out, and on nothing else`,
      ]),
  ...(delay?.distribution == null ? [] : ['expected no distribution of the delay, which it has not']),
  ...(loss !== null && 'gemodel' in loss ? ['expected no loss in bursts (gemodel), which it has not'] : []),
  ...(slot === null ? [] : ['expected no slot, which it has not']),
];

/**
 * What of a fault NetworkChaos cannot be asked for, in words; empty where it can. Pure.
 * @see chaos-mesh pkg/chaosdaemon/iptables_server.go: a chain drops, and of what comes in it matches the node's own port;
 *   api/v1alpha1/networkchaos_webhook.go: no `from` and `both` with external targets but for a partition;
 *   networkchaos_types.go: what of netem there is
 */
export const chaosMeshProblems = (fault: PlannedFault): readonly string[] => {
  if (!isChaosMeshFault(fault)) {
    return [`expected one of ${chaosMeshKinds.join(', ')}, received ${fault.kind}, which NetworkChaos has not`];
  }
  return fault.kind === 'partition' ? partitionProblems(fault) : netemProblems(amountsOf(fault));
};

/** As Go reads it. @see CRD: `^[0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h)$` */
const goDuration = (ms: number): string => `${Number(ms.toFixed(3))}ms`;

const chance = (name: string, one: Chance): Readonly<Record<string, string>> => ({
  [name]: String(one.percent),
  correlation: String(one.correlationPercent),
});

const parameters = ({ delay, loss, duplicate, corrupt, rateBitsPerSecond }: NetemAmounts) => ({
  ...(delay === null
    ? {}
    : {
        delay: {
          ...{ latency: goDuration(delay.delayMs), jitter: goDuration(delay.jitterMs) },
          correlation: String(delay.correlationPercent),
          ...(delay.reorder === null
            ? {}
            : { reorder: { ...chance('reorder', delay.reorder), gap: delay.reorder.gap } }),
        },
      }),
  ...(loss !== null && 'percent' in loss ? { loss: chance('loss', loss) } : {}),
  ...(duplicate === null ? {} : { duplicate: chance('duplicate', duplicate) }),
  ...(corrupt === null ? {} : { corrupt: chance('corrupt', corrupt) }),
  // Bytes a second in the words of tc, and of every version of Chaos Mesh.
  ...(rateBitsPerSecond === null ? {} : { rate: { rate: `${Math.round(rateBitsPerSecond / 8)}bps` } }),
});

/** Where it acts, once the node has said so. */
export type ChaosMeshPlace = { readonly device: string; readonly apiServers: readonly ApiServerPlace[] };

/**
 * What Chaos Mesh is asked to do to packets towards the API servers alone, for a fault without `chaosMeshProblems`. Pure.
 * @see chaos-mesh config/crd/bases/chaos-mesh.org_networkchaos.yaml
 */
export const networkChaosAction = (
  fault: ChaosMeshFault,
  { device, apiServers }: ChaosMeshPlace,
): NetworkChaosAction => {
  const isAll = fault.kind === 'partition' && fault.traffic === 'all';
  const targets = apiServers.map(({ address, port }) => (isAll ? address : `${address}:${port}`));
  const where = { direction: fault.direction, externalTargets: [...new Set(targets)], device };
  if (fault.kind === 'partition') return { action: 'partition', ...where };
  const asked = parameters(amountsOf(fault));
  const isDelay = Object.keys(asked).join() === 'delay';
  return { action: isDelay ? 'delay' : 'netem', ...where, ...asked };
};
