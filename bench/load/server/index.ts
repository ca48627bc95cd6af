import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { succeeded } from '../../../src/common/command.ts';
import { cacheDir } from '../../../src/common/host/paths.ts';
import { hostExec } from '../../../src/node/index.ts';

/** How many requests and connections came so far, and the CPU time they cost. */
export type ServerCounts = { readonly requests: number; readonly connections: number; readonly cpuMs: number };

export type LoadServer = {
  readonly port: number;
  readonly counts: () => Promise<ServerCounts>;
  /** Stops it as a whole for so long, as SIGSTOP does. */
  readonly pause: (ms: number) => Promise<void>;
  readonly end: () => Promise<void>;
};

/** Compiles the server. @returns its path */
export const buildServer = async (): Promise<string> => {
  const path = join(cacheDir(), 'bench', 'load-server');
  const source = join(import.meta.dirname, 'main.go');
  const built = await hostExec({ argv: ['go', 'build', '-o', path, source], timeoutMs: 300_000 });
  if (!succeeded(built)) throw new Error(`${built.command} ${built.ended} ${built.exitCode}: ${built.stderr}`);
  return path;
};

export const startServer = async (path: string): Promise<LoadServer> => {
  const child: ChildProcess = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error(`${path}: no pipes`);
  const lines = createInterface(stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`${path} ended`);
    return value;
  };
  return {
    port: Number(await line()),
    counts: async () => {
      stdin.write('counts\n');
      return JSON.parse(await line()) as ServerCounts;
    },
    pause: async (ms) => {
      child.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, ms));
      child.kill('SIGCONT');
    },
    end: async () => {
      const ended = once(child, 'exit');
      stdin.end();
      await ended;
    },
  };
};
