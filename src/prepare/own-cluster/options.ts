import { defaultAgentImage, type Injector, injectors } from '../../agent/index.ts';
import type { RequestForm } from '../../backend/index.ts';
import { defaultLoadImage } from '../../backend/index.ts';
import { parseDurationMs } from '../../common/duration.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { maxActMs, type NodeChoice, readNodeChoice, readServiceChoice, type ServiceChoice } from '../../guard/index.ts';
import { type FormOption, formOnly, readForm } from './form.ts';

/** What is asked of a run on a cluster that somebody has, as it was typed. */
export type OwnClusterOption = FormOption & {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly nodes?: string;
  readonly clusterUid?: string;
  readonly maxNodes?: string;
  readonly maxDuration?: string;
  readonly agentImage?: string;
  /** `auto` is none; `pod` brings the scenario's workload and load. */
  readonly loadFrom?: string;
  /** How many generators, each on a node of its own. */
  readonly loadPods?: string;
  readonly loadImage?: string;
  readonly workloadImage?: string;
  /** `shop/web:80`: the load goes there, and no workload is brought. */
  readonly service?: string;
  readonly servicePath?: string;
  /** `agent`, the default, or `chaos-mesh`. */
  readonly injector?: string;
};

/** `service`: where the load goes; null: to a workload that the run brings. */
export type AskedLoad = {
  /** How many generators. */
  readonly pods: number;
  readonly image: string;
  readonly workloadImage: string;
  readonly service: ServiceChoice | null;
  /** What each request is beside its path. */
  readonly form: RequestForm;
};

export type AskedOwnCluster = {
  readonly context: string;
  readonly kubeconfig: string | null;
  /** null: nothing is to be done, and it is shown what could be. */
  readonly choice: NodeChoice | null;
  readonly uid: string | null;
  readonly maxNodes: number;
  readonly maxMs: number;
  readonly agentImage: string;
  readonly injector: Injector;
  /** null: no load is sent, and no workload is brought. */
  readonly load: AskedLoad | null;
};

const defaultMaxMs = 600_000;

/** Each holds a connection of `exec` open through the API server for as long as the run lasts. */
const maxLoadPods = 20;

const invalid = (option: string, expected: string, received: string, next: string): SkipbeatError =>
  new SkipbeatError(
    'CONTEXT_OPTION_INVALID',
    `--${option}: expected ${expected}, received ${JSON.stringify(received)}.`,
    { exitCode: exitCodes.usage, next },
  );

/** @see github.com/distribution/reference: nothing that a shell, or a log, could take for something else */
const reference = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}$/;

/** What means nothing without a load from inside, in the order in which it is named. */
const loadOnly = ['loadPods', 'loadImage', 'workloadImage', 'service', 'servicePath', ...formOnly] as const;

/** An option as it was typed; of headers how many, for what they say may be somebody's secret. */
const typedText = (option: OwnClusterOption, name: (typeof loadOnly)[number]): string => {
  if (name !== 'serviceHeader') return String(option[name]);
  const { serviceHeader = [] } = option;
  return serviceHeader.length === 1 ? 'a header' : `${serviceHeader.length} headers`;
};

const flagOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** @throws SkipbeatError CONTEXT_OPTION_INVALID (exit 64) */
const readLoad = (
  option: OwnClusterOption,
  imageOf: (name: string, asked: string | undefined, standard: string) => string,
): AskedLoad | null => {
  const { loadFrom = 'auto', loadPods = '1', loadImage, workloadImage, service, servicePath } = option;
  if (loadFrom !== 'auto' && loadFrom !== 'pod') {
    throw invalid('load-from', 'pod on a cluster of --context, or nothing', loadFrom, '--load-from pod');
  }
  const alone = loadFrom === 'pod' ? undefined : loadOnly.find((name) => option[name] !== undefined);
  if (alone !== undefined) {
    throw invalid(flagOf(alone), '--load-from pod beside it', typedText(option, alone), '--load-from pod');
  }
  if (loadFrom === 'auto') return null;
  if (service === undefined && servicePath !== undefined) {
    throw invalid('service-path', '--service beside it', servicePath, '--service NAMESPACE/NAME');
  }
  const ofService = service === undefined ? formOnly.find((name) => option[name] !== undefined) : undefined;
  if (ofService !== undefined) {
    throw invalid(flagOf(ofService), '--service beside it', typedText(option, ofService), '--service NAMESPACE/NAME');
  }
  if (service !== undefined && workloadImage !== undefined) {
    throw invalid(
      'workload-image',
      'no --service beside it, for then no workload is brought',
      workloadImage,
      'leave it out',
    );
  }
  if (!/^[1-9]\d?$/.test(loadPods) || Number(loadPods) > maxLoadPods) {
    throw invalid('load-pods', `a number of pods from 1 to ${maxLoadPods}`, loadPods, '--load-pods 2');
  }
  const choice = service === undefined ? null : readServiceChoice(service, servicePath ?? null);
  return {
    pods: Number(loadPods),
    image: imageOf('load-image', loadImage, defaultLoadImage),
    workloadImage: imageOf('workload-image', workloadImage, defaultAgentImage),
    service: choice,
    form: choice === null ? {} : readForm(option, `${choice.name}.${choice.namespace}.svc`),
  };
};

/** @throws SkipbeatError CONTEXT_OPTION_INVALID (exit 64) */
const readInjector = (asked: string = injectors[0]): Injector => {
  const found = injectors.find((one) => one === asked);
  if (found === undefined) throw invalid('injector', injectors.join(' or '), asked, 'leave --injector out');
  return found;
};

/** @throws SkipbeatError CONTEXT_OPTION_INVALID, NODES_INVALID (exit 64) */
export const readOwnClusterOptions = (option: OwnClusterOption): AskedOwnCluster => {
  const { context, kubeconfig = null, nodes, clusterUid = null, maxNodes = '1', maxDuration, agentImage } = option;
  if (context === undefined || context === '') {
    throw invalid('context', 'the name of a context of the kubeconfig', context ?? '', 'kubectl config get-contexts');
  }
  const count = /^[1-9]\d{0,2}$/.test(maxNodes) ? Number(maxNodes) : null;
  if (count === null) throw invalid('max-nodes', 'a number of nodes from 1 to 999', maxNodes, '--max-nodes 1');
  const maxMs = maxDuration === undefined ? defaultMaxMs : parseDurationMs(maxDuration);
  if (maxMs === null || maxMs <= 0 || maxMs > maxActMs) {
    throw invalid(
      'max-duration',
      `a duration above 0s, up to ${maxActMs / 60_000}m`,
      maxDuration ?? '',
      '--max-duration 10m',
    );
  }
  const imageOf = (name: string, asked: string | undefined, standard: string): string => {
    if (asked === undefined || reference.test(asked)) return asked ?? standard;
    throw invalid(name, 'the reference of an image', asked, `--${name} ${standard}`);
  };
  return {
    ...{ context, kubeconfig, uid: clusterUid, maxNodes: count, maxMs },
    choice: nodes === undefined ? null : readNodeChoice(nodes),
    agentImage: imageOf('agent-image', agentImage, defaultAgentImage),
    injector: readInjector(option.injector),
    load: readLoad(option, imageOf),
  };
};
