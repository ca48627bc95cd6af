import type { Plan } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import type { RunDocument } from './document.ts';
import { ofType } from './outline.ts';

/** `component setting`, of what the plan wants read back and no process was asked for. */
export const unreadSettings = (plan: Plan, events: readonly TimelineEvent[]): string[] => {
  const read = new Set(ofType(events, 'setting.read').map(({ component, setting }) => `${component} ${setting}`));
  return plan.profile.expectedSettings
    .map(({ component, setting }) => `${component} ${setting}`)
    .filter((wanted) => !read.has(wanted));
};

/** Attested: something was read back, each reading is as asked, and nothing the plan wants read was left out. */
export const settingsResult = (plan: Plan, events: readonly TimelineEvent[]): RunDocument['settings'] => {
  const reads = ofType(events, 'setting.read');
  const differences = reads
    .filter(({ same }) => !same)
    .map(({ component, node, setting, expected, observed }) => ({ component, node, setting, expected, observed }));
  return {
    attested: reads.length > 0 && differences.length === 0 && unreadSettings(plan, events).length === 0,
    read: reads.length,
    differences,
  };
};
