/** The oldest minor, 1.x, whose heartbeat settings are known here. */
export const oldestMinor = 11;

/** The newest version whose sources were read; its minor is the newest whose settings, bugs and clusters are known. */
export const newestRead = { minor: 37, patch: 2 } as const;

export const newestMinor = newestRead.minor;

/** Patches that skipbeat was tried with, by minor: node-image/ builds them, and a plan takes them where it is given none. */
export const triedPatches: Readonly<Record<string, number>> = {
  'v1.37': 2,
  'v1.36': 3,
  'v1.34': 4,
  'v1.31': 0,
  'v1.20': 2,
};

/**
 * An exact version for a request that leaves the patch open, where no node image says which it will be; of a minor that
 * was not tried the first patch.
 * @param kubernetes `v1.34`, or `v1.34.4`, which stays as it is
 */
export const assumedVersion = (kubernetes: string): string =>
  kubernetes.split('.').length > 2 ? kubernetes : `${kubernetes}.${triedPatches[kubernetes] ?? 0}`;
