import { contextText } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { ClusterSurvey } from './survey/survey.ts';

/** How a person says which cluster is meant; never by a kubeconfig's current context. */
export type Confirmation = {
  /** `--cluster-uid`; null: not given. */
  readonly uid: string | null;
  /** What was typed on a terminal; null: there is none, or the UID was given. */
  readonly typed: string | null;
};

/** `service`: `shop/web`, where a load is to go to a Service of somebody's: whoever types names it, too. */
type Known = Pick<ClusterSurvey, 'context' | 'kubeconfig' | 'clusterName' | 'server' | 'uid'> & {
  readonly service?: string | null;
};

const answerOf = ({ clusterName, service = null }: Known): string =>
  service === null ? clusterName : `${clusterName} ${service}`;

const whatOf = ({ service = null }: Known): string =>
  service === null ? "the cluster's name" : "the cluster's name and the Service that gets the load";

/** What is asked on a terminal before anything is written. */
export const confirmQuestion = (known: Known): string => `Type ${whatOf(known)}, ${answerOf(known)}, to go on: `;

const refused = (known: Known, message: string): SkipbeatError =>
  new SkipbeatError('CLUSTER_NOT_CONFIRMED', message, {
    exitCode: exitCodes.usage,
    next: `kubectl ${contextText(known)} get namespace kube-system --output jsonpath={.metadata.uid}   (for --cluster-uid)`,
  });

/**
 * Asks for proof that this cluster is the one that is meant: the UID where it is given, else the name that the kubeconfig
 * has for the cluster, typed, with the Service that gets a load beside it. Pure.
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
    throw refused(survey, `${place}: expected --cluster-uid, or ${whatOf(survey)} typed on a terminal, found neither.`);
  }
  const answer = answerOf(survey);
  if (clusterName !== '' && typed.trim().replace(/\s+/g, ' ') === answer) return;
  throw refused(survey, `expected ${whatOf(survey)}, ${answer}, received ${JSON.stringify(typed.trim())}.`);
};
