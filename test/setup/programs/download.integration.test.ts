import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { downloadProgram } from '../../../src/setup/programs/download.ts';

const program = '#!/bin/sh\necho kind version 0.30.0\n';
const sha256 = createHash('sha256').update(program).digest('hex');
const quiet = new AbortController().signal;

let folder: string;
let server: Server;
let base: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skipbeat-download-'));
  server = createServer((request, response) => {
    if (request.url === '/program') response.end(program);
    else if (request.url === '/gone') response.writeHead(404).end();
    // Anything else is never answered.
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const get = (path: string, more: { sha256?: string; answerWithinMs?: number; signal?: AbortSignal } = {}) =>
  downloadProgram(
    {
      url: base + path,
      sha256: more.sha256 ?? sha256,
      target: join(folder, 'kind'),
      answerWithinMs: more.answerWithinMs ?? 5000,
    },
    more.signal ?? quiet,
  );

describe('downloading a program', () => {
  test('puts it in place, executable', async () => {
    expect(await get('/program')).toBeNull();
    expect(await readFile(join(folder, 'kind'), 'utf8')).toBe(program);
    expect((await stat(join(folder, 'kind'))).mode & 0o777).toBe(0o755);
    expect(await readdir(folder)).toEqual(['kind']);
  });

  test('writes nothing of what has another checksum', async () => {
    const expected = '0'.repeat(64);
    expect(await get('/program', { sha256: expected })).toBe(
      `${base}/program: expected SHA-256 ${expected}, found ${sha256}`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test('says what the server answered', async () => {
    expect(await get('/gone')).toBe(`${base}/gone answered 404`);
  });

  test('does not wait long for an answer', async () => {
    expect(await get('/never', { answerWithinMs: 100 })).toBe('no answer within 100 ms');
  });

  test('says why nobody could be reached', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await get('/program')).toBe(`connect ECONNREFUSED ${new URL(base).host}`);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  test('ends when it is interrupted', async () => {
    const interrupted = new AbortController();
    const running = get('/never', { signal: interrupted.signal });
    interrupted.abort(new Error('interrupted'));
    expect(await running).toBe('interrupted');
    expect(await readdir(folder)).toEqual([]);
  });
});
