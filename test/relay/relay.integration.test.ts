import { once } from 'node:events';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Delays, startRelay } from '../../src/relay/index.ts';
import { dial, endOf, endOfConnectionTo, readAll, relayTo, serve } from './peers.ts';

const echo = (socket: Socket): void => void socket.pipe(socket);

const bytesOf = (length: number, salt: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + salt) & 255));

/** Writes pieces in order, waiting where the socket asks for it, and ends. */
const send = async (socket: Socket, pieces: readonly Buffer[]): Promise<void> => {
  for (const piece of pieces) if (!socket.write(piece)) await once(socket, 'drain');
  socket.end();
};

describe('bytes', () => {
  test('whatever both sides write at once, in whatever pieces, arrives whole and in order under jitter', async () => {
    const pieces = fc.array(
      fc.oneof(fc.nat(20), fc.nat(3000), fc.nat(60_000)).map((length) => bytesOf(length, length)),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, pieces, fc.nat(15), fc.nat(15), async (up, down, delayMs, jitterMs) => {
        const received = Promise.withResolvers<Buffer>();
        const port = await serve((socket) => {
          void readAll(socket).then(received.resolve);
          void send(socket, down);
        });
        const { relay, port: through } = await relayTo(port, { delayMs, jitterMs, bufferBytes: 50_000 });
        const client = await dial(through);
        const [answer] = await Promise.all([readAll(client), send(client, up)]);
        expect(answer.equals(Buffer.concat(down))).toBe(true);
        expect((await received.promise).equals(Buffer.concat(up))).toBe(true);
        const counts = await relay.close();
        expect([counts.up.bytesIn, counts.up.bytesOut]).toEqual([Buffer.concat(up).length, Buffer.concat(up).length]);
        expect([counts.accepted, counts.lostBytes, counts.reset]).toEqual([1, 0, 0]);
      }),
      { numRuns: 10 },
    );
  });

  test('three hundred connections at once each get their own bytes back', async () => {
    const { relay, port } = await relayTo(await serve(echo), { delayMs: 20, jitterMs: 20 });
    await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const client = await dial(port);
        const sent = bytesOf(1000 + index, index);
        const [back] = await Promise.all([readAll(client), send(client, [sent])]);
        expect(back.equals(sent)).toBe(true);
      }),
    );
    expect((await relay.counts()).accepted).toBe(300);
  });

  test('a receiver that does not read stops its sender; when it reads, everything is there', async () => {
    const accepted = Promise.withResolvers<Socket>();
    const { relay, port } = await relayTo(await serve(accepted.resolve), { bufferBytes: 1_000_000 });
    const client = await dial(port);
    const sent = Array.from({ length: 320 }, (_, index) => bytesOf(65_536, index));
    const sending = send(client, sent);
    const server = await accepted.promise;
    server.pause();
    // Full when nothing more goes in between two polls.
    let heldBytes = -1;
    await expect
      .poll(
        async () => {
          const { bytesIn, bytesOut } = (await relay.counts()).up;
          const full = bytesIn === heldBytes && bytesIn > 0;
          heldBytes = bytesIn;
          return full && bytesIn - bytesOut;
        },
        { interval: 300, timeout: 30_000 },
      )
      .toBeGreaterThan(0);
    const { bytesIn, bytesOut } = (await relay.counts()).up;
    // What was read last comes on top: one read of a socket, 64 KiB.
    expect(bytesIn - bytesOut).toBeLessThanOrEqual(1_000_000 + 65_536);
    expect(bytesIn).toBeLessThan(320 * 65_536);
    const [received] = await Promise.all([readAll(server), sending]);
    expect(received.equals(Buffer.concat(sent))).toBe(true);
  });
});

describe('ends', () => {
  test('a client that has ended its side still receives the answer', async () => {
    const port = await serve((socket) => void readAll(socket).then((received) => socket.end(`received ${received}`)));
    const { port: through } = await relayTo(port, { delayMs: 30 });
    const client = await dial(through);
    client.end('everything');
    expect(String(await readAll(client))).toBe('received everything');
  });

  test('a server that has ended its side still receives from the client', async () => {
    const received = Promise.withResolvers<string>();
    const port = await serve((socket) => {
      socket.end('first word');
      void readAll(socket).then((bytes) => received.resolve(String(bytes)));
    });
    const { port: through } = await relayTo(port, { delayMs: 30 });
    const client = await dial(through);
    expect(String(await readAll(client))).toBe('first word');
    client.end('last word');
    expect(await received.promise).toBe('last word');
  });

  test("a client's reset is seen by the server as a reset, after what was sent before", async () => {
    const accepted = Promise.withResolvers<Socket>();
    const port = await serve(accepted.resolve);
    const { port: through } = await relayTo(port, { delayMs: 30 });
    const client = await dial(through);
    client.write('before');
    const server = await accepted.promise;
    expect(String((await once(server, 'data'))[0])).toBe('before');
    const end = endOf(server);
    client.resetAndDestroy();
    expect(await end).toBe('ECONNRESET');
  });

  test("a server's reset is seen by the client as a reset", async () => {
    const port = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const { port: through } = await relayTo(port, { delayMs: 30 });
    const client = await dial(through);
    const end = endOf(client);
    client.resume();
    client.write('a word');
    expect(await end).toBe('ECONNRESET');
  });

  test('a target that refuses is a reset for the client, and counted', async () => {
    const { relay, port } = await relayTo(1);
    expect(await endOfConnectionTo(port)).toBe('ECONNRESET');
    expect(await relay.counts()).toMatchObject({ accepted: 1, unreachable: 1 });
  });

  test('a client that is not one of its clients is reset, and the target receives nothing of it', async () => {
    let connections = 0;
    const port = await serve(() => {
      connections += 1;
    });
    const target = { host: '127.0.0.1', port };
    const { relay, port: through } = await relayTo(port, { routes: [{ target, clients: ['127.0.0.2'] }] });
    expect(await endOfConnectionTo(through)).toBe('ECONNRESET');
    expect(await relay.counts()).toMatchObject({ accepted: 0, turnedAway: 1 });
    expect(connections).toBe(0);
  });
});

describe('time', () => {
  const roundTripMs = async (client: Socket): Promise<number> => {
    const startedAtMs = performance.now();
    client.write('?');
    await once(client, 'data');
    return performance.now() - startedAtMs;
  };

  test('each way is delayed by what was asked for it, never less', async () => {
    const delays: Delays = { up: { delayMs: 40, jitterMs: 0 }, down: { delayMs: 70, jitterMs: 0 } };
    const { relay, port } = await relayTo(await serve(echo), { delays });
    const client = await dial(port);
    for (let turn = 0; turn < 5; turn += 1) expect(await roundTripMs(client)).toBeGreaterThanOrEqual(110);
    const { up, down } = await relay.counts();
    expect(up.addedMs).toBeGreaterThanOrEqual(40);
    expect(down.addedMs).toBeGreaterThanOrEqual(70);
  });

  test('the delay can be changed while connections are open', async () => {
    const { relay, port } = await relayTo(await serve(echo), { delayMs: 0 });
    const client = await dial(port);
    await roundTripMs(client);
    relay.setDelays({ up: { delayMs: 150, jitterMs: 0 }, down: { delayMs: 150, jitterMs: 0 } });
    // Messages to the thread keep their order: with the answer, the change is in force.
    await relay.counts();
    const slowMs = await roundTripMs(client);
    expect(slowMs).toBeGreaterThanOrEqual(300);
    relay.setDelays({ up: { delayMs: 1, jitterMs: 0 }, down: { delayMs: 1, jitterMs: 0 } });
    await relay.counts();
    expect(await roundTripMs(client)).toBeLessThan(slowMs);
  });
});

describe('removal', () => {
  test('what waits is delivered at once, idle connections end, and no byte is lost', async () => {
    const accepted = Promise.withResolvers<Socket>();
    const { relay, port } = await relayTo(await serve(accepted.resolve), { delayMs: 60_000 });
    const client = await dial(port);
    client.write('a word that would be a minute on its way');
    const received = accepted.promise.then(async (server) => {
      const text = String(await readAll(server));
      server.end();
      return text;
    });
    await expect.poll(async () => (await relay.counts()).up.bytesIn, { timeout: 10_000 }).toBe(40);
    client.once('end', () => client.end());
    client.resume();
    const counts = await relay.drain({ withinMs: 30_000 });
    expect(await received).toBe('a word that would be a minute on its way');
    expect(counts).toMatchObject({ open: 0, lostBytes: 0, reset: 0 });
    await expect(dial(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a transfer that is under way is carried to its end', async () => {
    const accepted = Promise.withResolvers<Socket>();
    const { relay, port } = await relayTo(await serve(accepted.resolve), { delayMs: 20, jitterMs: 20 });
    const client = await dial(port);
    const sent = Array.from({ length: 100 }, (_, index) => bytesOf(65_536, index));
    const sending = send(client, sent);
    const received = accepted.promise.then(async (server) => {
      const bytes = await readAll(server);
      server.end();
      return bytes;
    });
    client.resume();
    await expect.poll(async () => (await relay.counts()).up.bytesOut, { timeout: 10_000 }).toBeGreaterThan(0);
    const counts = await relay.drain({ quietMs: 1000, withinMs: 60_000 });
    await sending;
    expect((await received).equals(Buffer.concat(sent))).toBe(true);
    expect(counts).toMatchObject({ lostBytes: 0, reset: 0 });
  });

  test('a connection that never rests is reset when time is up, and counted', async () => {
    const { relay, port } = await relayTo(await serve(echo));
    const client = await dial(port);
    const end = endOf(client);
    client.on('data', (bytes) => client.write(bytes));
    client.write('ball');
    const counts = await relay.drain({ quietMs: 5000, withinMs: 200 });
    expect(counts).toMatchObject({ open: 0, reset: 1 });
    expect(await end).toBe('ECONNRESET');
  });

  test('peers that do not close when they get the end are let go when time is up', async () => {
    const accepted = Promise.withResolvers<Socket>();
    const { relay, port } = await relayTo(await serve(accepted.resolve));
    const client = await dial(port);
    client.resume();
    const server = await accepted.promise;
    server.resume();
    const received = Promise.all([once(client, 'end'), once(server, 'end')]);
    const counts = await relay.drain({ quietMs: 1, withinMs: 300 });
    await received;
    expect(counts).toMatchObject({ open: 0, reset: 1, lostBytes: 0 });
  });

  test('closed twice, or asked after its end, it answers with its last counts', async () => {
    const { relay, port } = await relayTo(await serve(echo));
    const client = await dial(port);
    client.resume();
    const end = endOf(client);
    const counts = await relay.close();
    expect(counts).toMatchObject({ accepted: 1, open: 0, reset: 1 });
    expect(await end).toBe('ECONNRESET');
    expect(await relay.close()).toEqual(counts);
    expect(await relay.drain()).toEqual(counts);
    expect(await relay.counts()).toEqual(counts);
  });
});

describe('what cannot be', () => {
  test('an address that is not of this machine is named', async () => {
    const target = { host: '127.0.0.1', port: 1 };
    const delays = { up: { delayMs: 0, jitterMs: 0 }, down: { delayMs: 0, jitterMs: 0 } };
    const started = startRelay({ host: '192.0.2.1', routes: [{ target, clients: null }], delays, seed: 1 });
    await expect(started).rejects.toMatchObject({
      code: 'RELAY_NOT_LISTENING',
      exitCode: 75,
      message: 'The relay cannot listen on 192.0.2.1: listen EADDRNOTAVAIL: address not available 192.0.2.1.',
    });
  });

  test('delays that make no sense are refused, all of them at once', async () => {
    const started = relayTo(1, { delayMs: -1, jitterMs: Number.NaN });
    await expect(started).rejects.toMatchObject({
      code: 'RELAY_INVALID',
      exitCode: 64,
      message: [
        'delays.up.delayMs: expected a number from 0 to 3600000, received -1',
        'delays.up.jitterMs: expected a number from 0 to 3600000, received NaN',
        'delays.down.delayMs: expected a number from 0 to 3600000, received -1',
        'delays.down.jitterMs: expected a number from 0 to 3600000, received NaN',
      ].join('\n'),
    });
  });
});

test('what waits is passed on at once when it is released, and what comes later waits as asked', async () => {
  const { relay, port } = await relayTo(await serve(echo), { delayMs: 60_000 });
  const client = await dial(port);
  client.write('held back');
  await expect.poll(async () => (await relay.counts()).up.bytesIn, { timeout: 10_000 }).toBe(9);
  relay.setDelays({ up: { delayMs: 0, jitterMs: 0 }, down: { delayMs: 0, jitterMs: 0 } });
  relay.release();
  const [back] = (await once(client, 'data')) as [Buffer];
  expect(back.toString()).toBe('held back');
  relay.setDelays({ up: { delayMs: 0, jitterMs: 0 }, down: { delayMs: 200, jitterMs: 0 } });
  const sentMs = performance.now();
  client.write('slow');
  await once(client, 'data');
  expect(performance.now() - sentMs).toBeGreaterThanOrEqual(200);
});

test('its own connections come from the ports that it was given, in turn', async () => {
  const ports: (number | undefined)[] = [];
  const target = await serve((socket) => {
    ports.push(socket.remotePort);
    echo(socket);
  });
  const localPorts = { from: 31_800, count: 2 };
  const { port } = await relayTo(target, { localPorts });
  for (const text of ['one', 'two']) {
    const client = await dial(port);
    client.write(text);
    await once(client, 'data');
  }
  expect(ports.toSorted()).toEqual([31_800, 31_801]);
});
