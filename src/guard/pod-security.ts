import { type Answer, type ClusterAccess, refusalOf, saysNotThere } from '../cluster/index.ts';
import { contextText } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { type Api, createApi } from './api/request.ts';
import { agentNamespace, ownLabels } from './names.ts';
import { namespaceLabels } from './rights/rbac.ts';

const namespacesPath = '/api/v1/namespaces';
const dryRun = 'dryRun=All';

/** All that admission could mind of an agent. @param image the agents' own, for policies about images */
export const admissionPod = (image: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'skipbeat-admission', namespace: agentNamespace, labels: ownLabels },
  spec: {
    hostPID: true,
    hostNetwork: true,
    restartPolicy: 'Never',
    tolerations: [{ operator: 'Exists' }],
    automountServiceAccountToken: false,
    containers: [{ name: 'agent', image, securityContext: { privileged: true, runAsUser: 0 } }],
  },
});

const refused = ({ place }: Api, what: string, found: string): SkipbeatError =>
  new SkipbeatError('POD_SECURITY_REFUSED', `${place.server}: expected ${what} to be admitted, found: ${found}.`, {
    exitCode: exitCodes.environment,
    next: `kubectl ${contextText(place)} label namespace ${agentNamespace} pod-security.kubernetes.io/enforce=privileged --overwrite   (where its owner agrees)`,
  });

/** Those that admission answers with: it refuses (403), finds it invalid (422), or cannot run dry (400). */
const answered = [400, 403, 404, 422];

/** A webhook may refuse with 404, too: then the namespace is there. @see kubernetes plugin/pkg/admission/namespace/lifecycle */
const isWithoutNamespace = ({ status, text }: Answer): boolean =>
  status === 404 && saysNotThere(`${namespacesPath}/${agentNamespace}`, text);

/**
 * Asks admission, by dry runs, whether a privileged pod may be made in the agents' namespace: Pod Security, policies and
 * webhooks answer as they would. Writes nothing.
 *
 * Where the namespace is not there, nobody can be asked about the pod: a pod's namespace has to be (NamespaceLifecycle).
 * Then only the namespace is asked about, with the labels that make Pod Security admit privileged pods: a namespace's own
 * labels go before the cluster's default. Other policies are asked about the pod once the namespace is there, by
 * `holdCluster`, which removes it again where they refuse.
 * @see kubernetes plugin/pkg/admission/namespace/lifecycle, k8s.io/pod-security-admission admission.go at v1.34.4
 * @param pod as `admissionPod` makes it, or the agent's own
 * @returns whether admission has answered for the pod itself
 * @throws SkipbeatError POD_SECURITY_REFUSED (exit 75); as `Api.request`
 */
export const assertPodSecurity = async (
  access: ClusterAccess,
  signal: AbortSignal,
  pod: object,
): Promise<'pod' | 'namespace'> => {
  const api = createApi(access);
  const podNeeds = { verb: 'create', resource: `pods in ${agentNamespace}` };
  const there = await api.request('POST', `${namespacesPath}/${agentNamespace}/pods?${dryRun}`, {
    ...{ needs: podNeeds, signal, body: pod, takes: [...answered, 409] },
  });
  // Under its name one stands: it was admitted to be there.
  if (there.status < 300 || there.status === 409) return 'pod';
  if (!isWithoutNamespace(there)) throw refused(api, `a privileged pod in ${agentNamespace}`, refusalOf(there));
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: agentNamespace, labels: namespaceLabels },
  };
  const made = await api.request('POST', `${namespacesPath}?${dryRun}`, {
    ...{ needs: { verb: 'create', resource: 'namespaces' }, signal, body: namespace, takes: [...answered, 409] },
  });
  // Somebody has made it meanwhile: it is asked about as one that is there.
  if (made.status === 409) return assertPodSecurity(access, signal, pod);
  if (made.status >= 300) throw refused(api, `a namespace for privileged pods, ${agentNamespace},`, refusalOf(made));
  return 'namespace';
};
