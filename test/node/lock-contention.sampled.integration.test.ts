import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { sampleOf } from '../support/sample.ts';

const module = JSON.stringify(fileURLToPath(new URL('../../src/node/index.ts', import.meta.url)));

/** By day some dozens of changes of hands under contention, by night hundreds: each of them takes a process and more. */
const contendMs = sampleOf(1500, 15_000);

test('fifty processes at once cannot have it twice, though some are killed inside and others only read it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-lock-'));
  const [file, inside, there] = [join(folder, 'locks', 'one.lock'), join(folder, 'inside'), join(folder, 'there')];
  mkdirSync(there);
  const contender = (script: string) =>
    execa(process.execPath, ['--input-type=module-typescript', '--eval', script, file, inside, there], {
      reject: false,
    });
  // Each contender of the five programs is a process of its own: the one that holds the lock of the file.
  const program = `
    import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
    import { lockHolder, takeLock } from ${module};
    const [, file, inside, there] = process.argv;
    let entered = 0;
    let twice = 0;
    // Where starting takes longer than contending they would come one after the other.
    mkdirSync(there + '/' + process.pid);
    while (readdirSync(there).length < 5) await new Promise((resolve) => setTimeout(resolve, 5));
    const contend = async () => {
      for (const until = performance.now() + ${contendMs}; performance.now() < until || entered === 0; ) {
        await lockHolder(file);
        const lock = await takeLock(file, '812');
        if (!('release' in lock)) continue;
        // A mark of a holder that was killed inside stands: it is not its successor's fault.
        try { mkdirSync(inside); } catch { twice += 1; }
        await new Promise((resolve) => setTimeout(resolve, 3));
        rmdirSync(inside);
        entered += 1;
        await lock.release();
      }
    };
    await Promise.all(Array.from({ length: 10 }, contend));
    process.stdout.write(JSON.stringify({ entered, twice }));
  `;
  const dies = `
    import { takeLock } from ${module};
    for (;;) if ('release' in (await takeLock(process.argv[1], '813'))) process.kill(process.pid, 'SIGKILL');
  `;
  const [ends] = await Promise.all([
    Promise.all(Array.from({ length: 5 }, () => contender(program))),
    ...Array.from({ length: 5 }, () => contender(dies)),
  ]);
  const counts = ends.map(({ stdout }) => JSON.parse(stdout) as { entered: number; twice: number });
  expect(counts.reduce((sum, { twice }) => sum + twice, 0)).toBe(0);
  expect(counts.map(({ entered }) => entered > 0)).toEqual(Array(5).fill(true));
  expect(existsSync(inside)).toBe(false);
  rmSync(folder, { recursive: true });
});
