import { type ClusterAccess, flagsOf } from '../../cluster/index.ts';
import { messageOf } from '../../common/errors.ts';
import { get } from '../../observe/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { EventBody } from '../../timeline/index.ts';

type SettingRead = Extract<EventBody, { readonly type: 'setting.read' }>;

/** What was read of the settings that the plan wants to be read back, and why the rest was not. */
export type OwnSettings = { readonly read: readonly SettingRead[]; readonly hidden: readonly string[] };

type Node = { readonly node: string; readonly role: string };

const timeoutMs = 5000;

/** At most so many kubelets are asked at once: a guest does not flood a cluster. */
const atOnce = 8;

const controlPlane = ['kube-controller-manager', 'kube-apiserver'] as const;

type StaticPod = {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly { readonly command?: string[]; readonly args?: string[] }[];
  };
};

const json = async (access: ClusterAccess, path: string, signal: AbortSignal): Promise<unknown> => {
  const { status, text } = await get(path, { access, signal, timeoutMs });
  if (status !== 200) throw new Error(`HTTP ${status}`);
  return JSON.parse(text);
};

/** Flags of each node's own static pod of a component, as its mirror shows them. */
const flagsByNode = async (access: ClusterAccess, component: string, signal: AbortSignal) => {
  const selector = encodeURIComponent(`component=${component}`);
  const found = await json(access, `/api/v1/namespaces/kube-system/pods?labelSelector=${selector}`, signal);
  const { items = [] } = found as { readonly items?: readonly StaticPod[] };
  return new Map(
    items.flatMap(({ spec }) => {
      const [container] = spec?.containers ?? [];
      const argv = [...(container?.command ?? []), ...(container?.args ?? [])];
      return spec?.nodeName === undefined || argv.length === 0 ? [] : [[spec.nodeName, flagsOf(argv)] as const];
    }),
  );
};

/**
 * Reads back what a cluster shows of its settings: flags from the mirrors of static pods, kubelets' from configz. What it
 * hides is left out, and named; nothing is taken for read that was not.
 * @param nodes of the plan @param nodeOf the Node of each
 * @throws the signal's reason
 */
export const readOwnSettings = async (
  { access, nodeOf }: { readonly access: ClusterAccess; readonly nodeOf: ReadonlyMap<string, string> },
  plan: Plan,
  nodes: readonly Node[],
  moment: 'start' | 'end',
  signal: AbortSignal,
): Promise<OwnSettings> => {
  const { expectedSettings } = plan.profile;
  const read: SettingRead[] = [];
  const hidden: string[] = [];
  const take = (
    component: SettingRead['component'],
    node: string,
    observedOf: (setting: string) => string | null,
  ): void => {
    for (const setting of expectedSettings.filter((one) => one.component === component)) {
      const observed = observedOf(setting.setting);
      read.push({ type: 'setting.read', ...setting, node, observed, same: observed === setting.expected, moment });
    }
  };
  const planes = nodes.filter(({ role }) => role === 'control-plane');
  if (planes.length === 0) hidden.push('the control plane shows no node of its own');
  for (const component of planes.length === 0 ? [] : controlPlane) {
    const flags = await flagsByNode(access, component, signal).catch((thrown: unknown) => {
      signal.throwIfAborted();
      hidden.push(`pods of ${component}: ${messageOf(thrown)}`);
      return null;
    });
    for (const { node } of flags === null ? [] : planes) {
      const own = flags?.get(nodeOf.get(node) ?? '');
      if (own === undefined) hidden.push(`${node} shows no pod of ${component}`);
      else take(component, node, (setting) => own.get(setting) ?? null);
    }
  }
  const kubelet = async ({ node }: Node): Promise<void> => {
    try {
      const path = `/api/v1/nodes/${encodeURIComponent(nodeOf.get(node) ?? '')}/proxy/configz`;
      const { kubeletconfig } = (await json(access, path, signal)) as { kubeletconfig?: Record<string, unknown> };
      if (kubeletconfig === undefined) throw new Error('configz holds no kubeletconfig');
      take('kubelet', node, (setting) => {
        const value = kubeletconfig[setting];
        return value === undefined || value === null ? null : String(value);
      });
    } catch (thrown) {
      signal.throwIfAborted();
      hidden.push(`the kubelet of ${node}: ${messageOf(thrown)}`);
    }
  };
  for (let from = 0; from < nodes.length; from += atOnce)
    await Promise.all(nodes.slice(from, from + atOnce).map(kubelet));
  return { read, hidden };
};
