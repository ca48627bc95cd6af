import { constants, setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { errnoOf } from '../src/common/errors.ts';
import { attackWithK6, k6Module } from './load/k6.ts';
import { type Attack, type AttackResult, type Measured, measure, medianOf } from './load/measure.ts';
import { buildServer } from './load/server/index.ts';
import { attackWithSkipbeat } from './load/skipbeat.ts';
import { findTool } from './load/tool.ts';
import { attackWithVegeta, vegetaModule } from './load/vegeta.ts';

// The load generator on loopback, beside vegeta and k6, in turns, against a server of Go's that limits nothing. Progress on
// stderr, tables on stdout. Exit code 1 if a request was lost or invented, or if a service that stopped for 3 s did not
// show as 3 s; other figures of time are shown, and judged by whoever reads them.
//   node bench/load.ts [--seconds 10] [--repeats 5] [--rates 500,1000,2000,5000] [--connections fresh,keep-alive]

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    repeats: { type: 'string', default: '5' },
    rates: { type: 'string', default: '500,1000,2000,5000' },
    connections: { type: 'string', default: 'fresh,keep-alive' },
  },
});
const bounded = (name: string, text: string, max: number): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`--${name}: expected an integer from 1 to ${max}, received ${text}`);
};
const connectionOf = (text: string): Attack['connection'] => {
  if (text === 'fresh' || text === 'keep-alive') return text;
  throw new Error(`--connections: expected fresh or keep-alive, received ${text}`);
};
const seconds = bounded('seconds', options.seconds, 120);
const repeats = bounded('repeats', options.repeats, 20);
const rates = options.rates.split(',').map((rate) => bounded('rates', rate, 5000));
const connections = options.connections.split(',').map(connectionOf);

const timeoutMs = 5000;
const stop = { pauseMs: 3000, seconds: 6 } as const;
const goals = { latenessMs: 0.3, latenessUpToRate: 2000, timesVegeta: 1.2 } as const;
const log = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const ms = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(2)).padStart(9);
const percent = (share: number): string => `${(share * 100).toFixed(0)} %`.padStart(8);
const row = (name: string, cells: readonly string[]): string => `  ${name.padEnd(10)}${cells.join('')}`;
const header = row('', [
  ...['late p50', 'p99', 'max', 'lat. p50', 'p99', 'max'].map((text) => text.padStart(9)),
  ...['CPU', 'others'].map((text) => text.padStart(8)),
]);
const cellsOf = (figure: (pick: (run: Measured) => number) => number): readonly string[] => [
  ms(figure((run) => run.latenessMs?.p50 ?? Number.NaN)),
  ms(figure((run) => run.latenessMs?.p99 ?? Number.NaN)),
  ms(figure((run) => run.latenessMs?.max ?? Number.NaN)),
  ms(figure((run) => run.latencyMs.p50)),
  ms(figure((run) => run.latencyMs.p99)),
  ms(figure((run) => run.latencyMs.max)),
  percent(figure((run) => run.cpu)),
  percent(figure((run) => run.othersCpu)),
];

/** Our threads raise their priority where they may; everything here has the same, or the comparison were none. */
const levelPriorities = (): void => {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch (thrown) {
    log(`priorities stay as they are: ${errnoOf((thrown as { info?: unknown }).info)}`);
  }
};

type Generator = readonly [name: string, attack: (attack: Attack) => Promise<AttackResult>];

const server = await buildServer();
const vegeta = await findTool('vegeta', vegetaModule);
const k6 = await findTool('k6', k6Module);
levelPriorities();
const punctual: readonly Generator[] = [
  ['skipbeat', attackWithSkipbeat],
  ...('path' in vegeta ? [['vegeta', attackWithVegeta(vegeta.path)] as const] : []),
];
const generators: readonly Generator[] = [
  ...punctual,
  ...('path' in k6 ? [['k6', attackWithK6(k6.path)] as const] : []),
];

let broken = false;

/** A turn compares where vegeta sent what it was asked to: what it never sent is in none of its figures. */
const comparableShare = 0.98;

/** How a figure of ours stands to vegeta's: the median of the turns, for what the machine does else changes between them. */
const ratio = (
  rate: number,
  runs: ReadonlyMap<string, readonly Measured[]>,
  pick: (run: Measured) => number,
): string => {
  const theirs = runs.get('vegeta') ?? [];
  const ratios = (runs.get('skipbeat') ?? []).flatMap((run, turn) => {
    const other = theirs[turn];
    return other === undefined || other.offered < rate * seconds * comparableShare ? [] : [pick(run) / pick(other)];
  });
  const turns = `${ratios.length} of ${repeats} turns`;
  if (ratios.length === 0) return `not known, ${turns} compare`;
  const median = medianOf(ratios);
  return `${median.toFixed(2)} in ${turns} (${median <= goals.timesVegeta ? 'met' : 'missed'})`;
};

const printGoals = (rate: number, runs: ReadonlyMap<string, readonly Measured[]>): void => {
  const lateness = medianOf((runs.get('skipbeat') ?? []).map((run) => run.latenessMs?.p99 ?? Number.NaN));
  const punctuality = `lateness p99 ${lateness.toFixed(2)} ms, goal ${goals.latenessMs} (${lateness <= goals.latenessMs ? 'met' : 'missed'})`;
  print(
    `  ${rate <= goals.latenessUpToRate ? `${punctuality}; ` : ''}of vegeta's, goal ${goals.timesVegeta}: latency p99 ${ratio(
      rate,
      runs,
      (run) => run.latencyMs.p99,
    )}, CPU of a request ${ratio(rate, runs, (run) => run.cpu / run.ok)}`,
  );
};

const compare = async (ratePerSecond: number, connection: Attack['connection']): Promise<void> => {
  const runs = new Map<string, Measured[]>(generators.map(([name]) => [name, []]));
  const what = `${ratePerSecond}/s, ${connection}`;
  log(`${what}, ${seconds} s, ${repeats} times in turns; times in ms, CPU in shares of one core\n${header}`);
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const [name, attack] of generators) {
      const service = { path: server, pauseMs: 0 };
      const measured = await measure(service, { ratePerSecond, seconds, connection, timeoutMs }, attack);
      runs.get(name)?.push(measured);
      log(
        row(
          name,
          cellsOf((pick) => pick(measured)),
        ),
      );
    }
  }
  print(`\n${what}, medians of ${repeats} runs of ${seconds} s\n${header}`);
  for (const [name, all] of runs) {
    print(
      row(
        name,
        cellsOf((pick) => medianOf(all.map(pick))),
      ),
    );
    const sum = (pick: (run: Measured) => number): number => all.reduce((total, run) => total + pick(run), 0);
    print(
      row('', [
        `offered ${sum((run) => run.offered)}, ok ${sum((run) => run.ok)}, the server counted `,
        `${sum((run) => run.counts.requests)} on ${sum((run) => run.counts.connections)} connections`,
      ]),
    );
    for (const fault of all.flatMap((run) => run.faults)) {
      broken = true;
      print(row('', [`NOT CONSERVED: ${fault}`]));
    }
  }
  printGoals(ratePerSecond, runs);
};

/** A service that stops: who waits for an answer before asking again does not see it, or sees one request of it. */
const compareStopped = async (ratePerSecond: number, connection: Attack['connection']): Promise<void> => {
  for (const [name, attack] of punctual) {
    const service = { path: server, pauseMs: stop.pauseMs };
    const load = { ratePerSecond, seconds: stop.seconds, connection, timeoutMs };
    const { latencyMs, offered, ok } = await measure(service, load, attack);
    const seen = latencyMs.p99 >= stop.pauseMs * 0.95;
    if (!seen && name === 'skipbeat') broken = true;
    const what = `${name.padEnd(10)}${ratePerSecond}/s, ${connection}:`.padEnd(34);
    print(
      `  ${what}p99${ms(latencyMs.p99)} ms, max${ms(latencyMs.max)} ms, ${ok} of ${offered} ok${seen ? '' : '  NOT SEEN'}`,
    );
  }
};

const each = async (work: (rate: number, connection: Attack['connection']) => Promise<void>): Promise<void> => {
  for (const connection of connections) for (const rate of rates) await work(rate, connection);
};
await each(compare);
print(`\nA service that stops for ${stop.pauseMs / 1000} s within ${stop.seconds} s`);
await each(compareStopped);
for (const [name, tool] of Object.entries({ vegeta, k6 })) {
  if ('absent' in tool) print(`\n${name} is absent, so it does not stand beside these figures: ${tool.absent}`);
}
process.exitCode = broken ? 1 : 0;
