// What action.yml runs: one scenario of the calling repository, against settings of its own. Inputs come in the
// environment, as INPUT_…, and go on as arguments; no shell reads them. Paths count from GITHUB_WORKSPACE.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { execa } from 'execa';

const main = join(import.meta.dirname, '../../src/main.ts');
const workspace = process.env.GITHUB_WORKSPACE ?? process.cwd();

const input = (name: string): string | null => {
  const value = process.env[`INPUT_${name.toUpperCase().replaceAll('-', '_')}`]?.trim() ?? '';
  return value === '' ? null : value;
};

const pathOf = (text: string): string => (isAbsolute(text) ? text : join(workspace, text));

const option = (name: string, isPath = false): readonly string[] => {
  const value = input(name);
  return value === null ? [] : [`--${name}=${isPath ? pathOf(value) : value}`];
};

const scenario = input('scenario');
if (scenario === null) throw new Error('scenario: expected a name or the path of a YAML file, received nothing');
const folder = pathOf(input('out') ?? 'skipbeat-run');
const argv = [
  'run',
  ...option('profile'),
  ...option('kubernetes'),
  ...option('backend'),
  ...option('repeats'),
  ...option('kubeadm-config', true),
  ...option('kube-controller-manager-manifest', true),
  `--out=${folder}`,
  '--plain',
  '--',
  /[/\\]|\.ya?ml$/.test(scenario) ? pathOf(scenario) : scenario,
];
const { exitCode } = await execa(process.execPath, [main, ...argv], {
  reject: false,
  stdio: ['ignore', 'inherit', 'inherit'],
});

const append = (variable: string, text: string): void => {
  const file = process.env[variable];
  if (file !== undefined) appendFileSync(file, text);
};
const summary = join(folder, 'summary.md');
if (existsSync(summary)) append('GITHUB_STEP_SUMMARY', readFileSync(summary, 'utf8'));
const verdict = { 0: 'pass', 1: 'fail' }[exitCode ?? 70] ?? 'inconclusive';
append('GITHUB_OUTPUT', `folder=${folder}\nverdict=${verdict}\n`);
process.exitCode = exitCode ?? 70;
