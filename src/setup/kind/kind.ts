import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { succeeded } from '../../common/command.ts';
import { cacheDir } from '../../common/host/paths.ts';
import { type ProbeOptions, probeWith } from '../engine/context.ts';
import { type GoProgram, installGoProgram } from '../programs/go-program.ts';
import type { ActOptions } from '../shell.ts';
import { baseRelease, type KindRelease, kindReleases } from './kind-releases.ts';

const programOf = ({ version, go, checksums }: KindRelease): GoProgram => ({
  name: 'kind',
  version,
  module: 'sigs.k8s.io/kind',
  go,
  urlPrefix: `https://github.com/kubernetes-sigs/kind/releases/download/${version}/kind-`,
  checksums,
});

/**
 * Puts kind into the cache folder.
 * @returns how it was had, in words
 */
export const installKind = (release: KindRelease, options: ActOptions): Promise<string> =>
  installGoProgram(programOf(release), kindInCache(release), options);

export type KindProgram = { readonly path: string; readonly version: string };

/** Where set-up keeps its own kind of a release: the usual one under its plain name, so that it can be put on PATH. */
export const kindInCache = ({ version }: KindRelease = baseRelease): string =>
  join(cacheDir(), 'bin', version === baseRelease.version ? 'kind' : `kind-${version}`);

/** Every file of that name on PATH, in order. */
const onPath = (name: string): readonly string[] =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name))
    .filter((file) => existsSync(file));

/** Every kind on PATH and in the cache that says its version, in the order they are preferred. */
export const listKinds = async (options: ProbeOptions = {}): Promise<readonly KindProgram[]> => {
  const probe = probeWith(options);
  const candidates = [...new Set([...onPath('kind'), ...kindReleases.map(kindInCache)])].filter((file) =>
    existsSync(file),
  );
  const asked = await Promise.all(
    candidates.map(async (path) => {
      const result = await probe([path, '--version'], 5000);
      const version = /^kind version (\S+)/m.exec(result.stdout)?.[1];
      return succeeded(result) && version !== undefined ? [{ path, version: `v${version.replace(/^v/, '')}` }] : [];
    }),
  );
  return asked.flat();
};

/** kind's program of exactly that release; PATH first, then the cache. Null: none. */
export const findKind = async (release: KindRelease, options: ProbeOptions = {}): Promise<KindProgram | null> =>
  (await listKinds(options)).find((kind) => kind.version === release.version) ?? null;
