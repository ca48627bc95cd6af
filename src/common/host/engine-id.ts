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

/** ID and folder of what `engineIdOf` gave, without the name; null where it says less. */
const withoutName = (id: string): string | null => {
  const [, before, folder] = /^(.*) \([^,]*, (.*)\)$/.exec(id) ?? [];
  return before === undefined ? null : `${before} ${folder}`;
};

/**
 * Whether what was written down may be the engine that answers, whose host was given another name since: an engine tells the
 * name that its host has now. A copy of the machine answers so, too: something else has to say that it is that one.
 * @see moby daemon/info.go, fillSystemInfo: hostName is os.Hostname()
 */
export const mayBeRenamed = (written: string, answers: string): boolean => {
  const [then, now] = [written, answers].map(withoutName);
  return then !== null && then === now;
};
