import { join } from 'node:path';
import { execa } from 'execa';

/** The program, as it stands in the sources. */
export const main = join(import.meta.dirname, '../../src/main.ts');

/** Nobody answers at this engine: what the program prints does not depend on this machine's images. */
export const noEngine = { DOCKER_HOST: 'unix:///nonexistent/engine.sock' } as const;

/** How the program ended: `exitCode` is undefined where it was killed; every byte that it printed. */
export type Ended = { readonly exitCode: number | undefined; readonly stdout: string; readonly stderr: string };

/** Where the program is started, and what its environment has besides this process's own. */
export type Place = { readonly cwd: string; readonly env?: Readonly<Record<string, string>> };

/** Runs the program to its end, or for 200 s. */
export const runProgram = async (args: readonly string[], options: Place): Promise<Ended> => {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [main, ...args], {
    ...options,
    stdin: 'ignore',
    reject: false,
    stripFinalNewline: false,
    timeout: 200_000,
  });
  return { exitCode, stdout, stderr };
};
