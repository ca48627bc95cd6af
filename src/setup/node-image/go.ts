import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode } from '../../common/error-codes.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type ActOptions, shell, throwIfInterrupted } from '../shell.ts';
import { downloadErrors, goIsAtLeast } from './modules.ts';

/** Settings of the caller's that would lead a build elsewhere are overruled; proxy settings stay. */
export const goEnvironment = (): Readonly<Record<string, string>> => ({
  CGO_ENABLED: '0',
  GOFLAGS: '-buildvcs=false',
  GOWORK: 'off',
  GO111MODULE: 'on',
});

/** `goEnvironment`, with the build cache and the compilers' temporary files in a folder that is removed afterwards. */
export const goBuildEnvironment = async (workspace: string): Promise<Readonly<Record<string, string>>> => {
  const [cache, temporary] = [join(workspace, 'go-cache'), join(workspace, 'go-tmp')];
  await mkdir(temporary, { recursive: true });
  return { ...goEnvironment(), GOCACHE: cache, GOTMPDIR: temporary };
};

/** A connection that hangs gives no error; what has come whole by then is kept, so that another try goes on from there. */
const downloadLimits = { timeoutMs: 150_000, tries: 4 } as const;

/**
 * Downloads modules into Go's module cache: those named, or, with none, all that the go.mod of `cwd` requires.
 * @returns what `go mod download -json` printed last
 * @throws SkipbeatError GO_MODULES_REFUSED (exit 75), which names every module that cannot be had
 */
export const downloadModules = async (
  modules: readonly string[],
  { signal, note, cwd }: ActOptions & { readonly cwd?: string },
  limits: { readonly timeoutMs: number; readonly tries: number } = downloadLimits,
): Promise<string> => {
  for (let tried = 1; ; tried += 1) {
    const place = cwd === undefined ? {} : { cwd };
    const sh = shell({ timeoutMs: limits.timeoutMs, signal, env: goEnvironment(), ...place });
    const result = await sh`go mod download -json ${modules}`.nothrow();
    throwIfInterrupted(signal);
    if (result.exitCode === 0) return result.stdout;
    const hung = result.signal !== null;
    if (hung && tried < limits.tries) {
      note(`modules were not there after ${limits.timeoutMs / 1000} s; asked for anew`);
      continue;
    }
    const refused = hung ? [] : downloadErrors(result.stdout);
    const output = refused.length === 0 ? result.stderr.trim() : refused.join('\n');
    const why = hung ? `nothing more came in ${limits.tries} tries of ${limits.timeoutMs / 1000} s` : output;
    throw new SkipbeatError('GO_MODULES_REFUSED', `Go modules that the build needs could not be had:\n${why}`, {
      exitCode: exitCodes.environment,
      next: `go env GOPROXY, and try another version with ${skipbeat('setup --kubernetes')}`,
    });
  }
};

/** The folder of a module's source in Go's module cache, downloaded where it is not there yet. */
export const moduleDir = async (module: string, options: ActOptions): Promise<string> => {
  const text = await downloadModules([module], options);
  return (JSON.parse(text) as { Dir: string }).Dir;
};

/** @throws SkipbeatError GO_MISSING or GO_TOO_OLD; a Go that may fetch a newer toolchain by itself is left to do so */
export const requireGo = async (wanted: string, options: ActOptions): Promise<void> => {
  const sh = shell({ timeoutMs: 20_000, signal: options.signal });
  const found = await sh`go env GOVERSION GOTOOLCHAIN`.nothrow();
  const next = `install Go ${wanted} or newer (https://go.dev/dl), then ${skipbeat('setup')}`;
  const fail = (code: ErrorCode, message: string): never => {
    throw new SkipbeatError(code, message, { exitCode: exitCodes.environment, next });
  };
  if (found.exitCode !== 0) {
    fail('GO_MISSING', `Building needs Go ${wanted} or newer; no program go answers on PATH.`);
  }
  const [version = '', toolchain = ''] = found.stdout.trim().split('\n');
  if (toolchain === 'local' && !goIsAtLeast(version, wanted)) {
    fail('GO_TOO_OLD', `Building needs Go ${wanted} or newer; found ${version}.`);
  }
};
