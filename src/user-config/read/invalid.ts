import { exitCodes, SkipbeatError } from '../../common/errors.ts';

/** What files are not as they should be, one problem a line; bytes that a terminal would obey are taken out. */
export const invalid = (message: string): SkipbeatError =>
  new SkipbeatError('CONFIG_INVALID', message.replaceAll(/[^\P{Cc}\n]/gu, ' '), {
    exitCode: exitCodes.usage,
    next: 'give a static pod manifest, a kubeadm configuration or a KubeletConfiguration, as the machine has it',
  });
