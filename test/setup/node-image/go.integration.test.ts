import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { downloadModules } from '../../../src/setup/node-image/go.ts';

let folder: string;
let proxy: Server;
let notes: string[];
/** How many requests are left without an answer before one is given: that there is no such module. */
let unanswered: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skipbeat-go-'));
  notes = [];
  proxy = createServer((_, response) => {
    unanswered -= 1;
    if (unanswered < 0) response.writeHead(404).end('no such module');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  vi.stubEnv('GOPROXY', `http://127.0.0.1:${address.port}`);
  vi.stubEnv('GOMODCACHE', join(folder, 'mod'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await rm(folder, { recursive: true });
});

const options = (signal = new AbortController().signal) => ({ signal, note: (text: string) => notes.push(text) });
const limits = { timeoutMs: 3000, tries: 2 };

test('asks anew where a connection hangs, and names the module that is refused then', async () => {
  unanswered = 1;
  await expect(downloadModules(['example.com/none@v1.0.0'], options(), limits)).rejects.toMatchObject({
    code: 'GO_MODULES_REFUSED',
    exitCode: 75,
    message: `Go modules that the build needs could not be had:
example.com/none@v1.0.0: reading ${process.env.GOPROXY}/example.com/none/@v/v1.0.0.info: 404 Not Found`,
  });
  expect(notes).toEqual(['modules were not there after 3 s; asked for anew']);
});

test('gives up where nothing ever comes, and says for how long it waited', async () => {
  unanswered = Number.POSITIVE_INFINITY;
  await expect(downloadModules(['example.com/none@v1.0.0'], options(), limits)).rejects.toMatchObject({
    code: 'GO_MODULES_REFUSED',
    message: 'Go modules that the build needs could not be had:\nnothing more came in 2 tries of 3 s',
  });
});

test('that is interrupted asks no more', async () => {
  unanswered = Number.POSITIVE_INFINITY;
  const interrupt = new AbortController();
  proxy.once('request', () => interrupt.abort('SIGINT'));
  await expect(
    downloadModules(['example.com/none@v1.0.0'], options(interrupt.signal), { ...limits, timeoutMs: 60_000 }),
  ).rejects.toMatchObject({ code: 'SETUP_INTERRUPTED', exitCode: 130 });
  expect(notes).toEqual([]);
});
