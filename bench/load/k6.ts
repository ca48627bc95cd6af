import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attack, AttackResult, Quantiles } from './measure.ts';
import { inFolder, runForCpu } from './tool.ts';

export const k6Module = 'go.k6.io/k6@v1.8.1';

type Trend = { readonly values: { readonly 'p(50)': number; readonly 'p(99)': number; readonly max: number } };
type Counter = { readonly values: { readonly count: number } };
type Summary = {
  readonly metrics: {
    readonly iteration_duration: Trend;
    readonly iterations: Counter;
    readonly http_reqs: Counter;
    readonly http_req_failed: { readonly values: { readonly passes: number } };
    readonly dropped_iterations?: Counter;
  };
};

const script = ({ port, ratePerSecond, seconds, connection, timeoutMs }: Attack, summary: string): string => `
import http from 'k6/http';
export const options = {
  discardResponseBodies: true,
  noConnectionReuse: ${connection === 'fresh'},
  summaryTrendStats: ['p(50)', 'p(99)', 'max'],
  scenarios: {
    load: {
      executor: 'constant-arrival-rate',
      rate: ${ratePerSecond},
      timeUnit: '1s',
      duration: '${seconds}s',
      preAllocatedVUs: ${Math.max(20, Math.ceil(ratePerSecond / 20))},
      maxVUs: 1000,
    },
  },
};
export default () => http.get('http://127.0.0.1:${port}/', { timeout: ${timeoutMs} });
export const handleSummary = (data) => ({ ${JSON.stringify(summary)}: JSON.stringify(data) });
`;

/**
 * k6 at the same rate. It keeps neither when a request was due nor when it began: its latency counts from its own start
 * of each request, and its lateness is not known. What it drops for want of a free user counts as offered.
 */
export const attackWithK6 =
  (path: string) =>
  (attack: Attack): Promise<AttackResult> =>
    inFolder(async (folder) => {
      const [program, summary] = [join(folder, 'load.js'), join(folder, 'summary.json')];
      await writeFile(program, script(attack, summary));
      const cpuMs = await runForCpu({
        argv: [path, 'run', '--quiet', '--no-usage-report', '--log-output=none', '--address=', program],
        timeoutMs: attack.seconds * 1000 + 60_000,
      });
      const { metrics } = JSON.parse(await readFile(summary, 'utf8')) as Summary;
      const { values } = metrics.iteration_duration;
      const latencyMs: Quantiles = { p50: values['p(50)'], p99: values['p(99)'], max: values.max };
      return {
        offered: metrics.http_reqs.values.count + (metrics.dropped_iterations?.values.count ?? 0),
        ok: metrics.http_reqs.values.count - metrics.http_req_failed.values.passes,
        latenessMs: null,
        latencyMs,
        faults: [],
        cpuMs,
      };
    });
