import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { failureLine, type NodeCommand, type NodeExec } from '../../node/index.ts';

const timeoutMs = 60_000;

/** Where a node keeps its files as they were, until the change was read back. The kubelet never reads there. */
const before = '/var/lib/skipbeat/before';

export type NodeFile = { readonly path: string; readonly text: string };

/** The programs that a change starts anew, beside kubelets. */
export type Program = 'kube-controller-manager' | 'kube-apiserver' | 'kube-scheduler' | 'kube-proxy';

/** A draft lies one folder above its place: on the same file system, and where the kubelet reads no manifests. */
const helpers = `
set -eu
umask 077
draft_of() { echo "$(dirname "$(dirname "$1")")/.skipbeat-draft-$(basename "$1")"; }
end_programs() {
  for program; do
    pkill -KILL -f "^(/[^ ]*/)?$program( |\\$)" || [ $? = 1 ]
    while pgrep -f "^(/[^ ]*/)?$program( |\\$)" > /dev/null; do sleep 0.02; done
  done
}
`;

/** Pairs of path and text: keeps each file as it is, and writes the new one beside, on the disk, without effect yet. */
const stageScript = `${helpers}
rm -rf ${before} ${before}.new
while [ $# -gt 0 ]; do
  mkdir -p "${before}.new$(dirname "$1")"
  cp -p "$1" "${before}.new$1"
  cp -p "$1" "$(draft_of "$1")"
  printf %s "$2" > "$(draft_of "$1")"
  sync "$(draft_of "$1")"
  shift 2
done
mv ${before}.new ${before}
`;

/**
 * Stops the kubelet, puts what was staged in its place, each file by one rename, and ends the programs that are named:
 * with the kubelet stopped nothing starts them again with their old flags.
 */
const placeScript = `${helpers}
systemctl stop kubelet
find ${before} -type f | while read -r file; do
  place=\${file#${before}}
  mv "$(draft_of "$place")" "$place"
done
end_programs "$@"
`;

const startScript = `${helpers}
end_programs "$@"
systemctl start kubelet
`;

/** With the kubelet running, which starts them anew. */
const endScript = `
for program; do pkill -KILL -f "^(/[^ ]*/)?$program( |\\$)" || [ $? = 1 ]; done
`;

/** Safe twice: what was restored is no longer kept. Ends by itself where nothing was staged. */
const restoreScript = `${helpers}
rm -rf ${before}.new
[ -d ${before} ] || exit 0
systemctl stop kubelet
find ${before} -type f | while read -r file; do
  place=\${file#${before}}
  cp -p "$file" "$(draft_of "$place")"
  mv "$(draft_of "$place")" "$place"
done
end_programs "$@"
systemctl start kubelet
rm -rf ${before}
`;

const shell = (node: string, script: string, ...args: readonly string[]): NodeCommand => ({
  node,
  argv: ['sh', '-c', script, 'sh', ...args],
  timeoutMs,
});

/** Undoes a change on one node, begun or done, without the process that began it. Safe twice. */
export const restoreCommand = (node: string, programs: readonly Program[]): NodeCommand =>
  shell(node, restoreScript, ...programs);

/** @throws SkipbeatError NODE_NOT_CHANGED (exit 75); the signal's reason when it fires */
const run = async (exec: NodeExec, command: NodeCommand, signal?: AbortSignal): Promise<string> => {
  const result = await exec(command, signal);
  signal?.throwIfAborted();
  if (succeeded(result)) return result.stdout;
  // The script and the files are of no use to a reader: only how it ended is.
  const line = failureLine({ ...result, command: `a step of the change on ${command.node}` });
  throw new SkipbeatError('NODE_NOT_CHANGED', `Settings could not be changed: ${line}.`, {
    exitCode: exitCodes.environment,
    next: `docker exec ${command.node} journalctl -u kubelet -n 50`,
  });
};

/** The steps of a change on one node (the container's name). Each throws NODE_NOT_CHANGED. */
export const nodeSteps = (exec: NodeExec, node: string, signal?: AbortSignal) => ({
  read: (path: string): Promise<string> =>
    run(exec, { node, argv: ['cat', path], timeoutMs }, signal).then((text) => `${text}\n`),
  stage: (files: readonly NodeFile[]): Promise<string> =>
    run(exec, shell(node, stageScript, ...files.flatMap(({ path, text }) => [path, text])), signal),
  place: (programs: readonly Program[]): Promise<string> => run(exec, shell(node, placeScript, ...programs), signal),
  start: (programs: readonly Program[]): Promise<string> => run(exec, shell(node, startScript, ...programs), signal),
  end: (programs: readonly Program[]): Promise<string> => run(exec, shell(node, endScript, ...programs), signal),
  restore: (programs: readonly Program[]): Promise<string> => run(exec, restoreCommand(node, programs), signal),
  forget: (): Promise<string> => run(exec, { node, argv: ['rm', '-rf', before], timeoutMs }, signal),
});
