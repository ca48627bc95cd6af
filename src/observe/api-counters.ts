import { type RequestOptions, request } from 'node:https';
import type { ClusterAccess } from '../cluster/index.ts';

/** Successful writes that one API server has counted since it started. */
export type ApiServerCounts = {
  /** Of any lease, by whatever verb changes one. */
  readonly leases: number;
  /** Of node statuses by PATCH, as kubelets post them; the controller uses PUT. */
  readonly statuses: number;
};

const metric = 'apiserver_request_total';
const samplePattern = new RegExp(`^${metric}\\{([^}]*)\\} ([0-9.e+]+)`);

const labelsOf = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/([a-z_]+)="([^"]*)"/g)].map((match) => [match[1] ?? '', match[2] ?? '']));

/** Sums what concerns heartbeats in an API server's metrics (Prometheus text format; labels as since v1.17). */
export const heartbeatCounts = (metrics: string): ApiServerCounts => {
  const counts = { leases: 0, statuses: 0 };
  for (const line of metrics.split('\n')) {
    const sample = samplePattern.exec(line);
    if (sample === null) continue;
    const labels = labelsOf(sample[1] ?? '');
    const succeeded = labels.get('code')?.startsWith('2') === true && (labels.get('dry_run') ?? '') === '';
    const [resource, verb] = [labels.get('resource'), labels.get('verb') ?? ''];
    if (!succeeded) continue;
    if (resource === 'leases' && ['PUT', 'PATCH', 'APPLY', 'POST'].includes(verb)) counts.leases += Number(sample[2]);
    if (resource === 'nodes' && labels.get('subresource') === 'status' && verb === 'PATCH') {
      counts.statuses += Number(sample[2]);
    }
  }
  return counts;
};

const read = (options: RequestOptions, signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request({ ...options, agent: false, signal }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(parts).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`HTTP ${response.statusCode} for /metrics of ${options.host}`));
      });
    });
    asked.once('error', reject);
    asked.end();
  });

const timeoutMs = 5000;

type Place = { readonly host: string; readonly port: number };

const placesOf = (config: ClusterAccess['config'], addresses: readonly string[]): readonly Place[] => {
  const published = config.getCurrentCluster()?.server;
  if (addresses.length !== 1 || published === undefined) return addresses.map((host) => ({ host, port: 6443 }));
  const { hostname, port } = new URL(published);
  return [{ host: hostname, port: Number(port || '443') }];
};

/**
 * Reads the counters of every API server, each at its own address: behind a load balancer one would not know which
 * member answered. One alone is asked where the watches ask it, too: its own address may lead nowhere from here. Summed
 * over the members.
 * @param addresses of the control-plane nodes
 * @throws Error where a member does not answer within 5 s; the signal's reason
 */
export const countWrites = async (
  { config }: ClusterAccess,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<ApiServerCounts> => {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const texts = await Promise.all(
    placesOf(config, addresses).map((place) => read({ ...options, ...place, path: '/metrics', method: 'GET' }, limit)),
  );
  const counts = texts.map(heartbeatCounts);
  return {
    leases: counts.reduce((sum, { leases }) => sum + leases, 0),
    statuses: counts.reduce((sum, { statuses }) => sum + statuses, 0),
  };
};
