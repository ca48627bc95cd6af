import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HostCommand, succeeded } from '../../src/common/command.ts';
import { cacheDir } from '../../src/common/host/paths.ts';
import { hostExec } from '../../src/node/index.ts';

/** Clock ticks a second in /proc: USER_HZ, 100 on every Linux that Node runs on. */
const tickMs = 10;

export const run = async (command: HostCommand): Promise<void> => {
  const result = await hostExec(command);
  if (!succeeded(result)) throw new Error(`${result.command} ${result.ended} ${result.exitCode}: ${result.stderr}`);
};

/** CPU time of children that have ended, in ms (proc(5), /proc/pid/stat, cutime and cstime). */
const childrenCpuMs = async (): Promise<number> => {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * tickMs;
};

/** @returns the CPU time that it took, in ms */
export const runForCpu = async (command: HostCommand): Promise<number> => {
  const before = await childrenCpuMs();
  await run(command);
  return (await childrenCpuMs()) - before;
};

/** A program, built by Go into our cache folder once. @returns its path, or why there is none */
export const findTool = async (
  name: string,
  module: string,
): Promise<{ readonly path: string } | { readonly absent: string }> => {
  const folder = join(cacheDir(), 'bench');
  const path = join(folder, name);
  if (existsSync(path)) return { path };
  const built = await hostExec({ argv: ['go', 'install', module], timeoutMs: 900_000, env: { GOBIN: folder } });
  return succeeded(built) ? { path } : { absent: `${built.command} ${built.ended}: ${built.stderr.slice(-300)}` };
};

/** Works in a folder that is gone afterwards. */
export const inFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'skipbeat-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
};
