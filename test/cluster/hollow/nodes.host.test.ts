import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHollowNodes, loadClient, openAccess } from '../../../src/cluster/index.ts';

type Answer = (name: string, response: ServerResponse, request: IncomingMessage) => void;

let folder: string;
let answer: Answer;
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const { metadata } = JSON.parse(Buffer.concat(parts).toString()) as { metadata: { name: string } };
    answer(metadata.name, response, request);
  });
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-nodes-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const send = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: status < 300 ? 'Node' : 'Status', apiVersion: 'v1', metadata: {} }));
};

const create = async (count: number, signal = new AbortController().signal): Promise<void> => {
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder, 'config');
  // The client speaks HTTP without TLS only where no certificate is to be checked.
  const cluster = { name: 'a', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } };
  const context = { name: 'a', context: { cluster: 'a', user: 'a' } };
  const user = { name: 'a', user: {} };
  writeFileSync(
    kubeconfig,
    JSON.stringify({ clusters: [cluster], contexts: [context], users: [user], 'current-context': 'a' }),
  );
  const nodes = Array.from({ length: count }, (_, index) => `hollow-${index + 1}`);
  const access = openAccess(await loadClient(), kubeconfig, null);
  await createHollowNodes(access, 'skipbeat-x', { nodes: count, zones: 1 }, [{ name: 'group-1', nodes }], signal);
};

test('a node whose request got no answer is asked for again, also where it had been made', async () => {
  const made = new Set<string>();
  const asked: string[] = [];
  answer = (name, response, request) => {
    asked.push(name);
    const isThere = made.has(name);
    made.add(name);
    // Of the first two the answer is lost: one was made, of the other nothing came through.
    if (asked.filter((one) => one === name).length === 1 && /-[12]$/.test(name)) {
      if (name.endsWith('-2')) made.delete(name);
      request.socket.destroy();
    } else send(response, isThere ? 409 : 201);
  };
  await create(20);
  expect([...made].length).toBe(20);
  expect(asked).toHaveLength(22);
});

test('a server that is not up to it is asked again', async () => {
  let count = 0;
  answer = (_, response) => {
    count += 1;
    send(response, count === 1 ? 429 : count === 2 ? 503 : 201);
  };
  await create(1);
  expect(count).toBe(3);
});

test.each([403, 409, 422])('a node that is refused with %d ends it at once', async (status) => {
  let count = 0;
  answer = (_, response) => {
    count += 1;
    send(response, status);
  };
  await expect(create(1)).rejects.toMatchObject({ code: status });
  expect(count).toBe(1);
});

test('a run that is called off asks no more', async () => {
  const stop = new AbortController();
  answer = (_, __, request) => {
    request.socket.destroy();
    stop.abort(new Error('called off'));
  };
  await expect(create(1, stop.signal)).rejects.toThrow('called off');
});
