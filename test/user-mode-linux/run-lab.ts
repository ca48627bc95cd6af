import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { quoteCommand } from '../../src/common/command.ts';
import { hostExec } from '../../src/node/index.ts';
import { kernelHasNetem, testKernelIsReady, testKernelRoot } from '../../tools/test-tools/test-kernel.ts';
import type { DiskResult, LabResult, Measured, Undone } from './result.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** What CI's machine takes a minute for may take a busy one many. */
export const labTimeoutMs = 900_000;

/** Which part of the lab a machine does. */
type Part = 'measured' | 'undone' | 'shapes';

const labCommand = async (out: string): Promise<[string, ...string[]]> => {
  if (await kernelHasNetem(new AbortController().signal)) {
    const own = ['--net', '--mount', '--pid', '--fork', '--mount-proc'];
    const script = 'mount -t tmpfs tmpfs /run && exec bash test/user-mode-linux/namespaces.sh "$0"';
    return ['env', '-C', project, 'unshare', ...own, 'bash', '-c', script, out];
  }
  if (!(await testKernelIsReady())) {
    throw new Error('this kernel has no netem and user-mode Linux is not there: npm run setup -- --tests');
  }
  return userMode(out, 'namespaces');
};

/** Its times are those of this machine: it goes before what else is busy here. */
const userMode = (out: string, script: string): [string, ...string[]] => {
  const boot = ['unshare', '--mount', join(project, 'test/user-mode-linux/boot.sh')];
  return ['nice', '-n', '-10', ...boot, testKernelRoot(), project, out, script];
};

/**
 * Runs bash in a machine of its own with netem: this one's kernel in new namespaces, or user-mode Linux.
 * @returns what it printed @throws Error where it failed
 */
export const runScript = async (script: string): Promise<string> => {
  if (await kernelHasNetem(new AbortController().signal)) {
    const own = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
    return (await execa('unshare', [...own, 'bash', '-e', '-c', script], { stdin: 'ignore' })).stdout;
  }
  if (!(await testKernelIsReady())) {
    throw new Error('this kernel has no netem and user-mode Linux is not there: npm run setup -- --tests');
  }
  const out = mkdtempSync(join(tmpdir(), 'skipbeat-lab-'));
  try {
    writeFileSync(join(out, 'script'), script);
    await hostExec({ argv: userMode(out, '../agent/printed'), timeoutMs: labTimeoutMs });
    const complaints = readFileSync(join(out, 'complaints'), 'utf8');
    const printed = readFileSync(join(out, 'printed'), 'utf8');
    if (complaints.includes('exit code')) throw new Error(`${printed}\n${complaints}`);
    return printed;
  } finally {
    rmSync(out, { recursive: true });
  }
};

const run = async <Result>(commandOf: (out: string) => Promise<[string, ...string[]]>): Promise<Result> => {
  const out = mkdtempSync(join(tmpdir(), 'skipbeat-lab-'));
  try {
    const argv = await commandOf(out);
    const ended = await hostExec({ argv, timeoutMs: labTimeoutMs });
    const said = `${quoteCommand(argv)}: ${ended.ended}\n${ended.stdout.slice(-4000)}\n${ended.stderr.slice(-4000)}`;
    try {
      return JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as Result;
    } catch (thrown) {
      throw new Error(`the lab left no result; ${said}`, { cause: thrown });
    }
  } finally {
    rmSync(out, { recursive: true });
  }
};

const runPart = <Result>(part: Part): Promise<Result> =>
  run((out) => {
    writeFileSync(join(out, 'part'), part);
    return labCommand(out);
  });

/** Runs the program of the lab in two machines of its own, once for everything that is measured in them by day. */
export const runLab = async (): Promise<LabResult> => {
  const [measured, undone] = await Promise.all([runPart<Measured>('measured'), runPart<Undone>('undone')]);
  const { ramp, idle: connects, ...rest } = undone;
  return {
    ...measured,
    ...rest,
    idle: { pings: measured.idle, connects },
    pings: { ...measured.pings, ramp },
  };
};

/** The same for the further distributions, chains and bursts of netem. */
export const runShapes = (): Promise<Measured> => runPart('shapes');

/** Makes the disk of an etcd slow by cgroup v2, in user-mode Linux. */
export const runDiskLab = (): Promise<DiskResult> => run((out) => Promise.resolve(userMode(out, 'etcd')));
