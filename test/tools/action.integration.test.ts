import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { waitUntil } from '../../src/common/wait.ts';
import { readOutputs, root, tool } from './tool.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-action-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** A workspace of a caller with a scenario of its own, on a version that is not the default. */
const workspaceOf = (name: string, kubernetes = 'v1.31'): string => {
  const workspace = join(folder, name);
  mkdirSync(join(workspace, 'temp'), { recursive: true });
  const scenario = parse(read('scenarios/tight-grace.yaml')) as { readonly cluster?: object; readonly expect?: object };
  writeFileSync(join(workspace, 'mine.yaml'), stringify({ ...scenario, cluster: { ...scenario.cluster, kubernetes } }));
  const { expect: _, ...unexpected } = scenario;
  writeFileSync(join(workspace, 'nothing.yaml'), stringify(unexpected));
  return workspace;
};

const environmentOf = (workspace: string, inputs: Readonly<Record<string, string>>) => ({
  GITHUB_WORKSPACE: workspace,
  GITHUB_OUTPUT: join(workspace, 'output'),
  GITHUB_STEP_SUMMARY: join(workspace, 'summary'),
  RUNNER_TEMP: join(workspace, 'temp'),
  INPUT_SCENARIO: 'mine.yaml',
  INPUT_BACKEND: 'model',
  ...inputs,
});

const act = async (name: string, inputs: Readonly<Record<string, string>>) => {
  const workspace = workspaceOf(name);
  const ended = await tool('action', environmentOf(workspace, inputs));
  const outputs = readOutputs(join(workspace, 'output'));
  return { ...ended, workspace, outputs };
};

const versionOf = (run: string): string =>
  (JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')) as { readonly kubernetesVersion: string }).kubernetesVersion;

describe('the action', () => {
  test('says measured, and not pass, where the scenario expects nothing', async () => {
    const { exitCode, outputs } = await act('measured', { INPUT_SCENARIO: 'nothing.yaml' });
    expect([exitCode, outputs.verdict]).toEqual([0, 'measured']);
  });

  test('runs a scenario of the calling repository on the scenario’s own Kubernetes version', async () => {
    const { exitCode, outputs, workspace } = await act('own-version', {});
    expect(exitCode).toBe(0);
    expect(versionOf(join(workspace, 'skipbeat-run'))).toBe('v1.31.0');
    // Both with a random tail.
    const { artifact, state, ...others } = outputs;
    expect([artifact?.replace(/[0-9a-f]{8}$/, 'TAIL'), state?.replace(/\w{6}$/, 'TAIL')]).toEqual([
      'skipbeat-run-TAIL',
      join(workspace, 'temp', 'skipbeat-state-TAIL'),
    ]);
    expect(others).toEqual({ folder: join(workspace, 'skipbeat-run'), verdict: 'pass' });
    expect(readFileSync(join(workspace, 'summary'), 'utf8')).toBe(
      readFileSync(join(workspace, 'skipbeat-run', 'summary.md'), 'utf8'),
    );
  });

  test('takes the version of a kubeadm configuration, and the input’s before both', async () => {
    const workspace = workspaceOf('kubeadm');
    writeFileSync(join(workspace, 'kubeadm.yaml'), read('test/fixtures/user-config/kubeadm-v1beta4.yaml'));
    const files = { INPUT_KUBEADM_CONFIG: 'kubeadm.yaml' };
    const { stderr } = await tool('action', environmentOf(workspace, { ...files, INPUT_OUT: 'files' }));
    // The plan and the progress of the run, which come after that, are another test's.
    const [, ...said] = stderr.slice(0, stderr.indexOf('\npredicted')).replaceAll(`${workspace}/`, '').split('\n');
    expect(said).toEqual([
      'on v1.34.1 these settings amount to profile fast',
      'kubeadm.yaml:13:14: note: node-monitor-period 2s: the default of v1.34.1 is 5s',
      'kubeadm.yaml:15:14: note: node-monitor-grace-period 20s: the default of v1.34.1 is 50s',
      'kubeadm.yaml:25:28: note: nodeStatusUpdateFrequency 4s: the default of v1.34.1 is 10s',
      'kubeadm.yaml:27:1: KubeProxyConfiguration says nothing about heartbeats',
    ]);
    await tool('action', environmentOf(workspace, { ...files, INPUT_OUT: 'input', INPUT_KUBERNETES: 'v1.33' }));
    expect(['files', 'input'].map((name) => versionOf(join(workspace, name)))).toEqual(['v1.34.4', 'v1.33.0']);
  });

  test('settings that name patches are run where leaving them out is allowed, and only there', async () => {
    const workspace = workspaceOf('patches');
    const patches = `\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\npatches: {directory: /etc/patches}\n`;
    writeFileSync(join(workspace, 'kubeadm.yaml'), read('test/fixtures/user-config/kubeadm-v1beta4.yaml') + patches);
    const files = { INPUT_KUBEADM_CONFIG: 'kubeadm.yaml' };
    const ended = async (allowed: string) => {
      const inputs = { ...files, INPUT_OUT: `run-${allowed}`, INPUT_ALLOW_UNREAD: allowed };
      const { exitCode, stderr } = await tool('action', environmentOf(workspace, inputs));
      return {
        exitCode,
        isRefused: stderr.includes('CONFIG_NOT_READ'),
        runs: existsSync(join(workspace, `run-${allowed}`)),
      };
    };
    expect(await ended('false')).toEqual({ exitCode: 2, isRefused: true, runs: false });
    expect(await ended('true')).toMatchObject({ isRefused: false, runs: true });
  });

  test('takes an input for one argument, whatever is in it, and calls that a usage error', async () => {
    const { exitCode, stderr, outputs } = await act('argument', { INPUT_SCENARIO: '--help; touch injected' });
    expect(exitCode).toBe(64);
    const names = readdirSync(join(root, 'scenarios')).flatMap((name) => /^(.*)\.yaml$/.exec(name)?.[1] ?? []);
    expect(stderr).toBe(
      `SCENARIO_NOT_FOUND  scenario: expected one of ${names.sort().join(', ')}, or a path that ends in .yaml, received "--help; touch injected"
Try: npm run skipbeat -- list`,
    );
    expect(outputs).toMatchObject({ verdict: 'usage-error' });
  });

  test('does not let a line feed in an input set another output', async () => {
    const { exitCode, outputs, workspace } = await act('injection', { INPUT_OUT: 'x\nverdict=pass\nfolder=/etc' });
    expect(exitCode).toBe(64);
    expect(outputs).toEqual({ verdict: 'usage-error' });
    expect(readdirSync(workspace).sort()).toEqual(['mine.yaml', 'nothing.yaml', 'output', 'temp']);
  });

  test('says that the environment is not ready, and shows no summary of a run of before', async () => {
    const workspace = workspaceOf('in-use');
    mkdirSync(join(workspace, 'skipbeat-run'));
    writeFileSync(join(workspace, 'skipbeat-run', 'summary.md'), 'an earlier run');
    const { exitCode } = await tool('action', environmentOf(workspace, {}));
    expect(exitCode).toBe(75);
    expect(readOutputs(join(workspace, 'output'))).toMatchObject({ verdict: 'environment-not-ready' });
    expect(existsSync(join(workspace, 'summary'))).toBe(false);
  });

  test('hands a signal on and says that it was interrupted', async () => {
    const workspace = workspaceOf('signal');
    const running = tool('action', environmentOf(workspace, { INPUT_REPEATS: '200' }));
    await waitUntil(
      'the run has begun',
      async () =>
        existsSync(join(workspace, 'skipbeat-run', 'repeats')) ? { found: true } : { seen: 'no folder of repeats' },
      { timeoutMs: 30_000, everyMs: 50, signal: new AbortController().signal },
    );
    // What undoes may need longer than the 5 s after which execa ends a process by SIGKILL unless that is switched off.
    const child = Number(readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8').split(' ')[0]);
    process.kill(child, 'SIGSTOP');
    running.kill('SIGTERM');
    await delay(6000);
    process.kill(child, 'SIGCONT');
    expect((await running).exitCode).toBe(143);
    expect(readOutputs(join(workspace, 'output'))).toMatchObject({ verdict: 'interrupted' });
  });
});

type Step = {
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
};
const { runs, inputs } = parse(read('action.yml')) as {
  readonly runs: { readonly steps: readonly Step[] };
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
};

describe('action.yml', () => {
  test('has no Kubernetes version of its own', () => expect(inputs.kubernetes).not.toHaveProperty('default'));

  test('hands every input on to both of its steps, by name', () => {
    const expected = Object.fromEntries(
      Object.keys(inputs).map((name) => [`INPUT_${name.toUpperCase().replaceAll('-', '_')}`, `\${{ inputs.${name} }}`]),
    );
    const steps = runs.steps.filter(({ run = '' }) => run.includes('ci:action'));
    expect(steps.map(({ env }) => env)).toEqual([expected, expected]);
  });

  test('cleans up below its run’s own state folder alone', () => {
    const [cleanup] = runs.steps.filter(({ run = '' }) => run.includes('cleanup'));
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub Actions
    expect(cleanup?.env).toEqual({ SKIPBEAT_STATE_DIR: '${{ steps.run.outputs.state }}' });
    expect(cleanup?.run).toBe('npm run skipbeat -- cleanup');
  });

  test('names its artifact as the run says', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub Actions
    expect(runs.steps.at(-1)?.with?.name).toBe('${{ steps.run.outputs.artifact }}');
  });
});
