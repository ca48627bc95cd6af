import { join } from 'node:path';
import { expect, test } from 'vitest';
import { givenSettings } from '../../src/cli/options/given-options.ts';
import { loadWithOptions } from '../../src/cli/options/scenario-options.ts';

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
])('so do sweeps and matrices, with --kubernetes %s', (typed, grace) => {
  const settings = givenSettings({ kubeadmConfig }, { typed, otherwise: 'v1.34' });
  expect(graceOf(settings?.on('v1.34.4'))).toBe(grace);
});
