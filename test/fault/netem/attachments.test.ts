import { describe, expect, test } from 'vitest';
import type { CommandResult } from '../../../src/common/command.ts';
import type { Attestation } from '../../../src/fault/fault.ts';
import {
  type Attachment,
  backOf,
  queuesOf,
  readBacks,
  together,
  undoOf,
} from '../../../src/fault/netem/attachments.ts';
import { markOf } from '../../../src/fault/netem/commands.ts';
import { verifyUndone } from '../../../src/fault/netem/verify.ts';
import type { NodeExec } from '../../../src/node/index.ts';

const mark = markOf('netem-1');
const own: Attachment = {
  ...{ place: { device: 'eth0', peers: null, mark }, direction: 'to', listing: '[]', farIndex: null },
};
const hostPeer: Attachment = {
  ...{ place: { device: 'veth7', peers: null, mark, hostPeer: true }, direction: 'to', listing: '[{}]', farIndex: '9' },
};

const saying = (stdout: string): CommandResult => ({
  ...{ node: 'c-worker', command: 'tc', ended: 'exited', exitCode: 0, stderr: '', durationMs: 1 },
  stdout,
});

const undoOfBoth = (stdout: string): Promise<Attestation> => {
  const listed: NodeExec = ({ on }) => Promise.resolve(saying(on === 'host' ? 'no\n[{}]' : 'no\n[]'));
  return verifyUndone('c-worker', [hostPeer, own].map(backOf))(listed, undefined, undefined, saying(stdout));
};

describe('what an undo says', () => {
  test.each([
    [
      'of packets that went with the queues of both parts',
      'skipbeat-dropped 7\nskipbeat-dropped 30\n',
      '; 37 packets that waited longer than 8 s were dropped',
    ],
    ['nothing where nothing waited', '', ''],
  ])('%s', async (_, printed, message) => {
    expect(await undoOfBoth(printed)).toEqual({
      state: 'absent',
      evidence: `the queues and filters of veth7 are listed as before; the queues and filters of eth0 are listed as before${message}`,
    });
  });
});

describe('the parts of a netem', () => {
  test('are all run in the node, where all of them are in it', () => {
    const { on, argv } = together('c-worker', [own], ({ place }) => [['tc', place.device]]);
    expect([on, ...argv.slice(3)]).toEqual([undefined, 'in-turn', 'tc', 'eth0']);
  });

  test('are run from this machine, where one of them is on it', () => {
    const { on, argv } = together('c-worker', [hostPeer, own], ({ place }) => [['tc', place.device]]);
    expect([on, ...argv.slice(3)]).toEqual([
      ...['host', 'in-turn', 'tc', 'veth7', ','],
      ...['docker', 'exec', 'c-worker', 'tc', 'eth0'],
    ]);
  });

  test('name their queues by the way that packets take, as the node sees it', () => {
    expect(queuesOf([hostPeer, own])).toEqual([
      { way: 'from', device: 'veth7', on: 'host' },
      { way: 'to', device: 'eth0', on: 'node' },
    ]);
  });

  test('are undone together, whatever becomes of each, and known again from the journal', () => {
    const { on, argv, before } = undoOf('c-worker', [hostPeer, own].map(backOf));
    expect(on).toBe('host');
    expect(argv.filter((word) => word === ',')).toHaveLength(1);
    expect(readBacks(before)).toEqual([
      { device: 'veth7', ...mark, listing: '[{}]', farIndex: '9' },
      { device: 'eth0', ...mark, listing: '[]', farIndex: null },
    ]);
  });

  test('are one in the node in a journal that an older skipbeat wrote', () => {
    const old = { device: 'eth0', ...mark, listing: '[]' };
    expect(readBacks(JSON.stringify(old))).toEqual([{ ...old, farIndex: null }]);
  });
});
