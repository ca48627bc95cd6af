/**
 * The model's cost: one hour of virtual time under the default profile with one node in twenty paused for a minute, at
 * 500 to 8,000 nodes, and one tight-grace run; beside it the same with every heartbeat happening by itself, in turns. Each
 * line has the medians of three runs, each in a process of its own; times are of the processor, for the machine may be busy.
 *
 *     node bench/model.ts [nodes …]
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { collectFigures, type ModelConfig, runModel, settingsFor } from '../src/backend/model/index.ts';

const second = 1_000_000;
const version = { minor: 34, patch: 4 };

const base: ModelConfig = {
  version,
  settings: settingsFor(version),
  seed: 1,
  controlPlanes: 1,
  workers: 2,
  zones: 1,
  replicas: 2,
  backgroundPods: { controlPlane: 6, worker: 2 },
  age: 'fresh',
  load: { ratePerSecond: 50, connection: 'fresh', timeoutUs: second },
  phases: [],
  expectedSettings: [],
};

const workers = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => (index === 0 ? 'worker' : `worker${index + 1}`));

/** 58 undisturbed minutes around a minute in which some kubelets stand still. */
const hour = (nodes: number): ModelConfig => ({
  ...base,
  workers: nodes - 1,
  age: 'old',
  phases: [
    { kind: 'steady', name: 'steady', durationUs: 1800 * second },
    {
      kind: 'fault',
      name: 'fault',
      durationUs: 60 * second,
      inject: [{ id: 'pause', kind: 'kubelet-pause', targets: workers(Math.ceil(nodes / 20)) }],
    },
    { kind: 'steady', name: 'steady-2', durationUs: 1740 * second },
  ],
});

const tightGrace: ModelConfig = {
  ...base,
  settings: settingsFor(version, {
    statusUpdateSeconds: 10,
    graceSeconds: 10,
    eviction: { kind: 'tolerations', seconds: 10 },
  }),
  phases: [
    { kind: 'steady', name: 'steady', durationUs: 30 * second },
    {
      kind: 'fault',
      name: 'fault',
      durationUs: 25 * second,
      inject: [{ id: 'pause', kind: 'kubelet-pause', targets: workers(2) }],
    },
    { kind: 'recover', name: 'recover', withinUs: 90 * second },
  ],
};

type Measured = {
  readonly seconds: number;
  readonly happened: number;
  readonly peakMb: number;
  readonly notReady: number;
};

const measure = (config: ModelConfig, oneByOne: boolean): Measured => {
  const figures = collectFigures();
  const before = process.cpuUsage();
  const run = runModel(config, figures, { oneByOne });
  const { user, system } = process.cpuUsage(before);
  const peakMb = process.resourceUsage().maxRSS / 1024;
  const seconds = (user + system) / 1e6;
  return { seconds, happened: run.happened(), peakMb, notReady: figures.result().notReadyTransitions };
};

const script = fileURLToPath(import.meta.url);
const ways = ['deferred', 'one-by-one'] as const;
type Way = (typeof ways)[number];
const apart = (what: string, way: Way): Measured =>
  JSON.parse(execFileSync(process.execPath, [script, '--one', what, way], { encoding: 'utf8' })) as Measured;

/** By time; the other figures are those of the same run. */
const median = (runs: readonly Measured[]): Measured =>
  runs.toSorted((a, b) => a.seconds - b.seconds)[runs.length >> 1] as Measured;

const line = (cells: readonly string[]): void => {
  process.stdout.write(`${cells.map((cell, index) => (index === 0 ? cell.padEnd(22) : cell.padStart(12))).join('')}\n`);
};

const show = (name: string, what: string): void => {
  const rounds = [0, 1, 2].map(() => ways.map((way) => apart(what, way)) as [Measured, Measured]);
  const deferred = median(rounds.map(([first]) => first));
  const oneByOne = median(rounds.map(([, second]) => second));
  if (deferred.notReady !== oneByOne.notReady) throw new Error(`${name}: both ways have to come to the same`);
  line([
    name,
    deferred.seconds.toFixed(3),
    oneByOne.seconds.toFixed(3),
    (oneByOne.seconds / deferred.seconds).toFixed(1),
    deferred.happened.toLocaleString('en'),
    oneByOne.happened.toLocaleString('en'),
    deferred.peakMb.toFixed(0),
    String(deferred.notReady),
  ]);
};

const [flag, ...rest] = process.argv.slice(2);
if (flag === '--one') {
  const [what = '', way] = rest;
  const config = what === 'tight-grace' ? tightGrace : hour(Number(what));
  process.stdout.write(JSON.stringify(measure(config, way === 'one-by-one')));
} else {
  const sizes = flag === undefined ? ['500', '1000', '2000', '4000', '5000', '8000'] : [flag, ...rest];
  line(['one hour, default', 'CPU s', 'one by one', 'ratio', 'events', 'one by one', 'peak RSS MB', 'NotReady']);
  for (const nodes of sizes) show(`${nodes} nodes`, nodes);
  show('tight-grace, 3 nodes', 'tight-grace');
}
