import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../common/errors.ts';
import type { NodeCommand } from './node-exec.ts';

/**
 * What can be done to the process that keeps the heartbeats of a group of hollow nodes. `remove`: ended for good, so that
 * no undo of a fault that is on its way starts it anew.
 */
export type HollowVerb = 'start' | 'pause' | 'continue' | 'end' | 'remove' | 'state';

/** The command line of a group's process, each argument ended by a NUL; without it none is started. */
export const hollowArgvFile = (folder: string, group: string): string => join(folder, `${group}.argv`);
const endedFile = (folder: string, group: string): string => join(folder, `${group}.ended`);
const pidFile = (folder: string, group: string): string => join(folder, `${group}.pid`);

/**
 * Arguments: verb, folder, group. Every verb is safe twice, and prints what the process is afterwards: `812 S (sleeping)`,
 * as /proc/PID/status has it, or `gone`. The process is known by its number and its start (field 22 of /proc/PID/stat),
 * so that no other is ever taken for it. One command at a time: a dead-man's switch may come while the run is cleaned up.
 */
const script = `
verb=$1 folder=$2 group=$3
if [ -d "$folder" ]; then exec 9>> "$folder/$group.lock"; flock 9; fi
ticks() {
  local stat
  { stat=$(< "/proc/$1/stat"); } 2> /dev/null || return 1
  set -- \${stat##*) }
  [[ $1 != [ZX] ]] && echo "\${20}"
}
pid= start=
living() {
  { read -r pid start < "$folder/$group.pid"; } 2> /dev/null || return 1
  [ -n "$start" ] && [ "$(ticks "$pid")" = "$start" ]
}
# Read at once: line by line bash seeks back in a file that changes meanwhile, and may miss one.
state() {
  local status
  { living && status=$(< "/proc/$pid/status"); } 2> /dev/null || { echo gone; return; }
  while read -r key value; do if [ "$key" = State: ]; then echo "$pid $value"; fi; done <<< "$status"
}
case $verb in
  start)
    if living; then
      kill -s CONT "$pid"
    else
      mapfile -d '' argv < "$folder/$group.argv" || exit 3
      setsid "\${argv[@]}" < /dev/null >> "$folder/$group.log" 2>&1 9>&- &
      pid=$!
      echo "$pid $(ticks "$pid")" > "$folder/$group.pid"
    fi
    rm -f "$folder/$group.ended" ;;
  pause)
    living || { echo "kwok of $group is gone" >&2; exit 3; }
    kill -s STOP "$pid" || exit
    for try in {1..100}; do [[ $(state) == *' T '* ]] && break; sleep 0.01; done ;;
  continue)
    living && kill -s CONT "$pid" ;;
  end | remove)
    # Said before it is so, and unsaid after it is started: whoever watches reads no end of a fault as any other.
    if [ "$verb" = end ]; then : > "$folder/$group.ended"; else rm -f "$folder/$group.argv"; fi
    if living; then
      kill -s CONT "$pid"
      kill -s TERM "$pid"
      for try in {1..300}; do living || break; sleep 0.01; done
      living && kill -s KILL "$pid"
      for try in {1..200}; do living || break; sleep 0.01; done
    fi ;;
esac
state
`;

/**
 * A command on the process of a group, on this machine.
 * @param folder where its files lie
 */
export const hollowCommand = (verb: HollowVerb, folder: string, group: string): NodeCommand => ({
  node: group,
  on: 'host',
  argv: ['bash', '-c', script, 'skipbeat-hollow', verb, folder, group],
  timeoutMs: 15_000,
});

/** Of a command that `hollowCommand` made its verb, folder and group; null for any other. */
export const readHollowCommand = ({
  argv,
}: Pick<NodeCommand, 'argv'>): { readonly verb: string; readonly folder: string; readonly group: string } | null => {
  const [, , , name, verb, folder, group] = argv;
  return name === 'skipbeat-hollow' && verb !== undefined && folder !== undefined && group !== undefined
    ? { verb, folder, group }
    : null;
};

/** The process of a group as it was started last; null where none was. */
export const hollowProcess = (
  folder: string,
  group: string,
): { readonly pid: number; readonly startTicks: string } | null => {
  try {
    const [pid = '', startTicks = ''] = readFileSync(pidFile(folder, group), 'utf8').trim().split(' ');
    return startTicks === '' ? null : { pid: Number(pid), startTicks };
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
};

/** Whether the process of a group was ended by `end`, and nobody has started it since. */
export const isHollowEnded = (folder: string, group: string): boolean => existsSync(endedFile(folder, group));
