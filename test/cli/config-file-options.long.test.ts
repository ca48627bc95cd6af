import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { expect, test, vi } from 'vitest';
import { configFileSettings, readConfigFileOptions } from '../../src/cli/options/config-file-options.ts';
import { loadWithOptions } from '../../src/cli/options/scenario-options.ts';
import { programFor } from '../../src/cli/program.ts';
import { refusalOf } from '../support/refusal.ts';

/** kubernetesVersion v1.34.1, whose kubeadm passes 60s as the last of two; that of v1.34.4 passes 16s. */
const kubeadmConfig = join(import.meta.dirname, '../fixtures/settings/cluster-duplicates.yaml');

const graceOf = (profile: unknown): unknown =>
  (profile as { userConfig: { controllerManagerArgs: Record<string, string> } }).userConfig.controllerManagerArgs[
    'node-monitor-grace-period'
  ];

test.each([
  [{}, '60s'],
  [{ kubernetes: 'v1.34.4' }, '16s'],
  [{ set: ['cluster.kubernetes=v1.34.4'] }, '16s'],
  [{ kubernetes: 'v1.33.7' }, '60s'],
  [{ kubernetes: 'v1.34' }, '60s'],
])(
  'a run with %o passes equal flags as the kubeadm of the files, or of the version asked for, does',
  (options, grace) => {
    const { scenario } = loadWithOptions('default', { kubeadmConfig, ...options });
    expect(graceOf(scenario.profile)).toBe(grace);
  },
);

test.each([
  [undefined, '60s'],
  ['v1.34.4', '16s'],
  ['v1.34', '60s'],
  ['v1.33,v1.34', '60s'],
])('so do sweeps and matrices, with --kubernetes %s', (typed, grace) => {
  const settings = configFileSettings({ kubeadmConfig }, { typed, otherwise: 'v1.34' }, 'clients');
  expect(graceOf(settings?.on('v1.34.4'))).toBe(grace);
});

const refusal = (make: () => unknown): string => refusalOf(make).message;

test.each([
  [{ profile: 'fast' }, '--profile: expected no profile beside a file with settings, received "fast"'],
  [{ set: ['profile=fast'] }, '--set profile: expected no profile beside a file with settings, received "fast"'],
])('a profile that %o asks for would take the place of the files', (options, message) => {
  expect(refusal(() => loadWithOptions('default', { kubeadmConfig, ...options }))).toBe(message);
});

const kubeletConfig = join(import.meta.dirname, '../fixtures/settings/kubelet-lease-20.yaml');
const assumed = (sentences: readonly string[]): readonly string[] =>
  sentences.filter((sentence) => sentence.startsWith('no file names a version of Kubernetes'));

test('where no file names a version, a run, a sweep and a matrix say which one is taken', () => {
  const said = (version: string): string =>
    `no file names a version of Kubernetes: ${version} is taken, whose defaults count where the files say nothing`;
  expect(assumed(loadWithOptions('default', { kubeletConfig }).configSentences)).toEqual([said('v1.34')]);
  expect(assumed(loadWithOptions('default', { kubeletConfig, kubernetes: 'v1.31' }).configSentences)).toEqual([]);
  expect(assumed(loadWithOptions('default', { kubeadmConfig, kubeletConfig }).configSentences)).toEqual([]);
  const settings = configFileSettings({ kubeletConfig }, { typed: undefined, otherwise: 'v1.34' }, 'clients');
  expect(assumed(settings?.on('v1.34.4').sentences ?? [])).toEqual([said('v1.34.4')]);
});

test.each([
  ['plan', 'default', '--kubeadm-config', 'a.yaml', '--kubeadm-config', 'b.yaml'],
  ['plan', 'default', '--kubelet-config=a.yaml', '--kubelet-config', 'a.yaml'],
  ['run', 'default', '--seed', '1', '--seed', '2'],
  ['review', 'a.yaml', '--kubeadm-config', 'b.yaml', '--kubeadm-config', 'c.yaml'],
  ['recommend', '--max-detect', '60s', '--max-detect', '90s'],
  ['sweep', '--kubeadm-config', 'a.yaml', '--kubeadm-config', 'b.yaml'],
  ['sweep', 'merge', '--out', 'a', '--out', 'b', 'c'],
])('of an option that is given twice none is dropped in silence: %s %s %s %s %s', async (...argv) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const program = await programFor(argv[0]);
    await expect(program.parseAsync(argv, { from: 'user' })).rejects.toThrow(CommanderError);
    expect(write.mock.calls.join('')).toMatch(
      /^error: option '--\S+ <\S+>' argument '\S+' is invalid. It is given twice: expected one value, received '\S+' before/,
    );
  } finally {
    write.mockRestore();
  }
});

test.each([
  [['plan', 'default', '--json', '--json'], "error: option '--json' is given twice: expected it once\n"],
  [['sweep', 'merge', '--json', '--json', 'c'], "error: option '--json' is given twice: expected it once\n"],
  [['review', 'a', 'b', '--json', '--markdown'], "error: option '--json' cannot be used with option '--markdown'\n"],
  [['matrix', '--json', '--markdown'], "error: option '--json' cannot be used with option '--markdown'\n"],
])('two of one, and two formats, are refused in words: %j', async (argv, text) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const program = await programFor(argv[0]);
    await expect(program.parseAsync(argv, { from: 'user' })).rejects.toThrow(CommanderError);
    expect(write.mock.calls.join('')).toBe(text);
  } finally {
    write.mockRestore();
  }
});

test('a merge does not overwrite what it merges', async () => {
  const program = await programFor('sweep');
  const file = 'test/fixtures/../fixtures/user-config/kubeadm-v1beta4.yaml';
  const argv = ['sweep', 'merge', 'test/fixtures/user-config/kubeadm-v1beta4.yaml', '--out', file];
  await expect(program.parseAsync(argv, { from: 'user' })).rejects.toMatchObject({
    code: 'SWEEP_OUT_INVALID',
    exitCode: 64,
  });
});

test.each([
  ['pod-eviction-timeout', '1m', 'change the file, or take a version that has these flags, such as --kubernetes v1.26'],
  ['controllers', '*, -nodelifecycle', 'change what is named in the file'],
])('what helps where a component does not start with %s %s', (name, value, next) => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-hint-'));
  const file = join(folder, 'given.yaml');
  const lines = ['apiVersion: kubeadm.k8s.io/v1beta4', 'kind: ClusterConfiguration', 'kubernetesVersion: v1.34.1'];
  const args = `controllerManager: {extraArgs: [{name: ${name}, value: "${value}"}]}`;
  try {
    writeFileSync(file, [...lines, args].join('\n'));
    expect(() => loadWithOptions('default', { kubeadmConfig: file })).toThrow(
      expect.objectContaining({ code: 'CONFIG_WOULD_NOT_START', next }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [{ kubeApiserverManifest: kubeadmConfig }, '--kube-apiserver-manifest', 'kube-apiserver'],
  [{ kubeControllerManagerManifest: kubeadmConfig }, '--kube-controller-manager-manifest', 'kube-controller-manager'],
  [{ kubeletConfig: kubeadmConfig }, '--kubelet-config', 'KubeletConfiguration'],
])('an option of one component refuses a file without it: %o', (options, option, expected) => {
  expect(() => readConfigFileOptions(options)).toThrow(
    `${option} ${kubeadmConfig}: expected ${expected} in it, found ClusterConfiguration v1beta4`,
  );
});
