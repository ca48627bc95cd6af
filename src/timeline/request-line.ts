import type { RequestRecord } from './request-record.ts';
import { requestOutcomes } from './requests.ts';

// A record of ten million requests has ten million lines of one form. JSON.parse takes a microsecond for each, and as long
// again goes into its garbage and into asking whether it has that form. Here a line is read from its bytes if it is, byte by
// byte, what JSON.stringify makes of a request; every other line goes the plain way.

/** Where a line was read to, and what it says. */
export type ReadLine = {
  readonly record: RequestRecord;
  /** The place after its line feed. */
  readonly nextAt: number;
};

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const parts = {
  seq: bytesOf('{"seq":'),
  connection: bytesOf(',"connection":"'),
  entrance: bytesOf('","entrance":"'),
  due: bytesOf('","dueMs":'),
  sent: bytesOf(',"sentMs":'),
  ended: bytesOf(',"endedMs":'),
  outcome: bytesOf(',"outcome":"'),
  status: bytesOf('","status":'),
  code: bytesOf(',"code":'),
  absent: bytesOf('null'),
  end: bytesOf('}\n'),
};

const quote = 0x22;
const point = 0x2e;
const zero = 0x30;
const backslash = 0x5c;

/** A whole number of so many digits is exact, and so is its quotient by a thousand as JSON.parse reads it. */
const maxDigits = 15;
/** Times are recorded in whole µs. */
const maxDecimals = 3;
const powersOfTen = [1, 10, 100, 1000] as const;
/** More different ones than a run has entrances and codes are not remembered. */
const maxTexts = 64;

type KnownText = { readonly bytes: Uint8Array; readonly text: string };

/** Texts that come again and again, found by their bytes. @param known what else they may be is read no further; null: any */
const createTexts = (known: readonly string[] | null) => {
  const texts: KnownText[] = (known ?? []).map((text) => ({ bytes: bytesOf(text), text }));
  const isAt = (bytes: Uint8Array, from: number, to: number, text: Uint8Array): boolean => {
    if (text.length !== to - from) return false;
    for (let at = 0; at < text.length; at += 1) if (bytes[from + at] !== text[at]) return false;
    return true;
  };
  return (bytes: Uint8Array, from: number, to: number): string | null => {
    for (const { bytes: own, text } of texts) if (isAt(bytes, from, to, own)) return text;
    if (known !== null) return null;
    const own = bytes.slice(from, to);
    const text = new TextDecoder().decode(own);
    if (texts.length < maxTexts) texts.push({ bytes: own, text });
    return text;
  };
};

/**
 * What reads lines one by one. A line that it reads is what JSON.stringify makes of the record that it returns, and that
 * record has the form of one: nothing of it needs to be looked at again but its sense.
 * @returns null for a line of any other form, and for one whose end is not there
 */
export const createLineScanner = (): ((bytes: Uint8Array, from: number) => ReadLine | null) => {
  const connections = createTexts(['fresh', 'keep-alive']);
  const outcomes = createTexts(requestOutcomes);
  const entrances = createTexts(null);
  const codes = createTexts(null);
  let bytes: Uint8Array = new Uint8Array();
  let at = 0;

  const skip = (part: Uint8Array): boolean => {
    for (let index = 0; index < part.length; index += 1) if (bytes[at + index] !== part[index]) return false;
    at += part.length;
    return true;
  };

  /** NaN where JSON.stringify writes it otherwise, or it may not be exact. */
  const number = (decimalsAllowed: number): number => {
    const from = at;
    let value = 0;
    let digit = (bytes[at] ?? 0) - zero;
    if (digit === 0 && isDigit((bytes[at + 1] ?? 0) - zero)) return Number.NaN;
    while (isDigit(digit)) {
      value = value * 10 + digit;
      at += 1;
      digit = (bytes[at] ?? 0) - zero;
    }
    const digits = at - from;
    if (digits === 0 || digits > maxDigits - maxDecimals) return Number.NaN;
    if (bytes[at] !== point) return value;
    at += 1;
    const decimalsFrom = at;
    let last = 0;
    digit = (bytes[at] ?? 0) - zero;
    while (isDigit(digit) && at - decimalsFrom < maxDecimals) {
      value = value * 10 + digit;
      last = digit;
      at += 1;
      digit = (bytes[at] ?? 0) - zero;
    }
    const decimals = at - decimalsFrom;
    // A zero at the end is not written; a further digit is met by what has to come next, and is none of that.
    return last === 0 || decimals > decimalsAllowed ? Number.NaN : value / (powersOfTen[decimals] ?? Number.NaN);
  };

  /** Where the text ends that begins here; -1 where it holds what JSON writes otherwise, or what takes several bytes. */
  const textEnd = (): number => {
    for (let end = at; end < bytes.length; end += 1) {
      const byte = bytes[end] ?? 0;
      if (byte === quote) return end;
      if (byte < 0x20 || byte > 0x7e || byte === backslash) return -1;
    }
    return -1;
  };

  const text = (texts: ReturnType<typeof createTexts>): string | null => {
    const end = textEnd();
    if (end === -1) return null;
    const found = texts(bytes, at, end);
    at = end;
    return found;
  };

  const numberOrNull = (decimalsAllowed: number): number | null =>
    skip(parts.absent) ? null : number(decimalsAllowed);

  return (from, start) => {
    bytes = from;
    at = start;
    if (!skip(parts.seq)) return null;
    const seq = number(0);
    if (!skip(parts.connection)) return null;
    const connection = text(connections) as RequestRecord['connection'] | null;
    if (connection === null) return null;
    const hasEntrance = skip(parts.entrance);
    const entrance = hasEntrance ? text(entrances) : '';
    if (entrance === null || !skip(parts.due)) return null;
    const dueMs = number(maxDecimals);
    if (!skip(parts.sent)) return null;
    const sentMs = numberOrNull(maxDecimals);
    if (!skip(parts.ended)) return null;
    const endedMs = number(maxDecimals);
    if (!skip(parts.outcome)) return null;
    const outcome = text(outcomes) as RequestRecord['outcome'] | null;
    if (outcome === null || !skip(parts.status)) return null;
    const status = numberOrNull(0);
    if (!skip(parts.code)) return null;
    let code: string | null = null;
    if (!skip(parts.absent)) {
      if (bytes[at] !== quote) return null;
      at += 1;
      code = text(codes);
      if (code === null) return null;
      at += 1;
    }
    if (!skip(parts.end)) return null;
    // NaN in any of them makes the sum NaN.
    if (Number.isNaN(seq + dueMs + (sentMs ?? 0) + endedMs + (status ?? 0))) return null;
    const record: RequestRecord = hasEntrance
      ? { seq, connection, entrance, dueMs, sentMs, endedMs, outcome, status, code }
      : { seq, connection, dueMs, sentMs, endedMs, outcome, status, code };
    return { record, nextAt: at };
  };
};

const isDigit = (digit: number): boolean => digit >= 0 && digit <= 9;
