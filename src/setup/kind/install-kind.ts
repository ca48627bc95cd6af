import { type GoProgram, installGoProgram } from '../programs/go-program.ts';
import type { ActOptions } from '../shell.ts';
import { kindInCache } from './kind.ts';
import type { KindRelease } from './kind-releases.ts';

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
