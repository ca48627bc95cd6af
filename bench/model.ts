/**
 * The model's cost: one hour of virtual time under the default profile with one node in twenty paused for a minute, at
 * 500 to 8,000 nodes, and one tight-grace run. Each line is the median of three runs, each in a process of its own.
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

/** 58 minutes of calm around a minute in which some kubelets stand still. */
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

const measure = (config: ModelConfig): Measured => {
  const figures = collectFigures();
  const began = process.hrtime.bigint();
  const run = runModel(config, figures);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const peakMb = process.resourceUsage().maxRSS / 1024;
  return { seconds, happened: run.happened(), peakMb, notReady: figures.result().notReadyTransitions };
};

const script = fileURLToPath(import.meta.url);
const apart = (what: string): Measured =>
  JSON.parse(execFileSync(process.execPath, [script, '--one', what], { encoding: 'utf8' })) as Measured;

/** By time; the other figures are those of the same run. */
const medianOf3 = (what: string): Measured => {
  const runs = [apart(what), apart(what), apart(what)].toSorted((a, b) => a.seconds - b.seconds);
  return runs[1] as Measured;
};

const line = (cells: readonly string[]): void => {
  process.stdout.write(`${cells.map((cell, index) => (index === 0 ? cell.padEnd(24) : cell.padStart(13))).join('')}\n`);
};

const show = (name: string, { seconds, happened, peakMb, notReady }: Measured): void =>
  line([
    name,
    seconds.toFixed(3),
    happened.toLocaleString('en'),
    Math.round(happened / seconds).toLocaleString('en'),
    peakMb.toFixed(0),
    String(notReady),
  ]);

const [flag, ...rest] = process.argv.slice(2);
if (flag === '--one') {
  const what = rest[0] ?? '';
  const config = what === 'tight-grace' ? tightGrace : hour(Number(what));
  process.stdout.write(JSON.stringify(measure(config)));
} else {
  const sizes = flag === undefined ? ['500', '1000', '2000', '4000', '5000', '8000'] : [flag, ...rest];
  line(['one hour, default', 'seconds', 'happenings', 'a second', 'peak RSS MB', 'NotReady']);
  for (const nodes of sizes) show(`${nodes} nodes`, medianOf3(nodes));
  show('tight-grace, 3 nodes', medianOf3('tight-grace'));
}
