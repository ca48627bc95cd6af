// An API server that stands still takes a connection, and answers nothing.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { talkTo } from '../../src/agent/talk.ts';
import { loadClient } from '../../src/cluster/index.ts';

test('a handshake that nobody answers is waited for no longer than the run goes on', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = await loadClient();
  const config = new client.KubeConfig();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  config.loadFromClusterAndUser({ name: 'one', server: url, skipTLSVerify: true }, { name: 'me' });
  const ending = new AbortController();
  const pod = { metadata: { name: 'act-a1' }, spec: { nodeName: 'w01', containers: [] } };
  const asked = once(server, 'upgrade') as Promise<[unknown, Duplex]>;
  const talk = talkTo({ client, config }, pod, 'a1', ending.signal);
  const [, socket] = await asked;
  ending.abort(new Error('ended'));
  await expect(talk).rejects.toThrow('ended');
  socket.destroy();
  server.close();
});
