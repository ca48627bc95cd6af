import {
  type BadResponse,
  badStatusLine,
  createHeadMemory,
  type Framing,
  type HeadMemory,
  headerLine,
  parseHead,
  type ResponseHead,
} from './response-head.ts';

/** What bytes of a response have come to. */
export type Progress = 'more' | 'complete' | BadResponse;

/** As Node's. */
const maxHeadLength = 16_384;

const lineFeed = 10;
const chunkLine = /^([\da-f]{1,12})[ \t]*(?:;[^\r\n]*)?\r$/i;

type Part = 'head' | 'length' | 'until close' | 'chunk size' | 'chunk' | 'chunk end' | 'trailers' | 'complete';

const partAfter: Readonly<Record<Framing, Part>> = {
  none: 'complete',
  length: 'length',
  chunked: 'chunk size',
  'until close': 'until close',
};

/**
 * Reads the responses to GET requests from one connection, one after another, as they come in pieces (RFC 9112). Bodies
 * are counted, not kept. A class, for there is one for each connection: functions of their own would cost more than it.
 */
export class ResponseReader {
  readonly #heads: HeadMemory;
  #part: Part = 'complete';
  /** Of a head or a line whose end has not come yet. */
  #text = '';
  #head: ResponseHead | null = null;
  /** Bytes of the body or the chunk that are still to come. */
  #remaining = 0;
  /** More came than was asked for: whose response would the next one be? */
  #excess = false;

  constructor(heads = createHeadMemory()) {
    this.#heads = heads;
  }

  /** Forgets the response before and waits for the next one. */
  begin(): void {
    this.#part = 'head';
    this.#text = '';
    this.#head = null;
    this.#excess = false;
  }

  /** Takes the first `length` bytes. What comes after a response is complete belongs to none. */
  take(bytes: Buffer, length: number): Progress {
    let at = 0;
    while (at < length && this.#part !== 'complete') {
      const next = this.#takeFrom(bytes, at, length);
      if (next === null) return 'more';
      if (typeof next === 'string') return next;
      at = next;
    }
    if (this.#part !== 'complete') return 'more';
    if (at < length) this.#excess = true;
    return 'complete';
  }

  /** The server ended the connection in order. @returns whether that completes the response */
  end(): boolean {
    return this.#part === 'until close';
  }

  /** Once the head is there. */
  status(): number | null {
    return this.#head?.status ?? null;
  }

  /** Of a complete response: for how long the connection may wait for another request; 0 where it may not. */
  reusableMs(): number {
    return this.#excess ? 0 : (this.#head?.reusableMs ?? 0);
  }

  /** @returns up to where these bytes were taken; null where more have to come */
  #takeFrom(bytes: Buffer, at: number, length: number): number | BadResponse | null {
    if (this.#part === 'head') return this.#takeHead(bytes, at, length);
    if (this.#part === 'until close') return null;
    return this.#part === 'length' || this.#part === 'chunk'
      ? this.#takeCounted(at, length)
      : this.#takeLine(bytes, at, length);
  }

  #takeHead(bytes: Buffer, at: number, length: number): number | BadResponse | null {
    const isUnsplit = at === 0 && this.#text === '';
    const known = isUnsplit ? this.#heads.match(bytes, length) : null;
    if (known !== null) {
      this.#apply(known.head);
      return known.end;
    }
    const before = this.#text.length;
    this.#text += bytes.toString('latin1', at, length);
    const text = this.#text;
    const end = text.indexOf('\r\n\r\n');
    if (end === -1) {
      if (!'HTTP/1.'.startsWith(text.slice(0, 7))) return badStatusLine(text);
      return text.length > maxHeadLength ? 'HPE_HEADER_OVERFLOW' : null;
    }
    this.#text = '';
    const head = parseHead(text.slice(0, end));
    const endsAt = at + end + 4 - before;
    if (head === 'interim') return endsAt;
    if (typeof head === 'string') return head;
    if (isUnsplit) this.#heads.remember(bytes, endsAt, head);
    this.#apply(head);
    return endsAt;
  }

  #apply(head: ResponseHead): void {
    this.#head = head;
    this.#part = partAfter[head.framing];
    this.#remaining = head.length;
  }

  #takeLine(bytes: Buffer, at: number, length: number): number | BadResponse | null {
    const found = bytes.indexOf(lineFeed, at);
    const ends = found !== -1 && found < length;
    this.#text += bytes.toString('latin1', at, ends ? found : length);
    if (this.#text.length > maxHeadLength) return 'HPE_HEADER_OVERFLOW';
    if (!ends) return null;
    const line = this.#text;
    this.#text = '';
    return this.#readLine(line) ?? found + 1;
  }

  #readLine(line: string): BadResponse | null {
    if (this.#part === 'chunk size') {
      const size = chunkLine.exec(line)?.[1];
      if (size === undefined) return 'HPE_INVALID_CHUNK_SIZE';
      this.#remaining = Number.parseInt(size, 16);
      this.#part = this.#remaining === 0 ? 'trailers' : 'chunk';
    } else if (this.#part === 'chunk end') {
      if (line !== '\r') return 'HPE_STRICT';
      this.#part = 'chunk size';
    } else if (line === '\r') this.#part = 'complete';
    else if (!line.endsWith('\r') || !headerLine.test(line.slice(0, -1))) return 'HPE_INVALID_HEADER_TOKEN';
    return null;
  }

  #takeCounted(at: number, length: number): number {
    const taken = Math.min(this.#remaining, length - at);
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#part = this.#part === 'length' ? 'complete' : 'chunk end';
    return at + taken;
  }
}
