import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createProgress, type Progress } from '../../src/report/index.ts';
import type { RequestRecord, TimelineEvent } from '../../src/timeline/index.ts';
import { at, event, type Run, ready, tightPlan, tightRun } from '../verdict/timeline-builder.ts';

type Setup = { readonly isTerminal: boolean; readonly colour?: boolean };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const reporting = ({ isTerminal, colour = false }: Setup): { progress: Progress; writes: string[] } => {
  const writes: string[] = [];
  const stream = { write: (text: string) => writes.push(text) };
  return { progress: createProgress({ stream, isTerminal, columns: 80, colour, plan: tightPlan }), writes };
};

/** Events and finished requests in the order and, for the reporter's clock, at the times in which they came. */
const play = (run: Run, { progress }: { progress: Progress }): void => {
  const all: { atMs: number; notify: () => void }[] = [
    ...run.events.map((event) => ({ atMs: event.atMs, notify: () => progress.onEvent(event) })),
    ...run.requests.map((record) => ({ atMs: record.endedMs + 5, notify: () => progress.onRequests([record]) })),
  ];
  let nowMs = 0;
  for (const { atMs, notify } of all.toSorted((a, b) => a.atMs - b.atMs)) {
    vi.advanceTimersByTime(atMs - nowMs);
    nowMs = atMs;
    notify();
  }
  progress.onFinish();
};

/** What a person sees in the end: a carriage return and an erased line take the live line away. */
const screenOf = (writes: readonly string[]): string =>
  writes
    .join('')
    .split('\n')
    .map((line) => line.split('\r\u001b[2K').at(-1))
    .join('\n');

const flap = [ready(at.fault - 12_300, 'worker2', 'Unknown'), ready(at.fault - 9100, 'worker2', 'True')];

describe('without a terminal', () => {
  test('a run is plain lines: each step with its budget and its end, nodes and faults as they change', () => {
    const reporter = reporting({ isTerminal: false });
    play(tightRun(flap), reporter);
    expect(reporter.writes.join('')).toBe(`\
tight-grace: Grace as short as the heartbeat
Kubernetes v1.34.4; 50 requests/s on fresh connections through control-plane,
which no fault touches
steady 30.0 s, fault 25.0 s, recover at most 90.0 s
! nodeMonitorGracePeriod 10s is no longer than a healthy gap between heartbeats,
  up to 10.4s: nodes flap by themselves (up to 3 % of heartbeats, fewer as
  status posts drift away from leases)
! on v1.34.4 nodeStatusUpdateFrequency 10s leaves leases at 10s and makes each
  kubelet post its whole status every 10s: 12 heartbeat writes a minute and node
! tolerations of 10s count from the taint: pods go 20s to 25s after the last
  heartbeat; the pod-eviction-timeout of v1.26 and before meant 15s to 20s

  … cluster            at most 300.0 s
  · cluster    16.9 s  control-plane Ready (KubeletReady)
  · cluster    17.4 s  worker Ready (KubeletReady)
  · cluster    17.9 s  worker2 Ready (KubeletReady)
  ✓ cluster    19.8 s  settings read back as configured (7 of 7)
    kind v0.30.0, Kubernetes v1.34.4, 1 control plane + 2 workers
  … workload           at most 120.0 s
  ✓ workload    4.6 s  2 endpoints, answering through every node
    requests go to control-plane 172.18.0.4:30080
  … steady             30.0 s
  · steady     17.7 s  worker2 NotReady (NodeStatusUnknown)
  · steady     20.9 s  worker2 Ready (KubeletReady)
  ✓ steady     30.0 s  NotReady 1, 1,500 ok, p99 2.4 ms
  … fault              25.0 s
  · fault       0.2 s  kubelet-pause on worker and worker2 in place
  · fault       2.7 s  worker NotReady (NodeStatusUnknown)
  · fault       7.7 s  worker2 NotReady (NodeStatusUnknown)
  · fault      25.0 s  kubelet-pause on worker and worker2 undone
  ✓ fault      25.0 s  kubelet-pause on worker and worker2, proved; NotReady 2,
                       400 ok, 850 refused, p99 2.4 ms
  … recover            at most 90.0 s
  · recover    10.0 s  worker Ready (KubeletReady)
  · recover    11.2 s  worker2 Ready (KubeletReady)
  ✓ recover    12.4 s  all Ready; NotReady 2, 0 ok, 620 refused
  … undo               at most 60.0 s
  ✓ undo        0.3 s  nothing left behind
`);
  });

  test('nothing is erased and nothing is coloured', () => {
    const reporter = reporting({ isTerminal: false });
    play(tightRun(), reporter);
    expect(reporter.writes.join('')).not.toMatch(/[^\P{Cc}\n]/u);
  });
});

describe('on a terminal', () => {
  test('what stays is a line a step, with flaps and notes above the step that they came in', () => {
    const reporter = reporting({ isTerminal: true });
    const note = event(at.fault + 500, { type: 'note', text: 'the engine is slow today' });
    play(tightRun([...flap, note]), reporter);
    expect(screenOf(reporter.writes)).toBe(`\
tight-grace: Grace as short as the heartbeat
Kubernetes v1.34.4; 50 requests/s on fresh connections through control-plane,
which no fault touches
steady 30.0 s, fault 25.0 s, recover at most 90.0 s
! nodeMonitorGracePeriod 10s is no longer than a healthy gap between heartbeats,
  up to 10.4s: nodes flap by themselves (up to 3 % of heartbeats, fewer as
  status posts drift away from leases)
! on v1.34.4 nodeStatusUpdateFrequency 10s leaves leases at 10s and makes each
  kubelet post its whole status every 10s: 12 heartbeat writes a minute and node
! tolerations of 10s count from the taint: pods go 20s to 25s after the last
  heartbeat; the pod-eviction-timeout of v1.26 and before meant 15s to 20s

  ✓ cluster    19.8 s  settings read back as configured (7 of 7)
    kind v0.30.0, Kubernetes v1.34.4, 1 control plane + 2 workers
  ✓ workload    4.6 s  2 endpoints, answering through every node
    requests go to control-plane 172.18.0.4:30080
  · steady     17.7 s  worker2 NotReady (NodeStatusUnknown)
  ✓ steady     30.0 s  NotReady 1, 1,500 ok, p99 2.4 ms
  · fault       0.5 s  the engine is slow today
  ✓ fault      25.0 s  kubelet-pause on worker and worker2, proved; NotReady 2,
                       400 ok, 850 refused, p99 2.4 ms
  ✓ recover    12.4 s  all Ready; NotReady 2, 0 ok, 620 refused
  ✓ undo        0.3 s  nothing left behind
`);
  });

  test('one line lives: time and budget, nodes NotReady, outcomes so far; repainted by its timer alone', () => {
    const { progress, writes } = reporting({ isTerminal: true });
    progress.onEvent(event(0, { type: 'step.started', name: 'fault', kind: 'fault', budgetMs: 25_000 }));
    progress.onEvent(ready(1, 'worker', 'True'));
    progress.onEvent(ready(1000, 'worker', 'Unknown'));
    progress.onRequests([request(0, 10, 'ok'), request(1, 30, 'refused'), request(2, 50, 'timeout')]);
    expect(writes).toEqual(['  … fault       0.0 s  of 25.0 s']);
    vi.advanceTimersByTime(1200);
    expect(writes.at(-1)).toBe('\r\u001b[2K  … fault       1.2 s  of 25.0 s; NotReady 1; 1 ok, 1 refused, 1 timeout');
    expect(writes.length).toBeLessThanOrEqual(13);
    progress.onFinish();
  });

  test('the live line never fills the last column', () => {
    const writes: string[] = [];
    const stream = { write: (text: string) => writes.push(text) };
    const progress = createProgress({ stream, isTerminal: true, columns: 40, colour: false, plan: tightPlan });
    progress.onEvent(event(0, { type: 'step.started', name: 'x'.repeat(50), kind: 'cluster', budgetMs: 1e12 }));
    expect(writes).toEqual(['  … xxxxxxxxxxx…   0.0 s  of at most 1…']);
    expect([...(writes[0] ?? '')].length).toBe(39);
    progress.onFinish();
  });
});

const request = (seq: number, dueMs: number, outcome: RequestRecord['outcome']): RequestRecord => ({
  seq,
  connection: 'fresh',
  dueMs,
  sentMs: dueMs,
  endedMs: dueMs + 1,
  outcome,
  status: outcome === 'ok' ? 200 : null,
  code: null,
});

describe("a phase's last line", () => {
  const ended = (events: readonly TimelineEvent[] = []) => {
    const reporter = reporting({ isTerminal: false });
    reporter.progress.onEvent(event(0, { type: 'step.started', name: 'steady', kind: 'steady', budgetMs: 100 }));
    reporter.progress.onRequests([request(0, 0, 'ok'), request(1, 50, 'ok')]);
    reporter.progress.onEvent(
      event(100, { type: 'step.ended', name: 'steady', kind: 'steady', outcome: 'done', detail: '' }),
    );
    for (const one of events) reporter.progress.onEvent(one);
    return reporter;
  };
  const start = '  … steady             0.1 s\n';

  test('waits for the requests of the phase that are still under way, and what comes after it waits too', () => {
    const { progress, writes } = ended([event(150, { type: 'note', text: 'later' })]);
    expect(writes.join('')).toBe(start);
    progress.onRequests([request(3, 150, 'ok')]);
    expect(writes.join('')).toBe(start);
    progress.onRequests([request(2, 99, 'timeout')]);
    expect(writes.join('')).toBe(`${start}  ✓ steady      0.1 s  2 ok, 1 timeout, p99 1.0 ms\n    later\n`);
  });

  test('comes when the load has ended, when its time is over, and at the end of the run', () => {
    const line = '  ✓ steady      0.1 s  2 ok, p99 1.0 ms\n';
    expect(ended([event(150, { type: 'load.ended', offered: 2 })]).writes.join('')).toBe(start + line);
    const late = ended();
    vi.advanceTimersByTime(2100);
    expect(late.writes.join('')).toBe(start + line);
    const over = ended();
    over.progress.onFinish();
    expect(over.writes.join('')).toBe(start + line);
  });
});

describe('a step that does not end well', () => {
  test.each([
    ['failed', 'no space left', '  ✗ cluster     2.0 s  no space left\n'],
    ['failed', '', '  ✗ cluster     2.0 s  failed\n'],
    ['timedOut', 'worker NotReady', '  ! cluster     2.0 s  worker NotReady\n'],
    ['timedOut', '', '  ! cluster     2.0 s  timed out\n'],
    ['interrupted', 'SIGINT', '  ! cluster     2.0 s  interrupted: SIGINT\n'],
  ] as const)('%s (%s)', (outcome, detail, line) => {
    const { progress, writes } = reporting({ isTerminal: false });
    progress.onEvent(event(0, { type: 'step.started', name: 'cluster', kind: 'cluster', budgetMs: 1000 }));
    progress.onEvent(event(2000, { type: 'step.ended', name: 'cluster', kind: 'cluster', outcome, detail }));
    progress.onFinish();
    expect(writes.at(-1)).toBe(line);
  });

  test('or at all is left behind as not finished', () => {
    const { progress, writes } = reporting({ isTerminal: true });
    progress.onEvent(event(0, { type: 'step.started', name: 'cluster', kind: 'cluster', budgetMs: 1000 }));
    vi.advanceTimersByTime(3000);
    progress.onFinish();
    expect(screenOf(writes)).toBe('  ! cluster     3.0 s  not finished\n');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('an undo that failed is printed on a terminal too', () => {
    const { progress, writes } = reporting({ isTerminal: true });
    progress.onEvent(event(0, { type: 'fault.injecting', fault: 'f', kind: 'kubelet-pause', targets: ['worker'] }));
    progress.onEvent(event(5, { type: 'fault.undone', fault: 'f', undone: false, evidence: 'kubelet 9 is T' }));
    progress.onFinish();
    expect(writes.join('')).toBe('    kubelet-pause on worker not undone: kubelet 9 is T\n');
  });
});

describe('a reporter', () => {
  test('takes what comes out of order, twice, or after the end', () => {
    const { progress, writes } = reporting({ isTerminal: false });
    progress.onRequests([]);
    progress.onRequests([request(0, 5, 'ok')]);
    progress.onEvent(event(10, { type: 'step.ended', name: 'gone', kind: 'fault', outcome: 'done', detail: '' }));
    progress.onEvent(event(11, { type: 'fault.injected', fault: 'unknown' }));
    progress.onEvent(event(12, { type: 'load.ended', offered: 0 }));
    progress.onFinish();
    progress.onFinish();
    progress.onEvent(event(13, { type: 'note', text: 'too late' }));
    expect(writes.join('')).toBe('  ✓ gone            –\n    unknown in place\n');
  });

  test('prints no control character that a cluster sent', () => {
    const { progress, writes } = reporting({ isTerminal: true });
    progress.onEvent(event(0, { type: 'note', text: '\u001b]0;owned\u0007a\u001b[2Jb\u009b31mc\nd\u202ee' }));
    progress.onFinish();
    expect(writes.join('')).toBe('    abc de\n');
  });

  test('whose stream breaks says so once to its caller, and never from its timer', () => {
    const broken = {
      write: (): never => {
        throw new Error('EPIPE');
      },
    };
    const progress = createProgress({ stream: broken, isTerminal: true, columns: 80, colour: false, plan: tightPlan });
    const note = event(0, { type: 'note', text: 'x' });
    expect(() => progress.onEvent(note)).toThrow('EPIPE');
    expect(() => progress.onEvent(note)).not.toThrow();
    expect(vi.getTimerCount()).toBe(0);

    let works = true;
    const breaking = {
      write: (): void => {
        if (!works) throw new Error('EPIPE');
      },
    };
    const later = createProgress({ stream: breaking, isTerminal: true, columns: 80, colour: false, plan: tightPlan });
    later.onEvent(event(0, { type: 'step.started', name: 'cluster', kind: 'cluster', budgetMs: 1000 }));
    works = false;
    expect(() => vi.advanceTimersByTime(500)).not.toThrow();
    expect(() => later.onEvent(note)).toThrow('EPIPE');
    later.onFinish();
  });

  test('colours by the flag alone', () => {
    const coloured = reporting({ isTerminal: false, colour: true });
    play(tightRun(), coloured);
    const plain = reporting({ isTerminal: false });
    play(tightRun(), plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour is what is taken away here
    const without = coloured.writes.join('').replace(/\u001b\[\d+m/g, '');
    expect(coloured.writes.join('').split('\n')).toContain(
      '  \u001b[32m✓\u001b[39m cluster    19.8 s  settings read back as configured (7 of 7)',
    );
    expect(without).toBe(plain.writes.join(''));
  });
});
