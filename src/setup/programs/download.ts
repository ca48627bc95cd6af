import { createHash } from 'node:crypto';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { messageOf } from '../../common/errors.ts';

export type Download = {
  readonly url: string;
  /** Of the whole file, hexadecimal. */
  readonly sha256: string;
  readonly target: string;
  /** Time for the answer to begin; the whole file gets two minutes. */
  readonly answerWithinMs: number;
};

/**
 * Puts a program in place if the network leads to it and it is the one expected; executable, and renamed into place
 * when whole. What arrives with another checksum is never written.
 * @returns null when it is in place, else why it is not
 */
export const downloadProgram = async (
  { url, sha256, target, answerWithinMs }: Download,
  signal: AbortSignal,
): Promise<string | null> => {
  const slow = new AbortController();
  const timer = setTimeout(() => slow.abort(new Error(`no answer within ${answerWithinMs} ms`)), answerWithinMs);
  try {
    const limits = AbortSignal.any([slow.signal, AbortSignal.timeout(120_000), signal]);
    const response = await fetch(url, { signal: limits });
    clearTimeout(timer);
    if (!response.ok) return `${url} answered ${response.status}`;
    const program = new Uint8Array(await response.arrayBuffer());
    const found = createHash('sha256').update(program).digest('hex');
    if (found !== sha256) return `${url}: expected SHA-256 ${sha256}, found ${found}`;
    await writeFile(`${target}.new`, program);
    await chmod(`${target}.new`, 0o755);
    await rename(`${target}.new`, target);
    return null;
  } catch (error) {
    return reasonOf(error);
  } finally {
    clearTimeout(timer);
  }
};

/** fetch says "fetch failed" and keeps the reason as its cause. */
export const reasonOf = (error: unknown): string =>
  messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
