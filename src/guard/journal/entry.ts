import * as z from 'zod';
import { quoteCommand } from '../../common/command.ts';
import { maxActMs } from '../names.ts';
import { ownerShape } from '../owner.ts';
import { machineCode, type SurveyedNode } from '../survey/survey.ts';

/** What of an act is kept: enough to make its undo anew, and for a person to read. Nothing of it is ever run. */
export type JournalAct = {
  /** `[a-z0-9-]{1,50}`, unique in the cluster. */
  readonly id: string;
  /** The Node's name. */
  readonly node: string;
  /** Kind of fault. */
  readonly kind: string;
  readonly apply: readonly string[];
  readonly undo: readonly string[];
  readonly lengthMs: number;
  readonly maxMs: number;
  /** Another one made the fault, by an object of the act's id; absent: the agent. */
  readonly injector?: 'chaos-mesh';
};

/** Of the act's Node: which object it is, and which machine. */
export type JournalNode = Pick<SurveyedNode, 'uid' | 'machine'>;

/** The key of a ConfigMap under which its entry stands. */
export const entryKey = 'entry.json';

/** Of an entry, as text. The undo of a kind has some kB. */
export const maxEntryChars = 64_000;

/** @see k8s.io/apimachinery pkg/util/validation: a Node's name is a DNS-1123 subdomain */
const dnsName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

const duration = z.int().positive().max(maxActMs);
const moment = z.iso.datetime({ offset: true });

/**
 * An entry as it is read back. Whoever may write ConfigMaps there may have written it, and cleanup runs privileged pods: so
 * an entry names a kind, a node and an id, all of them of a fixed form, and cleanup makes the undo from these by its own
 * code. The commands stand beside them for people alone.
 */
export const entryShape = z.strictObject({
  version: z.literal(1),
  /** ≤ 200 characters, printable. */
  run: z.string().regex(/^[\w .:@+-]{1,200}$/),
  owner: ownerShape,
  act: z.strictObject({
    id: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/),
    node: z.string().regex(dnsName),
    kind: z.string().regex(/^[a-z][a-z-]{0,49}$/),
    lengthMs: duration,
    maxMs: duration,
    injector: z.literal('chaos-mesh').optional(),
  }),
  /** Which Node of that name. */
  nodeUid: z.string().regex(/^[\w-]{1,64}$/),
  /** Which machine that is: one whose kubelet registers anew is another Node, and has the fault on it all the same. */
  machine: z
    .strictObject({ id: z.string().regex(machineCode).nullable(), uuid: z.string().regex(machineCode).nullable() })
    .optional(),
  writtenAt: moment.describe("RFC 3339, by the API server's clock."),
  commands: z.strictObject({ apply: z.string(), undo: z.string() }).describe('For people; never run.'),
});

export type JournalEntry = z.infer<typeof entryShape>;

/**
 * That a run brought a workload, or was about to. It names nothing: what is to be removed is known by its namespace, which is
 * always the same one, and by its labels.
 */
export const workloadEntryShape = z.strictObject({
  ...entryShape.pick({ version: true, run: true, owner: true, writtenAt: true }).shape,
  workload: z.literal(true),
});

export type WorkloadEntry = z.infer<typeof workloadEntryShape>;

/** Of a run's workload, in place of an act's id; no act has it, for these end with which fault they are of. */
export const workloadEntryId = 'workload';

export const workloadEntryText = ({
  writtenAtMs,
  ...rest
}: Pick<WorkloadEntry, 'run' | 'owner'> & { readonly writtenAtMs: number }): string => {
  const writtenAt = new Date(writtenAtMs).toISOString();
  const entry: WorkloadEntry = { version: 1, ...rest, writtenAt, workload: true };
  return JSON.stringify(workloadEntryShape.parse(entry), null, 2);
};

/** @throws Error for what no entry can hold: a bug */
export const entryText = (
  act: JournalAct,
  {
    run,
    owner,
    node: { uid: nodeUid, machine },
    writtenAtMs,
  }: {
    readonly run: string;
    readonly owner: z.infer<typeof ownerShape>;
    readonly node: JournalNode;
    readonly writtenAtMs: number;
  },
): string => {
  const { id, node: name, kind, lengthMs, maxMs, injector } = act;
  const entry: JournalEntry = {
    version: 1,
    run,
    owner,
    act: { id, node: name, kind, lengthMs, maxMs, ...(injector === undefined ? {} : { injector }) },
    nodeUid,
    machine,
    writtenAt: new Date(writtenAtMs).toISOString(),
    commands: { apply: quoteCommand(act.apply), undo: quoteCommand(act.undo) },
  };
  const text = JSON.stringify(entryShape.parse(entry), null, 2);
  if (text.length > maxEntryChars) throw new Error(`a journal entry of ${text.length} characters`);
  return text;
};
