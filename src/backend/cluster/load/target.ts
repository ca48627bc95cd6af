import * as z from 'zod';
import { guestObjects, servicePort, workloadNamespace, workloadPath } from '../../../cluster/index.ts';
import { contextText } from '../../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../../common/errors.ts';
import { counted } from '../../../common/text/counted.ts';
import { type PollResult, waitUntil } from '../../../common/wait.ts';
import {
  type GuestObject,
  ownLabels,
  runLabel,
  runLabelOf,
  type ServicePlace,
  serviceText,
} from '../../../guard/index.ts';
import {
  changesThings,
  type LoadOptions,
  type LoadTarget,
  type RemoteGenerator,
  type RequestForm,
} from '../../../load/index.ts';
import type { Plan } from '../../../plan/index.ts';
import { maxLoadMs } from '../../phases/load.ts';
import type { OwnClusterPlace, OwnClusterRun, OwnLoad } from '../context.ts';
import { loadPod } from './pod.ts';
import { awaitPods, workloadBudgetMs } from './ready.ts';

// What a Service that stands there is asked at most, whatever a scenario says: it is somebody's, and may be in use.

/** Requests a second. A workload of the run's own takes a scenario's 1,000. */
export const maxServiceRatePerSecond = 200;

/** Requests that are under way at once: what is due beyond them is not sent, and is on record as dropped. */
export const maxServiceInFlight = 1000;

/** From the first request to the last, in all repeats together. */
export const maxServiceLoadMs = 3_600_000;

/** Around the load: its pod starts before the workload is ready, and is asked for its last records after the phases. */
const spareMs = 600_000;

/** The labels of everything that the load of a run brings. */
const labelsOf = (run: string) => ({ ...ownLabels, [runLabel]: runLabelOf(run) });

/** The pods of the generators, in their order. Pure but for the generator's files. */
export const generatorPods = ({ generators, image }: OwnLoad, plan: Pick<Plan, 'phases'>, run: string) =>
  generators.map(({ pod, node }) =>
    loadPod({ name: pod, node, image, labels: labelsOf(run), deadlineMs: maxLoadMs(plan) + spareMs }),
  );

/** The workload that a load brings, where it goes to no Service that stands there. Pure. */
export const broughtWorkload = (load: OwnLoad, plan: Pick<Plan, 'workload'>, run: string) =>
  guestObjects(plan.workload, { image: load.workloadImage, nodes: load.workloadNodes, labels: labelsOf(run) });

/** Every object that a load brings into a cluster, in the order in which they are made. */
export const loadObjects = (
  load: OwnLoad,
  plan: Pick<Plan, 'workload' | 'phases'>,
  run: string,
): readonly GuestObject[] => {
  const pods = generatorPods(load, plan, run);
  if (load.service !== null) return pods;
  const { deployment, service } = broughtWorkload(load, plan, run);
  return [...pods, service, deployment];
};

// Where the requests of a load from inside go to: the workload that a run brings, or a Service that stands there.

/** A Service that has ready endpoints answers at once, or something is between it and the generator. */
const serviceBudgetMs = 20_000;
const askEveryMs = 250;

/** How often each generator asks a Service that stands there before the load, at most; what may change something it sends once. */
export const maxAsks = (form: RequestForm): number => (changesThings(form) ? 1 : serviceBudgetMs / askEveryMs);

export type PlacedTarget = {
  /** The same from every generator; the node that each is on is its entrance. */
  readonly target: Omit<LoadTarget, 'entrance'>;
  /** What stands there, for the step's end: `2 endpoints (1 on w01, 1 on w02)`. */
  readonly text: string;
  /** `Service shop/web 10.96.0.7:80`. */
  readonly asked: string;
  readonly limits: Pick<LoadOptions, 'maxInFlight'>;
  /** null: it is the run's own workload. */
  readonly service: ServicePlace | null;
};

const serviceMade = z.object({ spec: z.object({ clusterIP: z.ipv4().or(z.ipv6()) }) });

const bringWorkload = async (
  run: OwnClusterRun,
  place: OwnClusterPlace,
  load: OwnLoad,
  create: (object: GuestObject) => Promise<string>,
): Promise<PlacedTarget> => {
  const { options, plan } = run;
  const { deployment, service } = broughtWorkload(load, plan, options.run);
  const { clusterIP } = serviceMade.parse(JSON.parse(await create(service))).spec;
  await create(deployment);
  const nodes = load.workloadNodes.map((name) => [...options.nodeOf].find(([, node]) => node === name)?.[0] ?? name);
  const text = await awaitPods(run, place, nodes);
  return {
    target: { host: clusterIP, port: servicePort, path: workloadPath(plan.workload) },
    asked: `Service ${workloadNamespace}/${service.metadata.name} ${clusterIP}:${servicePort}`,
    ...{ text, limits: {}, service: null },
  };
};

/** Of a Service that stands there nothing is made: that the watch shows its endpoints is waited for. */
const findService = async (
  { plan, signal }: OwnClusterRun,
  { observer }: OwnClusterPlace,
  { form }: OwnLoad,
  service: ServicePlace,
): Promise<PlacedTarget> => {
  const { host, port, ready } = service;
  const path = plan.workload.existingService?.path ?? '/';
  await observer.until(
    `the ${counted(ready, 'ready endpoint')} of Service ${serviceText(service)}`,
    ({ endpoints }) => (endpoints?.ready === ready ? null : `${endpoints?.ready ?? 'none'} seen`),
    { timeoutMs: serviceBudgetMs, everyMs: 250, signal },
  );
  return {
    target: { ...form, host, port, path },
    text: `${counted(ready, 'endpoint')} of Service ${serviceText(service)}`,
    asked: `Service ${serviceText(service)} ${form.tls === undefined ? '' : 'over TLS '}${host}:${port}${path}`,
    ...{ limits: { maxInFlight: maxServiceInFlight }, service },
  };
};

/**
 * Brings what is asked, or finds it there.
 * @throws SkipbeatError WORKLOAD_NOT_ADMITTED, WORKLOAD_NOT_READY (exit 75), NOT_SEEN_IN_TIME; the signal's reason
 */
export const bringTarget = (
  run: OwnClusterRun,
  place: OwnClusterPlace,
  load: OwnLoad,
  create: (object: GuestObject) => Promise<string>,
): Promise<PlacedTarget> =>
  load.service === null ? bringWorkload(run, place, load, create) : findService(run, place, load, load.service);

/**
 * Has a generator ask once, and again until it is answered as the load counts an answer. What may change something is asked again only where no
 * connection came about.
 * @throws SkipbeatError SERVICE_NOT_ANSWERING (exit 75) of a Service that stands there; WAIT_TIMED_OUT (exit 2); the signal's reason
 */
export const askTarget = async (
  { options, signal }: OwnClusterRun,
  generator: RemoteGenerator,
  { target, service }: PlacedTarget,
): Promise<void> => {
  const notAnswering = (found: string): SkipbeatError =>
    new SkipbeatError(
      'SERVICE_NOT_ANSWERING',
      `Expected Service ${service === null ? '' : serviceText(service)} to answer ${target.method ?? 'GET'} ${target.tls === undefined ? 'http' : 'https'}://${target.host}:${target.port}${target.path} from a pod of namespace ${workloadNamespace}, found: ${found} Nothing was done to a node.`,
      {
        exitCode: exitCodes.environment,
        next: `--service-path PATH, or look for what is between: kubectl ${contextText(options.survey)} --namespace ${service?.namespace ?? workloadNamespace} get networkpolicies`,
      },
    );
  const asked = async (): Promise<PollResult<true>> => {
    const { problem, isSent } = await generator.ask(target);
    if (problem === null) return { found: true };
    if (isSent && changesThings(target)) throw notAnswering(`${problem}, and it is not sent again.`);
    return { seen: problem };
  };
  const timeoutMs = service === null ? workloadBudgetMs : serviceBudgetMs;
  await waitUntil('the Service to answer the generator', asked, { timeoutMs, everyMs: askEveryMs, signal }).catch(
    (thrown: unknown) => {
      signal.throwIfAborted();
      if (service === null || !(thrown instanceof SkipbeatError) || thrown.code !== 'WAIT_TIMED_OUT') throw thrown;
      throw notAnswering(messageOf(thrown).replaceAll('\n', ' '));
    },
  );
};
