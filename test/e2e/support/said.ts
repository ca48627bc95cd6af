// What the command line said, without what is not the matter of a test or differs from run to run.

type Ended = { readonly stderr: string };

/** The error that ended a command and all that was printed after it. Lines before it tell what a run does. */
export const errorIn = ({ stderr }: Ended): string => {
  const at = stderr.search(/^(?:[A-Z]+_[A-Z_]+|INTERRUPTED) {2}/m);
  if (at === -1) throw new Error(`expected an error, found none in\n${stderr}`);
  return stderr.slice(at);
};

/** How a run ended, and the first line of its summary. */
export const endOf = ({ exitCode, stdout }: { readonly exitCode?: number | undefined; readonly stdout: string }) =>
  [exitCode, stdout.split('\n')[0]] as const;

/** `endOf` a run that met the one expectation that it has. */
export const passed = [0, '  PASS  the expectation was met'] as const;

/** `endOf` a run of which nothing was expected. */
export const measured = [0, '  MEASURED  nothing was expected of it'] as const;

/** What a run printed last, on a cluster that stays. */
export const keptText = (cluster: string): string =>
  `Cluster ${cluster} was kept: run on it with --cluster ${cluster}, remove it with\n  npm run skipbeat -- cleanup --cluster ${cluster}`;

/** The last two lines of a run: of one on a cluster that stays, `keptText`. */
export const lastLines = ({ stderr }: Ended): string => stderr.split('\n').slice(-2).join('\n');

/** What ends a run whose evidence has no more room. @param after what is printed behind it */
export const recordFailed = (out: string, ...after: readonly string[]): string =>
  [
    `RECORD_FAILED  The evidence could not be written to ${out}: ENOSPC: no space left on device, write.`,
    `Try: free space where ${out} lies or choose another place with --out, then run again`,
    `What was seen until then: ${out}/`,
    ...after,
  ].join('\n');

/** Lines of a cleanup that speak of a cluster: those of others may stand beside it on this engine. */
export const linesOf = (cluster: string, { stdout }: { readonly stdout: string }): readonly string[] =>
  stdout.split('\n').filter((line) => line.includes(cluster));

/** How a cluster that cleanup leaves alone is removed. */
export const goesByName = (cluster: string): string => `it goes with  npm run skipbeat -- cleanup --cluster ${cluster}`;

/** A process that runs, waits or sleeps lives, one that a signal stopped is stopped, whatever their numbers. */
export const withoutNumbers = (text: string): string =>
  text
    .replaceAll(/\b(kubelet|kwok|etcd|kube-[a-z-]+) \d+ is [RSD] \((?:running|sleeping|disk sleep)\)/g, '$1 lives')
    .replaceAll(/\b(kubelet|kwok|etcd|kube-[a-z-]+) \d+ is T \(stopped\)/g, '$1 is stopped');

/** What a run is called, by the time at which it began and a random end: `RUN`. */
export const withoutRun = (text: string): string =>
  text.replaceAll(/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-[\w.-]*?-[0-9a-f]{6}\b/gi, 'RUN');
