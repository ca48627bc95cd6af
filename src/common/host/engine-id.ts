/** What `docker info` says of an engine, as far as it tells one from another. */
export type EngineInfo = { readonly ID?: string; readonly Name?: string; readonly DockerRootDir?: string };

/**
 * One engine by all that tells it from others: engines before version 24 that share /etc/docker share their ID, as do
 * copies of a machine. @see moby daemon/trustkey.go at v20.10
 */
export const engineIdOf = ({ ID = '', Name = '', DockerRootDir = '' }: EngineInfo): string =>
  ID === '' ? '' : `${ID} (${Name}, ${DockerRootDir})`;

/** Whether what was written down of an engine is the one that answers; earlier versions wrote down its ID alone. */
export const isEngine = (written: string, answers: string): boolean =>
  written === answers || answers.startsWith(`${written} (`);
