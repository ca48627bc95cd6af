import { type Ask, refusalOf } from '../../cluster/index.ts';
import { parseDurationMs } from '../../common/duration.ts';
import { messageOf, SkipbeatError } from '../../common/errors.ts';
import { explain, readConfigText } from '../../user-config/index.ts';
import type { Missing } from '../document-shape.ts';
import { type Setting, unknownSetting } from '../seen/said.ts';
import type { KubeletSettings } from '../seen/sighting.ts';

export type ControllerSettings = {
  readonly grace: Setting;
  readonly monitorPeriod: Setting;
  readonly missing: readonly Missing[];
};

export const timeoutMs = 5000;

const selector = encodeURIComponent('component=kube-controller-manager');
export const podsPath = `/api/v1/namespaces/kube-system/pods?labelSelector=${selector}`;

type Pod = { readonly metadata: { readonly name: string }; readonly spec: unknown };

type PodSettings = Pick<ControllerSettings, 'grace' | 'monitorPeriod'>;

/** What one mirror pod says, by the code that reads a user's own manifest; or why it cannot be read, in words. */
const settingsOfPod = ({ metadata, spec }: Pod, serverVersion: string | null): PodSettings | string => {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: metadata.name }, spec });
  try {
    const reader = readConfigText(text, `pod ${metadata.name}`);
    const version = reader.versions[0]?.version ?? serverVersion;
    if (version === null) return 'neither its image nor /version names a version of Kubernetes';
    const { effective, remarks } = explain(reader, version, { allowUnread: true });
    if (effective === null) {
      const why = remarks.find(({ weight, about }) => weight === 'fatal' || about === 'all');
      return why?.text ?? 'what it is passed is not modelled';
    }
    const setting = (name: string, ms: number): Setting =>
      reader.settings.some((each) => each.name === name)
        ? { ms, source: 'manifest', from: `pod ${metadata.name}` }
        : { ms, source: 'default', from: `pod ${metadata.name}, ${version}` };
    return {
      grace: setting('node-monitor-grace-period', effective.nodeMonitorGracePeriodMs),
      monitorPeriod: setting('node-monitor-period', effective.nodeMonitorPeriodMs),
    };
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError)) throw thrown;
    return thrown.message.split('\n')[0] ?? '';
  }
};

const what = 'the settings of kube-controller-manager';
const right = { what, verb: 'list', resource: 'pods in kube-system' } as const;

/** Nothing is known, and why. */
export const unknown = (reason: string): ControllerSettings => ({
  grace: unknownSetting,
  monitorPeriod: unknownSetting,
  missing: [{ ...right, reason }],
});

/**
 * nodeMonitorGracePeriod and nodeMonitorPeriod from the mirrors of the static pods of kube-controller-manager; what a
 * managed control plane hides is null, and named among what is missing. Where several say different things, nobody
 * knows which leads.
 * @throws what the connection failed with; the signal's reason
 */
export const readControllerSettings = async (
  ask: Ask,
  serverVersion: string | null,
  signal: AbortSignal,
): Promise<ControllerSettings> => {
  const answer = await ask(podsPath, { timeoutMs, signal });
  if (answer.status !== 200) return unknown(refusalOf(answer));
  const { items } = JSON.parse(answer.text) as { readonly items: readonly Pod[] };
  if (items.length === 0) return unknown('the cluster shows no pod of kube-controller-manager');
  const read = items.map((pod) => settingsOfPod(pod, serverVersion));
  const problem = read.find((each) => typeof each === 'string');
  if (problem !== undefined) return unknown(problem);
  const pods = read.filter((each) => typeof each !== 'string');
  const [first] = pods;
  const differs = pods.some(
    ({ grace, monitorPeriod }) => grace.ms !== first?.grace.ms || monitorPeriod.ms !== first?.monitorPeriod.ms,
  );
  return first === undefined || differs ? unknown('its pods have different settings') : { ...first, missing: [] };
};

export type ReadKubelet =
  | { readonly settings: KubeletSettings }
  | { readonly refused: string; readonly isRight: boolean };

const duration = (value: unknown): number | null => (typeof value === 'string' ? parseDurationMs(value) : null);

/** The settings that a kubelet runs with, from its configz through the API server. `isRight`: no node will tell. */
export const readKubelet = async (ask: Ask, node: string, signal: AbortSignal): Promise<ReadKubelet> => {
  try {
    const path = `/api/v1/nodes/${encodeURIComponent(node)}/proxy/configz`;
    const answer = await ask(path, { timeoutMs, signal });
    if (answer.status !== 200) return { refused: refusalOf(answer), isRight: answer.status === 403 };
    const { kubeletconfig } = JSON.parse(answer.text) as { kubeletconfig?: Readonly<Record<string, unknown>> };
    if (kubeletconfig === undefined) return { refused: 'configz holds no kubeletconfig', isRight: false };
    const seconds = kubeletconfig.nodeLeaseDurationSeconds;
    return {
      settings: {
        nodeStatusUpdateFrequencyMs: duration(kubeletconfig.nodeStatusUpdateFrequency),
        nodeStatusReportFrequencyMs: duration(kubeletconfig.nodeStatusReportFrequency),
        nodeLeaseDurationSeconds: typeof seconds === 'number' ? seconds : null,
      },
    };
  } catch (thrown) {
    signal.throwIfAborted();
    return { refused: messageOf(thrown), isRight: false };
  }
};
