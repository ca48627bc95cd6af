import * as z from 'zod';
import type { Frozen } from '../../common/frozen.ts';

export const settingShape = z.strictObject({
  ms: z.number().nullable().describe('null: not known.'),
  source: z.enum(['manifest', 'default', 'given', 'inferred']).nullable(),
  from: z.string().nullable().describe('The pod, the version or the option that says it.'),
});

/** A setting of kube-controller-manager, and who says it. */
export type Setting = Frozen<z.infer<typeof settingShape>>;

export const saidShape = z.strictObject({
  /** Every nodeMonitorGracePeriod that the control plane has said, each value once. */
  graces: z.array(settingShape),
  monitorPeriod: settingShape,
  /** Why it could not be read when it was asked last; null: it could. */
  problem: z.string().nullable(),
});

/** What the control plane has said of its settings so far. */
export type Said = Frozen<z.infer<typeof saidShape>>;

/** More than one value is as much as not known, however many they are. */
const maxGraces = 20;

export const unknownSetting: Setting = { ms: null, source: null, from: null };

export const nothingSaid: Said = {
  graces: [],
  monitorPeriod: unknownSetting,
  problem: 'nobody has asked',
};

export type Reading = { readonly grace: Setting; readonly monitorPeriod: Setting; readonly problem: string | null };

/** @returns the same with one more reading; one that failed says nothing, and is kept as what came last */
export const withReading = (said: Said, { grace, monitorPeriod, problem }: Reading): Said => {
  const isNew = grace.ms !== null && said.graces.every(({ ms }) => ms !== grace.ms);
  return {
    graces: isNew ? [...said.graces, grace].slice(0, maxGraces) : said.graces,
    monitorPeriod: monitorPeriod.ms === null ? said.monitorPeriod : monitorPeriod,
    problem,
  };
};
