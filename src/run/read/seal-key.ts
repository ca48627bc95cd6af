import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { quoteArgument } from '../../common/command.ts';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';

/**
 * A secret with which a run seals its folder. Whoever has not got it can change a file and its sum in manifest.json, and
 * cannot make the seal that belongs to them.
 */
export type SealKey = {
  /** As it was named. */
  readonly file: string;
  /** What the file holds, without the line ends behind it, which copying tends to lose. */
  readonly bytes: Buffer;
};

/** As many bytes as the hash has: more add nothing. RFC 2104, section 3. */
const minBytes = 32;
/** No constant of anything: a key is short, and what is longer is another file. */
const maxBytes = 4096;

const makeOne = (file: string): string => `(umask 077; head -c 32 /dev/urandom | base64 > ${quoteArgument(file)})`;

/** What is there stays: it may be somebody's key for something else. */
const another = `name another file, or make a new one: ${makeOne('skipbeat.key')}`;

const invalid = (file: string, expected: string, found: string, next: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('SEAL_KEY_INVALID', `--seal-key ${file}: expected ${expected}, found ${found}.`, {
    exitCode: exitCodes.usage,
    next,
    cause,
  });

const statOf = (file: string) => {
  try {
    return statSync(file);
  } catch (thrown) {
    const isAbsent = errnoOf(thrown) === 'ENOENT';
    const found = isAbsent ? 'nothing there' : messageOf(thrown);
    throw invalid(file, 'a file with a key', found, isAbsent ? makeOne(file) : another, thrown);
  }
};

const withoutLineEnds = (bytes: Buffer): Buffer => {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end -= 1;
  return bytes.subarray(0, end);
};

/** @throws SkipbeatError SEAL_KEY_INVALID (exit 64): no file, one that others can read or write, too short or too long */
export const readSealKey = (file: string): SealKey => {
  const stat = statOf(file);
  if (!stat.isFile()) throw invalid(file, 'a file with a key', 'something else', another);
  const mode = stat.mode & 0o777;
  if ((mode & 0o077) !== 0) {
    const found = `mode ${mode.toString(8).padStart(4, '0')}`;
    throw invalid(file, 'a file that its owner alone can read (mode 0600)', found, `chmod 600 ${quoteArgument(file)}`);
  }
  const length = `a key of ${minBytes} to ${maxBytes} bytes`;
  if (stat.size > maxBytes) throw invalid(file, length, `${stat.size}`, another);
  let bytes: Buffer;
  try {
    bytes = withoutLineEnds(readFileSync(file));
  } catch (thrown) {
    throw invalid(file, 'a file that can be read', messageOf(thrown), 'run it as the owner of the key', thrown);
  }
  if (bytes.length < minBytes) throw invalid(file, length, `${bytes.length}`, another);
  return { file, bytes };
};

/**
 * Whoever is given the folder would be given the key.
 * @param folder there already @throws SkipbeatError SEAL_KEY_INVALID (exit 64) where the key lies in it
 */
export const assertOutside = ({ file }: SealKey, folder: string): void => {
  const way = relative(realpathSync(folder), realpathSync(file));
  if (way === '..' || way.startsWith(`..${sep}`)) return;
  throw invalid(
    file,
    'a key outside of the folder that it seals',
    `one in ${folder}`,
    'keep it where the evidence is not',
  );
};

/** @returns HMAC-SHA-256 of a text, hexadecimal */
export const sealOf = ({ bytes }: SealKey, text: string): string =>
  createHmac('sha256', bytes).update(text).digest('hex');

/** Takes as long whatever the difference is. */
export const isSealOf = (key: SealKey, text: string, seal: string): boolean => {
  const [expected, found] = [Buffer.from(sealOf(key, text)), Buffer.from(seal)];
  return expected.length === found.length && timingSafeEqual(expected, found);
};
