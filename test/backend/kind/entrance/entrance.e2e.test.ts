import { randomBytes } from 'node:crypto';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forgetScript, readForgotten } from '../../../../src/backend/kind/entrance/entrance.ts';
import { defaultKubernetes, requireKind } from '../../../../src/setup/index.ts';

const node = `skipbeat-entrance-${randomBytes(6).toString('hex')}`;

beforeAll(async () => {
  const { nodeImage } = await requireKind(defaultKubernetes);
  await execa(
    'docker',
    `run --detach --privileged --name ${node} --entrypoint sleep ${nodeImage.reference} 600`.split(' '),
  );
});

afterAll(async () => {
  await execa('docker', ['rm', '--force', '--volumes', node]);
});

const onNode = async (script: string, ...args: readonly string[]): Promise<string> =>
  (await execa('docker', ['exec', node, 'bash', '-c', script, 'test', ...args])).stdout;

const connections = 300;

/** As many connections to port $1, and one to another port. */
const make = `
open() { conntrack -I -p tcp -s 10.0.0.1 -d 10.9.0.1 --sport "$1" --dport "$2" --state ESTABLISHED -t 100 >/dev/null 2>&1; }
for port in $(seq 20001 ${20_000 + connections}); do open "$port" "$1"; done
open 20000 6443
`;

test('forgets every connection to the port and no other, also while connections end by themselves', async () => {
  await onNode(make, '30080');
  // What one of the two deletes has ended by itself for the other, which conntrack takes for a failure.
  const printed = await Promise.all([onNode(forgetScript, '30080'), onNode(forgetScript, '30080')]);
  const forgotten = printed.map((text) => readForgotten(text).connections);
  expect(forgotten.reduce((sum, count) => sum + count, 0)).toBe(connections);
  expect(await onNode('conntrack -L -p tcp --orig-src 10.0.0.1 2>/dev/null | grep -o "sport=20[0-9]*"')).toBe(
    'sport=20000',
  );
  expect(await onNode(forgetScript, '30080')).toBe('');
});

test('says what was found where conntrack cannot be asked', async () => {
  const argv = ['exec', node, 'bash', '-c', `PATH=/none\n${forgetScript}`, 'test', '30080'];
  const refused = await execa({ reject: false })('docker', argv);
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('conntrack: command not found') });
});
