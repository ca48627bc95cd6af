import { isEngine, mayBeRenamed } from '../common/host/engine-id.ts';
import type { Cleanup } from './here.ts';

/** Of what was written down on another engine than the one that answers; null where it is that one. */
export const elsewhere = (what: string, written: string, engine: string): string | null =>
  isEngine(written, engine)
    ? null
    : `${what} on another engine (${written}, this one is ${engine}): clean up with the DOCKER_HOST or context of then`;

/** Nothing else can end what was written down of an engine that nobody can ask any more. */
export const goneForGood = (path: string): string => `, or, where that engine is gone for good, delete ${path}`;

/** Whether clusters stand here that were made on an engine which differs from this one by the name of its host alone. */
export const isRenamed = (
  written: string,
  incarnations: readonly string[],
  { engine, clusters }: Pick<Cleanup, 'engine' | 'clusters'>,
): boolean => {
  if (!mayBeRenamed(written, engine)) return false;
  const there = [...clusters.values()].flatMap(({ containers }) => containers.map((one) => one.incarnation));
  return incarnations.some((one) => there.includes(one));
};
