import { request } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Progress, ResponseReader } from '../../../src/load/http/http-response.ts';
import { createHeadMemory } from '../../../src/load/http/response-head.ts';

type Outcome = { readonly progress: Progress | 'cut off'; readonly status: number | null; readonly reusableMs: number };

/** Reads what came in those pieces, and then the end of the connection. */
const read = (pieces: readonly string[], heads = createHeadMemory()): Outcome => {
  const reader = new ResponseReader(heads);
  reader.begin();
  let progress: Progress | 'cut off' = 'more';
  for (const piece of pieces) {
    if (progress !== 'more') break;
    const bytes = Buffer.from(`${piece}\r\nof an earlier read`, 'latin1');
    progress = reader.take(bytes, piece.length);
  }
  if (progress === 'more') progress = reader.end() ? 'complete' : 'cut off';
  return { progress, status: reader.status(), reusableMs: reader.reusableMs() };
};

const ok = 'HTTP/1.1 200 OK\r\n';
const forEver = Number.POSITIVE_INFINITY;

test.each([
  { came: `${ok}Content-Length: 2\r\n\r\nok`, seen: ['complete', 200, forEver], why: 'a body of a known length' },
  { came: `${ok}Content-Length: 0\r\n\r\n`, seen: ['complete', 200, forEver], why: 'none' },
  { came: `${ok}Content-Length: 3\r\n\r\nok`, seen: ['cut off', 200, forEver], why: 'too short a body' },
  { came: `${ok}Content-Length: 2\r\n\r\nokHTTP/1.1 5`, seen: ['complete', 200, 0], why: 'more than was asked for' },
  { came: `${ok}Connection: close\r\nContent-Length: 2\r\n\r\nok`, seen: ['complete', 200, 0], why: 'the last one' },
  { came: `${ok}\r\nok`, seen: ['complete', 200, 0], why: 'a body that the end of the connection ends' },
  { came: 'HTTP/1.1 204 No Content\r\n\r\n', seen: ['complete', 204, forEver], why: 'a status without a body' },
  {
    came: 'HTTP/1.1 304 \r\nContent-Length: 9\r\n\r\n',
    seen: ['complete', 304, forEver],
    why: 'a length of what is not sent',
  },
  { came: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', seen: ['complete', 200, 0], why: 'an old server closes' },
  {
    came: 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok',
    seen: ['complete', 200, forEver],
    why: 'an old server that does not',
  },
  {
    came: `${ok}Keep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok`,
    seen: ['complete', 200, 4000],
    why: 'a server that says how long it waits',
  },
  {
    came: `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
    seen: ['complete', 200, forEver],
    why: 'an interim response before the one that counts',
  },
  {
    came: `${ok}Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n`,
    seen: ['complete', 200, forEver],
    why: 'chunks, with an extension and a trailer',
  },
  { came: `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`, seen: ['cut off', 200, forEver], why: 'no last chunk' },
  {
    came: `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n`,
    seen: ['HPE_STRICT', 200, forEver],
    why: 'a longer chunk',
  },
  { came: `${ok}Content-Length: 2`, seen: ['cut off', null, 0], why: 'a head without an end' },
  { came: '', seen: ['cut off', null, 0], why: 'nothing' },
  { came: 'S', seen: ['HPE_INVALID_CONSTANT', null, 0], why: 'another protocol, from its first byte' },
  { came: 'HTTP/2', seen: ['HPE_INVALID_VERSION', null, 0], why: 'another version' },
  { came: 'HTTP/1.1 20 OK\r\n\r\n', seen: ['HPE_INVALID_STATUS', null, 0], why: 'no status' },
  { came: `${ok}a b: c\r\n\r\n`, seen: ['HPE_INVALID_HEADER_TOKEN', null, 0], why: 'no name of a header' },
  { came: `${ok}Content-Length: 1e3\r\n\r\n`, seen: ['HPE_INVALID_CONTENT_LENGTH', null, 0], why: 'no length' },
  {
    came: `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
    seen: ['HPE_UNEXPECTED_CONTENT_LENGTH', null, 0],
    why: 'two lengths',
  },
  { came: `${ok}X: ${'x'.repeat(20_000)}`, seen: ['HPE_HEADER_OVERFLOW', null, 0], why: 'a head without bounds' },
  {
    came: 'HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\n',
    seen: ['NO_RESPONSE', null, 0],
    why: 'an upgrade that nobody asked for',
  },
] as const)('$why', ({ came, seen: [progress, status, reusableMs] }) => {
  expect(read([came])).toEqual({ progress, status, reusableMs });
  // Whatever the network cuts it into; only what came too much is seen with what it came with.
  if (!came.includes('okHTTP')) expect(read([...came])).toEqual({ progress, status, reusableMs });
});

test('a reader is used again for the next response on a connection', () => {
  const reader = new ResponseReader();
  for (const status of [200, 503, 200]) {
    reader.begin();
    const bytes = Buffer.from(
      `HTTP/1.1 ${status} X\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
      'latin1',
    );
    expect(reader.take(bytes, bytes.length)).toBe('complete');
    expect(reader.status()).toBe(status);
  }
});

/** How Node's own client sees the same pieces. */
const readByNode = (pieces: readonly string[]): Promise<Pick<Outcome, 'progress' | 'status'>> =>
  new Promise((resolve) => {
    let status: number | null = null;
    const end = (progress: Outcome['progress']): void => resolve({ progress, status });
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    const asked = request({ createConnection: () => socket });
    const fail = (error: Error & { code?: string }): void =>
      end(error.code === 'ECONNRESET' ? 'cut off' : (error.code as Progress));
    asked.on('error', fail);
    asked.on('response', (response) => {
      status = response.statusCode ?? null;
      response.on('error', fail).on('end', () => end('complete'));
      response.resume();
    });
    asked.end();
    for (const piece of pieces) socket.push(Buffer.from(piece, 'latin1'));
    socket.push(null);
  });

const body = fc.string({ unit: fc.constantFrom('o', 'k', '\r', '\n', 'H', ':', '0'), maxLength: 40 });
const extra = fc.constantFrom(
  '',
  'X-A: b\r\n',
  'content-type:text/plain\r\n',
  'X-Empty:\r\n',
  'Keep-Alive: timeout=5\r\n',
);
const chunked = fc
  .array(fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0'), minLength: 1, maxLength: 20 }), { maxLength: 4 })
  .map((all) => `${all.map((one) => `${one.length.toString(16)}\r\n${one}\r\n`).join('')}0\r\n\r\n`);
const response = fc
  .tuple(fc.constantFrom('', 'HTTP/1.1 100 Continue\r\n\r\n'), fc.constantFrom(200, 204, 302, 404, 503), extra)
  .chain(([before, status, header]) => {
    const head = `${before}HTTP/1.1 ${status} Word\r\n${header}`;
    return fc.oneof(
      body.map(
        (text) => `${head}Content-Length: ${status === 204 ? 0 : text.length}\r\n\r\n${status === 204 ? '' : text}`,
      ),
      status === 204
        ? fc.constant(`${head}\r\n`)
        : chunked.map((text) => `${head}Transfer-Encoding: chunked\r\n\r\n${text}`),
      fc.constant(`${head}\r\n`),
    );
  });

/** A text in pieces, as a network may deliver it. */
const inPieces = (text: string, cuts: readonly number[]): readonly string[] => {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  return places
    .slice(1)
    .map((place, at) => text.slice(places[at], place))
    .filter((piece) => piece !== '');
};

test('a response, whole or cut off anywhere, is what it is to the client of Node', async () => {
  await fc.assert(
    fc.asyncProperty(
      response,
      fc.array(fc.nat(), { maxLength: 5 }),
      fc.option(fc.nat()),
      async (text, cuts, cutOff) => {
        const came = cutOff === null ? text : text.slice(0, cutOff % (text.length + 1));
        const pieces = inPieces(came, cuts);
        const { progress, status } = read(pieces);
        expect({ progress, status }).toEqual(await readByNode(pieces));
      },
    ),
    { numRuns: 300 },
  );
});

test('what other connections read before changes nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(response, fc.array(fc.nat(), { maxLength: 2 })), { maxLength: 8 }), (responses) => {
      const heads = createHeadMemory();
      for (const [text, cuts] of [...responses, ...responses]) {
        const pieces = inPieces(text, cuts);
        expect(read(pieces, heads)).toEqual(read(pieces));
      }
    }),
    { numRuns: 300 },
  );
});
