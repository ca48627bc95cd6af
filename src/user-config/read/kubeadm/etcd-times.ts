import type { FoundAside } from '../asides.ts';
import { isMapping } from '../document.ts';

/** Milliseconds. @see etcd server/embed/config.go, NewConfig */
const defaults: Readonly<Record<string, number>> = { 'heartbeat-interval': 100, 'election-timeout': 1000 };

const maxElectionMs = 50_000;

/** Times of etcd's own leader election in its extraArgs, a mapping or a list; null where one stands twice, or is none. */
const timesIn = (extraArgs: unknown): Readonly<Record<string, number>> | null => {
  const given: readonly (readonly [unknown, unknown])[] = Array.isArray(extraArgs)
    ? extraArgs.map((each: unknown) => (isMapping(each) ? [each.name, each.value] : ['', each]))
    : Object.entries(Object(extraArgs ?? {}));
  const times = given.filter(([name]) => typeof name === 'string' && Object.hasOwn(defaults, name));
  const areRead = times.every(([, value]) => typeof value === 'string' && /^[1-9]\d{0,5}$/.test(value));
  if (!areRead || new Set(times.map(([name]) => name)).size < times.length) return null;
  return { ...defaults, ...Object.fromEntries(times.map(([name, value]) => [name, Number(value)])) };
};

/** Whether etcd starts with the times in its extraArgs. @see etcd server/embed/config.go, Validate */
export const areEtcdTimes = (extraArgs: unknown): boolean => {
  const times = timesIn(extraArgs);
  if (times === null) return false;
  const [heartbeatMs = 0, electionMs = 0] = [times['heartbeat-interval'], times['election-timeout']];
  return electionMs >= 5 * heartbeatMs && electionMs <= maxElectionMs;
};

/** Those that are not the default. */
export const etcdAsides = (extraArgs: unknown): readonly FoundAside[] =>
  Object.entries(timesIn(extraArgs) ?? {})
    .filter(([name, ms]) => ms !== defaults[name])
    .map(([name, ms]) => ({
      key: `etcd ${name}`,
      value: String(ms),
      text: "where etcd's leader is lost, heartbeats wait for another one; etcd of a run has the default",
    }));
