import * as z from 'zod';
import type { ClusterAccess } from '../../cluster/index.ts';
import { contextText } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type Api, createApi, parseAnswer } from '../api/request.ts';
import { agentNamespace, entryName, ownLabels, ownSelector, runLabel, runLabelOf } from '../names.ts';
import { thisOwner } from '../owner.ts';
import {
  entryKey,
  entryShape,
  entryText,
  type JournalAct,
  type JournalEntry,
  type JournalNode,
  maxEntryChars,
  type WorkloadEntry,
  workloadEntryId,
  workloadEntryShape,
  workloadEntryText,
} from './entry.ts';

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
   * @throws SkipbeatError JOURNAL_NOT_WRITTEN (exit 75); as `Api.request`
   */
  readonly add: (act: JournalAct, node: JournalNode, signal: AbortSignal) => Promise<WrittenEntry>;
  /** That a workload is about to be brought. @throws as `add` */
  readonly addWorkload: (signal: AbortSignal) => Promise<WrittenEntry>;
};

const remove = async (api: Api, name: string, uid: string, signal: AbortSignal): Promise<void> => {
  const body = { preconditions: { uid } };
  await api.request('DELETE', `${mapsPath}/${name}`, { needs: needs('delete'), signal, body, takes: [404] });
};

/** Opens this run's journal; the run holds the cluster by then. */
export const openClusterJournal = (access: ClusterAccess, run: string): ClusterJournal => {
  const api = createApi(access);
  const write = async (id: string, textAt: (writtenAtMs: number) => string, signal: AbortSignal) => {
    const name = entryName(run, id);
    const version = await api.request('GET', '/version', { needs: { verb: 'get', resource: '/version' }, signal });
    const text = textAt(version.dateMs ?? Date.now());
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
        {
          exitCode: exitCodes.environment,
          next: skipbeat(`cleanup ${contextText(api.place)} --dry-run`),
        },
      );
    }
    return { name, done: (within: AbortSignal) => remove(api, name, made.metadata.uid, within) };
  };
  return {
    add: (act, node, signal) =>
      write(act.id, (writtenAtMs) => entryText(act, { run, owner: thisOwner(), node, writtenAtMs }), signal),
    addWorkload: (signal) =>
      write(workloadEntryId, (writtenAtMs) => workloadEntryText({ run, owner: thisOwner(), writtenAtMs }), signal),
  };
};

/** An entry that was found in the cluster. */
export type FoundEntry = {
  readonly name: string;
  /** The label's value; '': none. */
  readonly run: string;
  /** null: it is of no act of ours, or damaged. */
  readonly entry: JournalEntry | null;
  /** null: it is of no workload. */
  readonly workload: WorkloadEntry | null;
  /** Why it is not. */
  readonly problem: string | null;
  readonly remove: (signal: AbortSignal) => Promise<void>;
};

type ReadEntry = Pick<FoundEntry, 'entry' | 'workload' | 'problem'>;

const damaged = (problem: string): ReadEntry => ({ entry: null, workload: null, problem });
const misnamed = 'its name is not that of its run and act';

const readEntry = ({ metadata, data }: EntryMap): ReadEntry => {
  const text = data[entryKey];
  if (text === undefined) return damaged(`it has no ${entryKey}`);
  if (text.length > maxEntryChars) return damaged(`its entry has ${text.length} characters`);
  // The name says which run and act it is of: a copy under another name is nobody's.
  const isNamed = (run: string, id: string): boolean => metadata.name === entryName(run, id);
  try {
    const json: unknown = JSON.parse(text);
    const workload = workloadEntryShape.safeParse(json).data ?? null;
    if (workload !== null) {
      return isNamed(workload.run, workloadEntryId) ? { entry: null, workload, problem: null } : damaged(misnamed);
    }
    const entry = entryShape.parse(json);
    return isNamed(entry.run, entry.act.id) ? { entry, workload: null, problem: null } : damaged(misnamed);
  } catch (thrown) {
    const where = thrown instanceof z.ZodError ? `: ${thrown.issues[0]?.path.join('.') || 'entry'}` : '';
    return damaged(`its entry is of another form${where}`);
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
  return found.map((map) => ({
    name: map.metadata.name,
    run: map.metadata.labels[runLabel] ?? '',
    ...readEntry(map),
    remove: (within) => remove(api, map.metadata.name, map.metadata.uid, within),
  }));
};
