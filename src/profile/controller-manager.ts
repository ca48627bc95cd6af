import * as z from 'zod';
import { formatDuration, parseDurationMs } from '../common/duration.ts';
import type { Frozen } from '../common/frozen.ts';
import { parseValue, type ValueKind } from './go-values.ts';

export const controllerManagerShape = z
  .strictObject({
    nodeStartupGracePeriodMs: z.number(),
    nodeEvictionRatePerSecond: z
      .number()
      .describe(
        'Nodes of a zone that may lose their pods in a second: in order, and while a large zone is partly down.',
      ),
    secondaryNodeEvictionRatePerSecond: z.number(),
    largeClusterSizeThreshold: z.number(),
    unhealthyZoneThreshold: z.number().describe('From 0 to 1.'),
    kubeApiRequestsPerSecond: z.number(),
    kubeApiBurst: z.number(),
    leaderElectLeaseDurationMs: z.number(),
    leaderElectRenewDeadlineMs: z.number(),
    leaderElectRetryPeriodMs: z.number(),
    disableForceDetachOnTimeout: z
      .literal(true)
      .describe('No volume is taken from a lost node that has it in use. Left out where it is after six minutes.')
      .exactOptional(),
  })
  .meta({
    id: 'ControllerManagerSettings',
    description: 'What a kube-controller-manager runs with beyond what profiles speak of.',
  });

export type ControllerManagerSettings = Frozen<z.infer<typeof controllerManagerShape>>;

/**
 * The same on every version.
 * @see kubernetes cmd/kube-controller-manager/app/options, pkg/controller/nodelifecycle/config/v1alpha1;
 *   k8s.io/component-base config/v1alpha1, RecommendedDefaultLeaderElectionConfiguration
 */
export const controllerManagerDefaults: ControllerManagerSettings = {
  nodeStartupGracePeriodMs: 60_000,
  nodeEvictionRatePerSecond: 0.1,
  secondaryNodeEvictionRatePerSecond: 0.01,
  largeClusterSizeThreshold: 50,
  unhealthyZoneThreshold: 0.55,
  kubeApiRequestsPerSecond: 20,
  kubeApiBurst: 30,
  leaderElectLeaseDurationMs: 15_000,
  leaderElectRenewDeadlineMs: 10_000,
  leaderElectRetryPeriodMs: 2000,
};

type Name = Exclude<keyof ControllerManagerSettings, 'disableForceDetachOnTimeout'>;

type Flag = {
  readonly setting: Name;
  readonly kind: Extract<ValueKind, 'duration' | 'number' | 'integer'>;
  /** Values that are modelled. Others a component takes too, and does something of its own with them. */
  readonly holds: (value: number) => boolean;
  /** The closed formulas know it; the model knows all of them. */
  readonly inFormulas: boolean;
};

const any = (): boolean => true;
const positive = (value: number): boolean => value > 0;
const atLeastOne = (value: number): boolean => value >= 1;
/** A Lease has whole seconds, and none of 0. */
const atLeastASecond = (ms: number): boolean => ms >= 1000;
/** A tenth of their defaults: below, what a candidate does depends on how fast the API server answers. */
const atLeastMs =
  (minMs: number) =>
  (ms: number): boolean =>
    ms >= minMs;
const notNegative = (value: number): boolean => value >= 0;
const flag = (setting: Name, kind: Flag['kind'], holds: Flag['holds'], inFormulas = false): Flag => ({
  setting,
  kind,
  holds,
  inFormulas,
});

/**
 * The flags, by name. A first rate of 0 lets one node through all the same; a client without a limit, or with none
 * allowed at once, is another client, and one of less than a request in a second is late with every step, which no formula
 * knows.
 * @see kubernetes pkg/controller/nodelifecycle/scheduler, SwapLimiter; k8s.io/client-go rest/config.go, QPS and Burst
 */
const flags: Readonly<Record<string, Flag>> = {
  'node-startup-grace-period': flag('nodeStartupGracePeriodMs', 'duration', notNegative),
  'node-eviction-rate': flag('nodeEvictionRatePerSecond', 'number', positive, true),
  'secondary-node-eviction-rate': flag('secondaryNodeEvictionRatePerSecond', 'number', notNegative, true),
  'large-cluster-size-threshold': flag('largeClusterSizeThreshold', 'integer', any, true),
  'unhealthy-zone-threshold': flag('unhealthyZoneThreshold', 'number', any, true),
  'kube-api-qps': flag('kubeApiRequestsPerSecond', 'number', atLeastOne, true),
  'kube-api-burst': flag('kubeApiBurst', 'integer', positive, true),
  'leader-elect-lease-duration': flag('leaderElectLeaseDurationMs', 'duration', atLeastASecond),
  'leader-elect-renew-deadline': flag('leaderElectRenewDeadlineMs', 'duration', atLeastMs(1000)),
  'leader-elect-retry-period': flag('leaderElectRetryPeriodMs', 'duration', atLeastMs(200)),
};

/**
 * A flag that is on or off, off by default and on every version before it came, v1.30.
 * @see kubernetes cmd/kube-controller-manager/app/options/attachdetachcontroller.go
 */
const forceDetachFlag = 'disable-force-detach-on-timeout';

/** NaN and infinity are none that is modelled. */
const isModelled = ({ holds }: Flag, value: number): boolean => Number.isFinite(value) && holds(value);

/** How the values of these flags are read. */
export const controllerManagerFlagKinds: Readonly<Record<string, ValueKind>> = {
  ...Object.fromEntries(Object.entries(flags).map(([name, { kind }]) => [name, kind])),
  [forceDetachFlag]: 'boolean',
};

/** What holds where nothing is said of these settings in `effective`, as in plans that were written before they were known. */
export const controllerManagerOf = ({
  controllerManager,
}: {
  readonly controllerManager?: ControllerManagerSettings;
}): ControllerManagerSettings => controllerManager ?? controllerManagerDefaults;

/** Settings of which a smaller value makes evictions wait. */
const budget = ['kubeApiRequestsPerSecond', 'kubeApiBurst'] as const satisfies readonly Name[];

/**
 * Whether the controller manager may ask no less of an API server than by default: a node's pods are marked, and it is tainted,
 * by such requests, then its pods are deleted by others, and closed formulas of one silent node leave out that they wait.
 */
export const hasEvictionBudget = (effective: Parameters<typeof controllerManagerOf>[0]): boolean =>
  budget.every((name) => controllerManagerOf(effective)[name] >= controllerManagerDefaults[name]);

/** Every one of these settings by its flag, as a number in the unit of `ControllerManagerSettings` and as text. */
export const controllerManagerFigures: readonly {
  readonly flag: string;
  readonly value: (settings: ControllerManagerSettings) => number;
  readonly text: (settings: ControllerManagerSettings) => string;
}[] = Object.entries(flags).map(([name, { setting, kind }]) => ({
  flag: name,
  value: (settings) => settings[setting],
  text: (settings) => (kind === 'duration' ? formatDuration(settings[setting]) : String(settings[setting])),
}));

const numberOf = ({ kind }: Flag, value: string): number | null => {
  const parsed = parseValue(kind, value);
  return typeof parsed === 'number' ? parsed : null;
};

/**
 * What flags make of these settings; a value that is refused, or that is not modelled, counts as the default.
 * @returns null where all of it is default
 */
export const controllerManagerFrom = (args: Readonly<Record<string, string>>): ControllerManagerSettings | null => {
  const changed = Object.entries(flags).flatMap(([name, known]) => {
    const value = args[name] === undefined ? null : numberOf(known, args[name]);
    const isOther = value !== null && isModelled(known, value) && value !== controllerManagerDefaults[known.setting];
    return isOther ? [[known.setting, value]] : [];
  });
  const isForceless = parseValue('boolean', args[forceDetachFlag] ?? '') === true;
  if (changed.length === 0 && !isForceless) return null;
  return {
    ...controllerManagerDefaults,
    ...Object.fromEntries(changed),
    ...(isForceless ? { disableForceDetachOnTimeout: true } : {}),
  };
};

export type ControllerManagerRemark = {
  readonly name: string;
  readonly weight: 'fatal' | 'unknown' | 'note';
  readonly about: 'all' | 'eviction' | null;
  readonly text: string;
};

const defaultText = ({ setting, kind }: Flag): string =>
  kind === 'duration' ? formatDuration(controllerManagerDefaults[setting]) : String(controllerManagerDefaults[setting]);

const remarkOnForceDetach = (value: string): readonly ControllerManagerRemark[] => {
  const isOn = parseValue('boolean', value);
  if (isOn === null) return [];
  const name = forceDetachFlag;
  if (!isOn) return [{ name, weight: 'note', about: null, text: `${name} ${value} is the default` }];
  const text = `${name} ${value} keeps a volume that a lost node has in use there: simulations of a workload with a volume know that, no closed formula and no real run does`;
  return [{ name, weight: 'note', about: null, text }];
};

const remarkOn = (name: string, value: string): readonly ControllerManagerRemark[] => {
  if (name === forceDetachFlag) return remarkOnForceDetach(value);
  const known = Object.hasOwn(flags, name) ? flags[name] : undefined;
  const number = known === undefined ? null : numberOf(known, value);
  if (known === undefined || number === null) return [];
  const standard = defaultText(known);
  if (!isModelled(known, number)) {
    const text = `--${name}=${value} is read and not modelled; its default is ${standard}`;
    return [{ name, weight: 'unknown', about: name.includes('eviction-rate') ? 'eviction' : 'all', text }];
  }
  if (number === controllerManagerDefaults[known.setting]) {
    return [{ name, weight: 'note', about: null, text: `${name} ${value} is the default` }];
  }
  const isShort = budget.some((each) => each === known.setting) && number < controllerManagerDefaults[known.setting];
  const by = isShort
    ? ', for which evictions wait as the model knows and no closed formula'
    : known.inFormulas
      ? ''
      : ', which the model knows and no closed formula';
  return [{ name, weight: 'note', about: null, text: `${name} ${value}${by}: the default is ${standard}` }];
};

/** No candidate starts otherwise. @see k8s.io/client-go tools/leaderelection, NewLeaderElector (JitterFactor 1.2) */
const electionProblems = (args: Readonly<Record<string, string>>): readonly ControllerManagerRemark[] => {
  const ms = (name: string, fallbackMs: number): number => parseDurationMs(args[name] ?? '') ?? fallbackMs;
  const [lease, deadline, retry] = [
    'leader-elect-lease-duration',
    'leader-elect-renew-deadline',
    'leader-elect-retry-period',
  ] as const;
  const leaseMs = ms(lease, controllerManagerDefaults.leaderElectLeaseDurationMs);
  const deadlineMs = ms(deadline, controllerManagerDefaults.leaderElectRenewDeadlineMs);
  const retryMs = ms(retry, controllerManagerDefaults.leaderElectRetryPeriodMs);
  const present = [lease, deadline, retry].filter((name) => args[name] !== undefined);
  const [name] = present;
  if (name === undefined) return [];
  const fatal = (text: string): ControllerManagerRemark => ({ name, weight: 'fatal', about: null, text });
  return [
    ...(leaseMs > deadlineMs
      ? []
      : [
          fatal(
            `${lease}: expected more than ${deadline}, ${formatDuration(deadlineMs)}, received ${formatDuration(leaseMs)}: kube-controller-manager ends`,
          ),
        ]),
    ...(deadlineMs > 1.2 * retryMs
      ? []
      : [
          fatal(
            `${deadline}: expected more than 1.2 times ${retry}, ${formatDuration(retryMs)}, received ${formatDuration(deadlineMs)}: kube-controller-manager ends`,
          ),
        ]),
  ];
};

/** Findings of these settings. */
export const controllerManagerRemarks = (
  args: Readonly<Record<string, string>>,
): readonly ControllerManagerRemark[] => [
  ...electionProblems(args),
  ...Object.entries(args).flatMap(([name, value]) => remarkOn(name, value)),
];
