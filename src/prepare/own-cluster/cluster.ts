import { randomBytes } from 'node:crypto';
import { type ActOptions, actsOf, type PreparedAct } from '../../agent/index.ts';
import type { RequestForm } from '../../backend/index.ts';
import {
  loadObjects,
  maxLoadMs,
  maxServiceLoadMs,
  maxServiceRatePerSecond,
  ownClusterBackend,
} from '../../backend/index.ts';
import { loadClient, openContext } from '../../cluster/index.ts';
import { contextText, type NamedContext } from '../../common/command.ts';
import { formatDuration } from '../../common/duration.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import {
  admissionPod,
  assertConfirmed,
  assertPodSecurity,
  assertRights,
  assertWorkloadAdmitted,
  chooseTargets,
  confirmQuestion,
  eligibleNodes,
  readService,
  type ServiceChoice,
  type ServicePlace,
  serviceText,
  surveyCluster,
} from '../../guard/index.ts';
import { hitBy, makePlan, type Plan } from '../../plan/index.ts';
import type { Scenario } from '../../scenario/index.ts';
import type { Prepared } from '../prepared.ts';
import {
  assertForContext,
  assertLoadForContext,
  assertShort,
  mapNodes,
  onCluster,
  placeLoad,
  refused,
} from './adapt.ts';
import { askChaosMesh, assertForInjector, chaosMeshText, networkChaosObjects } from './chaos-mesh.ts';
import { type OwnClusterOption, readOwnClusterOptions } from './options.ts';
import { beforeText, eligibleText, loadKind, loadText } from './text.ts';

/**
 * Refuses a load that is more than a Service of somebody's is ever asked: before anybody is asked anything.
 * @throws SkipbeatError SCENARIO_NOT_FOR_CONTEXT (exit 64)
 */
export const assertServiceLoad = (scenario: Scenario): void => {
  const { ratePerSecond, through = 'untouched' } = scenario.load;
  if (through !== 'untouched')
    throw refused(scenario, 'its load comes through nodes that faults hit, and the generator is on none of these');
  if (ratePerSecond > maxServiceRatePerSecond)
    throw refused(
      scenario,
      `it asks for ${ratePerSecond} requests a second, and a Service of --service gets at most ${maxServiceRatePerSecond}: --set load.ratePerSecond=${maxServiceRatePerSecond}`,
    );
};

/** The same of its length in all repeats together, once that is planned. @throws SkipbeatError SCENARIO_NOT_FOR_CONTEXT (exit 64) */
export const assertServiceTime = (scenario: Scenario, plan: Pick<Plan, 'phases' | 'repeats'>): void => {
  const loadMs = maxLoadMs(plan) * plan.repeats;
  if (loadMs > maxServiceLoadMs)
    throw refused(
      scenario,
      `its load may last ${formatDuration(loadMs)}${plan.repeats === 1 ? '' : ` in its ${plan.repeats} repeats`}, and a Service of --service gets one for at most ${formatDuration(maxServiceLoadMs)}`,
    );
};

/** The scenario with a Service that stands there in the place of its workload, none of which is brought. Pure. */
export const onService = (
  scenario: Scenario,
  place: ServicePlace,
  { path }: ServiceChoice,
  { method, headers = [], body, tls }: RequestForm = {},
): Scenario => {
  const { namespace, name, port, ready } = place;
  const asked = path ?? scenario.workload.manifest?.path ?? '/';
  const host = headers.find(([header]) => header.toLowerCase() === 'host')?.[1];
  const isOwnName = tls === undefined || tls.serverName === `${name}.${namespace}.svc`;
  const existingService = {
    ...{ namespace, name, port, path: asked },
    ...(method === undefined ? {} : { method }),
    ...(tls === undefined ? {} : ({ tls: tls.ca === null ? 'insecure' : 'verified' } as const)),
    ...(headers.length === 0 ? {} : { headers: headers.map(([header]) => header) }),
    ...(host === undefined ? {} : { host }),
    ...(isOwnName ? {} : { serverName: tls.serverName }),
    ...(body === undefined ? {} : { bodyBytes: Buffer.byteLength(body) }),
  };
  return { ...scenario, workload: { replicas: ready, existingService } };
};

/** The scenario with so many generators of its load. Pure. */
export const withGenerators = (scenario: Scenario, generators: number): Scenario =>
  generators === 1 ? scenario : { ...scenario, load: { ...scenario.load, generators } };

export type OwnClusterHuman = {
  /** Takes lines for the person who waits. */
  readonly notify: (line: string) => void;
  /** Asks on the terminal, and resolves with what was typed; null: there is none. */
  readonly ask: ((question: string) => Promise<string>) | null;
};

/** Every act of a plan, as it will be: for a person to read. */
const actsFor = async (
  plan: Plan,
  tail: string,
  options: Omit<ActOptions, 'id' | 'lengthMs'>,
): Promise<readonly PreparedAct[]> => {
  const faults = plan.phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []));
  const acts = faults.flatMap((fault) =>
    fault.occurrences.map(({ id, startMs, endMs }) =>
      actsOf(fault, {
        id: `${tail}-${id.replaceAll('.', '-')}`,
        lengthMs: Math.round(endMs - startMs),
        ...options,
      }),
    ),
  );
  return (await Promise.all(acts)).flat();
};

export const nodesMissing = (named: NamedContext): SkipbeatError =>
  new SkipbeatError('NODES_MISSING', '--nodes: expected which nodes may be hit, by label or by name, found none.', {
    exitCode: exitCodes.usage,
    next: `--nodes LABEL=VALUE or --nodes NAME; to only watch:  ${skipbeat(`watch ${contextText(named)}`)}`,
  });

/**
 * Makes a run on somebody's cluster ready: surveys it, chooses the nodes, asks for every right and for admission, shows what
 * would be done, and asks for proof that this cluster is meant. All of it only reads.
 * @throws SkipbeatError what is in the way: usage (64), the cluster (75)
 */
export const prepareOwnCluster = async (
  scenario: Scenario,
  option: OwnClusterOption,
  { notify, ask }: OwnClusterHuman,
): Promise<Prepared> => {
  const asked = readOwnClusterOptions(option);
  assertForContext(scenario);
  const wanted = asked.load?.service ?? null;
  if (wanted !== null) assertServiceLoad(scenario);
  else if (asked.load !== null) assertLoadForContext(scenario);
  const { signal } = new AbortController();
  const access = openContext(await loadClient(), { ...asked, env: process.env });
  const survey = await surveyCluster(access, signal);
  const service = wanted === null ? null : await readService(access, wanted, survey.serverVersion, signal);
  const cluster = onCluster(scenario, survey);
  const served = wanted === null || service === null ? cluster : onService(cluster, service, wanted, asked.load?.form);
  const adapted = withGenerators(served, asked.load?.pods ?? 1);
  if (
    scenario.cluster.kubernetes !== adapted.cluster.kubernetes &&
    !scenario.cluster.kubernetes.startsWith(`${adapted.cluster.kubernetes}.`)
  ) {
    notify(
      `the scenario is written for ${scenario.cluster.kubernetes}; the cluster runs ${survey.serverVersion}, and the plan is made for that`,
    );
  }
  const plan = makePlan(adapted, { kubernetesVersion: survey.serverVersion });
  assertShort(scenario, plan, asked.maxMs);
  assertForInjector(scenario, plan, asked);
  if (service !== null) assertServiceTime(scenario, plan);
  const tail = randomBytes(3).toString('hex');
  const { maxMs, choice, injector } = asked;
  const acting = { maxMs, apiServers: survey.apiServerPlaces, injector, signal };
  const named = `${plan.scenario}-${tail}`;
  if (choice === null) {
    const acts = await actsFor(plan, tail, { ...acting, nodeOf: (target) => `<node for ${target}>` });
    const chaos = chaosMeshText(networkChaosObjects(acts, survey, named));
    for (const line of eligibleText(survey, eligibleNodes(survey), acts, asked, chaos)) notify(line);
    throw nodesMissing(asked);
  }
  const chosen = chooseTargets(survey, { choice, wanted: hitBy(plan).size, maxNodes: asked.maxNodes });
  const nodeOf = mapNodes(plan, survey, chosen);
  const load = asked.load === null ? null : { ...asked.load, service, ...placeLoad(plan, survey, chosen, nodeOf) };
  const missing = await assertRights(access, signal, {
    ...{ load: loadKind(asked), isChaosMesh: injector === 'chaos-mesh' },
  });
  await assertPodSecurity(access, signal, admissionPod(asked.agentImage));
  if (load !== null) {
    await assertWorkloadAdmitted(access, loadObjects(load, plan, `admission-${tail}`), signal);
  }
  const acts = await actsFor(plan, tail, { ...acting, nodeOf: (target) => nodeOf.get(target) ?? '' });
  const objects = networkChaosObjects(acts, survey, named);
  const unknown = injector === 'agent' ? [] : await askChaosMesh(access, objects, survey, signal);
  const beside = [...loadText(plan, load, chosen), ...chaosMeshText(objects), ...unknown];
  for (const line of beforeText(survey, acts, missing, { ...asked, repeats: plan.repeats }, beside)) notify(line);
  const meant = { ...survey, service: service === null ? null : serviceText(service) };
  const typed = asked.uid !== null || ask === null ? null : await ask(confirmQuestion(meant));
  assertConfirmed(meant, { uid: asked.uid, typed });
  return {
    plan,
    begin: (_, startedAt) => {
      const run = `${startedAt.toISOString().replaceAll(':', '-')}-${plan.scenario}-${tail}`;
      const { agentImage } = asked;
      const backend = ownClusterBackend({
        access,
        survey,
        choice,
        run,
        tail,
        nodeOf,
        agentImage,
        injector,
        maxMs,
        load,
      });
      return { backend, end: () => [] };
    },
  };
};
