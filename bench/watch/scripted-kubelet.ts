// A node without a machine: what a kubelet does for its node is done here, so that its clock may be set.
import { setTimeout as delay } from 'node:timers/promises';
import { loadClient, openAccess } from '../../src/cluster/index.ts';

const renewEveryMs = 10_000;
const postEveryMs = 300_000;
const namespace = 'kube-node-lease';
const well = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };

export type ScriptedKubelet = {
  /** Its clock from now on, against the real one, in ms. */
  readonly setClock: (aheadMs: number) => void;
  /** Resolves once it does nothing more. */
  readonly end: () => Promise<void>;
};

/**
 * As a kubelet: renews its lease every 10 s, posts its status every 5 minutes and whenever somebody else has said that it is
 * not Ready. A request that fails is made again 10 s later.
 */
export const startScriptedKubelet = async (kubeconfig: string, name: string): Promise<ScriptedKubelet> => {
  const access = openAccess(await loadClient(), kubeconfig, null);
  const core = access.config.makeApiClient(access.client.CoreV1Api);
  const leases = access.config.makeApiClient(access.client.CoordinationV1Api);
  let aheadMs = 0;
  const now = (): number => Date.now() + aheadMs;
  const post = async (): Promise<void> => {
    const body = await core.readNode({ name });
    const { resourceVersion: _any, ...metadata } = body.metadata ?? {};
    const at = new Date(now());
    const before = body.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True');
    // As a kubelet: the time of a change stays where nothing has changed.
    const conditions = [{ ...well, lastHeartbeatTime: at, lastTransitionTime: before?.lastTransitionTime ?? at }];
    await core.replaceNodeStatus({ name, body: { ...body, metadata, status: { ...body.status, conditions } } });
  };
  const isReady = async (): Promise<boolean> => {
    const { status } = await core.readNode({ name });
    return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
  };
  /** One that is there is of an earlier time with the same cluster. */
  const unlessThere = (thrown: unknown): void => {
    if ((thrown as { readonly code?: unknown }).code !== 409) throw thrown;
  };
  await core.createNode({ body: { metadata: { name } } }).then(() => undefined, unlessThere);
  await post();
  const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: new access.client.V1MicroTime(now()) };
  const lease = { metadata: { name, namespace }, spec };
  await leases.createNamespacedLease({ namespace, body: lease }).then(() => undefined, unlessThere);
  const stopping = new AbortController();
  let postedMs = performance.now();
  const beat = async (): Promise<void> => {
    const body = await leases.readNamespacedLease({ name, namespace });
    const renewTime = new access.client.V1MicroTime(now());
    await leases.replaceNamespacedLease({ name, namespace, body: { ...body, spec: { ...body.spec, renewTime } } });
    if ((await isReady()) && performance.now() - postedMs < postEveryMs) return;
    await post();
    postedMs = performance.now();
  };
  const follow = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const beganMs = performance.now();
      await beat().catch((thrown: unknown) => {
        process.stderr.write(`${name}: ${String(thrown).slice(0, 200)}\n`);
      });
      const leftMs = Math.max(0, renewEveryMs - (performance.now() - beganMs));
      await delay(leftMs, undefined, { signal: stopping.signal }).catch((thrown: unknown) => {
        if (!stopping.signal.aborted) throw thrown;
      });
    }
  };
  const following = follow();
  return {
    setClock: (ms) => {
      aheadMs = ms;
    },
    end: () => {
      stopping.abort();
      return following;
    },
  };
};
