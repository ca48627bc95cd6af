import { readText } from '../../common/host/text-file.ts';

/**
 * Capability names by number.
 * @see linux include/uapi/linux/capability.h, up to CAP_CHECKPOINT_RESTORE (40) of Linux 5.9
 */
const names: readonly string[] = [
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'],
  ...['LINUX_IMMUTABLE', 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER'],
  ...['SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE'],
  ...['SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD', 'LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP'],
  ...['MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF'],
  'CHECKPOINT_RESTORE',
];

/**
 * The capabilities that the kernel knows and this bounding set lacks, as OCI spells them ("CAP_SYS_RESOURCE").
 * @param status the text of /proc/PID/status
 * @param lastCapability the highest number the kernel knows, from /proc/sys/kernel/cap_last_cap
 * @returns null where the text has no CapBnd line; a number without a name here is left out, as engines leave it out
 */
export const missingCapabilities = (status: string, lastCapability: number): readonly string[] | null => {
  const bounding = /^CapBnd:\s*([0-9a-f]+)\s*$/m.exec(status)?.[1];
  if (bounding === undefined) return null;
  const set = BigInt(`0x${bounding}`);
  return names.flatMap((name, number) =>
    number <= lastCapability && ((set >> BigInt(number)) & 1n) === 0n ? [`CAP_${name}`] : [],
  );
};

/** The names that this machine's bounding set lacks, from /proc; empty where it lacks none or is no Linux. */
export const probeCapabilities = async (): Promise<readonly string[]> => {
  const [status, last] = await Promise.all([readText('/proc/self/status'), readText('/proc/sys/kernel/cap_last_cap')]);
  return status === null || last === null ? [] : (missingCapabilities(status, Number(last)) ?? []);
};
