import { parseGoBoolean } from '../../profile/index.ts';
import { gateDefaultsTable, gateNeedsTable } from './gate-needs-table.ts';
import { readTable, type Stated, statedBy } from './minor-ranges.ts';

const [needs, defaults] = [readTable(gateNeedsTable), readTable(gateDefaultsTable)];

/** Pairs of `gate` and the `other` that it needs, on a minor. */
const pairsOn = (minor: number): readonly { readonly gate: string; readonly other: string }[] =>
  [...needs].flatMap(([pair, stated]) => {
    const [gate = '', other = ''] = pair.split('<');
    return stated(minor) === null ? [] : [{ gate, other }];
  });

/**
 * Gates that are on, by themselves or because they are set, while one that they need is off: the component ends.
 * @param set what is set, by name; `null`: set to what is not known here
 * @see component-base featuregate/feature_gate.go, unsafeSetFromMap: "is enabled, but depends on features that are disabled"
 */
export const missingGates = (
  set: ReadonlyMap<string, boolean | null>,
  minor: number,
): readonly { readonly gate: string; readonly other: string; readonly isKnown: boolean }[] => {
  const state = (name: string): boolean | null => {
    const own = set.get(name);
    if (own !== undefined) return own;
    const stated = defaults.get(name)?.(minor) ?? null;
    return stated === 'T' ? true : stated === 'F' ? false : null;
  };
  return pairsOn(minor).flatMap(({ gate, other }) => {
    if (!set.has(gate) && !set.has(other)) return [];
    const [on, has] = [state(gate), state(other)];
    if (on === false || has === true) return [];
    return [{ gate, other, isKnown: on === true && has === false }];
  });
};

/**
 * Settings of a kubelet, by the names of their flags, that need a gate; and what that is where nobody sets it.
 * @see kubernetes pkg/kubelet/apis/config/validation/validation.go; cmd/kubelet/app/server.go, RunKubelet and
 *   parseResourceList; pkg/features/kube_features.go, of each minor
 */
const gated: readonly {
  readonly names: readonly string[];
  readonly isAsked: (value: string) => boolean;
  readonly gate: string;
  readonly stated: Stated;
}[] = [
  {
    names: ['seccomp-default'],
    isAsked: (value) => parseGoBoolean(value) === true,
    gate: 'SeccompDefault',
    stated: statedBy('F22-24 T25-37'),
  },
  {
    names: ['rotate-server-certificates'],
    isAsked: (value) => parseGoBoolean(value) === true,
    gate: 'RotateKubeletServerCertificate',
    stated: statedBy('F11 T12-37'),
  },
  {
    names: ['shutdown-grace-period', 'shutdown-grace-period-critical-pods'],
    isAsked: () => true,
    gate: 'GracefulNodeShutdown',
    stated: statedBy('F20 T21-37'),
  },
  {
    names: ['image-maximum-gc-age'],
    isAsked: () => true,
    gate: 'ImageMaximumGCAge',
    stated: statedBy('F29 T30-37'),
  },
  {
    names: ['topology-manager-policy', 'topology-manager-scope'],
    isAsked: (value) => !['', 'none', 'container'].includes(value),
    gate: 'TopologyManager',
    stated: statedBy('F16-17 T18-37'),
  },
  {
    names: ['kube-reserved', 'system-reserved'],
    isAsked: (value) => /(?:^|,)pid=/.test(value),
    gate: 'SupportNodePidsLimit',
    stated: statedBy('F11-14 T15-37'),
  },
];

/** The gate that a kubelet does not start without, where it is off or may be. */
export const gateLackedBy = (
  name: string,
  value: string,
  set: ReadonlyMap<string, boolean | null>,
  minor: number,
): { readonly gate: string; readonly isKnown: boolean } | null => {
  const need = gated.find(({ names, isAsked }) => names.includes(name) && isAsked(value));
  if (need === undefined) return null;
  const own = set.get(need.gate);
  // A minor that is not stated has no such field, and leaves it out.
  const on = own === undefined ? need.stated(minor) !== 'F' : own;
  return on === true ? null : { gate: need.gate, isKnown: on === false };
};
