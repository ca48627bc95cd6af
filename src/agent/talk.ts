import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { V1Pod } from '@kubernetes/client-node';
import type { ClusterAccess } from '../cluster/index.ts';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { unlessAborted } from '../common/wait.ts';
import { agentNamespace } from '../guard/index.ts';
import { actFolder } from './scripts.ts';

/** One reading of a node's clock: asked for and answered at these times of the run's clock, ms. */
type ClockProbe = { readonly fromMs: number; readonly toMs: number; readonly nodeMs: number };

/** The clock of a node beside the run's: `nodeMs + offsetMs` is the run's time, wrong by `errorMs` at most. */
export type NodeClock = { readonly offsetMs: number; readonly errorMs: number };

/** /proc/uptime is cut to hundredths of a second. */
export const stepMs = 10;

/**
 * Where every reading puts the node's clock at once: it was read between the question and the answer, and showed a time
 * that was past by less than a step. Pure.
 * @returns null where no offset fits all of them: one of the clocks jumped, or one is no clock
 */
export const clockOf = (probes: readonly ClockProbe[]): NodeClock | null => {
  if (probes.length === 0) return null;
  const earliest = Math.max(...probes.map(({ fromMs, nodeMs }) => fromMs - nodeMs - stepMs));
  const latest = Math.min(...probes.map(({ toMs, nodeMs }) => toMs - nodeMs));
  if (earliest > latest) return null;
  const round = (ms: number): number => Math.round(ms * 1000) / 1000;
  return { offsetMs: round((earliest + latest) / 2), errorMs: round((latest - earliest) / 2) };
};

/** A word to an agent before its fault, and what its node answers. The kubelet has to be well: it carries both. */
export type AgentTalk = {
  /** The node's own clock beside the run's, by so many readings. @throws SkipbeatError AGENT_SILENT (exit 75) */
  readonly clock: (nowMs: () => number) => Promise<NodeClock>;
  /** Hands over when it is to go. Resolves once that lies on the node. @throws SkipbeatError AGENT_SILENT (exit 75) */
  readonly go: (atMs: number) => Promise<void>;
  readonly close: () => void;
};

/**
 * Answers words by lines, until its input ends.
 * Arguments: the file of the word to go.
 */
const talkScript = `
while read -r word at; do
  case "$word" in
    clock) read -r up rest < /proc/uptime; echo "clock $up" ;;
    go) printf '%s' "$at" > "$0.new" && mv "$0.new" "$0" && echo going ;;
  esac
done
`;

/** With so many readings the clock of a node, which has steps of 10 ms, is known to a few ms where the way to it is short. */
const readings = 25;

const answerMs = 10_000;

const silent = (node: string, what: string, found: string): SkipbeatError =>
  new SkipbeatError(
    'AGENT_SILENT',
    `Expected the agent on ${node} to answer ${what} before the fault, found ${found}. Where the word to go arrived all the same, the node undoes at its end.`,
    { exitCode: exitCodes.environment, next: 'look whether the API server reaches the kubelets (kubectl exec)' },
  );

/** Opens the way to an agent that has armed its undo. @throws SkipbeatError AGENT_SILENT (exit 75) */
export const talkTo = async (
  { client, config }: ClusterAccess,
  pod: V1Pod,
  id: string,
  signal: AbortSignal,
): Promise<AgentTalk> => {
  signal.throwIfAborted();
  const node = pod.spec?.nodeName ?? '';
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const waiting: ((line: string) => void)[] = [];
  let printed = '';
  errors.on('data', (part: Buffer) => {
    printed = (printed + part.toString()).slice(-500);
  });
  createInterface({ input: output }).on('line', (line) => waiting.shift()?.(line));
  const command = ['nsenter', '-t', '1', '-m', '--', 'sh', '-c', talkScript, `${actFolder}/${id}/go`];
  const opening = new client.Exec(config).exec(
    ...[agentNamespace, pod.metadata?.name ?? '', 'agent', command, output, errors, input, false],
  );
  // Whoever answers no handshake closes nothing either.
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
  const socket = await unlessAborted(opening, limit).catch((thrown: unknown) => {
    // One that opens after all is of no use any more.
    opening.then(
      (late) => late.close(),
      () => undefined,
    );
    signal.throwIfAborted();
    const found = limit.aborted
      ? `nothing within ${answerMs / 1000} s`
      : messageOf(thrown) || 'a connection that was refused';
    throw silent(node, 'an exec', found);
  });
  const lost = new AbortController();
  socket.onclose = () => lost.abort(silent(node, 'its words', printed.trim() || 'a connection that ended'));
  const ask = (line: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const either = AbortSignal.any([signal, lost.signal, AbortSignal.timeout(answerMs)]);
      const onAbort = (): void =>
        reject(
          signal.aborted || lost.signal.aborted
            ? either.reason
            : silent(node, JSON.stringify(line), printed.trim() || `nothing within ${answerMs / 1000} s`),
        );
      if (either.aborted) onAbort();
      either.addEventListener('abort', onAbort, { once: true });
      waiting.push((answer) => {
        either.removeEventListener('abort', onAbort);
        resolve(answer);
      });
      input.write(`${line}\n`);
    });
  return {
    clock: async (nowMs) => {
      const probes: ClockProbe[] = [];
      for (let count = 0; count < readings; count += 1) {
        const fromMs = nowMs();
        const answer = await ask('clock');
        const toMs = nowMs();
        const seconds = Number(/^clock (\d+\.\d\d)$/.exec(answer)?.[1]);
        if (!Number.isFinite(seconds)) throw silent(node, 'its clock', JSON.stringify(answer));
        probes.push({ fromMs, toMs, nodeMs: Math.round(seconds * 1000) });
      }
      const clock = clockOf(probes);
      if (clock === null) throw silent(node, 'one clock', 'readings that no one clock has shown');
      return clock;
    },
    go: async (atMs) => {
      const answer = await ask(`go ${Math.round(atMs)}`);
      if (answer !== 'going') throw silent(node, 'that it goes', JSON.stringify(answer));
    },
    close: () => {
      socket.onclose = null;
      input.end();
      socket.close();
    },
  };
};
