import type * as z from 'zod';
import type { RunSchemaName } from '../../common/schemas.ts';
import type { LineCheck } from '../../timeline/index.ts';

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('');

const maxShown = 3;

type Issue = z.core.$ZodIssue;

/** Of a union's complaints those of the one form that was meant: whose fixed words the value has, with the fewest. */
const innermost = (issue: Issue): readonly Issue[] => {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const wrongText = (errors: readonly Issue[]): number =>
    errors.filter(({ code, path }) => code === 'invalid_value' && path.length === 1).length;
  const [meant = []] = issue.errors.toSorted((a, b) => wrongText(a) - wrongText(b) || a.length - b.length);
  if (meant.every(({ path, code }) => path.length === 0 && code === 'invalid_type')) return [issue];
  return meant.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] } as Issue));
};

const issueText = ({ path, message }: Issue): string => {
  const text = message
    .replace(/^Invalid (input|option): /, '')
    .replace(/^Invalid discriminator value\. Expected /, 'expected ')
    .replace(/^Invalid input$/, 'of no form that is known');
  return path.length === 0 ? text : `${pathText(path)}: ${text}`;
};

const message = ({ issues }: z.ZodError): string => {
  const all = issues.flatMap(innermost).map(issueText);
  return [...all.slice(0, maxShown), ...(all.length > maxShown ? [`… and ${all.length - maxShown} more`] : [])].join(
    '; ',
  );
};

/**
 * What says whether a value is what a file of a run's folder has to hold, as `skipbeat schema` describes it; in words where
 * not. The shapes are loaded only now: who reads nothing has no use for them.
 */
export const checkOf = async (name: RunSchemaName): Promise<LineCheck> => {
  const { shapes } = await import('../shapes.ts');
  const shape = shapes[name];
  return (value) => {
    const read = shape.safeParse(value);
    return read.success ? null : message(read.error);
  };
};
