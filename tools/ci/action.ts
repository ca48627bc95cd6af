// What action.yml runs: one scenario of the calling repository, against settings of its own. Inputs come in the
// environment, as INPUT_…, and go on as arguments; no shell reads them. Paths count from GITHUB_WORKSPACE.
// `npm run ci:action -- set-up` makes this machine ready for it: the Kubernetes version is the input's, else that of the
// files with settings, else the scenario's.
// Outputs: folder, artifact, state (the folder of what has to be undone, for cleanup) and verdict.
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { loadWithOptions } from '../../src/cli/options/scenario-options.ts';
import { exitCodes, SkipbeatError } from '../../src/common/errors.ts';
import { type ActionInputs, readInputs } from './inputs.ts';
import { addSummary, setOutputs } from './outputs.ts';
import { verdictOf } from './verdict.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

/** Runs skipbeat. Signals go on to it, for it undoes what it did before it ends. */
const skipbeat = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> => {
  const child = execa(process.execPath, [main, ...argv], {
    reject: false,
    stdio: ['ignore', 'inherit', 'inherit'],
    env,
    // execa would end it by SIGKILL 5 s after a SIGTERM, and an undo may need longer.
    forceKillAfterDelay: false,
  });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  const { exitCode, signal } = await child;
  process.off('SIGINT', forward).off('SIGTERM', forward);
  if (signal === 'SIGINT') return exitCodes.interrupted;
  return signal === 'SIGTERM' ? exitCodes.terminated : (exitCode ?? exitCodes.bug);
};

const allowsUnread = (inputs: ActionInputs): boolean => inputs['allow-unread'] === 'true';

const setUp = (inputs: ActionInputs): Promise<number> => {
  const { scenario } = loadWithOptions(inputs.scenario, {
    ...(inputs.profile === undefined ? {} : { profile: inputs.profile }),
    ...(inputs.kubernetes === undefined ? {} : { kubernetes: inputs.kubernetes }),
    ...(inputs['kubeadm-config'] === undefined ? {} : { kubeadmConfig: inputs['kubeadm-config'] }),
    ...(inputs['kube-controller-manager-manifest'] === undefined
      ? {}
      : { kubeControllerManagerManifest: inputs['kube-controller-manager-manifest'] }),
    allowUnread: allowsUnread(inputs),
  });
  return skipbeat(['setup', '--kubernetes', scenario.cluster.kubernetes]);
};

const options = [
  'profile',
  'kubernetes',
  'backend',
  'repeats',
  'kubeadm-config',
  'kube-controller-manager-manifest',
  'out',
] as const;

/** How many expectations a run that was judged had. */
const expectedIn = (folder: string): number => {
  const { expectations } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as {
    readonly expectations: readonly unknown[];
  };
  return expectations.length;
};

const run = async (inputs: ActionInputs): Promise<number> => {
  const { out: folder, artifact, scenario } = inputs;
  // A state folder of its own: what the clean-up step then undoes is this run's and nobody else's.
  const state = mkdtempSync(join(process.env.RUNNER_TEMP ?? tmpdir(), 'skipbeat-state-'));
  setOutputs({ folder, artifact, state });
  const summary = join(folder, 'summary.md');
  const isOfBefore = existsSync(summary);
  const passed = options.flatMap((name) => (inputs[name] === undefined ? [] : [`--${name}=${inputs[name]}`]));
  const allowed = allowsUnread(inputs) ? ['--allow-unread'] : [];
  const exitCode = await skipbeat(['run', ...passed, ...allowed, '--plain', '--', scenario], {
    SKIPBEAT_STATE_DIR: state,
  });
  if (!isOfBefore && existsSync(summary)) addSummary(readFileSync(summary, 'utf8'));
  setOutputs({ verdict: verdictOf(exitCode, exitCode === exitCodes.ok ? expectedIn(folder) : null) });
  return exitCode;
};

const refused = (thrown: unknown): number => {
  if (!(thrown instanceof SkipbeatError)) throw thrown;
  process.stderr.write(`${thrown.message}\n${thrown.next === null ? '' : `Try: ${thrown.next}\n`}`);
  setOutputs({ verdict: verdictOf(thrown.exitCode) });
  return thrown.exitCode;
};

const act = async (): Promise<number> => {
  const inputs = readInputs(process.env, process.env.GITHUB_WORKSPACE ?? process.cwd());
  if (process.argv[2] !== 'set-up') return run(inputs);
  const exitCode = await setUp(inputs);
  if (exitCode !== exitCodes.ok) setOutputs({ verdict: verdictOf(exitCode) });
  return exitCode;
};
process.exitCode = await act().catch(refused);
