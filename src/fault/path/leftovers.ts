import { succeeded } from '../../common/command.ts';
import { counted } from '../../common/text/counted.ts';
import type { UndoCommand } from '../../journal/index.ts';
import { failureLine } from '../../node/index.ts';
import { unreadable, type Verifier } from '../fault.ts';
import { comparable, difference, listingCommand, marked, removeCommand, type Sysctl, startOf } from './rules.ts';

const timeoutMs = 30_000;

/** What the journal holds of a fault made of rules: enough to tell later that the node is as it was. */
export type Leftovers = {
  readonly mark: string;
  readonly sysctl: Sysctl | null;
  /** All other rules, in comparable form, as they were before. */
  readonly listing: string;
  /** When the node was started that printed it; null where it did not print that. */
  readonly started: string | null;
};

/** @param listing as the node printed it before anything was done */
export const removal = (node: string, mark: string, sysctl: Sysctl | null, listing: string): UndoCommand => ({
  node,
  argv: removeCommand(mark, sysctl),
  timeoutMs,
  before: JSON.stringify({ mark, sysctl, listing: comparable(listing), started: startOf(listing) } satisfies Leftovers),
});

const sysctlNow = async (
  node: string,
  { name, before }: Sysctl,
  ...[exec, signal]: Parameters<Verifier>
): Promise<string | null> => {
  const result = await exec({ node, argv: ['sysctl', '--values', name], timeoutMs }, signal);
  const now = succeeded(result) ? result.stdout.trim() : failureLine(result);
  return now === before ? null : `${name} is ${now}, was ${before}`;
};

/** Whether no rule of ours is left and everything else is as it was before: by the journal alone. */
export const verifyRulesRemoved = ({ node, before }: UndoCommand): Verifier => {
  const { mark, sysctl, listing, started } = JSON.parse(before ?? '{}') as Leftovers;
  return async (exec, signal) => {
    const result = await exec({ node, argv: listingCommand, timeoutMs }, signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const { rules } = marked(result.stdout, mark);
    if (rules > 0)
      return {
        state: 'present',
        evidence: `${counted(rules, 'rule')} of ${mark} ${rules === 1 ? 'is' : 'are'} still there`,
      };
    const startedNow = startOf(result.stdout);
    // A network namespace ends with its node: what a new one holds beside ours is what was made in it since.
    if (started !== null && startedNow !== null && started !== startedNow) {
      return { state: 'absent', evidence: 'no rule of ours; the node was started anew since' };
    }
    const changes = difference(listing, comparable(result.stdout));
    if (changes.length > 0) return { state: 'present', evidence: `rules are not as before: ${changes.join('; ')}` };
    const setting = sysctl === null ? null : await sysctlNow(node, sysctl, exec, signal);
    if (setting !== null) return { state: 'present', evidence: setting };
    return { state: 'absent', evidence: 'no rule of ours, all others as before' };
  };
};
