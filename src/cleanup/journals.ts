import { rmSync } from 'node:fs';
import { processText } from '../common/host/process.ts';
import { skipbeat } from '../common/invocation.ts';
import { type Aside, type DamagedJournal, type FoundJournal, findAsides, findJournals } from '../journal/index.ts';
import { elsewhere, goneForGood, isRenamed } from './elsewhere.ts';
import { apart, type Cleanup } from './here.ts';
import { partsOf } from './parts.ts';
import { removeOne } from './remove-cluster.ts';
import { replay } from './replay.ts';
import { matchDamaged, matchFolder, whyUnknown } from './run-folder.ts';

/** Why a journal is not replayed from here; null where it is. */
const notReplayed = ({ owner, life, place, entries }: FoundJournal, here: Cleanup): string | null => {
  if (life === 'alive') return `still runs as process ${owner.process.pid}; it undoes what it did when it ends`;
  if (life === 'unknown') {
    return `${processText(owner.process)} wrote it, whose end cannot be seen from here: clean up there, or remove its cluster by name and then ${place}`;
  }
  const { engine } = owner;
  // One that holds nothing is about no cluster of any engine.
  if (engine === null || entries.length === 0) return null;
  const incarnations = entries.map(({ incarnation }) => incarnation);
  if (isRenamed(engine, incarnations, here)) return null;
  const why = elsewhere('its clusters are', engine, here.engine);
  return why === null ? null : `${why}${goneForGood(place)}`;
};

/** Says of a damaged journal what it may hold; what may be of that which is to go makes the cleanup unclean. */
const leaveDamaged = ({ options: { cluster, folder }, report }: Cleanup, damaged: DamagedJournal): void => {
  const { path, problem } = damaged;
  const match = folder === null ? null : matchDamaged(damaged, folder);
  // One that does not say of which cluster it is may be of that one.
  const isOfCluster =
    cluster === null || damaged.entries.length === 0 || damaged.entries.some((entry) => entry.cluster === cluster);
  const isAsked = match === null ? isOfCluster : match !== 'anothers';
  if (isAsked) report.unclean();
  const unsure = match === 'unknown' ? '; whether it is of that run is not known' : '';
  const next =
    damaged.run === null ? 'which journals are in it is not known' : 'once nothing of that run is left, delete it';
  const detail = `${problem}${unsure}; ${next}`;
  report.notify({ what: 'journal', name: path, outcome: isAsked ? 'failed' : 'left', detail });
};

const replayJournal = async (here: Cleanup, journal: FoundJournal): Promise<void> => {
  const { options, clusters, report } = here;
  const { cluster, folder, dryRun, host } = options;
  const { owner, entries } = journal;
  const left = (detail: string): void => {
    if (folder !== null || (cluster !== null && journal.life === 'dead')) report.unclean();
    report.notify({ what: 'run', name: owner.run, outcome: 'left', detail });
  };
  if (cluster !== null && !entries.some((entry) => entry.cluster === cluster)) return;
  const match = folder === null ? 'its' : matchFolder(owner, folder);
  if (match === 'anothers') return;
  const why = notReplayed(journal, here);
  if (folder !== null && match === 'unknown')
    return left(`${whyUnknown(owner, folder)}; it goes with  ${skipbeat('cleanup')}`);
  if (why !== null) return left(why);
  const remove = (name: string, incarnation: string): Promise<boolean> => removeOne(here, name, incarnation);
  await replay(journal, { host, running: clusters, only: cluster, dryRun, report, remove });
  for (const part of partsOf(owner)) {
    await report.attempt('run', owner.run, `${part}, which it had half written, would be removed`, async () => {
      rmSync(part, { force: true });
      return `${part}, which it had half written, removed`;
    });
  }
  if (!dryRun) journal.close();
};

const removeAside = async ({ report }: Cleanup, { path, why, remove }: Aside): Promise<void> => {
  if (why !== null) {
    report.notify({ what: 'journal', name: path, outcome: 'left', detail: why });
    return;
  }
  await report.attempt('journal', path, 'would be removed: it holds nothing, and nobody needs it', async () => {
    remove();
    return 'removed: it held nothing, and nobody needs it';
  });
};

export const replayJournals = async (here: Cleanup): Promise<void> => {
  const { journals, damaged } = findJournals();
  for (const one of damaged) leaveDamaged(here, one);
  for (const journal of journals) await apart(here, 'run', journal.owner.run, () => replayJournal(here, journal));
  for (const aside of findAsides()) await removeAside(here, aside);
};
