import { exactVersion, type UserConfigFinding } from '../../../profile/index.ts';
import type { ConfigFiles } from '../../types.ts';
import { togetherFaults } from './command-lines.ts';
import type { StartFault } from './fault.ts';
import { flagFaults, gateFaults, needFaults, suiteFaults } from './flags.ts';
import { kubeadmFaults, kubeadmGateFaults } from './kubeadm.ts';
import { nodeMaskFaults, overlapFaults, portFaults } from './networks.ts';

/** Everything by which a component of a version does not start, or may not. */
export const startFaults = (configFiles: ConfigFiles, kubernetesVersion: string): readonly StartFault[] => {
  const { minor } = exactVersion(kubernetesVersion);
  return [
    ...flagFaults(configFiles.flags, minor, kubernetesVersion),
    ...gateFaults(configFiles.gates, minor),
    ...needFaults(configFiles, minor, kubernetesVersion),
    ...suiteFaults(configFiles, minor),
    ...togetherFaults(configFiles, minor),
    ...nodeMaskFaults(configFiles),
    ...overlapFaults(configFiles),
    ...portFaults(configFiles),
    ...kubeadmFaults(configFiles, minor),
    ...kubeadmGateFaults(configFiles, minor),
  ];
};

/** Whether a finding says the same already, or that the component has no such flag, or does not take its value. */
export const isSaidBy = (fault: StartFault, findings: readonly UserConfigFinding[]): boolean =>
  findings.some(
    ({ weight, name, text }) =>
      weight === 'fatal' &&
      (text === fault.text || fault.text.includes(`--${name}:`) || fault.text.startsWith(`${name}: expected`)),
  );
