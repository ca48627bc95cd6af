import { quoteArgument } from '../common/command.ts';
import type { Plan } from '../plan/index.ts';
import type { RunDocument } from '../verdict/index.ts';

/** What a person types to have the run once more. */
export type Again = {
  /** All that comes after the program's name: `run soak.yaml --context staging --nodes pool=chaos`. */
  readonly run: string;
  /** The scenario, as it is typed: a name, or the path of its file. */
  readonly scenario: string;
  /** Of a cluster that somebody has, as options: `--context staging`; null: not known, or there is none. */
  readonly context: string | null;
};

const loadOptions = (
  { requests }: Pick<RunDocument, 'requests'>,
  { workload, load }: Pick<Plan, 'workload' | 'load'>,
): string => {
  if (requests.offered === 0) return '';
  const pods = load.generators === undefined ? ' --load-from pod' : ` --load-from pod --load-pods ${load.generators}`;
  if (workload.existingService === undefined) return pods;
  const { namespace, name, port, path, method, tls, headers = [], bodyBytes } = workload.existingService;
  const { host = 'VALUE', serverName } = workload.existingService;
  const asked = [
    path === '/' ? '' : ` --service-path ${quoteArgument(path)}`,
    method === undefined ? '' : ` --service-method ${method}`,
    tls === undefined ? '' : tls === 'insecure' ? ' --service-insecure' : ' --service-ca FILE',
    serverName === undefined ? '' : ` --service-host ${quoteArgument(serverName)}`,
    ...headers.map((header) => {
      const said = header.toLowerCase() === 'host' ? host : 'VALUE';
      return ` --service-header ${quoteArgument(`${header}: ${said}`)}`;
    }),
    bodyBytes === undefined ? '' : ' --service-body FILE',
  ].join('');
  return `${pods} --service ${namespace}/${name}:${port}${asked}`;
};

/**
 * Options by which a run is made once more where it was made, as far as its record says them: of a cluster that somebody has,
 * which context and which nodes is for a person to say. Empty for a cluster of its own. Pure.
 */
export const placeOptions = (
  document: Pick<RunDocument, 'backend' | 'requests'>,
  plan: Pick<Plan, 'workload' | 'load'>,
): string => {
  if (document.backend === 'cluster') return ` --context NAME --nodes WHICH${loadOptions(document, plan)}`;
  // Without it the same scenario would be run on a real cluster wherever one can be made.
  return document.backend === 'model' ? ' --backend model' : '';
};
