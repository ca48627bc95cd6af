import { workloadNamespace } from '../../cluster/index.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { agentNamespace } from '../names.ts';

/** Which Service of a cluster a load is to go to, as it was asked for. */
export type ServiceChoice = {
  readonly namespace: string;
  readonly name: string;
  /** Of the Service, by its number or its name; null: the only one that it has. */
  readonly port: number | string | null;
  /** What is asked for; null: what the scenario says. */
  readonly path: string | null;
};

/** Those that a cluster itself lives on, and ours, where nothing of anybody's is. */
const neverAsked: readonly string[] = [
  ...['kube-system', 'kube-public', 'kube-node-lease'],
  ...[agentNamespace, workloadNamespace],
];

/** @see k8s.io/apimachinery pkg/util/validation: DNS-1123 label; a Service's name is a DNS-1035 label to v1.33 */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** What an HTTP request line can carry as it stands. @see src/load/options.ts */
const requestPath = /^\/[!-"$-~]{0,1023}$/;

const invalid = (option: string, expected: string, received: string, next: string): SkipbeatError =>
  new SkipbeatError(
    'CONTEXT_OPTION_INVALID',
    `--${option}: expected ${expected}, received ${JSON.stringify(received)}.`,
    { exitCode: exitCodes.usage, next },
  );

const portOf = (text: string, received: string): number | string => {
  if (/^\d+$/.test(text)) {
    const port = Number(text);
    if (port >= 1 && port <= 65_535) return port;
  } else if (label.test(text)) return text;
  throw invalid('service', 'a port of the Service, from 1 to 65535 or by its name', received, '--service shop/web:80');
};

/**
 * `shop/web`, `shop/web:8080`, `shop/web:http`. The namespace is always named, and is none that the cluster itself lives on.
 * @throws SkipbeatError CONTEXT_OPTION_INVALID (exit 64)
 */
export const readServiceChoice = (text: string, path: string | null): ServiceChoice => {
  const [, namespace = '', name = '', port = null] = /^([^/:]+)\/([^/:]+)(?::(.*))?$/.exec(text) ?? [];
  if (!label.test(namespace) || !label.test(name)) {
    throw invalid('service', 'NAMESPACE/NAME or NAMESPACE/NAME:PORT', text, '--service shop/web:80');
  }
  if (neverAsked.includes(namespace)) {
    throw invalid(
      'service',
      `a namespace that neither the cluster (${neverAsked.slice(0, 3).join(', ')}) nor skipbeat itself lives on`,
      text,
      'choose a Service of an application of yours',
    );
  }
  if (path !== null && !requestPath.test(path)) {
    throw invalid('service-path', 'a path that starts with / and has no blanks', path, '--service-path /healthz');
  }
  return { namespace, name, port: port === null ? null : portOf(port, text), path };
};

/** `shop/web`. */
export const serviceText = ({ namespace, name }: Pick<ServiceChoice, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`;
