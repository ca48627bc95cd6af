import { type PollResult, waitUntil } from '../common/wait.ts';
import type { NodeExec } from '../node/index.ts';

/** A node boots within some ten seconds; after an engine's restart all of them do at once. */
const bootMs = 120_000;

/** systemd's words for a machine that has come up, with or without a unit that failed. @see systemctl(1), is-system-running */
const up = ['running', 'degraded'];

/** Waits until a node that runs has booted: after an engine's restart it is asked before its systemd answers. */
export const awaitBooted = (exec: NodeExec, node: string): Promise<true> => {
  const probe = async (signal: AbortSignal): Promise<PollResult<true>> => {
    const asked = await exec({ node, argv: ['systemctl', 'is-system-running'], timeoutMs: 10_000 }, signal);
    const state = asked.stdout.trim();
    return up.includes(state) ? { found: true } : { seen: `its systemd is ${state || 'not answering yet'}` };
  };
  const { signal } = new AbortController();
  return waitUntil(`${node} to have booted`, probe, { timeoutMs: bootMs, everyMs: 500, signal });
};
