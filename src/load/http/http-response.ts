import { ownCodes } from './outcome.ts';

/** Names of Node's own HTTP parser, for what is no HTTP, and our own for a protocol that nobody asked for. */
type BadResponse = `HPE_${string}` | typeof ownCodes.noResponse;

/** What bytes of a response have come to. */
export type Progress = 'more' | 'complete' | BadResponse;

/**
 * Reads the responses to GET requests from one connection, one after another, as they come in pieces (RFC 9112). Bodies
 * are counted, not kept.
 */
export type ResponseReader = {
  /** Forgets the response before and waits for the next one. */
  readonly begin: () => void;
  /** Takes the first `length` bytes. What comes after a response is complete belongs to none. */
  readonly take: (bytes: Buffer, length: number) => Progress;
  /** The server ended the connection in order. @returns whether that completes the response */
  readonly end: () => boolean;
  /** Once the head is there. */
  readonly status: () => number | null;
  /** Of a complete response: for how long the connection may wait for another request; 0 where it may not. */
  readonly reusableMs: () => number;
};

/** As Node's. */
const maxHeadLength = 16_384;
/** Node gives a connection up this much before the server said that it would, so that both do not act at once. */
const hintMarginMs = 1000;

const lineFeed = 10;
const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: [^\r\n\0]*)?$/;
const headerLine = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/;
const chunkLine = /^([\da-f]{1,12})[ \t]*(?:;[^\r\n]*)?\r$/i;

type Part = 'head' | 'length' | 'until close' | 'chunk size' | 'chunk' | 'chunk end' | 'trailers' | 'complete';

export const createResponseReader = (): ResponseReader => {
  let part: Part = 'complete';
  /** Of a head or a line whose end has not come yet. */
  let text = '';
  let status: number | null = null;
  /** Bytes of the body or the chunk that are still to come. */
  let remaining = 0;
  let reusableMs = 0;

  const readHead = (head: string): BadResponse | null => {
    const [first = '', ...lines] = head.split('\r\n');
    const matched = statusLine.exec(first);
    if (matched === null) return badStatusLine(first);
    const received = Number(matched[2]);
    let keeps = matched[1] === '1';
    let hintMs = Number.POSITIVE_INFINITY;
    let length: number | null = null;
    let codings: string | null = null;
    for (const line of lines) {
      const [, name, value = ''] = headerLine.exec(line) ?? [];
      if (name === undefined) return 'HPE_INVALID_HEADER_TOKEN';
      switch (name.toLowerCase()) {
        case 'content-length':
          if (!/^\d{1,15}$/.test(value)) return 'HPE_INVALID_CONTENT_LENGTH';
          if (length !== null) return 'HPE_UNEXPECTED_CONTENT_LENGTH';
          length = Number(value);
          break;
        case 'transfer-encoding':
          codings = codings === null ? value : `${codings},${value}`;
          break;
        case 'connection':
          if (/(?:^|,)\s*close\s*(?:,|$)/i.test(value)) keeps = false;
          else if (/(?:^|,)\s*keep-alive\s*(?:,|$)/i.test(value)) keeps = true;
          break;
        case 'keep-alive': {
          const seconds = /(?:^|,)\s*timeout=(\d+)/.exec(value)?.[1];
          if (seconds !== undefined) hintMs = Math.max(0, Number(seconds) * 1000 - hintMarginMs);
          break;
        }
      }
    }
    if (length !== null && codings !== null) return 'HPE_INVALID_TRANSFER_ENCODING';
    if (received === 101) return ownCodes.noResponse;
    // An interim response: the one that counts is still to come.
    if (received < 200) return null;
    status = received;
    if (received === 204 || received === 304) part = 'complete';
    else if (codings !== null) part = /(?:^|,)\s*chunked$/i.test(codings) ? 'chunk size' : 'until close';
    else if (length !== null) part = length === 0 ? 'complete' : 'length';
    else part = 'until close';
    remaining = length ?? 0;
    reusableMs = keeps && part !== 'until close' ? hintMs : 0;
    return null;
  };

  /** @returns where the head ends in these bytes; null while it does not */
  const takeHead = (bytes: Buffer, at: number, length: number): number | BadResponse | null => {
    const before = text.length;
    text += bytes.toString('latin1', at, length);
    const end = text.indexOf('\r\n\r\n');
    if (end === -1) {
      if (!'HTTP/1.'.startsWith(text.slice(0, 7))) return badStatusLine(text);
      return text.length > maxHeadLength ? 'HPE_HEADER_OVERFLOW' : null;
    }
    const bad = readHead(text.slice(0, end));
    text = '';
    return bad ?? at + end + 4 - before;
  };

  /** @returns where the line ends in these bytes; null while it does not */
  const takeLine = (bytes: Buffer, at: number, length: number): number | BadResponse | null => {
    const found = bytes.indexOf(lineFeed, at);
    const ends = found !== -1 && found < length;
    text += bytes.toString('latin1', at, ends ? found : length);
    if (text.length > maxHeadLength) return 'HPE_HEADER_OVERFLOW';
    if (!ends) return null;
    const line = text;
    text = '';
    return readLine(line) ?? found + 1;
  };

  const readLine = (line: string): BadResponse | null => {
    if (part === 'chunk size') {
      const size = chunkLine.exec(line)?.[1];
      if (size === undefined) return 'HPE_INVALID_CHUNK_SIZE';
      remaining = Number.parseInt(size, 16);
      part = remaining === 0 ? 'trailers' : 'chunk';
    } else if (part === 'chunk end') {
      if (line !== '\r') return 'HPE_STRICT';
      part = 'chunk size';
    } else if (line === '\r') part = 'complete';
    else if (!line.endsWith('\r') || !headerLine.test(line.slice(0, -1))) return 'HPE_INVALID_HEADER_TOKEN';
    return null;
  };

  const takeCounted = (at: number, length: number): number => {
    const taken = Math.min(remaining, length - at);
    remaining -= taken;
    if (remaining === 0) part = part === 'length' ? 'complete' : 'chunk end';
    return at + taken;
  };

  const takeFrom = (bytes: Buffer, at: number, length: number): number | BadResponse | null => {
    if (part === 'head') return takeHead(bytes, at, length);
    if (part === 'until close') return null;
    return part === 'length' || part === 'chunk' ? takeCounted(at, length) : takeLine(bytes, at, length);
  };

  return {
    begin: () => {
      part = 'head';
      text = '';
      status = null;
      reusableMs = 0;
    },
    take: (bytes, length) => {
      let at = 0;
      while (at < length && part !== 'complete') {
        const next = takeFrom(bytes, at, length);
        if (next === null) return 'more';
        if (typeof next === 'string') return next;
        at = next;
      }
      if (part !== 'complete') return 'more';
      // Bytes that no request asked for: whose response would the next one be?
      if (at < length) reusableMs = 0;
      return 'complete';
    },
    end: () => part === 'until close',
    status: () => status,
    reusableMs: () => reusableMs,
  };
};

const badStatusLine = (line: string): BadResponse => {
  if (!'HTTP/'.startsWith(line.slice(0, 5))) return 'HPE_INVALID_CONSTANT';
  return /^HTTP\/1\.[01] /.test(line) ? 'HPE_INVALID_STATUS' : 'HPE_INVALID_VERSION';
};
