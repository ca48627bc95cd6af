import { quoteCommand } from '../../common/command.ts';
import type { NodeCommand } from '../../node/index.ts';
import type { Direction } from './arguments.ts';
import { type Argv, type NetemPlace, queuePlaces } from './commands.ts';
import { each, inTurn, type UndoArguments, undo, undoHostPeer } from './scripts.ts';

/**
 * One side of a node's netem. All of it is in the node, but for what comes in where the kernel has no ifb: that waits at
 * the host-side veth peer of the node's device, on this machine.
 */
export type Attachment = {
  readonly place: NetemPlace;
  readonly direction: Direction;
  /** Everything that tc listed for the device before. */
  readonly listing: string;
  /** The index of the host-side veth peer; null: the part is in the node. */
  readonly farIndex: string | null;
};

type Where = Pick<NodeCommand, 'on' | 'argv'>;

const isInNode = ({ farIndex }: Pick<Attachment, 'farIndex'>): boolean => farIndex === null;

const through = (node: string, { farIndex }: Pick<Attachment, 'farIndex'>, argv: Argv): Argv =>
  farIndex === null ? ['docker', 'exec', node, ...argv] : argv;

/** The commands of all parts as one: in the node, or on this machine where one of them is there. */
export const together = (
  node: string,
  attachments: readonly Attachment[],
  commandsOf: (attachment: Attachment) => readonly Argv[],
): Where =>
  attachments.every(isInNode)
    ? { argv: inTurn(attachments.flatMap(commandsOf)) }
    : {
        on: 'host',
        argv: inTurn(
          attachments.flatMap((attachment) => commandsOf(attachment).map((argv) => through(node, attachment, argv))),
        ),
      };

/** What the journal has to know of a part to bring it back. */
export type AttachmentUndo = UndoArguments & { readonly farIndex: string | null };

export const backOf = ({ place, listing, farIndex }: Attachment): AttachmentUndo => ({
  ...{ device: place.device, ...place.mark, listing, farIndex },
});

const undoAttachment = ({ farIndex, ...back }: AttachmentUndo): Argv =>
  farIndex === null ? undo(back) : undoHostPeer(farIndex, back);

/** The undo of all parts as one command, with what it goes back to. */
export const undoOf = (node: string, backs: readonly AttachmentUndo[]): Where & { readonly before: string } => {
  const before = JSON.stringify(backs);
  const [only] = backs;
  if (only !== undefined && backs.length === 1 && only.farIndex === null) return { argv: undoAttachment(only), before };
  return { on: 'host', argv: each(backs.map((back) => through(node, back, undoAttachment(back)))), before };
};

/** Reads what `undoOf` wrote, or what an older skipbeat did: the one part in the node. */
export const readBacks = (before: string | undefined): readonly AttachmentUndo[] => {
  const read = JSON.parse(before ?? '[]') as readonly AttachmentUndo[] | UndoArguments;
  return Array.isArray(read) ? read : [{ ...(read as UndoArguments), farIndex: null }];
};

/** Where all queues hang, each way as the node sees it. */
export const queuesOf = (attachments: readonly Attachment[]) =>
  attachments.flatMap((attachment) =>
    queuePlaces(attachment.place, attachment.direction).map(({ way, device }) => ({
      way: isInNode(attachment) ? way : ('from' as const),
      device,
      on: isInNode(attachment) ? ('node' as const) : ('host' as const),
    })),
  );

/** A command of a part, for a person to paste. */
export const pasteableAttachment = (node: string, farIndex: string | null, argv: Argv): string =>
  quoteCommand(through(node, { farIndex }, argv));
