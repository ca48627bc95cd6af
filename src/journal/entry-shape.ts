import * as z from 'zod';
import type { UndoEntry } from './journal.ts';

const command = z.object({
  node: z.string().min(1),
  on: z.exactOptional(z.literal('host')),
  argv: z.tuple([z.string().min(1)], z.string()),
  timeoutMs: z.number().positive(),
});

const onCluster = { cluster: z.string().min(1), incarnation: z.string() };

/** An entry that asks for nothing could be called done with nothing done: none is ever written. */
const shape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cluster'), ...onCluster }),
  z.object({ kind: z.literal('hollow'), ...onCluster, ends: z.array(command).min(1), undo: command }),
  z.object({ kind: z.literal('settings'), ...onCluster, undo: z.array(command).min(1) }),
  z.object({
    ...{ kind: z.literal('fault'), ...onCluster, fault: z.string(), faultKind: z.string() },
    undo: z.array(command.extend({ before: z.exactOptional(z.string()) })).min(1),
  }),
]) satisfies z.ZodType<UndoEntry>;

/** Why what was read is no entry of a journal; null where it is one. A later version's kinds are none. */
export const entryProblem = (read: unknown): string | null => {
  const { success, error } = shape.safeParse(read);
  if (success) return null;
  const [issue] = error.issues;
  return `expected an entry of a journal, found ${issue?.path.join('.') || 'it'}: ${issue?.message}`;
};
