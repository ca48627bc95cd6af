import { type Answer, type Ask, apiAway, causeOf, isLate, type Place, refusalOf } from '../../cluster/index.ts';
import { contextText } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { docsPage } from '../../common/package.ts';
import type { Missing } from '../document-shape.ts';

export const nodesPath = '/api/v1/nodes';
export const leasesPath = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

/** Its UID is that of the cluster. */
export const identityPath = '/api/v1/namespaces/kube-system';

export type Identity = {
  /** Of the namespace kube-system; null: the token may not read it. */
  readonly clusterUid: string | null;
  /** `v1.34.4`; null likewise. */
  readonly kubernetesVersion: string | null;
  readonly missing: readonly Missing[];
};

const timeoutMs = 10_000;

type Needed = { readonly path: string; readonly verb: 'list' | 'watch'; readonly resource: string };

const assertAllowed = (answer: Answer, { verb, resource }: Needed, place: Place): void => {
  const { server } = place;
  const kubectl = `kubectl ${contextText(place)}`;
  if (answer.status === 200) return;
  if (answer.status === 401) {
    throw new SkipbeatError(
      'CREDENTIALS_REFUSED',
      `${server}: expected the context's credentials to be taken, found ${refusalOf(answer)}.`,
      { exitCode: exitCodes.environment, next: `renew them, then ${kubectl} get nodes` },
    );
  }
  if (answer.status === 403) {
    throw new SkipbeatError(
      'RIGHT_MISSING',
      `expected the right to ${verb} ${resource}, found: ${refusalOf(answer)}.`,
      {
        exitCode: exitCodes.environment,
        next: `${kubectl} auth can-i ${verb} ${resource.replace(' in ', ' -n ')}   (${docsPage('watch.md#rights')} has the rights that watch needs)`,
      },
    );
  }
  throw apiAway(place, refusalOf(answer));
};

const required: readonly Needed[] = [
  { path: `${nodesPath}?limit=1`, verb: 'list', resource: 'nodes' },
  { path: `${leasesPath}?limit=1`, verb: 'list', resource: 'leases.coordination.k8s.io in kube-node-lease' },
];

/** null: what was answered is of another form; somebody between here and there may have said it. */
const readOr = <T>(read: () => T | null): T | null => {
  try {
    return read();
  } catch {
    return null;
  }
};

const versionOf = (text: string): string | null => {
  const { gitVersion } = JSON.parse(text) as { gitVersion?: unknown };
  return typeof gitVersion === 'string' ? (/^v\d+\.\d+\.\d+/.exec(gitVersion)?.[0] ?? null) : null;
};

/** The UID in an answer from `identityPath`; null: it does not say it. */
export const uidOf = (text: string): string | null =>
  readOr(() => (JSON.parse(text) as { metadata: { uid?: string } }).metadata.uid ?? null);

/**
 * Finds out whether what has to be read can be read, by reading it, and which cluster this is.
 * @throws SkipbeatError API_UNREACHABLE, CREDENTIALS_INVALID, CREDENTIALS_REFUSED, RIGHT_MISSING (all exit 75); the signal's reason
 */
export const probeCluster = async (ask: Ask, place: Place, signal: AbortSignal): Promise<Identity> => {
  const get = async (path: string): Promise<Answer> => {
    try {
      return await ask(path, { timeoutMs, signal });
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof SkipbeatError) throw thrown;
      throw apiAway(place, isLate(thrown) ? `none within ${timeoutMs / 1000} s` : causeOf(thrown), thrown);
    }
  };
  for (const needed of required) {
    const listed = await get(needed.path);
    assertAllowed(listed, needed, place);
    const version = readOr(
      () => (JSON.parse(listed.text) as { metadata: { resourceVersion?: string } }).metadata.resourceVersion ?? null,
    );
    if (version === null) throw apiAway(place, `HTTP 200 from ${needed.path} without a list`);
    const from = encodeURIComponent(version);
    const watch = `${needed.path}&watch=true&timeoutSeconds=1&resourceVersion=${from}`;
    assertAllowed(await get(watch), { ...needed, verb: 'watch' }, place);
  }
  const missing: Missing[] = [];
  const optional = async <T>(
    path: string,
    what: Omit<Missing, 'reason'>,
    read: (text: string) => T | null,
  ): Promise<T | null> => {
    const answer = await get(path);
    const found = answer.status === 200 ? readOr(() => read(answer.text)) : null;
    if (found === null) {
      missing.push({ ...what, reason: answer.status === 200 ? 'an answer that does not say it' : refusalOf(answer) });
    }
    return found;
  };
  const kubernetesVersion = await optional(
    '/version',
    { what: 'the version of Kubernetes', verb: 'get', resource: '/version' },
    versionOf,
  );
  const clusterUid = await optional(
    identityPath,
    { what: "the cluster's UID", verb: 'get', resource: 'namespaces kube-system' },
    uidOf,
  );
  return { kubernetesVersion, clusterUid, missing };
};
