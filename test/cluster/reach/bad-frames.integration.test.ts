// What no API server sends over the socket of an exec, and somebody on the way may.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { askNode } from '../../../src/agent/ask-node.ts';
import { loadClient, openContext } from '../../../src/cluster/index.ts';
import { kubeconfigOf } from './cases.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-frames-'));
const kubeconfig = join(folder, 'kubeconfig');
let server: Server;
let frame = Buffer.alloc(0);

/** @see RFC 6455, section 1.3 */
const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

beforeAll(async () => {
  server = createServer();
  server.on('upgrade', (request, socket) => {
    socket.on('error', () => undefined);
    const accept = `Sec-WebSocket-Accept: ${acceptOf(request.headers['sec-websocket-key'] ?? '')}`;
    const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', accept];
    const protocol = 'Sec-WebSocket-Protocol: v4.channel.k8s.io';
    socket.write(`${[...head, protocol].join('\r\n')}\r\n\r\n`);
    // A whole message of bytes. @see RFC 6455, section 5.2
    socket.write(Buffer.concat([Buffer.from([0x82, frame.length]), frame]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(kubeconfig, stringify(kubeconfigOf({ server: url }, {})));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a status that is cut off', Buffer.from('\u0003{"status":"Suc')],
  ['a channel that there is none of', Buffer.from('\u0009x')],
  ['an end of no channel', Buffer.from([255])],
])('%s in a frame ends the connection, and not this process', async (_, sent) => {
  frame = sent;
  const access = openContext(await loadClient(), { context: 'staging', kubeconfig, env: {} });
  const pod = { metadata: { name: 'p' } };
  const asked = askNode(access, pod, 'true', { timeoutMs: 100_000, signal: new AbortController().signal });
  await expect(asked).rejects.toThrow('the connection ended before its answer');
});
