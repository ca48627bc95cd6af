import { isMapping } from '../../../common/plain-data.ts';
import type { FoundAside } from '../asides.ts';

/** Milliseconds. @see etcd server/embed/config.go, NewConfig */
const defaults: Readonly<Record<string, number>> = { 'heartbeat-interval': 100, 'election-timeout': 1000 };

/** No run fills it. @see etcd server/storage/quota.go, DefaultQuotaBytes */
const defaultQuotaBytes = 2 * 1024 ** 3;

const maxElectionMs = 50_000;

/** A mapping or a list. */
const argsIn = (extraArgs: unknown): readonly (readonly [unknown, unknown])[] =>
  Array.isArray(extraArgs)
    ? extraArgs.map((each: unknown) => (isMapping(each) ? [each.name, each.value] : ['', each]))
    : Object.entries(Object(extraArgs ?? {}));

/** Times of etcd's own leader election in its extraArgs; null where one stands twice, or is none. */
const timesIn = (extraArgs: unknown): Readonly<Record<string, number>> | null => {
  const args = argsIn(extraArgs);
  const times = args.filter(([name]) => typeof name === 'string' && Object.hasOwn(defaults, name));
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

/** Times that are not the default, and how much etcd holds: with more it takes no heartbeat either, and nobody here knows what it has. */
export const etcdAsides = (extraArgs: unknown): readonly FoundAside[] => [
  ...Object.entries(timesIn(extraArgs) ?? {})
    .filter(([name, ms]) => ms !== defaults[name])
    .map(([name, ms]) => ({
      key: `etcd ${name}`,
      value: String(ms),
      text: "where etcd's leader is lost, heartbeats wait for another one; etcd of a run has the default",
    })),
  ...argsIn(extraArgs)
    .filter(([name]) => name === 'quota-backend-bytes')
    .map(([, value]) => ({
      key: 'etcd quota-backend-bytes',
      value: String(value),
      text: 'an etcd that holds more takes no writes, and no heartbeats; etcd of a run has the default',
      ...(Number(value) >= defaultQuotaBytes ? { bearsOn: 'nothing' as const } : {}),
    })),
];
