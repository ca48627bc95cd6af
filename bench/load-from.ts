// `npm run bench:load-from -- CLUSTER [TURNS]`: the load from this machine beside the load from a container, in turns, on one
// cluster that is kept: latency and lateness while nothing happens, and what was refused for want of endpoints.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { RunDocument } from '../src/verdict/index.ts';

const [cluster, turns = '3'] = process.argv.slice(2);
if (cluster === undefined) throw new Error('expected the name of a cluster, found none');
const main = new URL('../src/main.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'skipbeat-load-from-'));
const places = ['host', 'container'] as const;

const runFrom = async (place: (typeof places)[number], turn: number): Promise<RunDocument> => {
  const out = join(folder, `${place}-${turn}`);
  const options = ['--backend', 'kind', '--keep-cluster', '--cluster', cluster, '--load-from', place, '--out', out];
  // Exit 2 is a result, too: its figures are there.
  await execa(process.execPath, [main, 'run', 'tight-grace', ...options, '--set', 'load.ratePerSecond=200'], {
    reject: false,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as RunDocument;
};

const median = (values: readonly (number | null | undefined)[]): number => {
  const known = values.map((value) => value ?? Number.NaN).sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)] ?? Number.NaN;
};

const figures: Readonly<Record<string, (document: RunDocument) => number | null | undefined>> = {
  'steady p50, ms': ({ requests }) => requests.byPhase.steady?.latencyMs.p50,
  'steady p99, ms': ({ requests }) => requests.byPhase.steady?.latencyMs.p99,
  'lateness p99, ms': ({ requests }) => requests.latenessMs.p99,
  'refused, % of those while it lasted': ({ requests, timing }) => {
    const lastsMs = (timing.lastRefusedMs ?? Number.NaN) - (timing.firstRefusedMs ?? Number.NaN);
    return ((requests.refused ?? Number.NaN) / (lastsMs * 0.2)) * 100;
  },
  'timed out': ({ requests }) => requests.timeout,
};

try {
  const seen: Record<(typeof places)[number], RunDocument[]> = { host: [], container: [] };
  for (let turn = 1; turn <= Number(turns); turn += 1) {
    for (const place of places) seen[place].push(await runFrom(place, turn));
  }
  process.stdout.write(`medians of ${turns} turns, 200 requests/s\n`);
  for (const [name, figure] of Object.entries(figures)) {
    const [host, container] = places.map((place) => median(seen[place].map(figure))) as [number, number];
    const ratio = (container / host).toFixed(2);
    const columns = [host, container].map((value) => value.toFixed(2).padStart(9)).join(' ');
    process.stdout.write(`  ${name.padEnd(36)} host, container: ${columns}   ratio ${ratio}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
