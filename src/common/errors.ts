import type { ErrorCode } from './error-codes.ts';

/** How a command ends, as the exit code a shell sees. */
export const exitCodes = {
  ok: 0,
  notMet: 1,
  inconclusive: 2,
  regression: 3,
  usage: 64,
  bug: 70,
  environment: 75,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export type SkipbeatErrorOptions = {
  /** The command or edit that comes next, as a person would type it; printed as `Try: …`. */
  readonly next?: string;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
};

/**
 * Every failure that a person is meant to read. `code` is stable, so scripts match it and wording can improve.
 * The message says what was expected and what was found; `next` says what to do.
 */
export class SkipbeatError extends Error {
  readonly code: ErrorCode;
  readonly next: string | null;
  readonly exitCode: ExitCode;

  constructor(code: ErrorCode, message: string, options: SkipbeatErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SkipbeatError';
    this.code = code;
    this.next = options.next ?? null;
    this.exitCode = options.exitCode ?? exitCodes.bug;
  }
}

/** The text of anything that was thrown, without a stack: of an Error, or of a socket's event, which is none and has a message, too. */
export const messageOf = (thrown: unknown): string => {
  const { message } = (thrown ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(thrown);
};

/** The same error, with what went wrong, or is to be known, besides; what is no error of ours is handed back as it is. */
export const withMore = (thrown: unknown, more: string): unknown => {
  if (!(thrown instanceof SkipbeatError)) return thrown;
  const { code, message, next, exitCode } = thrown;
  return new SkipbeatError(code, `${message}\n${more}`, {
    ...{ exitCode, cause: thrown },
    ...(next === null ? {} : { next }),
  });
};

/** What is reported of two failures: the first as the cause, and what the second one was, unless it is the same once more. */
export const firstOf = (first: unknown, second: unknown): unknown => {
  if (first === null || first === undefined) return second;
  if (second === null || second === undefined) return first;
  const more = messageOf(second);
  return `\n${messageOf(first)}\n`.includes(`\n${more}\n`) ? first : withMore(first, more);
};

const storageCodes: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EROFS: 'NOT_WRITABLE',
  EACCES: 'NOT_WRITABLE',
  EPERM: 'NOT_WRITABLE',
};

/** Calls that write to a file system; whatever else fails for want of rights is not about one. @see man 2, by each name */
const storageCalls = /^(open|write|mkdir|mkdtemp|rename|fsync|link|unlink|rm|rmdir|chmod|copyfile|ftruncate)/;

/** What a full or closed disk refused is no bug of ours, wherever it was met; everything else is given back as it came. */
export const withStorageNamed = (thrown: unknown): unknown => {
  const code = storageCodes[errnoOf(thrown) ?? ''];
  const { syscall } = (thrown ?? {}) as { syscall?: unknown };
  if (code === undefined || thrown instanceof SkipbeatError) return thrown;
  if (typeof syscall !== 'string' || !storageCalls.test(syscall)) return thrown;
  const places = '--out DIR for evidence, SKIPBEAT_STATE_DIR and SKIPBEAT_CACHE_DIR for what is kept';
  const [expected, next] =
    code === 'DISK_FULL'
      ? ['space on the disk', `free space (df -h), or choose other places: ${places}`]
      : ['a place that may be written to', `choose other places: ${places}`];
  return new SkipbeatError(code, `Expected ${expected}, found ${messageOf(thrown)}.`, {
    exitCode: exitCodes.environment,
    cause: thrown,
    next,
  });
};

/** The exit code of whatever was thrown. */
export const codeOf = (thrown: unknown): ExitCode => {
  const named = withStorageNamed(thrown);
  return named instanceof SkipbeatError ? named.exitCode : exitCodes.bug;
};

/** The errno-like code of what was thrown ('ECONNREFUSED', 'ENOSPC'), or null where it has none. */
export const errnoOf = (thrown: unknown): string | null => {
  if (typeof thrown !== 'object' || thrown === null) return null;
  const code = (thrown as { code?: unknown }).code;
  return typeof code === 'string' ? code : null;
};
