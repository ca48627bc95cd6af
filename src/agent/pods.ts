import type { V1ContainerState, V1Pod } from '@kubernetes/client-node';
import { answerMs, CallFailed, type ClusterAccess, isNotThere, withinLimit } from '../cluster/index.ts';
import { contextText, type NamedContext } from '../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { type PollResult, waitUntil } from '../common/wait.ts';
import { agentNamespace, ownLabels } from '../guard/index.ts';

/** A kubelet that is well starts a container whose image it holds within seconds; pulling it may take a minute. */
const startMs = 120_000;

/** A pod passes whatever webhooks somebody has: each may take 30 s, and is called once more where another one changed it. */
const createMs = 60_000;

/** What a kubelet says of a container that will not start by being waited for. @see kubernetes pkg/kubelet/images, kuberuntime */
const hopeless = [
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ErrImagePull',
  'ImageInspectError',
  'ImagePullBackOff',
  'InvalidImageName',
  'RunContainerError',
];

/** With these an API server, or a webhook of somebody's, says of a pod that it does not make it. */
const refusals: readonly number[] = [400, 403, 404, 409, 422];

const stateOf = (pod: V1Pod): V1ContainerState | undefined => pod.status?.containerStatuses?.[0]?.state;

const nodeOf = (pod: V1Pod): string => pod.spec?.nodeName ?? '';

/** @param cause where nobody said why, and the time was up */
const notStarted = (pod: V1Pod, found: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError(
    'AGENT_NOT_STARTED',
    `Expected the agent's pod to run on ${nodeOf(pod)}, found ${found}. Nothing was done there by it.`,
    {
      exitCode: exitCodes.environment,
      next: '--agent-image REF   (an image that the node can have, with nsenter in it)',
      ...(cause === undefined ? {} : { cause }),
    },
  );

/** Why a pod will never run; null: it may, or does. */
export const podProblem = (pod: V1Pod): string | null => {
  const { waiting, terminated } = stateOf(pod) ?? {};
  if (waiting?.reason !== undefined && hopeless.includes(waiting.reason)) {
    return `${waiting.reason}: ${waiting.message ?? 'no message'}`;
  }
  // The runtime found nothing to start: what the container printed is nothing of ours.
  if (terminated?.reason === 'StartError' || terminated?.reason === 'ContainerCannotRun') {
    return `${terminated.reason}: ${terminated.message ?? 'no message'}`;
  }
  if (pod.status?.phase === 'Failed' && terminated === undefined) {
    return `${pod.status.reason ?? 'Failed'}: ${pod.status.message ?? 'no message'}`;
  }
  return null;
};

const isOurs = ({ metadata }: V1Pod): boolean =>
  Object.entries(ownLabels).every(([label, value]) => metadata?.labels?.[label] === value);

const notOurs = (pod: V1Pod, named: NamedContext): SkipbeatError =>
  new SkipbeatError(
    'AGENT_NOT_STARTED',
    `agent on ${nodeOf(pod)}: expected no pod ${pod.metadata?.name} of somebody else in ${agentNamespace}, found one.`,
    {
      exitCode: exitCodes.environment,
      next: `kubectl ${contextText(named)} --namespace ${agentNamespace} get pod ${pod.metadata?.name} --output yaml`,
    },
  );

/** Pods of ours on the nodes of somebody's cluster. */
export type AgentPods = {
  /** @throws SkipbeatError AGENT_NOT_STARTED (exit 75) where the API server refuses it; CallFailed where it may make it yet; the signal's reason */
  readonly create: (pod: V1Pod, signal: AbortSignal) => Promise<void>;
  /** Resolves once its container runs, or has ended. @throws SkipbeatError AGENT_NOT_STARTED (exit 75); the signal's reason */
  readonly started: (pod: V1Pod, signal: AbortSignal) => Promise<void>;
  /** Resolves once its container has ended. @returns its exit code; null: it is gone, or its node does not say */
  readonly ended: (pod: V1Pod, withinMs: number, signal: AbortSignal) => Promise<number | null>;
  /** What its container printed so far. @throws CallFailed, as where its kubelet does not answer; the signal's reason */
  readonly logs: (pod: V1Pod, signal: AbortSignal) => Promise<string>;
  /** Resolves once it is no longer there. Safe twice. @throws SkipbeatError WAIT_TIMED_OUT; CallFailed */
  readonly remove: (pod: V1Pod) => Promise<void>;
};

/** @param limits another pace than that of runs */
export const agentPods = (
  { client, config, kubeconfig }: ClusterAccess,
  limits = { answerMs, createMs },
): AgentPods => {
  const api = config.makeApiClient(client.CoreV1Api);
  const named = (pod: V1Pod) => ({ namespace: agentNamespace, name: pod.metadata?.name ?? '' });
  const isGone = (pod: V1Pod, thrown: unknown): boolean =>
    isNotThere(thrown, `/api/v1/namespaces/${agentNamespace}/pods/${named(pod).name}`);
  const read = (pod: V1Pod, signal: AbortSignal): Promise<V1Pod | null> =>
    withinLimit({ client, signal, timeoutMs: limits.answerMs }, (options) =>
      api.readNamespacedPod(named(pod), options),
    ).catch((thrown: unknown) => {
      if (isGone(pod, thrown)) return null;
      throw thrown;
    });
  return {
    create: async (pod, signal) => {
      await withinLimit({ client, signal, timeoutMs: limits.createMs }, (options) =>
        api.createNamespacedPod({ namespace: agentNamespace, body: pod }, options),
      ).catch((thrown: unknown) => {
        const isRefused = thrown instanceof CallFailed && refusals.includes(thrown.code ?? 0);
        throw isRefused ? notStarted(pod, `that it is not made: ${thrown.message}`) : thrown;
      });
    },
    started: async (pod, signal) => {
      const probe = async (either: AbortSignal): Promise<PollResult<true>> => {
        const seen = await read(pod, either);
        if (seen === null) throw notStarted(pod, 'that somebody has deleted it');
        const problem = podProblem(seen);
        if (problem !== null) throw notStarted(pod, problem);
        const state = stateOf(seen);
        if (state?.running !== undefined || state?.terminated !== undefined) return { found: true };
        return { seen: state?.waiting?.reason ?? seen.status?.phase ?? 'nothing of its state' };
      };
      const options = { timeoutMs: startMs, everyMs: 250, signal };
      await waitUntil(`the agent on ${nodeOf(pod)}`, probe, options).catch((thrown: unknown) => {
        signal.throwIfAborted();
        if (thrown instanceof SkipbeatError && thrown.code === 'AGENT_NOT_STARTED') throw thrown;
        throw notStarted(pod, messageOf(thrown).replaceAll('\n', ' '), thrown);
      });
    },
    ended: (pod, withinMs, signal) =>
      waitUntil<number | null>(
        `the agent on ${nodeOf(pod)} to end`,
        async (either) => {
          const seen = await read(pod, either);
          const terminated = seen === null ? undefined : stateOf(seen)?.terminated;
          if (seen === null) return { found: null };
          if (terminated !== undefined) return { found: terminated.exitCode };
          return seen.status?.phase === 'Failed'
            ? { found: null }
            : { seen: seen.status?.phase ?? 'nothing of its state' };
        },
        { timeoutMs: Math.ceil(withinMs), everyMs: 250, signal },
      ),
    logs: (pod, signal) =>
      withinLimit({ client, signal, timeoutMs: limits.answerMs }, (options) =>
        api.readNamespacedPodLog({ ...named(pod), container: 'agent' }, options),
      ),
    remove: async (pod) => {
      // A run that is interrupted takes its pods away all the same.
      const always = new AbortController().signal;
      const there = await read(pod, always);
      if (there === null) return;
      const uid = there.metadata?.uid ?? '';
      if (!isOurs(there)) throw notOurs(pod, { context: config.getCurrentContext(), kubeconfig });
      const body = { preconditions: { uid } };
      await withinLimit({ client, signal: always, timeoutMs: limits.answerMs }, (options) =>
        api.deleteNamespacedPod({ ...named(pod), gracePeriodSeconds: 5, body }, options),
      ).catch((thrown: unknown) => {
        if (!isGone(pod, thrown)) throw thrown;
      });
      await waitUntil<true>(
        `the pod ${pod.metadata?.name} to be gone`,
        async (either) => ((await read(pod, either)) === null ? { found: true } : { seen: 'it is there' }),
        { timeoutMs: 60_000, everyMs: 250, signal: always },
      );
    },
  };
};
