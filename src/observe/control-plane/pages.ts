import { type Sample, samplesOf, sumOf } from '../../common/kubernetes/metrics.ts';
import type { ManagerCounts, ServerCounts, Spent } from '../../timeline/index.ts';

// Names as v1.20.2 and v1.34.4 have them on their pages, and pkg/controller/nodelifecycle/metrics.go, client-go
// tools/metrics with component-base metrics/prometheus, apiserver pkg/util/flowcontrol/metrics in their sources.
const names = {
  started: 'process_start_time_seconds',
  leads: 'leader_election_master_status',
  passes: 'node_collector_update_all_nodes_health_duration_seconds',
  nodeUpdates: 'node_collector_update_node_health_duration_seconds',
  zoneNodes: 'node_collector_zone_size',
  zoneUnhealthy: 'node_collector_unhealthy_nodes_in_zone',
  zoneHealth: 'node_collector_zone_health',
  evictions: 'node_collector_evictions_total',
  /** To v1.26. */
  oldEvictions: 'node_collector_evictions_number',
  queueDepth: 'workqueue_depth',
  queueAdds: 'workqueue_adds_total',
  queueWaits: 'workqueue_queue_duration_seconds',
  requests: 'rest_client_request_duration_seconds',
  waits: 'rest_client_rate_limiter_duration_seconds',
  flowWaits: 'apiserver_flowcontrol_request_wait_duration_seconds',
  rejected: 'apiserver_flowcontrol_rejected_requests_total',
  executing: 'apiserver_flowcontrol_current_executing_seats',
  /** To v1.25. */
  oldExecuting: 'apiserver_flowcontrol_request_concurrency_in_use',
  limit: 'apiserver_flowcontrol_current_limit_seats',
  /** To v1.25. */
  oldLimit: 'apiserver_flowcontrol_request_concurrency_limit',
  served: 'apiserver_request_duration_seconds',
} as const;

/** Names of samples: a histogram's end in `_sum` and `_count`, and of its buckets none is wanted. */
const sampleNames: ReadonlySet<string> = new Set(
  Object.values(names).flatMap((name) =>
    name.endsWith('_duration_seconds') ? [`${name}_sum`, `${name}_count`] : [name],
  ),
);

const watchedResources = ['nodes', 'leases', 'pods'];

/** A metric with so many labels that of its samples only those of these resources are wanted. */
const isManifold = (name: string): boolean => name.startsWith(names.served);

const plainNames = [...sampleNames].filter((name) => !isManifold(name));
const manifoldNames = [...sampleNames].filter(isManifold);

/** An extended regular expression for grep: lines of a page that are wanted, so that no more than these leave the node. */
export const wantedLines = `^((${plainNames.join('|')})[{ ]|(${manifoldNames.join('|')})[{].*resource="(${watchedResources.join('|')})")`;

type Labels = Readonly<Record<string, string>>;

const spentOf = (samples: readonly Sample[], name: string, labels: Labels = {}): Spent | null => {
  const [count, seconds] = [sumOf(samples, `${name}_count`, labels), sumOf(samples, `${name}_sum`, labels)];
  return count === null || seconds === null ? null : { count, seconds };
};

const nothing: Spent = { count: 0, seconds: 0 };

const valuesOf = (samples: readonly Sample[], name: string, label: string): readonly string[] => [
  ...new Set(samples.flatMap((sample) => (sample.name === name ? [sample.labels[label] ?? ''] : []))),
];

/** Queues of the node lifecycle controller, and of taint eviction, which has its own from v1.29 on. */
const isWantedQueue = (name: string): boolean => /^(?:node_lifecycle_controller|noexec_taint)/.test(name);

/** `nodes/status` of `https://10.0.0.1:6443/api/v1/nodes/%7Bname%7D/status?timeout=10s`; null where that is no path of a resource. */
const resourceIn = (url: string): string | null => {
  const [, path = ''] = /^(?:https?:\/\/[^/]*)?(\/[^?]*)/.exec(url) ?? [];
  const [, rest = ''] = /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/(.+)$/.exec(path) ?? [];
  // Names are left out of it: client-go rest/request.go, finalURLTemplate.
  const parts = rest.split('/').filter((part) => part !== '' && !/^(?:%7B|\{)/i.test(part));
  const own = parts[0] === 'namespaces' && parts.length > 1 ? parts.slice(1) : parts;
  return own.length === 0 ? null : own.join('/');
};

const requestsOf = (samples: readonly Sample[]): ManagerCounts['requests'] => {
  const kinds = new Map<string, { verb: string; resource: string | null; took: Spent; waited: Spent }>();
  for (const { name, labels, value } of samples) {
    const of = name.startsWith(names.requests) ? 'took' : name.startsWith(names.waits) ? 'waited' : null;
    if (of === null) continue;
    const { verb = '', url } = labels;
    const resource = url === undefined ? null : (resourceIn(url) ?? '');
    const key = `${verb} ${resource}`;
    const kind = kinds.get(key) ?? { verb, resource, took: nothing, waited: nothing };
    const what = name.endsWith('_count') ? 'count' : 'seconds';
    kinds.set(key, { ...kind, [of]: { ...kind[of], [what]: kind[of][what] + value } });
  }
  const countsWaits = samples.some(({ name }) => name.startsWith(names.waits));
  return [...kinds.values()].map((kind) => (countsWaits ? kind : { ...kind, waited: null }));
};

/**
 * What a kube-controller-manager's page says of what keeps detection waiting.
 * @param page in Prometheus' text format @returns null where that is no such page
 */
export const managerCounts = (page: string): ManagerCounts | null => {
  const samples = samplesOf(page, sampleNames);
  const startedS = sumOf(samples, names.started);
  if (startedS === null) return null;
  const leads = sumOf(samples, names.leads, { name: 'kube-controller-manager' });
  const zones = valuesOf(samples, names.zoneNodes, 'zone');
  return {
    startedS,
    leads: leads === null ? null : leads === 1,
    passes: spentOf(samples, names.passes),
    nodeUpdates: spentOf(samples, names.nodeUpdates),
    requests: requestsOf(samples),
    queues: Object.fromEntries(
      valuesOf(samples, names.queueAdds, 'name')
        .filter(isWantedQueue)
        .map((name) => [
          name,
          {
            depth: sumOf(samples, names.queueDepth, { name }) ?? 0,
            adds: sumOf(samples, names.queueAdds, { name }) ?? 0,
            waited: spentOf(samples, names.queueWaits, { name }) ?? nothing,
          },
        ]),
    ),
    zones: Object.fromEntries(
      zones.map((zone) => [
        zoneName(zone),
        {
          nodes: sumOf(samples, names.zoneNodes, { zone }),
          unhealthy: sumOf(samples, names.zoneUnhealthy, { zone }),
          healthyPercent: sumOf(samples, names.zoneHealth, { zone }),
          evictions: sumOf(samples, names.evictions, { zone }) ?? sumOf(samples, names.oldEvictions, { zone }),
        },
      ]),
    ),
  };
};

/** `a` of `::a`, what its NUL leaves of region and zone; `north:a` where there is a region, too. */
const zoneName = (key: string): string => {
  const [, region = '', zone = key] = /^(.*?)::(.*)$/.exec(key) ?? [];
  return region === '' ? zone : `${region}:${zone}`;
};

const flowsOf = (samples: readonly Sample[]): ServerCounts['flows'] => {
  const keys = new Map<string, { level: string; schema: string }>();
  for (const { name, labels } of samples) {
    if (name !== `${names.flowWaits}_count` && name !== names.rejected) continue;
    const { priority_level: level = '', flow_schema: schema = '' } = labels;
    keys.set(`${level} ${schema}`, { level, schema });
  }
  return [...keys.values()]
    .map(({ level, schema }) => {
      const labels = { priority_level: level, flow_schema: schema };
      const waited = spentOf(samples, names.flowWaits, labels) ?? nothing;
      return { level, schema, waited, rejected: sumOf(samples, names.rejected, labels) ?? 0 };
    })
    .filter(({ waited, rejected }) => waited.count > 0 || rejected > 0);
};

const levelsOf = (samples: readonly Sample[]): ServerCounts['levels'] => {
  const limit = [names.limit, names.oldLimit].find((name) => sumOf(samples, name) !== null) ?? names.limit;
  return Object.fromEntries(
    valuesOf(samples, limit, 'priority_level').map((level) => {
      const labels = { priority_level: level };
      const executing = sumOf(samples, names.executing, labels) ?? sumOf(samples, names.oldExecuting, labels);
      return [level, { executing, limit: sumOf(samples, limit, labels) }];
    }),
  );
};

const writeVerbs = ['PUT', 'PATCH', 'APPLY', 'POST', 'DELETE'];

const servedOf = (samples: readonly Sample[]): ServerCounts['requests'] => {
  const kinds = new Map<string, { verb: string; resource: string; took: Spent }>();
  for (const { name, labels, value } of samples) {
    const { verb = '', resource: of = '', subresource = '' } = labels;
    if (!name.startsWith(names.served) || !watchedResources.includes(of) || !writeVerbs.includes(verb)) continue;
    const resource = subresource === '' ? of : `${of}/${subresource}`;
    const key = `${verb} ${resource}`;
    const { took } = kinds.get(key) ?? { took: nothing };
    const what = name.endsWith('_count') ? 'count' : 'seconds';
    kinds.set(key, { verb, resource, took: { ...took, [what]: took[what] + value } });
  }
  return [...kinds.values()];
};

/** The same of a kube-apiserver's page. */
export const serverCounts = (page: string): ServerCounts | null => {
  const samples = samplesOf(page, sampleNames);
  const startedS = sumOf(samples, names.started);
  if (startedS === null) return null;
  return { startedS, flows: flowsOf(samples), levels: levelsOf(samples), requests: servedOf(samples) };
};
