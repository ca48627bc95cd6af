import * as z from 'zod';
import type { ClusterAccess } from '../../cluster/index.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type Api, createApi, parseAnswer } from '../api/request.ts';
import { agentNamespace, entryName, ownLabels, ownSelector, runLabel, runLabelOf } from '../names.ts';
import { thisOwner } from '../owner.ts';
import { entryKey, entryShape, entryText, type JournalAct, type JournalEntry, maxEntryChars } from './entry.ts';

const mapsPath = `/api/v1/namespaces/${agentNamespace}/configmaps`;
const needs = (verb: string) => ({ verb, resource: `configmaps in ${agentNamespace}` });

const mapShape = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  data: z.record(z.string(), z.string()).default({}),
});
const mapsShape = z.object({ items: z.array(mapShape) });

type EntryMap = z.infer<typeof mapShape>;

/** One entry that is in the cluster. */
export type WrittenEntry = {
  readonly name: string;
  /** Its act is undone, and proved to be. Safe twice. @throws as `Api.request` */
  readonly done: (signal: AbortSignal) => Promise<void>;
};

/** The journal of this run in the cluster: an entry is there before its act's pod is made, and gone once it was undone. */
export type ClusterJournal = {
  /**
   * @param nodeUid of the act's Node
   * @throws SkipbeatError JOURNAL_NOT_WRITTEN (exit 75); as `Api.request`
   */
  readonly add: (act: JournalAct, nodeUid: string, signal: AbortSignal) => Promise<WrittenEntry>;
};

const remove = async (api: Api, name: string, uid: string, signal: AbortSignal): Promise<void> => {
  const body = { preconditions: { uid } };
  await api.request('DELETE', `${mapsPath}/${name}`, { needs: needs('delete'), signal, body, takes: [404] });
};

/** Opens this run's journal; the run holds the cluster by then. */
export const openClusterJournal = (access: ClusterAccess, run: string): ClusterJournal => {
  const api = createApi(access);
  const add: ClusterJournal['add'] = async (act, nodeUid, signal) => {
    const name = entryName(run, act.id);
    const version = await api.request('GET', '/version', { needs: { verb: 'get', resource: '/version' }, signal });
    const writtenAtMs = version.dateMs ?? Date.now();
    const text = entryText(act, { run, owner: thisOwner(), nodeUid, writtenAtMs });
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: agentNamespace, labels: { ...ownLabels, [runLabel]: runLabelOf(run) } },
      data: { [entryKey]: text },
    };
    // Created, never written over: one that stands there is of somebody who may still need it.
    const answer = await api.request('POST', mapsPath, { needs: needs('create'), signal, body, takes: [409] });
    const problem = answer.status === 409 ? 'one of that name' : null;
    const made = problem === null ? parseAnswer(api.place, mapsPath, answer, mapShape) : null;
    // Admission may change what it lets through.
    if (made === null || made.data[entryKey] !== text) {
      throw new SkipbeatError(
        'JOURNAL_NOT_WRITTEN',
        `${api.place.server}: expected to write the ConfigMap ${name} in ${agentNamespace}, found ${problem ?? 'that it was changed on its way'}.`,
        { exitCode: exitCodes.environment, next: skipbeat(`cleanup --context ${api.place.context} --dry-run`) },
      );
    }
    return { name, done: (within) => remove(api, name, made.metadata.uid, within) };
  };
  return { add };
};

/** An entry that was found in the cluster. */
export type FoundEntry = {
  readonly name: string;
  /** The label's value; '': none. */
  readonly run: string;
  /** null: it is none of ours, or damaged. */
  readonly entry: JournalEntry | null;
  /** Why it is not. */
  readonly problem: string | null;
  readonly remove: (signal: AbortSignal) => Promise<void>;
};

const readEntry = ({ metadata, data }: EntryMap): { readonly entry: JournalEntry } | { readonly problem: string } => {
  const text = data[entryKey];
  if (text === undefined) return { problem: `it has no ${entryKey}` };
  if (text.length > maxEntryChars) return { problem: `its entry has ${text.length} characters` };
  try {
    const entry = entryShape.parse(JSON.parse(text));
    // The name says which run and act it is of: a copy under another name is nobody's.
    return metadata.name === entryName(entry.run, entry.act.id)
      ? { entry }
      : { problem: 'its name is not that of its run and act' };
  } catch (thrown) {
    const where = thrown instanceof z.ZodError ? `: ${thrown.issues[0]?.path.join('.') || 'entry'}` : '';
    return { problem: `its entry is of another form${where}` };
  }
};

/** Everything in the cluster that bears the journal's label, read with mistrust. @throws as `Api.request` */
export const readClusterJournal = async (
  access: ClusterAccess,
  signal: AbortSignal,
): Promise<readonly FoundEntry[]> => {
  const api = createApi(access);
  const path = `${mapsPath}?labelSelector=${encodeURIComponent(ownSelector)}`;
  const found = (await api.read(path, mapsShape, { needs: needs('list'), signal }))?.items ?? [];
  return found.map((map) => {
    const read = readEntry(map);
    return {
      name: map.metadata.name,
      run: map.metadata.labels[runLabel] ?? '',
      entry: 'entry' in read ? read.entry : null,
      problem: 'problem' in read ? read.problem : null,
      remove: (within) => remove(api, map.metadata.name, map.metadata.uid, within),
    };
  });
};
