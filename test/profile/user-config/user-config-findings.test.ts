import { expect, test } from 'vitest';
import { isUnpredictable, userConfigFindings } from '../../../src/profile/index.ts';
import type { UserConfig } from '../../../src/profile/types.ts';

const nothing: UserConfig = { controllerManagerArgs: {}, apiServerArgs: {}, kubeletArgs: {}, kubeletConfiguration: {} };
const isUnknown = (config: Partial<UserConfig>): boolean =>
  userConfigFindings({ ...nothing, ...config }, 'v1.34.4').some(isUnpredictable);

// Every request of a heartbeat is given up after nodeStatusUpdateFrequency: with 1 ms no heartbeat ever arrives.
test.each([
  ['the frequency of the status, in a file', { kubeletConfiguration: { nodeStatusUpdateFrequency: '999ms' } }, true],
  ['the same', { kubeletConfiguration: { nodeStatusUpdateFrequency: '1ns' } }, true],
  ['of 1 s', { kubeletConfiguration: { nodeStatusUpdateFrequency: '1s' } }, false],
  ['of 0, which is the default', { kubeletConfiguration: { nodeStatusUpdateFrequency: '0s' } }, false],
  ['as a flag', { kubeletArgs: { 'node-status-update-frequency': '10ms' } }, true],
  ['of 1 s', { kubeletArgs: { 'node-status-update-frequency': '1s' } }, false],
  ['the lease', { kubeletConfiguration: { nodeLeaseDurationSeconds: 3 } }, true],
  ['of 4 s', { kubeletConfiguration: { nodeLeaseDurationSeconds: 4 } }, false],
  ['of 0, which is the default', { kubeletConfiguration: { nodeLeaseDurationSeconds: 0 } }, false],
  ['the period of the monitor', { controllerManagerArgs: { 'node-monitor-period': '1ns' } }, true],
  ['the same', { controllerManagerArgs: { 'node-monitor-period': '499ms' } }, true],
  ['of 0.5 s', { controllerManagerArgs: { 'node-monitor-period': '500ms' } }, false],
] as const)('%s: %j', (_, config, unknown) => {
  expect(isUnknown(config)).toBe(unknown);
});
