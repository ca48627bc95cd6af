import { quoteArgument } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { ClusterSurvey } from './survey/survey.ts';

/** How a person says which cluster is meant; never by a kubeconfig's current context. */
export type Confirmation = {
  /** `--cluster-uid`; null: not given. */
  readonly uid: string | null;
  /** What was typed on a terminal; null: there is none, or the UID was given. */
  readonly typed: string | null;
};

type Known = Pick<ClusterSurvey, 'context' | 'clusterName' | 'server' | 'uid'>;

const refused = ({ context }: Known, message: string): SkipbeatError =>
  new SkipbeatError('CLUSTER_NOT_CONFIRMED', message, {
    exitCode: exitCodes.usage,
    next: `kubectl --context ${quoteArgument(context)} get namespace kube-system --output jsonpath={.metadata.uid}   (for --cluster-uid)`,
  });

/**
 * Asks for proof that this cluster is the one that is meant: the UID where it is given, else the name that the kubeconfig
 * has for the cluster, typed. Pure.
 * @throws SkipbeatError CLUSTER_NOT_CONFIRMED (exit 64)
 */
export const assertConfirmed = (survey: Known, { uid, typed }: Confirmation): void => {
  const { clusterName, server } = survey;
  const place = `${clusterName} (${server})`;
  if (uid !== null) {
    if (uid === survey.uid) return;
    throw refused(
      survey,
      `--cluster-uid: expected the UID of kube-system in ${place}, received ${JSON.stringify(uid)}.`,
    );
  }
  if (typed === null) {
    throw refused(
      survey,
      `${place}: expected --cluster-uid, or the cluster's name typed on a terminal, found neither.`,
    );
  }
  if (clusterName !== '' && typed.trim() === clusterName) return;
  throw refused(survey, `expected the cluster's name, ${clusterName}, received ${JSON.stringify(typed.trim())}.`);
};
