import { describe, expect, test } from 'vitest';
import type { CommandResult } from '../../../src/common/command.ts';
import type { SkipbeatError } from '../../../src/common/errors.ts';
import { type FaultSite, faultCommands, faultKind, type NodeFault } from '../../../src/fault/index.ts';
import type { NodeCommand } from '../../../src/node/index.ts';
import type { PlannedFault } from '../../../src/plan/index.ts';
import { siteOf } from '../site.ts';

const planned: PlannedFault = {
  ...{ id: 'node-shutdown-1', kind: 'node-shutdown' },
  targets: ['worker2'],
  occurrences: [{ id: 'node-shutdown-1', startMs: 0, endMs: 60_000 }],
};

const result = (stdout: string, exitCode = 0): CommandResult => ({
  ...{ node: 'skipbeat-x-worker2', command: 'sh', ended: 'exited', exitCode, stdout, stderr: 'refused' },
  durationMs: 1,
});

/** A cluster whose node answers the question for its bus so, and whose engine says so of its container. */
const siteWith = (bus: CommandResult, engine: CommandResult): FaultSite => ({
  ...siteOf(['control-plane', 'control-plane'], ['worker', 'worker'], ['worker2', 'worker']),
  exec: ({ on }: NodeCommand) => Promise.resolve(on === 'host' ? engine : bus),
});

const prepare = async (on: FaultSite): Promise<NodeFault> => {
  const prepared = await faultKind('node-shutdown').prepare(planned as never, on, new AbortController().signal);
  const [first] = prepared.nodes;
  if (first === undefined || prepared.nodes.length > 1) throw new Error('expected one part');
  return first;
};

const onBus = result('b false\n');

const boot = '2026-11-28T08:00:00.1Z';
const asKindMakesIt = result(`running on-failure:1 ${boot}\n`);

describe('a node that is shut down in order', () => {
  test('is asked by logind, from this machine, and has its restart policy back at the end', async () => {
    const { node, apply, undo, endsWhenAsked } = await prepare(siteWith(onBus, asKindMakesIt));
    expect([node, apply?.on, undo.on, endsWhenAsked]).toEqual(['skipbeat-x-worker2', 'host', 'host', true]);
    expect(apply?.argv.slice(4, 9)).toEqual(['skipbeat-x-worker2', boot, 'docker', 'exec', 'skipbeat-x-worker2']);
    expect(apply?.argv.slice(-4)).toEqual(['org.freedesktop.login1.Manager', 'PowerOff', 'b', 'false']);
    expect(undo.argv.slice(4, 7)).toEqual(['skipbeat-x-worker2', 'on-failure:1', boot]);
    expect(undo.before).toBe(`on-failure:1 ${boot}`);
    const unbounded = await prepare(siteWith(onBus, result(`running unless-stopped:0 ${boot}\n`)));
    expect([unbounded.undo.argv[5], unbounded.undo.before]).toEqual(['unless-stopped', `unless-stopped:0 ${boot}`]);
  });

  test('is locked out by its undo: what asks logind and comes late in the node is not run', async () => {
    const { apply, undo } = await prepare(siteWith(onBus, asKindMakesIt));
    const [asked, lockedOut] = [apply, undo].map((command) => {
      const fence = command?.argv.indexOf('skipbeat-fence') ?? -1;
      return command?.argv[fence + 1];
    });
    expect(asked).toMatch(/^[0-9a-f]{12}$/);
    expect(lockedOut).toBe(asked);
  });

  test.each([
    [result('no /run/dbus/system_bus_socket\n', 3), 'no /run/dbus/system_bus_socket'],
    [result('no busctl\n', 3), 'no busctl'],
    [result('', 1), 'sh: exit code 1: refused'],
  ])('cannot be had where logind is not on D-Bus: exit 75, nothing touched', async (bus, found) => {
    const error = await prepare(siteWith(bus, asKindMakesIt)).catch((thrown: SkipbeatError) => thrown);
    expect(error).toMatchObject({
      ...{ code: 'FAULT_NOT_INJECTED', exitCode: 75 },
      message: `node-shutdown: expected systemd-logind on D-Bus in skipbeat-x-worker2, which notifies its kubelet of a shutdown, found ${found}; kind's own node images have no D-Bus, those that skipbeat builds have.`,
      next: 'npm run scenario -- node-shutdown --backend model',
    });
  });

  test.each([
    ['shutting down kubelet \n', 0, 'present', 'systemd-logind shuts the node down, and waits for kubelet'],
    ['shutting down \n', 0, 'present', 'systemd-logind shuts the node down, and waits for nobody'],
    ['exited\n', 0, 'present', "the node's container is exited"],
    ['running\n', 0, 'absent', "the node's container is running"],
    ['paused\n', 0, 'unreadable', "the node's container is paused"],
  ])('is proved by logind or by its end: %j', async (printed, exitCode, state, evidence) => {
    const { attest } = await prepare(siteWith(onBus, asKindMakesIt));
    expect(await attest(() => Promise.resolve(result(printed, exitCode)))).toEqual({ state, evidence });
  });

  test('is as it was once it runs, and would be started again as before', async () => {
    const { undo } = await prepare(siteWith(onBus, asKindMakesIt));
    const verifyUndone = faultKind('node-shutdown').verifyUndone(undo);
    const read = async (printed: string, exitCode = 0) =>
      (await verifyUndone(() => Promise.resolve(result(printed, exitCode)))).state;
    expect(await read(`running on-failure:1 2026-11-28T09:00:00Z\n`)).toBe('absent');
    expect(await read(`running no:0 2026-11-28T09:00:00Z\n`)).toBe('present');
    expect(await read(`exited on-failure:1 ${boot}\n`)).toBe('present');
    // In the boot in which it was asked logind has to say that it is not on its way down.
    expect(await read(`running on-failure:1 ${boot} b false\n`)).toBe('absent');
    expect(await read(`running on-failure:1 ${boot} b true\n`)).toBe('present');
    expect(await read(`running on-failure:1 ${boot} \n`)).toBe('present');
    expect(await read('', 1)).toBe('unreadable');
  });

  test('is printed as commands to paste', () => {
    const [commands] = faultCommands(planned, (node) => `skipbeat-x-${node}`);
    expect(commands?.node).toBe('worker2');
    expect(commands?.apply.join('')).toMatch(
      /^sh -c '[\s\S]*' sh skipbeat-x-worker2 '' docker exec skipbeat-x-worker2 busctl call [a-z0-9./ ]* org\.freedesktop\.login1\.Manager PowerOff b false$/,
    );
    expect(commands?.undo.join('')).toMatch(/sh skipbeat-x-worker2 on-failure:1 '' true$/);
  });
});
