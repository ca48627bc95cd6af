/** ready: it is there and usable. missing: it is not there. broken: it is there and cannot be used as it is. */
export type CheckState = 'ready' | 'missing' | 'broken';

/** In the order in which set-up sees to them: each needs those before it. */
export const checkNames = [
  'disk',
  'engine',
  'reach',
  'inotify',
  'privileged',
  'kind',
  'node-image',
  'workload-image',
  'load-balancer-image',
  'kwok',
] as const;

export type CheckName = (typeof checkNames)[number];

/** One thing the kind backend needs, as it stands on this machine. */
export type EnvironmentCheck = {
  readonly name: CheckName;
  readonly state: CheckState;
  /** What there is, in words; null where there is nothing or nothing could be seen. */
  readonly found: string | null;
  /** What is wrong with it; null where nothing is. */
  readonly problem: string | null;
  /** The command that fixes it, or that would improve on what is ready; null where there is nothing to do. */
  readonly fix: string | null;
  readonly requiredFor: RequiredFor;
};

/** `ha`: needed by clusters with several control planes only. `hollow`: by those with hollow nodes only. */
export type RequiredFor = 'kind' | 'ha' | 'hollow';

export const ready = (name: CheckName, found: string, fix: string | null = null): EnvironmentCheck => ({
  name,
  state: 'ready',
  found,
  problem: null,
  fix,
  requiredFor: requiredFor(name),
});

export const notReady = (
  name: CheckName,
  state: 'missing' | 'broken',
  problem: string,
  fix: string,
  found: string | null = null,
): EnvironmentCheck => ({ name, state, found, problem, fix, requiredFor: requiredFor(name) });

const onlyFor: Readonly<Partial<Record<CheckName, RequiredFor>>> = { 'load-balancer-image': 'ha', kwok: 'hollow' };

const requiredFor = (name: CheckName): RequiredFor => onlyFor[name] ?? 'kind';

/** Whether a cluster with one control plane can be made here. */
export const kindIsReady = (checks: readonly EnvironmentCheck[]): boolean =>
  checks.every((check) => check.requiredFor !== 'kind' || check.state === 'ready');
