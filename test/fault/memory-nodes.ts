import type { CommandResult } from '../../src/common/command.ts';
import { createEnding, type Ending, type UndoStep } from '../../src/fault/ending.ts';
import type { Attestation, NodeFault, PreparedFault, Verifier } from '../../src/fault/fault.ts';
import type { Hold, NodeCommand, NodeExec } from '../../src/node/index.ts';
import type { EventBody } from '../../src/timeline/index.ts';

// Nodes in memory: what is injected stands until it is undone, and every command is kept. Containers bear a prefix.

export const short = (container: string): string => container.replace('kind-', '');

const commandOn = (node: string, verb: string): NodeCommand => ({ node, argv: [verb], timeoutMs: 1000 });

export type MemoryNodes = {
  /** Commands that were run, as `verb node`, in their order. */
  readonly ran: string[];
  readonly events: EventBody[];
  readonly prepared: PreparedFault;
  readonly exec: NodeExec;
  /** A hold that has run its first command, and runs the second when it is ended. */
  readonly hold: (first: NodeCommand, second: NodeCommand) => Hold;
  readonly ending: Ending;
  readonly record: (body: EventBody) => void;
};

/** @param refuses how often a command, as `verb node`, ends with an exit code of 1 and does nothing, before it works */
export const memoryNodes = (refuses: Readonly<Record<string, number>> = {}): MemoryNodes => {
  const left = new Map(Object.entries(refuses));
  const present = new Set<string>();
  const ran: string[] = [];
  const events: EventBody[] = [];
  const record = (body: EventBody): void => {
    events.push(body);
  };
  const exec: NodeExec = async ({ node, argv: [verb = ''] }): Promise<CommandResult> => {
    const asked = `${verb} ${short(node)}`;
    ran.push(asked);
    const refusals = left.get(asked) ?? 0;
    left.set(asked, refusals - 1);
    const works = refusals <= 0;
    if (works && verb === 'apply') present.add(node);
    if (works && verb === 'undo') present.delete(node);
    const [exitCode, stderr] = works ? [0, ''] : [1, 'refused'];
    return { node, command: asked, ended: 'exited', exitCode, stdout: '', stderr, durationMs: 1 };
  };
  const attest =
    (node: string): Verifier =>
    async (): Promise<Attestation> =>
      present.has(node) ? { state: 'present', evidence: 'it stands' } : { state: 'absent', evidence: 'it is gone' };
  const containers = ['kind-worker', 'kind-worker2'];
  const nodes = containers.map(
    (node): NodeFault => ({
      node,
      apply: commandOn(node, 'apply'),
      undo: commandOn(node, 'undo'),
      attest: attest(node),
    }),
  );
  const prepared: PreparedFault = {
    nodes,
    close: async () => {
      ran.push('close');
    },
  };
  const hold = (first: NodeCommand, second: NodeCommand): Hold => {
    const { promise: asked, resolve: end } = Promise.withResolvers<void>();
    return {
      began: exec(first).then((result) => ({ result, clockMs: 100 })),
      ended: asked.then(async () => ({ result: await exec(second), clockMs: 200, askedMs: 150 })),
      end,
    };
  };
  const steps = nodes.map(({ undo, attest: verify }): UndoStep => ({ undo, verify }));
  const switches = containers.map((node) => ({
    node,
    release: async () => {
      ran.push(`release ${short(node)}`);
    },
    fire: async () => {
      ran.push(`fire ${short(node)}`);
    },
  }));
  const entry = { done: () => ran.push('journal done') };
  const ending = createEnding({
    ...{ fault: 'kubelet-pause-1', kind: 'kubelet-pause', prepared, steps, switches, entry, exec, record, short },
  });
  return { ran, events, prepared, exec, hold, ending, record };
};
