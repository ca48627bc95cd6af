import { clean, clip, hang, type Screen } from '../common/layout.ts';
import { counted } from '../common/text/counted.ts';
import { isHollow, type Plan } from '../plan/index.ts';
import type { RequestRecord, TimelineEvent } from '../timeline/index.ts';
import { secondsText } from '../verdict/index.ts';
import { createPhaseTallies } from './phase-counters.ts';
import { budgetText, countsText, faultText, headLines, phaseText, readyText } from './progress-lines.ts';
import { stepHead, stepLines } from './steps.ts';

/** A block of lines to print, or null while it is not yet complete. With `hurry`, must return what it has. */
type Entry = (hurry: boolean) => readonly string[] | null;

type Painter = {
  readonly push: (entry: Entry) => void;
  readonly hasEntries: () => boolean;
  /** Prints every entry up to the first that is not whole, above the live line, and repaints that where it changed. */
  readonly show: (hurry?: boolean) => void;
};

const eraseLine = '\r\u001b[2K';

/** Lines in their order, above one live line that is empty where there is none to show. Writes only what changed. */
const createPainter = (stream: { readonly write: (text: string) => unknown }, liveLine: () => string): Painter => {
  const queue: Entry[] = [];
  let painted = '';
  return {
    push: (entry) => {
      queue.push(entry);
    },
    hasEntries: () => queue.length > 0,
    show: (hurry = false) => {
      const above: string[] = [];
      for (let entry = queue[0]; entry !== undefined; entry = queue[0]) {
        const lines = entry(hurry);
        if (lines === null) break;
        above.push(...lines);
        queue.shift();
      }
      const live = liveLine();
      if (above.length === 0 && live === painted) return;
      const erase = painted === '' ? '' : eraseLine;
      painted = live;
      stream.write(`${erase}${above.map((line) => `${line}\n`).join('')}${live}`);
    },
  };
};

/** Of a thousand hollow nodes not every one is printed: at 1, 2, 5, 10, 20, 50 … that are NotReady, and at none. */
const isRound = (count: number): boolean => /^([125]0*|0)$/.test(String(count));

export type ProgressOptions = Screen & {
  readonly stream: { readonly write: (text: string) => unknown };
  readonly isTerminal: boolean;
  readonly plan: Plan;
  /** A monotonic clock in ms, for the running step's time alone; performance.now where not given. */
  readonly nowMs?: () => number;
};

/** Prints what happens while it happens. Only `stream.write` can make these throw; nothing is printed after that. */
export type Progress = {
  readonly onEvent: (event: TimelineEvent) => void;
  readonly onRequests: (batch: readonly RequestRecord[]) => void;
  /** Prints what is still held back, and leaves no live line and no timer. */
  readonly onFinish: () => void;
};

type StepStarted = Extract<TimelineEvent, { type: 'step.started' }>;
type StepEnded = Extract<TimelineEvent, { type: 'step.ended' }>;

const repaintEveryMs = 100;
/** Beyond the requests' own time limit: how long their last batch may be on its way before a line goes without it. */
const batchGraceMs = 1000;

/**
 * A live reporter. On a terminal one line lives at the bottom: the running step, repainted every 100 ms, and replaced
 * by its last line. Elsewhere: plain lines at the start and end of steps and whenever a node or a fault changes.
 * A phase's last line waits until every request that was due in it has ended, so that its counts are the final ones.
 */
export const createProgress = (options: ProgressOptions): Progress => {
  const { stream, isTerminal, plan, columns } = options;
  const nowMs = options.nowMs ?? (() => performance.now());
  const tallies = createPhaseTallies();
  const statuses = new Map<string, boolean>();
  const faults = new Map<string, string>();
  let running: (StepStarted & { readonly seenAtMs: number }) | null = null;
  let maxNotReady = 0;
  let loadEnded = false;
  let failure: { readonly thrown: unknown } | null = null;
  let finished = false;

  const notReady = (): number => [...statuses.values()].filter((isReady) => !isReady).length;

  const liveLine = (): string => {
    if (!isTerminal || running === null || finished) return '';
    const counts = tallies.counts(running.name);
    const parts = [
      `of ${budgetText(running)}`,
      ...(notReady() > 0 ? [`NotReady ${notReady()}`] : []),
      ...(counts === null ? [] : [countsText(counts)]),
    ];
    const head = stepHead('…', running.name, secondsText(Math.max(0, nowMs() - running.seenAtMs)));
    // One column stays free: a line that fills the last one makes some terminals scroll.
    return clip(head + parts.join('; '), columns - 1);
  };

  const painter = createPainter(stream, liveLine);

  const print = (lines: readonly string[]): void => {
    painter.push(() => lines);
  };

  /** Something that happened within a step, beside the time since the step's start. */
  const printAt = (atMs: number, text: string): void => {
    const head = running === null ? '    ' : stepHead('·', running.name, secondsText(Math.max(0, atMs - running.atMs)));
    print(hang(head, clean(text), columns));
  };

  const startStep = (event: StepStarted): void => {
    running = { ...event, seenAtMs: nowMs() };
    maxNotReady = notReady();
    if (event.kind === 'steady' || event.kind === 'fault' || event.kind === 'recover') {
      tallies.start(event.name, event.atMs);
    }
    if (!isTerminal) print([stepHead('…', event.name, '') + budgetText(event)]);
  };

  const endStep = (event: StepEnded): void => {
    const durationMs = running?.name === event.name ? event.atMs - running.atMs : null;
    const max = maxNotReady;
    const dueMs = nowMs() + plan.load.timeoutMs + batchGraceMs;
    running = null;
    tallies.end(event.name, event.atMs);
    painter.push((hurry) => {
      const counts = tallies.counts(event.name);
      if (counts !== null && !hurry && !loadEnded && !tallies.isComplete(event.name) && nowMs() < dueMs) return null;
      const isPhase = counts !== null || event.kind === 'fault' || event.kind === 'recover';
      const detail = [event.detail, isPhase ? phaseText(max, counts) : ''].filter((part) => part !== '').join('; ');
      return stepLines({ name: event.name, outcome: event.outcome, durationMs, detail }, options);
    });
  };

  const changeReady = (event: Extract<TimelineEvent, { type: 'node.ready' }>): void => {
    const before = statuses.get(event.node);
    const isReady = event.status === 'True';
    statuses.set(event.node, isReady);
    maxNotReady = Math.max(maxNotReady, notReady());
    if (before === undefined || before === isReady) return;
    const isFlap = !isReady && running?.kind === 'steady';
    if (isHollow(event.node)) {
      const lost = [...statuses].filter(([node, ready]) => isHollow(node) && !ready).length;
      const isPhase = running !== null && running.kind !== 'cluster';
      if (!isTerminal && isPhase && isRound(lost)) printAt(event.atMs, `${counted(lost, 'hollow node')} NotReady`);
      return;
    }
    if (!isTerminal || isFlap) printAt(event.atMs, readyText(event));
  };

  const take = (event: TimelineEvent): void => {
    if (event.type === 'run.started') print(headLines(plan, event, options));
    else if (event.type === 'run.place') printAt(event.atMs, event.target);
    else if (event.type === 'load.started') printAt(event.atMs, `requests go to ${event.target}`);
    else if (event.type === 'note') printAt(event.atMs, event.text);
    else if (event.type === 'step.started') startStep(event);
    else if (event.type === 'step.ended') endStep(event);
    else if (event.type === 'node.ready') changeReady(event);
    else if (event.type === 'load.ended') loadEnded = true;
    else if (event.type === 'fault.injecting') {
      faults.set(event.fault, faultText(event));
    } else if (event.type === 'fault.injected' && !isTerminal) {
      printAt(event.atMs, `${faults.get(event.fault) ?? event.fault} in place`);
    } else if (event.type === 'fault.undone' && (!isTerminal || !event.undone)) {
      const ending = event.undone ? 'undone' : `not undone: ${event.evidence}`;
      printAt(event.atMs, `${faults.get(event.fault) ?? event.fault} ${ending}`);
    }
  };

  /** A timer has nobody to throw to: what it met is thrown from the next call instead. */
  const timer = setInterval(() => {
    try {
      painter.show();
    } catch (thrown) {
      failure = { thrown };
      clearInterval(timer);
    }
  }, repaintEveryMs).unref();

  const guarded = (act: () => void): void => {
    if (finished) return;
    try {
      if (failure !== null) throw failure.thrown;
      act();
    } catch (thrown) {
      finished = true;
      clearInterval(timer);
      throw thrown;
    }
  };

  return {
    onEvent: (event) =>
      guarded(() => {
        take(event);
        // A live line that follows every event would flicker: the timer repaints it, unless lines go above it.
        if (painter.hasEntries() || event.type === 'step.started') painter.show();
      }),
    onRequests: (batch) =>
      guarded(() => {
        tallies.add(batch);
        if (painter.hasEntries()) painter.show();
      }),
    onFinish: () => {
      clearInterval(timer);
      guarded(() => {
        if (running !== null) {
          const { name, seenAtMs } = running;
          print(stepLines({ name, outcome: null, durationMs: nowMs() - seenAtMs, detail: '' }, options));
        }
        finished = true;
        painter.show(true);
      });
    },
  };
};
