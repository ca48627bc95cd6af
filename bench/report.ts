/**
 * What `report` takes for a run with very many requests: time, of the clock and of the processors, and the most memory that
 * it ever had.
 *
 *     node bench/report.ts [requests]
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { giveRequests } from '../test/run/many-requests.ts';
import { modelRun } from '../test/run/model-run.ts';

const count = Number(process.argv[2] ?? 10_000_000);
const maxMb = 300;

/** Runs before the program and tells at its end what the kernel says of its memory and of its processors' time. */
const report = `process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stderr.write('most ' + maxRSS + ' KB, ' + (userCPUTime + systemCPUTime) + ' us\\n');
})`;
const preload = join(tmpdir(), `skipbeat-bench-report-${process.pid}.mjs`);
writeFileSync(preload, report);

const run = await modelRun();
const folder = run.copy();
await giveRequests(folder, count);
const startedAt = performance.now();
const argv = ['--import', preload, join(import.meta.dirname, '../src/main.ts'), 'report', folder];
const { stderr } = await execa(process.execPath, argv, { reject: false });
const tookS = (performance.now() - startedAt) / 1000;
const [, maxKb, cpuUs] = /most (\d+) KB, (\d+) us/.exec(stderr) ?? [];
const maxSeenMb = Number(maxKb) / 1024;
const cpuS = Number(cpuUs) / 1e6;
const { requests } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as { requests: { offered: number } };
run.remove();
rmSync(preload);
process.stdout.write(
  `report of ${requests.offered.toLocaleString('en-US')} requests: ${tookS.toFixed(1)} s (${cpuS.toFixed(1)} s of processor time in all threads), at most ${maxSeenMb.toFixed(0)} MB (${maxMb} MB may be)\n`,
);
if (requests.offered !== count || !(maxSeenMb <= maxMb)) process.exitCode = 1;
