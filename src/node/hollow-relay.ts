import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeCommand } from './node-exec.ts';

/** What the relay of a group is called among the group's processes: `hollowCommand` starts and ends it by that name. */
export const hollowRelay = (group: string): string => `${group}-relay`;

/** Whether a process of a group, by its name, is the group's relay. */
export const isHollowRelay = (name: string): boolean => name.endsWith('-relay');

/** Where the relay of a group writes its port, reads what is asked of it, and answers. */
export const hollowRelayFiles = (folder: string, group: string) => {
  const file = (ending: string): string => join(folder, `${hollowRelay(group)}.${ending}`);
  return { port: file('port'), ask: file('ask'), answer: file('answer') };
};

/**
 * Arguments: folder, name of the relay, what it is asked. Prints what it answered, or `gone`. One at a time: a dead-man's
 * switch may come while the run asks.
 */
const script = `
folder=$1 name=$2 asked=$3
[ -d "$folder" ] || { echo gone; exit; }
exec 9>> "$folder/$name.ask.lock"
flock 9
living() {
  local pid start stat
  { read -r pid start < "$folder/$name.pid" && stat=$(< "/proc/$pid/stat"); } 2> /dev/null || return 1
  set -- \${stat##*) }
  [[ $1 != [ZX] && \${20} = "$start" ]] && echo "$pid"
}
pid=$(living) || { echo gone; exit; }
token=$(< /proc/sys/kernel/random/uuid)
printf '%s\\n%s\\n' "$token" "$asked" > "$folder/$name.ask.new" && mv "$folder/$name.ask.new" "$folder/$name.ask" || exit
kill -s HUP "$pid" || { echo gone; exit; }
for try in {1..1000}; do
  if { read -r seen && read -r answer; } < "$folder/$name.answer" 2> /dev/null && [ "$seen" = "$token" ]; then
    echo "$answer"
    exit
  fi
  living > /dev/null || { echo gone; exit; }
  sleep 0.01
done 2> /dev/null
echo "the relay $name does not answer" >&2
exit 4
`;

/**
 * A question to the relay of a group: what it has passed on, and with which delay. Safe twice; one that is gone is no failure.
 * @param asked delays that it is to have from now on; null: as it has them
 */
export const hollowRelayCommand = (folder: string, group: string, asked: object | null): NodeCommand => ({
  node: group,
  on: 'host',
  argv: [
    ...(['bash', '-c', script, 'skipbeat-hollow-relay', folder, hollowRelay(group)] as const),
    asked === null ? '' : JSON.stringify(asked),
  ],
  timeoutMs: 30_000,
});

/** Of a command that `hollowRelayCommand` made its folder and group; null for any other. */
export const readHollowRelayCommand = ({
  argv,
}: Pick<NodeCommand, 'argv'>): { readonly folder: string; readonly group: string } | null => {
  const [, , , name, folder, relay] = argv;
  return name === 'skipbeat-hollow-relay' && folder !== undefined && relay !== undefined
    ? { folder, group: relay.replace(/-relay$/, '') }
    : null;
};

/** The port of this machine at which the relay of a group listens. @throws where it does not listen yet */
export const hollowRelayPort = (folder: string, group: string): number =>
  Number(readFileSync(hollowRelayFiles(folder, group).port, 'utf8'));
