// From Enter to verdict of one tight-grace scenario in the model, through npm and without, beside what node and npm take
// by themselves: the median of several starts, for the machine may be busy.
//   node bench/start.ts [REPEATS]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const root = join(import.meta.dirname, '..');
const repeats = Number(process.argv[2] ?? 7);
const run = ['tight-grace', '--backend', 'model', '--out'];

const starts: Readonly<Record<string, (out: string) => readonly [string, readonly string[]]>> = {
  'node -e 0': () => [process.execPath, ['-e', '0']],
  'npm exec, of node -e 0': () => ['npm', ['exec', '--offline', '--', 'node', '-e', '0']],
  'node src/main.ts run': (out) => [process.execPath, ['src/main.ts', 'run', ...run, out]],
  'npm run scenario': (out) => ['npm', ['run', '--silent', 'scenario', '--', ...run, out]],
};

const once = async (command: string, args: readonly string[]): Promise<number> => {
  const began = performance.now();
  await execa(command, args, { cwd: root, stdio: 'ignore' });
  return performance.now() - began;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

let nodeMs: number | null = null;
for (const [name, start] of Object.entries(starts)) {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-start-'));
  const tookMs: number[] = [];
  // The first start fills the cache of compiled modules.
  for (let repeat = 0; repeat <= repeats; repeat += 1) {
    const [command, args] = start(join(folder, String(repeat)));
    const ms = await once(command, args);
    if (repeat > 0) tookMs.push(ms);
  }
  rmSync(folder, { recursive: true, force: true });
  nodeMs ??= median(tookMs);
  const times = (median(tookMs) / nodeMs).toFixed(1);
  process.stdout.write(
    `${name.padEnd(24)} ${median(tookMs).toFixed(0).padStart(6)} ms   ${times.padStart(6)} × node\n`,
  );
}
