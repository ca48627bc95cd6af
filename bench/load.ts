import { parseArgs } from 'node:util';
import { attackWithSkipbeat } from './load-skipbeat.ts';
import { attackWithVegeta, findVegeta } from './load-vegeta.ts';
import { type Attack, type AttackResult, type Measured, measure, medianOf } from './measure.ts';

// The load generator on loopback, beside vegeta, in turns, with fresh connections only. Progress on stderr, tables on
// stdout. Exit code 1 if a request was lost or invented; figures of time are shown, and judged by whoever reads them.
//   node bench/load.ts [--seconds 20] [--repeats 3] [--rates 1000,50]

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    repeats: { type: 'string', default: '3' },
    rates: { type: 'string', default: '1000,50' },
  },
});
const bounded = (name: string, text: string, max: number): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`--${name}: expected a whole number from 1 to ${max}, received ${text}`);
};
const seconds = bounded('seconds', options.seconds, 120);
const repeats = bounded('repeats', options.repeats, 20);
const rates = options.rates.split(',').map((rate) => bounded('rates', rate, 5000));

const goalMs = 1;
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const ms = (value: number): string => value.toFixed(3).padStart(9);
const percent = (share: number): string => `${(share * 100).toFixed(0)} %`.padStart(8);
const row = (name: string, cells: readonly string[]): string => `  ${name.padEnd(10)}${cells.join('')}`;
const header = row('', [
  ...['late p50', 'p99', 'max', 'lat. p50', 'p99', 'max'].map((text) => text.padStart(9)),
  ...['CPU', 'others'].map((text) => text.padStart(8)),
]);
const cellsOf = (figure: (pick: (run: Measured) => number) => number): readonly string[] => [
  ms(figure((run) => run.latenessMs.p50)),
  ms(figure((run) => run.latenessMs.p99)),
  ms(figure((run) => run.latenessMs.max)),
  ms(figure((run) => run.latencyMs.p50)),
  ms(figure((run) => run.latencyMs.p99)),
  ms(figure((run) => run.latencyMs.max)),
  percent(figure((run) => run.cpu)),
  percent(figure((run) => run.othersCpu)),
];

const vegeta = await findVegeta();
const generators: readonly (readonly [string, (attack: Attack) => Promise<AttackResult>])[] = [
  ['skipbeat', attackWithSkipbeat],
  ...('path' in vegeta ? [['vegeta', attackWithVegeta(vegeta.path)] as const] : []),
];

let broken = false;
for (const rate of rates) {
  const runs = new Map<string, Measured[]>(generators.map(([name]) => [name, []]));
  say(`${rate}/s for ${seconds} s, ${repeats} times in turns; times in ms, CPU in shares of one core\n${header}`);
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const [name, attack] of generators) {
      const measured = await measure(rate, seconds, attack);
      runs.get(name)?.push(measured);
      say(
        row(
          name,
          cellsOf((pick) => pick(measured)),
        ),
      );
    }
  }
  print(`\n${rate}/s on fresh connections, medians of ${repeats} runs of ${seconds} s\n${header}`);
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
  const latenessMs = medianOf((runs.get('skipbeat') ?? []).map((run) => run.latenessMs.p99));
  print(`  lateness p99 ${latenessMs} ms: the goal of ${goalMs} ms is ${latenessMs <= goalMs ? 'met' : 'missed'}`);
}
if ('absent' in vegeta) print(`\nvegeta is absent, so nothing stands beside these figures: ${vegeta.absent}`);
process.exitCode = broken ? 1 : 0;
