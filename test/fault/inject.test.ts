import { describe, expect, test } from 'vitest';
import { injectArmed } from '../../src/fault/active-fault.ts';
import { type MemoryNodes, memoryNodes, short } from './memory-nodes.ts';

const fault = 'kubelet-pause-1';
const hour = 3_600_000;

/** Injects a fault that is to stand for an hour. */
const inject = (
  { exec, hold, ending, prepared, record }: MemoryNodes,
  { signal = new AbortController().signal, lengthMs = hour } = {},
) =>
  injectArmed({
    ...{ fault, kind: 'kubelet-pause', lengthMs, prepared, ending, record, short, signal },
    site: { exec, hold },
  });

/** What was found on each node, in the order of the events. */
const proofs = ({ events }: MemoryNodes) =>
  events.flatMap((event) =>
    event.type === 'fault.attested' ? [[event.node, event.moment, event.state, event.evidence]] : [],
  );

describe('a fault that is injected', () => {
  test('is applied on every node, said with each node’s clock, and proved at its start and when it is asked for', async () => {
    const nodes = memoryNodes();
    const active = await inject(nodes);
    await active.attestEnd();
    expect(nodes.ran).toEqual(['apply worker', 'apply worker2']);
    expect(nodes.events[0]).toEqual({ type: 'fault.injected', fault, clockMs: { worker: 100, worker2: 100 } });
    expect(proofs(nodes)).toEqual([
      ['worker', 'start', 'present', 'it stands'],
      ['worker2', 'start', 'present', 'it stands'],
      ['worker', 'end', 'present', 'it stands'],
      ['worker2', 'end', 'present', 'it stands'],
    ]);
  });

  test('on one node alone is not injected, and names the node that refused', async () => {
    const nodes = memoryNodes({ 'apply worker2': 1 });
    await expect(inject(nodes)).rejects.toMatchObject({
      code: 'FAULT_NOT_INJECTED',
      exitCode: 75,
      message: 'kubelet-pause: apply worker2: exit code 1: refused.',
    });
    expect(nodes.events).toEqual([]);
    // What was made on the other node is undone by the same ending.
    await nodes.ending.undo(null);
    expect(await nodes.prepared.nodes[0]?.attest(nodes.exec)).toMatchObject({ state: 'absent' });
  });

  test('is not even begun once its run was ended', async () => {
    const nodes = memoryNodes();
    const ended = AbortSignal.abort(new Error('interrupted'));
    await expect(inject(nodes, { signal: ended })).rejects.toThrow('interrupted');
    expect(nodes.ran).toEqual([]);
  });

  test('that is gone when its end is proved was absent; after its undo began the proof came too late', async () => {
    const gone = memoryNodes();
    const active = await inject(gone);
    await gone.exec({ node: 'kind-worker', argv: ['undo'], timeoutMs: 1000 });
    await active.attestEnd();
    expect(proofs(gone).slice(2)).toEqual([
      ['worker', 'end', 'absent', 'it is gone'],
      ['worker2', 'end', 'present', 'it stands'],
    ]);
    const late = memoryNodes();
    const other = await inject(late);
    await late.ending.undo(null);
    await other.attestEnd();
    expect(proofs(late).slice(2)).toEqual([
      ['worker', 'end', 'unreadable', 'checked too late, found: it is gone'],
      ['worker2', 'end', 'unreadable', 'checked too late, found: it is gone'],
    ]);
  });
});

describe('the end of a fault', () => {
  const end = ['undo worker', 'undo worker2'];

  test('is undone by what holds it in each node, read back, and only then let go and taken out of the journal', async () => {
    const nodes = memoryNodes();
    await inject(nodes);
    await nodes.ending.undo(null);
    const released = ['release worker', 'release worker2', 'journal done', 'fire worker', 'fire worker2', 'close'];
    expect(nodes.ran.slice(2)).toEqual([...end, ...released]);
    const [undoing, undone] = nodes.events.filter(({ type }) => type === 'fault.undoing' || type === 'fault.undone');
    expect(undoing).toEqual({ type: 'fault.undoing', fault });
    expect(undone).toEqual({
      ...{ type: 'fault.undone', fault, undone: true },
      evidence: 'worker: it is gone; worker2: it is gone',
      clockMs: { worker: 200, worker2: 200 },
    });
  });

  test('comes once, however often it is asked for', async () => {
    const nodes = memoryNodes();
    await inject(nodes);
    await Promise.all([nodes.ending.undo(null), nodes.ending.undo(null)]);
    await nodes.ending.undo(null);
    expect(nodes.ran.filter((one) => one.startsWith('undo'))).toEqual(end);
    expect(nodes.ran.filter((one) => one === 'close')).toEqual(['close']);
  });

  test('of a fault that was never made undoes all the same', async () => {
    const nodes = memoryNodes();
    await nodes.ending.undo(null);
    expect(nodes.ran.slice(0, 2)).toEqual(end);
    expect(nodes.events.at(-1)).toMatchObject({ undone: true, clockMs: { worker: null, worker2: null } });
  });

  test('is tried again where a node still has the fault, after its switch was fired; nobody knows when it was over then', async () => {
    const nodes = memoryNodes({ 'undo worker2': 1 });
    await inject(nodes);
    await nodes.ending.undo(null);
    expect(nodes.ran.slice(2, 8)).toEqual([...end, 'fire worker', 'fire worker2', ...end]);
    expect(nodes.ran).toEqual([
      'apply worker',
      'apply worker2',
      'undo worker',
      'undo worker2',
      'fire worker',
      'fire worker2',
      'undo worker',
      'undo worker2',
      'release worker',
      'release worker2',
      'journal done',
      'fire worker',
      'fire worker2',
      'close',
    ]);
    expect(nodes.events.at(-1)).toMatchObject({ undone: true, clockMs: { worker: null, worker2: null } });
  });

  test('that fails on a node is an error that names it; the journal keeps its entry, the switches are fired, all is closed', async () => {
    const nodes = memoryNodes({ 'undo worker2': 2 });
    await inject(nodes);
    await expect(nodes.ending.undo(null)).rejects.toMatchObject({
      code: 'UNDO_FAILED',
      exitCode: 2,
      message: 'kubelet-pause could not be undone: worker2: it stands (undo worker2: exit code 1: refused).',
    });
    expect(nodes.ran.filter((one) => !one.startsWith('apply'))).toEqual([
      ...[...end, 'fire worker', 'fire worker2', ...end],
      ...['fire worker', 'fire worker2', 'close'],
    ]);
    expect(nodes.events.at(-1)).toMatchObject({
      undone: false,
      evidence: 'worker: it is gone; worker2: it stands',
    });
  });
});
