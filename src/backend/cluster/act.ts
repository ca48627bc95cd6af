import { setTimeout as delay } from 'node:timers/promises';
import {
  type AgentPods,
  type AgentStep,
  type AgentTalk,
  actPod,
  agentPods,
  type NodeClock,
  type PreparedAct,
  parseSteps,
  talkTo,
  undoNow,
} from '../../agent/index.ts';
import { contextText } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { waitUntil } from '../../common/wait.ts';
import { runLabelOf, type WrittenEntry } from '../../guard/index.ts';
import { type ChaosMeshWork, chaosMeshWork } from './chaos-mesh.ts';
import type { OwnClusterRun } from './context.ts';
import { type ActEnd, isAsBefore } from './evidence.ts';

/** An agent arms its undo within a second of its start. */
const armMs = 30_000;

/** After the end of a fault its kubelet has to go on, and to report that the agent has ended; one that was started anew relists. */
const reportMs = 90_000;

/** An act whose undo is armed and proved armed on its node, and which has done nothing yet. */
export type ArmedAct = {
  readonly prepared: PreparedAct;
  readonly clock: NodeClock;
  /** @param atMs on the run's clock. @throws SkipbeatError AGENT_SILENT (exit 75) */
  readonly go: (atMs: number) => Promise<void>;
  /** At its moment: asks whoever else makes the fault. @throws as `ChaosMeshWork.begin` */
  readonly begin: (signal: AbortSignal) => Promise<void>;
  /**
   * Waits until it has come to its end by itself, which nobody can hurry while its kubelet stands still, and takes away
   * what is left of it. Where its agent is gone, or did not prove its undo, the node is undone by a pod of its own. Safe twice.
   * @param byMs when it is over at the latest, on the run's clock; null: it was never to go
   * @throws SkipbeatError UNDO_FAILED (exit 2), CHAOS_MESH_NOT_RECOVERED (exit 75) with the journal's entry left in place
   */
  readonly end: (byMs: number | null) => Promise<ActEnd>;
};

const notArmed = (node: string, found: string): SkipbeatError =>
  new SkipbeatError(
    'GUARD_NOT_ARMED',
    `Expected the undo to be armed on ${node} before the fault, found: ${found}. The fault was not started.`,
    {
      exitCode: exitCodes.environment,
      next: 'look at what the node lacks (systemd-run or setsid, a writable /run)',
    },
  );

const notOnNode = (kind: string, node: string, why: string): SkipbeatError =>
  new SkipbeatError(
    'FAULT_NOT_ON_NODE',
    `${kind} on ${node}: ${why.split('\n').join(' / ')}. Nothing was changed there.`,
    { exitCode: exitCodes.environment, next: 'choose another node, or bring it what it lacks' },
  );

export const undoFailed = (
  {
    options,
  }: { readonly options: { readonly survey: Pick<OwnClusterRun['options']['survey'], 'context' | 'kubeconfig'> } },
  { act }: PreparedAct,
  why: string,
): SkipbeatError =>
  new SkipbeatError(
    'UNDO_FAILED',
    `${act.kind} on ${act.node} could not be undone: ${why}. The timer of the node itself was armed for it before it began.`,
    {
      exitCode: exitCodes.inconclusive,
      next: skipbeat(`cleanup ${contextText(options.survey)}`),
    },
  );

/** What the agent says of its start: waits for `armed`. */
const awaitArmed = (
  pods: AgentPods,
  pod: ReturnType<typeof actPod>,
  { act, attest }: PreparedAct,
  signal: AbortSignal,
) =>
  waitUntil<readonly AgentStep[]>(
    `the agent on ${act.node} to arm its undo`,
    async (either) => {
      const { steps, others } = parseSteps(await pods.logs(pod, either));
      const before = steps.find(({ step }) => step === 'before');
      const refused = steps.find(({ step }) => step === 'refused');
      if (refused !== undefined && before === undefined) throw notOnNode(act.kind, act.node, refused.out);
      if (refused !== undefined) {
        const seen = before === undefined ? '' : `, which is ${(await attest(before)).evidence}`;
        throw notArmed(act.node, `${refused.out}${seen}`);
      }
      if (steps.some(({ step }) => step === 'armed')) return { found: steps };
      return { seen: others.at(-1) ?? 'nothing of it' };
    },
    { timeoutMs: armMs, everyMs: 100, signal },
  );

/**
 * Brings an act to its node: the journal first, then its agent, which arms the undo and says so; then the node's clock.
 * Whatever fails, what was made is taken away before the error is thrown.
 * @throws SkipbeatError AGENT_NOT_STARTED, AGENT_SILENT, FAULT_NOT_ON_NODE, GUARD_NOT_ARMED, JOURNAL_NOT_WRITTEN, HOLD_LOST (exit 75); CallFailed; the signal's reason
 */
export const armAct = async (run: OwnClusterRun, prepared: PreparedAct): Promise<ArmedAct> => {
  const { options, journal, hold, recorder, signal } = run;
  const { access, survey } = options;
  const { act } = prepared;
  const pods = agentPods(access);
  const podOptions = { run: runLabelOf(options.run), image: options.agentImage };
  const pod = actPod(act, podOptions);
  const node = survey.nodes.find(({ name }) => name === act.node);
  if (node === undefined) throw new Error(`no Node ${act.node} was surveyed`);
  const always = new AbortController().signal;
  let clock: NodeClock | null = null;
  let entry: WrittenEntry | null = null;
  let ending: Promise<ActEnd> | null = null;
  let chaosMesh: ChaosMeshWork | null = null;

  /** By the agent's own record, where it came to its end by itself. */
  const ownEnd = async (byMs: number | null): Promise<readonly AgentStep[] | null> => {
    if (byMs === null) return null;
    const withinMs = Math.max(0, byMs - recorder.nowMs()) + reportMs;
    const code = await pods.ended(pod, withinMs, always);
    if (code === null) return null;
    const { steps } = parseSteps(await pods.logs(pod, always));
    return isAsBefore({ steps }) ? steps : null;
  };
  const finish = async (asOfMs: number | null): Promise<ActEnd> => {
    const byMs = asOfMs === null ? null : asOfMs + (act.madeElsewhere?.withinMs ?? 0);
    await chaosMesh?.takeBack(byMs !== null);
    let steps = await ownEnd(byMs).catch((thrown: unknown) => {
      recorder.event({ type: 'note', text: `the agent on ${act.node} did not report its end: ${messageOf(thrown)}` });
      return null;
    });
    // While its kubelet stands still, or is stopped, a node starts no pod.
    if (steps === null && byMs !== null) await delay(Math.max(0, byMs - recorder.nowMs()));
    try {
      const mayAct = (await chaosMesh?.mayAct()) ?? false;
      steps ??= (await undoNow(access, act, podOptions, always, !mayAct)).steps;
      if (!mayAct && !isAsBefore({ steps })) throw new Error('nothing on record says that the node is as before');
      await pods.remove(pod);
      await chaosMesh?.assertGone();
      // What it left on the node in between.
      if (mayAct) ({ steps } = await undoNow(access, act, podOptions, always));
      await entry?.done(always);
      return { prepared: chaosMesh?.proven() ?? prepared, steps, clock };
    } catch (thrown) {
      if (thrown instanceof SkipbeatError && thrown.code === 'CHAOS_MESH_NOT_RECOVERED') throw thrown;
      throw undoFailed(run, prepared, messageOf(thrown));
    }
  };
  const end = (byMs: number | null): Promise<ActEnd> => {
    ending ??= finish(byMs);
    return ending;
  };

  // Whatever was written is to be found by whoever cleans up: the entry goes first.
  await hold.confirm(signal);
  const injector = prepared.networkChaos === null ? {} : ({ injector: 'chaos-mesh' } as const);
  entry = await journal.add({ ...act, ...injector }, node, signal);
  let talk: AgentTalk | null = null;
  try {
    await pods.create(pod, signal);
    await pods.started(pod, signal);
    const seen = await awaitArmed(pods, pod, prepared, signal);
    const armed = seen.find(({ step }) => step === 'armed');
    const work = chaosMeshWork(
      run,
      prepared,
      pod,
      seen.find(({ step }) => step === 'survey'),
    );
    chaosMesh = work;
    const [how] = (armed?.out ?? '').split(' ');
    talk = await talkTo(access, pod, act.id, signal);
    const known = await talk.clock(recorder.nowMs);
    clock = known;
    await run.readNetwork(prepared.target, pod, signal);
    const text = `the undo is armed on ${prepared.target} (${how === 'systemd' ? 'a timer of its systemd' : 'a process of its own'}); its clock is known to ${known.errorMs.toFixed(1)} ms`;
    recorder.event({ type: 'note', text });
    const way = talk;
    return {
      prepared,
      clock: known,
      end,
      go: async (atMs) => {
        await way.go(atMs - known.offsetMs);
        way.close();
      },
      begin: async (within) => work?.begin(within),
    };
  } catch (thrown) {
    talk?.close();
    await end(null).catch((failed: unknown) => {
      recorder.event({
        type: 'note',
        text: `what was made for ${act.id} could not be taken away: ${messageOf(failed)}`,
      });
    });
    throw thrown;
  }
};
