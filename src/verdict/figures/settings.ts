import { isControlPlane, isHollow, nodesOf, type Plan } from '../../plan/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import type { RunDocument } from '../document.ts';
import { ofType } from '../measurement-window.ts';
import { listText } from '../text.ts';

/** `component setting`, and `on` which nodes where it was read on others, of what the plan wants read back and was not. */
export const unreadSettings = (plan: Plan, events: readonly TimelineEvent[]): string[] => {
  const reads = ofType(events, 'setting.read');
  return plan.profile.expectedSettings.flatMap(({ component, setting }) => {
    const wanted = nodesOf(plan).filter((node) => !isHollow(node) && (component === 'kubelet' || isControlPlane(node)));
    const read = new Set(
      reads.flatMap((one) => (one.component === component && one.setting === setting ? [one.node] : [])),
    );
    const unread = wanted.filter((node) => !read.has(node));
    if (unread.length === 0) return [];
    return [`${component} ${setting}${unread.length === wanted.length ? '' : ` on ${listText(unread)}`}`];
  });
};

/** Attested: something was read back, each reading is as asked, and nothing the plan wants read was left out. */
export const settingsResult = (plan: Plan, events: readonly TimelineEvent[]): RunDocument['settings'] => {
  const reads = ofType(events, 'setting.read');
  const differences = reads
    .filter(({ same, expected, observed }) => !same || observed !== expected)
    .map(({ component, node, setting, expected, observed }) => ({ component, node, setting, expected, observed }));
  return {
    attested: reads.length > 0 && differences.length === 0 && unreadSettings(plan, events).length === 0,
    read: reads.length,
    differences,
  };
};
