import { shownValue } from '../../shown.ts';
import type { ConfigFiles } from '../../types.ts';
import { bearsOnRun, type LeftOut, leftOut, type RunScope } from '../left-out.ts';
import { type Remark, remark } from './remark.ts';

/**
 * What acts beside every figure. A review names it as what no run brings in; where something is run, what has no part in
 * that is a note.
 */
export const asideRemarks = ({ asides }: ConfigFiles, scope: RunScope | null): readonly Remark[] =>
  asides.map((each) => {
    const weight = scope === null || bearsOnRun(each, scope) ? 'notRun' : 'note';
    return remark(weight, each, `${each.key} ${shownValue(each.key, each.value)}: ${each.text}`);
  });

/** What neither a run nor the model has, but for what other remarks name already. */
export const leftOutRemarks = (
  configFiles: ConfigFiles,
  minor: number,
  others: readonly Remark[],
): readonly Remark[] => {
  const isNamed = ({ origin, name }: LeftOut): boolean =>
    others.some(
      (each) =>
        each.origin === origin &&
        ['fatal', 'unknown', 'unread', 'notRun'].includes(each.weight) &&
        name.split('.').some((word) => each.text.includes(word)),
    );
  return leftOut(configFiles, minor)
    .filter((each) => !isNamed(each))
    .map((each) => remark('notRun', each, each.text));
};
