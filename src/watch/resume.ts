import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { WatchState } from './store.ts';

/**
 * A watch goes on in a folder only if the cluster is the one of before, by the UID of its namespace kube-system.
 * @throws SkipbeatError WATCH_OF_ANOTHER (exit 64)
 */
export const assertSameCluster = (folder: string, state: WatchState | null, clusterUid: string | null): void => {
  if (state === null) return;
  const refused = (found: string): SkipbeatError =>
    new SkipbeatError(
      'WATCH_OF_ANOTHER',
      `${folder}: expected a watch of this cluster, ${clusterUid ?? 'whose UID the token may not read'}, found ${found}.`,
      { exitCode: exitCodes.usage, next: 'name another folder with --out DIR' },
    );
  if (state.clusterUid === null) throw refused('one of a cluster whose UID could not be read');
  if (state.clusterUid !== clusterUid) throw refused(`one of ${state.clusterUid}`);
};
