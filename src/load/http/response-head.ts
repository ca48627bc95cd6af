import { ownCodes } from './outcome.ts';

/** Names of Node's own HTTP parser, for what is no HTTP, and our own for a protocol that nobody asked for. */
export type BadResponse = `HPE_${string}` | typeof ownCodes.noResponse;

/** How the body of a response ends. */
export type Framing = 'none' | 'length' | 'chunked' | 'until close';

/** What the head of a response says. */
export type ResponseHead = {
  readonly status: number;
  readonly framing: Framing;
  /** Of a body with a known length, in bytes; else 0. */
  readonly length: number;
  /** For how long the connection may wait for another request once the body is complete; 0 where it may not. */
  readonly reusableMs: number;
};

/** Node gives a connection up this much before the server said that it would, so that both do not act at once. */
const hintMarginMs = 1000;

const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: [^\r\n\0]*)?$/;
export const headerLine = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/;

/** @returns 'interim' of a response (1xx) before the one that counts */
export const parseHead = (text: string): ResponseHead | 'interim' | BadResponse => {
  const [first = '', ...lines] = text.split('\r\n');
  const matched = statusLine.exec(first);
  if (matched === null) return badStatusLine(first);
  const status = Number(matched[2]);
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
  if (status === 101) return ownCodes.noResponse;
  if (status < 200) return 'interim';
  const framing = framingOf(status, length, codings);
  return {
    status,
    framing,
    length: framing === 'length' ? (length ?? 0) : 0,
    reusableMs: keeps && framing !== 'until close' ? hintMs : 0,
  };
};

const framingOf = (status: number, length: number | null, codings: string | null): Framing => {
  if (status === 204 || status === 304 || length === 0) return 'none';
  if (codings !== null) return /(?:^|,)\s*chunked$/i.test(codings) ? 'chunked' : 'until close';
  return length === null ? 'until close' : 'length';
};

/** Of a line that no status line begins with. */
export const badStatusLine = (line: string): BadResponse => {
  if (!'HTTP/'.startsWith(line.slice(0, 5))) return 'HPE_INVALID_CONSTANT';
  return /^HTTP\/1\.[01] /.test(line) ? 'HPE_INVALID_STATUS' : 'HPE_INVALID_VERSION';
};

/** The last whole head that came: a service's heads are the same for a second (`Date`), and comparing costs less than parsing. */
export type HeadMemory = {
  /** @returns the head that these bytes begin with, if it is the one remembered, and its length */
  readonly match: (bytes: Buffer, length: number) => { readonly head: ResponseHead; readonly end: number } | null;
  /** Keeps the head that the first `end` bytes are. */
  readonly remember: (bytes: Buffer, end: number, head: ResponseHead) => void;
};

export const createHeadMemory = (): HeadMemory => {
  let kept: Buffer = Buffer.alloc(0);
  let last: { readonly head: ResponseHead; readonly end: number } | null = null;
  return {
    match: (bytes, length) => {
      if (last === null || last.end > length) return null;
      // A loop, for so few bytes cost less than a call out of the script.
      for (let at = 0; at < last.end; at += 1) if (kept[at] !== bytes[at]) return null;
      return last;
    },
    remember: (bytes, end, head) => {
      if (kept.length < end) kept = Buffer.alloc(end);
      bytes.copy(kept, 0, 0, end);
      last = { head, end };
    },
  };
};
