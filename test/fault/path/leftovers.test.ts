import { expect, test } from 'vitest';
import { removal, verifyRulesRemoved } from '../../../src/fault/path/leftovers.ts';
import type { NodeExec } from '../../../src/node/index.ts';

const mark = 'skipbeat-run-partition-1';
const ours = `-A OUTPUT -d 172.18.0.2/32 -m comment --comment ${mark} -j DROP`;

/** What a node prints, with the port of the engine's name server, which is another after each start. */
const listing = (started: string, port: number, more = ''): string =>
  `# started ${started}
*nat
:DOCKER_OUTPUT - [0:0]
[0:0] -A DOCKER_OUTPUT -d 172.18.0.1/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:${port}
${more}COMMIT
=== IPv6
`;

const stateOf = async (before: string, now: string): Promise<readonly [string, string]> => {
  const node: NodeExec = () =>
    Promise.resolve({ node: 'n', command: '', ended: 'exited', exitCode: 0, stdout: now, stderr: '', durationMs: 1 });
  const { state, evidence } = await verifyRulesRemoved(removal('n', mark, null, before))(node);
  return [state, evidence];
};

test('a node that was started anew is clean once no rule of ours is in it, whatever its other rules are by now', async () => {
  expect(await stateOf(listing('100', 40_001), listing('900', 50_002))).toEqual([
    'absent',
    'no rule of ours; the node was started anew since',
  ]);
});

test('a rule of ours is none the less one in a node that was started anew', async () => {
  const [state] = await stateOf(listing('100', 40_001), listing('900', 50_002, `[1:60] ${ours}\n`));
  expect(state).toBe('present');
});

test('in a node that went on all the time every other rule has to be as before', async () => {
  expect((await stateOf(listing('100', 40_001), listing('100', 50_002)))[0]).toBe('present');
  expect((await stateOf(listing('100', 40_001), listing('100', 40_001)))[0]).toBe('absent');
});
