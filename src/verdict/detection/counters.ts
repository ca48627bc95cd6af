import {
  type EventOf,
  type ManagerCounts,
  ofType,
  type ServerCounts,
  type Spent,
  type TimelineEvent,
} from '../../timeline/index.ts';
import type { DetectionCounters } from './shape.ts';
import type { PassWork } from './split.ts';

type Reading = EventOf<'controlPlane.counted'>;

/** Two readings of one process, or why there are none. */
type Pair<T> = { readonly before: T; readonly after: T } | { readonly why: string };

/** The controller manager that led at both readings. */
type Leading = Pair<ManagerCounts> & { readonly node?: string };

const allWhy = ({ members }: Reading): string =>
  members.flatMap(({ node, why }) => (why === null ? [] : [`${node}: ${why}`])).join('; ') || 'nobody answered';

const leaderIn = (reading: Reading): string | { readonly why: string } => {
  const { members } = reading;
  const [only] = members;
  if (members.length === 1 && only !== undefined) return only.node;
  const leaders = members.filter(({ manager }) => manager?.leads === true);
  const [leader] = leaders;
  if (leaders.length === 1 && leader !== undefined) return leader.node;
  // The page that could not be read may be the leader's.
  const unread = members.some(({ manager }) => manager === null) ? `; ${allWhy(reading)}` : '';
  return { why: `which controller manager led is not known (${leaders.length} say that they do${unread})` };
};

/** A counter that fell, or is gone, began anew, whatever its process says. */
const fell = (before: Spent | null | undefined, after: Spent | null | undefined): boolean =>
  before != null && (after == null || after.count < before.count || after.seconds < before.seconds);

const managerFell = (before: ManagerCounts, after: ManagerCounts): boolean =>
  fell(before.passes, after.passes) ||
  fell(before.nodeUpdates, after.nodeUpdates) ||
  before.requests.some(({ verb, resource, took, waited }) => {
    const now = after.requests.find((one) => one.verb === verb && one.resource === resource);
    return fell(took, now?.took) || fell(waited, now?.waited);
  }) ||
  Object.entries(before.queues).some(([name, { waited }]) => fell(waited, after.queues[name]?.waited));

const serverFell = (before: ServerCounts, after: ServerCounts): boolean =>
  before.flows.some(({ level, schema, waited, rejected }) => {
    const now = after.flows.find((one) => one.level === level && one.schema === schema);
    return fell(waited, now?.waited) || (now?.rejected ?? 0) < rejected;
  }) ||
  before.requests.some(({ verb, resource, took }) =>
    fell(took, after.requests.find((one) => one.verb === verb && one.resource === resource)?.took),
  );

const leadingIn = (before: Reading, after: Reading): Leading => {
  const [was, is] = [leaderIn(before), leaderIn(after)];
  if (typeof was !== 'string') return was;
  if (typeof is !== 'string') return is;
  if (was !== is) return { why: `the controller manager of ${was} led when the fault began, that of ${is} later` };
  const [first, second] = [before, after].map(
    ({ members }) => members.find(({ node }) => node === was)?.manager ?? null,
  );
  if (first == null || second == null)
    return { why: `the controller manager's metrics could not be read: ${allWhy(first == null ? before : after)}` };
  if (first.startedS !== second.startedS || managerFell(first, second))
    return { why: `the controller manager of ${was} was started anew meanwhile, and its counters with it` };
  return { before: first, after: second, node: was };
};

type ServerPairs =
  | readonly { readonly before: ServerCounts; readonly after: ServerCounts }[]
  | { readonly why: string };

const serversIn = (before: Reading, after: Reading): ServerPairs => {
  const pairs = before.members.map(({ node, server }) => ({
    node,
    before: server,
    after: after.members.find((member) => member.node === node)?.server ?? null,
  }));
  const missing = pairs.find((pair) => pair.before === null || pair.after === null);
  if (missing !== undefined)
    return { why: `the API server's metrics could not be read: ${allWhy(missing.before === null ? before : after)}` };
  const known = pairs.flatMap((pair) =>
    pair.before === null || pair.after === null ? [] : [{ before: pair.before, after: pair.after }],
  );
  return known.some((pair) => pair.before.startedS !== pair.after.startedS || serverFell(pair.before, pair.after))
    ? { why: 'an API server was started anew meanwhile, and its counters with it' }
    : known;
};

const nothing: Spent = { count: 0, seconds: 0 };

const between = (before: Spent | undefined, after: Spent): Spent => ({
  count: after.count - (before?.count ?? 0),
  seconds: after.seconds - (before?.seconds ?? 0),
});

const plus = (one: Spent, other: Spent): Spent => ({
  count: one.count + other.count,
  seconds: one.seconds + other.seconds,
});

const meanMs = ({ count, seconds }: Spent): number | null => (count > 0 ? (seconds * 1000) / count : null);

type Asked = {
  readonly verb: string;
  readonly resource: string | null;
  readonly took: Spent;
  readonly waited: Spent | null;
};

const askedBetween = ({ requests: before }: ManagerCounts, { requests: after }: ManagerCounts): readonly Asked[] =>
  after.map(({ verb, resource, took, waited }) => {
    const was = before.find((one) => one.verb === verb && one.resource === resource);
    return {
      ...{ verb, resource, took: between(was?.took, took) },
      waited: waited === null ? null : between(was?.waited ?? undefined, waited),
    };
  });

/**
 * What a pass writes: the status of a node, then that of its pods (node_lifecycle_controller.go, tryUpdateNodeHealth;
 * controller_utils.go, MarkPodsNotReady). By host alone other PUTs are among them, most of all those of leases.
 */
const isOfPass = ({ verb, resource }: Asked): boolean =>
  verb === 'PUT' && (resource === null || resource === 'nodes/status' || resource === 'pods/status');

/** Flow schemas that requests of the node lifecycle controller match: apiserver pkg/apis/flowcontrol/bootstrap, default.go. */
const controllerSchemas = ['kube-system-service-accounts', 'kube-controller-manager'];

type Flow = { readonly level: string; readonly schema: string; readonly waited: Spent; readonly rejected: number };

const flowsBetween = (pairs: Exclude<ServerPairs, { readonly why: string }>): readonly Flow[] => {
  const flows = new Map<string, Flow>();
  for (const { before, after } of pairs) {
    for (const { level, schema, waited, rejected } of after.flows) {
      const was = before.flows.find((one) => one.level === level && one.schema === schema);
      const key = `${level} ${schema}`;
      const sum = flows.get(key) ?? { level, schema, waited: nothing, rejected: 0 };
      flows.set(key, {
        ...sum,
        waited: plus(sum.waited, between(was?.waited, waited)),
        rejected: sum.rejected + rejected - (was?.rejected ?? 0),
      });
    }
  }
  return [...flows.values()];
};

/** How long one request of the controller waited in the API server's queues, on average, s, or why that is not known. */
const queuedSeconds = (flows: readonly Flow[]): number | { readonly why: string } => {
  const own = flows.filter(({ schema }) => controllerSchemas.includes(schema));
  if (own.length === 0)
    return {
      why: 'no flow schema counted a request of the controller: the API server has no priority and fairness, or others are configured',
    };
  const waited = own.reduce((sum, flow) => plus(sum, flow.waited), nothing);
  return waited.count === 0
    ? { why: 'the API server counted no request of the controller meanwhile' }
    : waited.seconds / waited.count;
};

/** What was counted from the fault to a loss. */
export type Counted =
  | {
      /** null: no write of passes was counted. */
      readonly work: PassWork | null;
      readonly whyNoPriorityLevel: string | null;
      /** ms; null: no item was in it. */
      readonly queueMs: number | null;
      readonly document: DetectionCounters;
    }
  | { readonly why: string };

const documentOf = (
  before: Reading,
  after: Reading,
  node: string,
  managers: { readonly before: ManagerCounts; readonly after: ManagerCounts },
  servers: ServerPairs,
): DetectionCounters => {
  const { before: was, after: is } = managers;
  const spentIn = (one: Spent | null, other: Spent | null): Spent | null =>
    one === null || other === null ? null : between(one, other);
  const pairs = 'why' in servers ? null : servers;
  const served = new Map<string, { verb: string; resource: string; took: Spent }>();
  for (const pair of pairs ?? []) {
    for (const { verb, resource, took } of pair.after.requests) {
      const own = pair.before.requests.find((one) => one.verb === verb && one.resource === resource);
      const sum = served.get(`${verb} ${resource}`)?.took ?? nothing;
      served.set(`${verb} ${resource}`, { verb, resource, took: plus(sum, between(own?.took, took)) });
    }
  }
  const levels = new Map<string, { executing: number | null; limit: number | null }>();
  for (const pair of pairs ?? []) {
    for (const [level, { executing, limit }] of Object.entries(pair.after.levels)) {
      const sum = levels.get(level);
      const add = (one: number | null | undefined, other: number | null): number | null =>
        one === undefined ? other : one === null || other === null ? null : one + other;
      levels.set(level, { executing: add(sum?.executing, executing), limit: add(sum?.limit, limit) });
    }
  }
  return {
    fromMs: before.atMs,
    toMs: after.atMs,
    node,
    passes: spentIn(was.passes, is.passes),
    requests: askedBetween(was, is)
      .filter(({ took, waited }) => took.count > 0 || (waited?.count ?? 0) > 0)
      .toSorted((one, other) => other.took.count - one.took.count)
      .map(({ verb, resource, took, waited }) => ({
        ...{ verb, resource, count: took.count, tookMs: meanMs(took) },
        waitedMs: waited === null ? null : meanMs(waited),
      })),
    queues: Object.fromEntries(
      Object.entries(is.queues).map(([name, { depth, waited }]) => {
        const spent = between(was.queues[name]?.waited, waited);
        return [name, { items: spent.count, waitedMs: meanMs(spent), depth }];
      }),
    ),
    zones: Object.fromEntries(
      Object.entries(is.zones).map(([zone, { nodes, unhealthy, healthyPercent, evictions }]) => {
        const since = evictions === null ? null : evictions - (was.zones[zone]?.evictions ?? 0);
        return [zone, { nodes, unhealthy, healthyPercent, evictions: since }];
      }),
    ),
    flows:
      pairs === null
        ? null
        : flowsBetween(pairs)
            .filter(({ waited, rejected }) => waited.count > 0 || rejected > 0)
            .map(({ level, schema, waited, rejected }) => ({
              ...{ level, schema, count: waited.count, waitedMs: meanMs(waited), rejected },
            })),
    levels: Object.fromEntries(levels),
    served:
      pairs === null
        ? null
        : [...served.values()]
            .filter(({ took }) => took.count > 0)
            .map(({ verb, resource, took }) => ({ verb, resource, count: took.count, tookMs: meanMs(took) })),
    why: 'why' in servers ? servers.why : null,
  };
};

/** How many passes ended between two readings, or why that is not known. */
export const passesEnded = (before: Reading, after: Reading): number | { readonly why: string } => {
  const leading = leadingIn(before, after);
  if ('why' in leading) return leading;
  const { passes: was } = leading.before;
  const { passes: is } = leading.after;
  return was === null || is === null
    ? { why: 'this version does not count passes (node_collector_update_all_nodes_health_duration_seconds)' }
    : is.count - was.count;
};

/** How long answers to writes of passes took on average between two readings, ms; null: none is known. */
export const answerMs = (before: Reading, after: Reading): number | null => {
  const leading = leadingIn(before, after);
  if ('why' in leading) return null;
  const ofPass = askedBetween(leading.before, leading.after).filter(isOfPass);
  const took = ofPass.reduce((sum, one) => plus(sum, one.took), nothing);
  const waited = ofPass.reduce((sum, one) => plus(sum, one.waited ?? nothing), nothing);
  return meanMs({ count: took.count, seconds: Math.max(0, took.seconds - waited.seconds) });
};

/**
 * What the control plane counted from the start of the fault to the first reading that began at or after a loss. A counter that began
 * anew in between says nothing.
 */
export const countedUntil = (events: readonly TimelineEvent[], lossMs: number): Counted => {
  const readings = ofType(events, 'controlPlane.counted');
  const before = readings.find(({ moment }) => moment === 'start');
  if (before === undefined) return { why: 'nobody asked the control plane for its metrics' };
  if (before.atMs > lossMs) return { why: "the control plane's metrics had not been read when this node was lost" };
  // One that began before may have been counted before, too.
  const after = readings.find(({ moment, fromMs }) => moment !== 'start' && fromMs >= lossMs);
  if (after === undefined) return { why: 'nobody asked the control plane for its metrics once this node was lost' };
  const leading = leadingIn(before, after);
  if ('why' in leading) return leading;
  const servers = serversIn(before, after);
  const ofPass = askedBetween(leading.before, leading.after).filter(isOfPass);
  const took = ofPass.reduce((sum, one) => plus(sum, one.took), nothing);
  // A wait is counted for each request, were it none (client-go rest/request.go, tryThrottle): no count is no zero.
  const waited = ofPass.some((one) => one.took.count > 0 && (one.waited === null || one.waited.count === 0))
    ? null
    : ofPass.reduce((sum, one) => plus(sum, one.waited ?? nothing), nothing);
  const { nodeUpdates: wasUpdating } = leading.before;
  const { nodeUpdates: isUpdating } = leading.after;
  const queued = 'why' in servers ? servers : queuedSeconds(flowsBetween(servers));
  const hasQueued = typeof queued === 'number';
  const document = documentOf(before, after, leading.node ?? '', leading, servers);
  return {
    work:
      took.count === 0
        ? null
        : {
            updates: wasUpdating === null || isUpdating === null ? null : between(wasUpdating, isUpdating).seconds,
            writes: took.seconds,
            rateLimiter: waited === null ? null : waited.seconds,
            priorityLevel: hasQueued ? queued * took.count : null,
            isByHost: ofPass.some(({ resource }) => resource === null),
          },
    whyNoPriorityLevel: hasQueued ? null : queued.why,
    queueMs: document.queues.node_lifecycle_controller?.waitedMs ?? null,
    document,
  };
};
