import type { ExtraStep } from '../../src/setup/index.ts';
import { ensureTestTools, probeTestTools, testToolsPlan } from './debian-tools.ts';
import { act, actionlint, ensureGoTool, type GoTool, goToolPlan } from './go-tools.ts';
import { ensureTestKernel, testKernelPlan } from './test-kernel.ts';

const goStep = (tool: GoTool): ExtraStep => ({
  name: tool.name,
  plan: () => goToolPlan(tool),
  ensure: (options) => ensureGoTool(tool, options),
});

/** What `setup --tests` brings besides: only the tests and checks of this repository need it. */
export const testSteps: readonly ExtraStep[] = [
  { name: 'test-tools', plan: async (signal) => testToolsPlan(await probeTestTools(signal)), ensure: ensureTestTools },
  { name: 'test-kernel', plan: testKernelPlan, ensure: ensureTestKernel },
  goStep(actionlint),
  goStep(act),
];
