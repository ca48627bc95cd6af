import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { succeeded } from '../common/command.ts';
import { cacheDir } from '../common/paths.ts';
import { type LookOptions, lookWith } from './context.ts';
import { kindVersion } from './versions.ts';

export type KindProgram = { readonly path: string; readonly version: string };

/** Where set-up keeps its own kind. */
export const kindInCache = (): string => join(cacheDir(), 'bin', 'kind');

/** Every file of that name on PATH, in order. */
const onPath = (name: string): readonly string[] =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name))
    .filter((file) => existsSync(file));

/** Every kind on PATH and in the cache that says its version, in the order they are preferred. */
export const listKinds = async (options: LookOptions = {}): Promise<readonly KindProgram[]> => {
  const look = lookWith(options);
  const candidates = [...new Set([...onPath('kind'), kindInCache()])].filter((file) => existsSync(file));
  const asked = await Promise.all(
    candidates.map(async (path) => {
      const result = await look([path, '--version'], 5000);
      const version = /^kind version (\S+)/m.exec(result.stdout)?.[1];
      return succeeded(result) && version !== undefined ? [{ path, version: `v${version.replace(/^v/, '')}` }] : [];
    }),
  );
  return asked.flat();
};

/** kind's program of exactly the version that its node images belong to; PATH first, then the cache. Null: none. */
export const findKind = async (options: LookOptions = {}): Promise<KindProgram | null> =>
  (await listKinds(options)).find((kind) => kind.version === kindVersion) ?? null;
