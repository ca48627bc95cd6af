import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { type ActOptions, attempt, shell } from '../shell.ts';
import { goIsAtLeast } from './modules.ts';

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

/** The folder of a module's source in Go's module cache, downloaded where it is not there yet. */
export const moduleDir = async (module: string, options: ActOptions): Promise<string> => {
  const sh = shell({ timeoutMs: 300_000, signal: options.signal, env: goEnvironment() });
  const text = await attempt(`Downloading ${module}`, sh`go mod download -json ${module}`, options.signal);
  return (JSON.parse(text) as { Dir: string }).Dir;
};

/** @throws SkipbeatError GO_MISSING or GO_TOO_OLD; a Go that may fetch a newer toolchain by itself is left to do so */
export const requireGo = async (wanted: string, options: ActOptions): Promise<void> => {
  const sh = shell({ timeoutMs: 20_000, signal: options.signal });
  const found = await sh`go env GOVERSION GOTOOLCHAIN`.nothrow();
  const next = `install Go ${wanted} or newer (https://go.dev/dl), then npm run setup`;
  const fail = (code: string, message: string): never => {
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
