// Beside a watch of a kind cluster: faults of many kinds at times by chance, each written down when it begins and ends.
//   node bench/watch/beside.ts --cluster NAME --kubeconfig FILE --out DIR --for 3600 --seed 1 [--only FAULT ...]
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { faults, type WatchProcess } from './faults.ts';
import { startScriptedKubelet } from './scripted-kubelet.ts';

const { values } = parseArgs({
  options: {
    cluster: { type: 'string' },
    kubeconfig: { type: 'string' },
    out: { type: 'string' },
    for: { type: 'string', default: '3600' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
  },
});
const { cluster, kubeconfig, out } = values;
if (cluster === undefined || kubeconfig === undefined || out === undefined) {
  throw new Error('expected --cluster NAME, --kubeconfig FILE and --out DIR');
}
const unknown = (values.only ?? []).filter((name) => !(name in faults));
if (unknown.length > 0)
  throw new Error(`expected --only one of ${Object.keys(faults).join(', ')}; found ${unknown.join(', ')}`);
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
mkdirSync(out, { recursive: true });
const write = (entry: object): void =>
  appendFileSync(join(out, 'faults.ndjson'), `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);

let state = Number(values.seed) >>> 0;
/** mulberry32, 0 to 1. */
const random = (): number => {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};
const between = (from: number, to: number): number => Math.round(1000 * (from + random() * (to - from)));
const shuffled = <T>(all: readonly T[]): T[] => {
  const left = [...all];
  return all.map(() => left.splice(Math.floor(random() * left.length), 1)[0] as T);
};

const endsMs = performance.now() + 1000 * Number(values.for);
const folder = join(out, 'watch');
const spawn = () => {
  const seconds = Math.max(5, Math.round((endsMs - performance.now()) / 1000));
  const log = { file: join(out, 'watch.log'), append: true } as const;
  const args = ['watch', '--context', `kind-${cluster}`, '--kubeconfig', kubeconfig, '--out', folder];
  return execa(process.execPath, [main, ...args, '--for', `${seconds}s`], {
    ...{ stdin: 'ignore', stdout: log, stderr: log, reject: false },
    env: { DOCKER_HOST: 'tcp://127.0.0.1:1' },
  });
};
let child = spawn();
write({ type: 'watch.started', pid: child.pid });
const watch: WatchProcess = {
  kill: async () => {
    child.kill('SIGKILL');
    await child;
    write({ type: 'watch.killed' });
  },
  resume: () => {
    child = spawn();
    write({ type: 'watch.started', pid: child.pid });
  },
  signal: (name) => {
    child.kill(name);
  },
};
const sample = setInterval(() => {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    const kb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(' ');
    write({ type: 'memory', rssKb: kb('VmRSS'), peakKb: kb('VmHWM'), cpuTicks: Number(stat[13]) + Number(stat[14]) });
  } catch (thrown) {
    write({ type: 'memory', failure: String(thrown) });
  }
}, 15_000);

const scripted = `${cluster}-scripted`;
const kubelet = await startScriptedKubelet(kubeconfig, scripted);
const admin = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', '--request-timeout=5s'];
/** Every node is Ready and the API server answers. */
const isWell = async (): Promise<boolean> => {
  const path = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status} {end}';
  const argv = ['exec', `${cluster}-control-plane`, ...admin, 'get', 'nodes', '--output', `jsonpath=${path}`];
  const { stdout, exitCode } = await execa('docker', argv, { reject: false });
  return exitCode === 0 && stdout.trim() === 'True True True True';
};
const well = async (): Promise<void> => {
  while (!(await isWell())) await delay(1000);
};

await delay(45_000);
let queue: string[] = [];
while (true) {
  if (queue.length === 0) queue = shuffled(values.only ?? Object.keys(faults));
  // The longest fault, its recovery and a quiet end have to fit.
  if (endsMs - performance.now() < 220_000) break;
  await delay(between(20, 70));
  const name = queue.shift() ?? '';
  const worker = random() < 0.5 ? `${cluster}-worker` : `${cluster}-worker2`;
  write({ type: 'fault.began', name, worker });
  const expected = await faults[name]?.make({ cluster, kubelet, scripted, watch, worker, between });
  write({ type: 'fault.ended', name, worker, expected });
  await well();
  write({ type: 'well', name });
}
const { exitCode } = await child;
clearInterval(sample);
await kubelet.end();
write({ type: 'watch.ended', exitCode });
