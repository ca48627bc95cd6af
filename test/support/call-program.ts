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
 * Does in this process, whose sources are loaded already, what a program does that asks nothing of its process's start, of its
 * end and of signals. One at a time, for folder, environment, streams and exit code are this process's own.
 * @param argv what the program finds in `process.argv`
 * @param work the program; `process.exitCode` says how it ended
 */
export const callHere = async (
  argv: readonly string[],
  { cwd, env = {} }: Place,
  work: () => Promise<void>,
): Promise<Ended> => {
  if (isCalled) throw new Error('callHere: expected one program at a time, found another that has not ended');
  isCalled = true;
  const before = { argv: process.argv, cwd: process.cwd(), exitCode: process.exitCode, env: { ...process.env } };
  const [stdout, stderr] = [kept(process.stdout), kept(process.stderr)];
  try {
    process.chdir(cwd);
    process.argv = [...argv];
    process.exitCode = undefined;
    Object.assign(process.env, env);
    await work();
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

/** As `runProgram`, in this process. */
export const callProgram = (args: readonly string[], place: Place): Promise<Ended> =>
  callHere([process.execPath, main, ...args], place, () => answer(args));
