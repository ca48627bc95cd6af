import { exitCodes, SkipbeatError } from '../../common/errors.ts';

/** Which nodes a person asks for. */
export type NodeChoice =
  | { readonly names: readonly string[] }
  /** All of them have to hold. */
  | { readonly selector: readonly { readonly label: string; readonly value: string; readonly isEqual: boolean }[] };

const label = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/;
const value = /^(?:[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)?$/;
/** @see k8s.io/apimachinery pkg/util/validation, DNS-1123 subdomain */
const nodeName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

const invalid = (expected: string, received: string): SkipbeatError =>
  new SkipbeatError('NODES_INVALID', `--nodes: expected ${expected}, received ${JSON.stringify(received)}.`, {
    exitCode: exitCodes.usage,
    next: '--nodes pool=chaos   (by label), or --nodes worker-7,worker-8   (by name)',
  });

/**
 * `pool=chaos,disk!=ssd` is a selector, as kubectl's `-l` has them; `worker-7,worker-8` are names, in which no `=` may be.
 * @throws SkipbeatError NODES_INVALID (exit 64)
 */
export const readNodeChoice = (text: string): NodeChoice => {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.some((part) => part === '')) throw invalid('labels or names, separated by commas', text);
  if (!parts.some((part) => part.includes('='))) {
    const wrong = parts.find((part) => !nodeName.test(part));
    if (wrong !== undefined) throw invalid("a selector such as pool=chaos, or nodes' names", wrong);
    const twice = parts.find((part, index) => parts.indexOf(part) !== index);
    if (twice !== undefined) throw invalid('each node once', twice);
    return { names: parts };
  }
  return {
    selector: parts.map((part) => {
      const found = /^([^=!]+?)\s*(!=|==?)\s*(.*)$/.exec(part);
      const [, key = '', sign = '', wanted = ''] = found ?? [];
      if (!label.test(key) || !value.test(wanted)) throw invalid('label=value or label!=value', part);
      return { label: key, value: wanted, isEqual: sign !== '!=' };
    }),
  };
};

type Requirement = Extract<NodeChoice, { readonly selector: unknown }>['selector'][number];
type Labelled = { readonly name: string; readonly labels: Readonly<Record<string, string>> };

/** As the API server matches: a node without the label is not equal to any value. */
const holds = ({ label: key, value: wanted, isEqual }: Requirement, { labels }: Labelled): boolean =>
  (labels[key] === wanted) === isEqual;

export const selects = (choice: NodeChoice, node: Labelled): boolean =>
  'names' in choice ? choice.names.includes(node.name) : choice.selector.every((each) => holds(each, node));

/** Which requirements of a selector a node does not meet. */
export const unmet = (choice: NodeChoice, node: Labelled): readonly Requirement[] =>
  'names' in choice ? [] : choice.selector.filter((each) => !holds(each, node));
