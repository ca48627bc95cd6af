import * as z from 'zod';
import { type ClusterAccess, workloadNamespace } from '../../cluster/index.ts';
import { contextText } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type Api, createApi, parseAnswer } from '../api/request.ts';
import { agentNamespace } from '../names.ts';
import { serviceText } from '../service/choice.ts';
import { type LoadKind, type Right, rightsOf } from './declared.ts';

const reviewsPath = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

const reviewShape = z.object({
  status: z.object({ allowed: z.boolean(), evaluationError: z.string().optional() }),
});

/** One question: a verb of a right, about one object where the right is about some. */
type Question = Omit<Right, 'verbs' | 'names'> & { readonly verb: string; readonly name: string | null };

const questionsOf = ({ verbs, names, ...rest }: Right): readonly Question[] =>
  verbs.flatMap((verb) => (names ?? [null]).map((name) => ({ ...rest, verb, name })));

const textOf = ({ verb, group, resource, name, namespace }: Question): string =>
  `${verb} ${resource}${group === '' ? '' : `.${group}`}${name === null ? '' : `/${name}`}${namespace === null ? '' : ` in ${namespace}`}`;

type Answered = Question & { readonly isAllowed: boolean; readonly problem: string | null };

const ask = async (api: Api, question: Question, signal: AbortSignal): Promise<Answered> => {
  const [resource, subresource] = question.resource.split('/');
  const { namespace, group, verb, name } = question;
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: {
        ...{ verb, group, resource },
        ...(namespace === null ? {} : { namespace }),
        ...(name === null ? {} : { name }),
        ...(subresource === undefined ? {} : { subresource }),
      },
    },
  };
  const needs = { verb: 'create', resource: 'selfsubjectaccessreviews.authorization.k8s.io' };
  const answer = await api.request('POST', reviewsPath, { needs, signal, body });
  const { allowed, evaluationError } = parseAnswer(api.place, reviewsPath, answer, reviewShape).status;
  return { ...question, isAllowed: allowed, problem: evaluationError ?? null };
};

/** Asked at once: a guest does not flood an API server. */
const atOnce = 8;

/** A right that lacks, and what is then not known: `read …`. */
export type MissingRight = { readonly right: string; readonly why: string };

const rbacFor = (load: LoadKind, isChaosMesh: boolean): string =>
  [
    'rbac',
    ...(load === null ? [] : ['--load']),
    ...(load === null || load === 'workload' ? [] : ['--service', serviceText(load.service)]),
    ...(isChaosMesh ? ['--injector chaos-mesh'] : []),
  ].join(' ');

/**
 * Asks the API server for every right that a run needs, and writes nothing. `load`: that it brings. `isChaosMesh`: who makes its faults.
 * @returns those that lack and are not needed: what they would read is null
 * @throws SkipbeatError RIGHT_MISSING (exit 75) with all that lack; API_UNREACHABLE, CREDENTIALS_REFUSED
 */
export const assertRights = async (
  access: ClusterAccess,
  signal: AbortSignal,
  { load = null, isChaosMesh = false }: { readonly load?: LoadKind; readonly isChaosMesh?: boolean } = {},
): Promise<readonly MissingRight[]> => {
  const api = createApi(access);
  const isMissing = async (namespace: string): Promise<boolean> => {
    const needs = { verb: 'get', resource: `namespaces/${namespace}` };
    const { status } = await api.request('GET', `/api/v1/namespaces/${namespace}`, {
      ...{ needs, signal, takes: [403, 404] },
    });
    return status === 404;
  };
  const makes = {
    namespace: await isMissing(agentNamespace),
    workload: load !== null && (await isMissing(workloadNamespace)),
    ...{ always: true, settings: true, unknown: true },
  };
  const questions = rightsOf(load, isChaosMesh)
    .filter(({ only }) => makes[only])
    .flatMap(questionsOf);
  const answers: Answered[] = [];
  for (let from = 0; from < questions.length; from += atOnce) {
    const some = questions.slice(from, from + atOnce);
    answers.push(...(await Promise.all(some.map((question) => ask(api, question, signal)))));
  }
  const missing = answers.filter(({ isAllowed }) => !isAllowed);
  const needed = missing.filter(({ only }) => only !== 'settings' && only !== 'unknown');
  if (needed.length > 0) {
    const list = needed
      .map(
        (each) =>
          `  - ${textOf(each)}, to ${each.why}${each.problem === null ? '' : ` (the API server adds: ${each.problem})`}`,
      )
      .join('\n');
    throw new SkipbeatError(
      'RIGHT_MISSING',
      `${api.place.server}: expected the rights of a run, found that ${needed.length === 1 ? 'one lacks' : `${needed.length} lack`}:\n${list}`,
      {
        exitCode: exitCodes.environment,
        next: `${skipbeat(rbacFor(load, isChaosMesh))} | kubectl ${contextText(api.place)} apply -f -   (by somebody who may grant them)`,
      },
    );
  }
  return missing.map((each) => ({ right: textOf(each), why: each.why }));
};
