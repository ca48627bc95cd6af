import { isTree } from '../../common/plain-data.ts';
/**
 * Where two values that came from JSON differ: `profile.effective.nodeMonitorPeriodMs`, `phases[1].durationMs`. Of what
 * only one of them has, the path stands once, not those below it.
 */
export const differingPaths = (one: unknown, other: unknown, at = ''): readonly string[] => {
  if (!isTree(one) || !isTree(other) || Array.isArray(one) !== Array.isArray(other)) {
    return Object.is(one, other) ? [] : [at];
  }
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.flatMap((key) =>
    differingPaths(one[key], other[key], Array.isArray(one) ? `${at}[${key}]` : at === '' ? key : `${at}.${key}`),
  );
};
