import { type ClusterAccess, type ContextOptions, workloadNamespace } from '../../cluster/index.ts';
import { contextText, quoteArgument } from '../../common/command.ts';
import { SkipbeatError } from '../../common/errors.ts';
import {
  type FoundWorkload,
  type Hold,
  type Leftovers,
  printable,
  readWorkloads,
  removeWorkload,
  runLabelOf,
  runSelectorOf,
} from '../../guard/index.ts';
import type { Report } from '../report.ts';

export const isMissingRight = (thrown: unknown): thrown is SkipbeatError =>
  thrown instanceof SkipbeatError && thrown.code === 'RIGHT_MISSING';

/**
 * The workloads that stand there and that no entry of the journal speaks of, as where somebody deleted the agents' namespace.
 * Where they may not be listed that is said, and none is found: who has no right to bring one need not have that to look for one.
 * @throws as `Api.request`
 */
export const findOthers = async (
  access: ClusterAccess,
  { entries }: Leftovers,
  report: Report,
  signal: AbortSignal,
): Promise<readonly FoundWorkload[]> => {
  const known = new Set(entries.flatMap(({ workload }) => (workload === null ? [] : [runLabelOf(workload.run)])));
  try {
    return (await readWorkloads(access, signal)).filter(({ label }) => !known.has(label));
  } catch (thrown) {
    if (!isMissingRight(thrown)) throw thrown;
    const detail = `not known: ${thrown.message}`;
    report.notify({ what: 'workload', name: 'of any run', outcome: 'left', detail });
    return [];
  }
};

const contentsText = ({ madeNamespace, objects }: FoundWorkload): string =>
  [...(madeNamespace ? [`Namespace ${workloadNamespace}`] : []), ...objects].slice(0, 5).join(', ');

/** Says of one that stays why it does, and what a person may do. */
export const leaveOther = (
  found: FoundWorkload,
  why: string,
  options: Pick<ContextOptions, 'context' | 'kubeconfig'>,
  report: Report,
): void => {
  const kubectl = `kubectl ${contextText(options)}`;
  const next = found.madeNamespace
    ? `${kubectl} delete namespace ${workloadNamespace}`
    : `${kubectl} --namespace ${workloadNamespace} delete deployments,services,pods --selector ${quoteArgument(runSelectorOf(found.run))}`;
  if (found.objects.length > 0) report.unclean();
  report.notify({
    ...{ what: 'workload', name: `of ${printable(found.run)}`, outcome: 'left' },
    detail: `no entry of the journal speaks of ${contentsText(found)}, and ${why}: once that run has ended, run this again, or ${next}`,
  });
};

/** Takes the workload of a run away. @returns what became of it, for a person @throws Error where objects stay */
export const takeAway = async (
  access: ClusterAccess,
  { run, hold }: { readonly run: string; readonly hold: Hold | null },
  options: Pick<ContextOptions, 'context' | 'kubeconfig'>,
  signal: AbortSignal,
): Promise<string> => {
  const confirm = async (within: AbortSignal): Promise<void> => hold?.assertOwn(within);
  const { objects, namespace } = await removeWorkload(access, { run, confirm }, signal);
  if (objects !== null) {
    const kubectl = `kubectl ${contextText(options)} --namespace ${workloadNamespace}`;
    const selector = quoteArgument(runSelectorOf(run));
    throw new Error(
      `${objects}; delete it once nobody needs it, then run this again: ${kubectl} delete deployments,services,pods --selector ${selector}`,
    );
  }
  return ['gone, and the pod of its load', ...(namespace === null ? [] : [namespace])].join('; ');
};

/**
 * Removes what no entry speaks of: it bears our label and a run's, and that run holds the cluster no more, for whoever cleans up
 * holds it. One whose load may still be asked by its run is left, by name.
 * @param hold null: a dry run
 */
export const removeOther = async (
  access: ClusterAccess,
  { found, hold }: { readonly found: FoundWorkload; readonly hold: Hold | null },
  options: Pick<ContextOptions, 'context' | 'kubeconfig'>,
  report: Report,
  signal: AbortSignal,
): Promise<void> => {
  if (found.mayBeLive !== null) return leaveOther(found, found.mayBeLive, options, report);
  const would = `no entry of the journal speaks of ${contentsText(found)}: would be removed, as its labels say whose it is`;
  await report.attempt('workload', `of ${printable(found.run)}`, would, async () => {
    const end = await takeAway(access, { run: found.run, hold }, options, signal);
    return `no entry of the journal spoke of it: ${end}`;
  });
};
