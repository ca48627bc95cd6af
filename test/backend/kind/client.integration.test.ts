import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { probeAddress, reachesAll, whyContainer } from '../../../src/backend/kind/client.ts';
import { refusingPort } from '../../load/support/servers.ts';

const { signal } = new AbortController();

test('only who answers is reached: a refusal may come from a router on the way', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await probeAddress('127.0.0.1', signal, port)).toBeNull();
  expect(await probeAddress('127.0.0.1', signal, await refusingPort())).toBe('ECONNREFUSED');
});

// No TCP connection leads there from any machine.
const nowhere = { node: 'worker', address: '255.255.255.255' };

test('where no way leads, auto takes a container and says why, and host is refused before the load', async () => {
  const why = await whyContainer('auto', [nowhere], signal);
  // The machine's own.
  const found = /: (E[A-Z]+|no answer within 2 s)\)$/.exec(why ?? '')?.[1];
  expect(why).toBe(`this machine has no way to worker (255.255.255.255: ${found})`);
  await expect(whyContainer('host', [nowhere], signal)).rejects.toMatchObject({
    code: 'NODES_UNREACHABLE',
    exitCode: 75,
  });
  expect(await whyContainer('container', [], signal)).toBe('as --load-from asks');
  expect(await whyContainer('auto', [], signal)).toBeNull();
  expect([await reachesAll([], signal), await reachesAll([nowhere], signal)]).toEqual([true, false]);
});
