import { isControlPlane, isHollow, nodesOf, type Plan } from '../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../timeline/index.ts';
import type { RunDocument } from '../document.ts';
import { listText } from '../text.ts';

type SettingRead = Extract<TimelineEvent, { readonly type: 'setting.read' }>;

const readAt = (events: readonly TimelineEvent[], at: 'start' | 'end'): readonly SettingRead[] =>
  ofType(events, 'setting.read').filter(({ moment = 'start' }) => moment === at);

/** `component setting`, and `on` which nodes where it was read on others, of what the plan wants read back and is not in `reads`. */
const unreadIn = (plan: Plan, reads: readonly SettingRead[], isWanted: (node: string) => boolean): string[] =>
  plan.profile.expectedSettings.flatMap(({ component, setting }) => {
    const wanted = nodesOf(plan).filter(
      (node) => !isHollow(node) && (component === 'kubelet' || isControlPlane(node)) && isWanted(node),
    );
    const read = new Set(
      reads.flatMap((one) => (one.component === component && one.setting === setting ? [one.node] : [])),
    );
    const unread = wanted.filter((node) => !read.has(node));
    if (unread.length === 0) return [];
    return [`${component} ${setting}${unread.length === wanted.length ? '' : ` on ${listText(unread)}`}`];
  });

/** What was not read back before the load began. */
export const unreadSettings = (plan: Plan, events: readonly TimelineEvent[]): string[] =>
  unreadIn(plan, readAt(events, 'start'), () => true);

/**
 * What was not read again when the load had ended, on nodes that could be asked. Nothing of simulations, nor of what an older
 * skipbeat wrote, which asked only once.
 */
export const unreadAgain = (
  plan: Plan,
  events: readonly TimelineEvent[],
  couldBeAsked: (node: string) => boolean,
): string[] =>
  readAt(events, 'start').some(({ moment }) => moment === 'start')
    ? unreadIn(plan, readAt(events, 'end'), couldBeAsked)
    : [];

/** Attested: something was read back, each reading is as asked, and nothing the plan wants read was left out. */
export const settingsResult = (plan: Plan, events: readonly TimelineEvent[]): RunDocument['settings'] => {
  const differences = ofType(events, 'setting.read')
    .filter(({ same, expected, observed }) => !same || observed !== expected)
    .map(({ component, node, setting, expected, observed, moment }) => ({
      ...{ component, node, setting, expected, observed },
      ...(moment === 'end' ? { moment } : {}),
    }));
  const { length } = readAt(events, 'start');
  return {
    attested: length > 0 && differences.length === 0 && unreadSettings(plan, events).length === 0,
    read: length,
    differences,
  };
};
