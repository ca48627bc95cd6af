import { randomBytes } from 'node:crypto';
import type { UndoCommand } from '../journal/index.ts';
import type { NodeCommand, NodeExec } from '../node/index.ts';

/**
 * What is handed to an engine outlives the client that handed it over: an injection whose client was cut off, by a limit
 * or by Ctrl-C, may begin or go on in the node after its undo. So each command of a fault runs under a mark, as long as
 * no undo has begun there, and an undo first locks the mark out and ends what runs under it. The two share a lock, which
 * a command holds with all that it starts: the undo begins when nobody holds it any more.
 * @see flock(1)
 */
const runScript = `
exec 8>>"/run/skipbeat-$1.lock" || exit 71
flock -s -w 10 8 || exit 71
if [ -e "/run/skipbeat-$1.undone" ]; then echo "came after the undo, and was not run" >&2; exit 72; fi
export SKIPBEAT_FENCE="$1"
shift
exec "$@"
`;

/** Whatever cannot be done of the locking, the undo itself is tried in any case: its proof is read from the node. */
const undoScript = `
true > "/run/skipbeat-$1.undone"
for environ in $(grep -lszx -- "SKIPBEAT_FENCE=$1" /proc/[0-9]*/environ); do
  pid=\${environ#/proc/}
  kill -s KILL "\${pid%/environ}"
done 2> /dev/null
if true >> "/run/skipbeat-$1.lock"; then
  exec 8>> "/run/skipbeat-$1.lock"
  flock -x -w 5 8
  exec 8>&-
fi
shift
exec "$@"
`;

/** The commands of one fault, each behind its fence. What runs on this machine ends with its client, and needs none. */
export type Fence = {
  readonly command: (command: NodeCommand) => NodeCommand;
  readonly undo: (undo: UndoCommand) => UndoCommand;
  readonly exec: (exec: NodeExec) => NodeExec;
};

/**
 * A fence for one occurrence of a fault: no other has its mark.
 * @param mark of letters, digits and dashes, where it has to be known later which files in /run are the fence's
 */
export const createFence = (mark: string = randomBytes(6).toString('hex')): Fence => {
  const behind = <C extends NodeCommand>(script: string, command: C): C =>
    command.on === 'host'
      ? command
      : { ...command, argv: ['sh', '-c', script, 'skipbeat-fence', mark, ...command.argv] };
  const command = (one: NodeCommand): NodeCommand => behind(runScript, one);
  return {
    command,
    undo: (undo) => behind(undoScript, undo),
    exec: (exec) => (one, signal) => exec(command(one), signal),
  };
};
