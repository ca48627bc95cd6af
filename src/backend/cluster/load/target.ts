import * as z from 'zod';
import { servicePort, workloadNamespace, workloadPath } from '../../../cluster/index.ts';
import { quoteArgument } from '../../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../../common/errors.ts';
import { type PollResult, waitUntil } from '../../../common/wait.ts';
import { type GuestObject, type ServicePlace, serviceText } from '../../../guard/index.ts';
import type { LoadOptions, LoadTarget, RemoteGenerator } from '../../../load/index.ts';
import type { OwnClusterPlace, OwnClusterRun, OwnLoad } from '../context.ts';
import { maxServiceInFlight } from './bounds.ts';
import { broughtWorkload } from './objects.ts';
import { awaitPods, workloadBudgetMs } from './ready.ts';

// Where the requests of a load from inside go to: the workload that a run brings, or a Service that stands there.

/** A Service that has ready endpoints answers at once, or something is between it and the generator. */
const serviceBudgetMs = 20_000;

export type PlacedTarget = {
  readonly target: LoadTarget;
  /** What stands there, for the step's end: `2 endpoints (1 on w01, 1 on w02)`. */
  readonly text: string;
  /** `Service shop/web 10.96.0.7:80`. */
  readonly asked: string;
  readonly limits: Pick<LoadOptions, 'maxInFlight'>;
  /** null: it is the run's own workload. */
  readonly service: ServicePlace | null;
};

const serviceMade = z.object({ spec: z.object({ clusterIP: z.ipv4().or(z.ipv6()) }) });

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

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
    target: { host: clusterIP, port: servicePort, path: workloadPath(plan.workload), entrance: load.entrance },
    asked: `Service ${workloadNamespace}/${service.metadata.name} ${clusterIP}:${servicePort}`,
    ...{ text, limits: {}, service: null },
  };
};

/** Of a Service that stands there nothing is made: that the watch shows its endpoints is waited for. */
const findService = async (
  { plan, signal }: OwnClusterRun,
  { observer }: OwnClusterPlace,
  { entrance }: OwnLoad,
  service: ServicePlace,
): Promise<PlacedTarget> => {
  const { host, port, ready } = service;
  const path = plan.workload.existingService?.path ?? '/';
  await observer.until(
    `the ${many(ready, 'ready endpoint')} of Service ${serviceText(service)}`,
    ({ endpoints }) => (endpoints?.ready === ready ? null : `${endpoints?.ready ?? 'none'} seen`),
    { timeoutMs: serviceBudgetMs, everyMs: 250, signal },
  );
  return {
    target: { host, port, path, entrance },
    text: `${many(ready, 'endpoint')} of Service ${serviceText(service)}`,
    asked: `Service ${serviceText(service)} ${host}:${port}${path}`,
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
 * Has the generator ask once, and again until it is answered as the load counts an answer.
 * @throws SkipbeatError SERVICE_NOT_ANSWERING (exit 75) of a Service that stands there; WAIT_TIMED_OUT (exit 2); the signal's reason
 */
export const askTarget = async (
  { options, signal }: OwnClusterRun,
  generator: RemoteGenerator,
  { target, service }: PlacedTarget,
): Promise<void> => {
  const asked = async (): Promise<PollResult<true>> => {
    const problem = await generator.ask(target);
    return problem === null ? { found: true } : { seen: problem };
  };
  const timeoutMs = service === null ? workloadBudgetMs : serviceBudgetMs;
  await waitUntil('the Service to answer the generator', asked, { timeoutMs, everyMs: 250, signal }).catch(
    (thrown: unknown) => {
      signal.throwIfAborted();
      if (service === null || !(thrown instanceof SkipbeatError) || thrown.code !== 'WAIT_TIMED_OUT') throw thrown;
      throw new SkipbeatError(
        'SERVICE_NOT_ANSWERING',
        `Expected Service ${serviceText(service)} to answer GET http://${target.host}:${target.port}${target.path} from a pod of namespace ${workloadNamespace}, found: ${messageOf(thrown).replaceAll('\n', ' ')} Nothing was done to a node.`,
        {
          exitCode: exitCodes.environment,
          next: `--service-path PATH, or look for what is between: kubectl --context ${quoteArgument(options.survey.context)} --namespace ${service.namespace} get networkpolicies`,
        },
      );
    },
  );
};
