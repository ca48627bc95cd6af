// A server of our own stands in for the API server, for a real one cannot be made to hang at a chosen request. That a
// real one that hangs ends a run is shown on kind.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as client from '@kubernetes/client-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followReadyz } from '../../src/observe/readyz.ts';

type Notified = {
  readonly what: 'silent' | 'answered';
  readonly fromMs: number;
  readonly reason: string;
  readonly atMs: number;
};

let server: Server;
let stopping: AbortController;
let asked: string[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  stopping = new AbortController();
  answer = (response) => response.end('ok');
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  stopping.abort();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Follows the server; `next` resolves with each event, in order. */
const follow = (): { next: () => Promise<Notified>; done: Promise<void>; notifiedCount: () => number } => {
  const notified: Notified[] = [];
  let taken = 0;
  let wake = (): void => undefined;
  const config = new client.KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'x', server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, skipTLSVerify: true },
    { name: 'x' },
  );
  const startedAt = performance.now();
  const notify = (what: Notified['what']) => (fromMs: number, reason: string, atMs: number) => {
    notified.push({ what, fromMs, reason, atMs });
    wake();
  };
  const done = followReadyz({
    access: { client, config } as never,
    nowMs: () => performance.now() - startedAt,
    silent: notify('silent'),
    answered: notify('answered'),
    signal: stopping.signal,
  });
  const next = async (): Promise<Notified> => {
    while (notified.length === taken) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    taken += 1;
    return notified[taken - 1] as Notified;
  };
  return { next, done, notifiedCount: () => notified.length };
};

test('an API server that takes a connection and says nothing is silent from when it was asked', {
  timeout: 20_000,
}, async () => {
  answer = () => undefined;
  const { next, done, notifiedCount } = follow();
  const silent = await next();
  expect(silent).toMatchObject({ what: 'silent', reason: 'no answer from /readyz in 3 s' });
  expect(silent.atMs - silent.fromMs).toBeGreaterThanOrEqual(2900);
  answer = (response) => response.end('ok');
  server.closeAllConnections();
  const answered = await next();
  expect(answered).toMatchObject({ what: 'answered', fromMs: silent.fromMs, reason: silent.reason });
  expect(new Set(asked)).toEqual(new Set(['/readyz']));
  stopping.abort();
  await done;
  expect(notifiedCount()).toBe(2);
});

test('one that lacks a part says which', async () => {
  answer = (response) => {
    response.statusCode = 500;
    response.end(
      '[+]ping ok\n[-]etcd failed: reason withheld\n[-]etcd-readiness failed: reason withheld\nreadyz check failed\n',
    );
  };
  const { next, done } = follow();
  expect(await next()).toMatchObject({ what: 'silent', reason: '/readyz: HTTP 500, etcd, etcd-readiness failed' });
  stopping.abort();
  await done;
});

test('one that is gone, by what its connection failed with', async () => {
  answer = (response) => response.destroy();
  const { next } = follow();
  const silent = await next();
  expect(silent.what).toBe('silent');
  expect(silent.reason).not.toBe('');
  answer = (response) => response.end('ok');
  expect(await next()).toMatchObject({ what: 'answered', fromMs: silent.fromMs });
});

test('one that answers is asked again and again, and nothing is emitted', { timeout: 20_000 }, async () => {
  const often = Promise.withResolvers<void>();
  answer = (response) => {
    response.end('ok');
    if (asked.length === 3) often.resolve();
  };
  const { done, notifiedCount } = follow();
  await often.promise;
  stopping.abort();
  await done;
  expect(notifiedCount()).toBe(0);
});
