import { answer } from '../../src/cli/answer.ts';
import { type Ended, main, type Place } from './program.ts';

/** Keeps what is written to a stream instead of writing it. @returns what was written, and the way back */
const kept = (stream: NodeJS.WriteStream) => {
  let text = '';
  const write = stream.write;
  stream.write = ((chunk: string | Uint8Array, ...rest: readonly unknown[]) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const done = rest.find((each) => typeof each === 'function');
    if (done !== undefined) process.nextTick(done);
    return true;
  }) as typeof stream.write;
  return {
    text: () => text,
    restore: () => {
      stream.write = write;
    },
  };
};

let isCalled = false;

/**
 * As `runProgram`, in this process, whose sources are loaded already: for what asks nothing of a process's start, of its end and
 * of signals. One call at a time, for folder, environment, streams and exit code are this process's own.
 */
export const callProgram = async (args: readonly string[], { cwd, env = {} }: Place): Promise<Ended> => {
  if (isCalled) throw new Error('callProgram: expected one call at a time, found another that has not ended');
  isCalled = true;
  const before = { argv: process.argv, cwd: process.cwd(), exitCode: process.exitCode, env: { ...process.env } };
  const [stdout, stderr] = [kept(process.stdout), kept(process.stderr)];
  try {
    process.chdir(cwd);
    process.argv = [process.execPath, main, ...args];
    process.exitCode = undefined;
    Object.assign(process.env, env);
    await answer(args);
    return { exitCode: Number(process.exitCode ?? 0), stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    stdout.restore();
    stderr.restore();
    process.chdir(before.cwd);
    process.argv = before.argv;
    process.exitCode = before.exitCode;
    for (const name of Object.keys(env)) {
      const was = before.env[name];
      if (was === undefined) delete process.env[name];
      else process.env[name] = was;
    }
    isCalled = false;
  }
};
