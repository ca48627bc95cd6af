import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlannedFault } from '../../../src/plan/index.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import { judge, type RunDocument } from '../../../src/verdict/index.ts';
import { endedBy, restarted } from '../ended-processes.ts';
import { at, changed, defaultRun, leads, type Run, tightRun } from '../timeline-builder.ts';

const judged = ({ plan, events, requests }: Run): Promise<RunDocument> => judge(plan, events, requests);

type Read = Extract<TimelineEvent, { type: 'process.read' }>;

const isEnd = (one: TimelineEvent): one is Read => one.type === 'process.read' && one.moment === 'end';

/** The run with the same times and proofs under another fault, which no silence is asked of. */
const under = (run: Run, kind: PlannedFault['kind'], targets: readonly string[]): Run => {
  const plan = {
    ...run.plan,
    phases: run.plan.phases.map((phase) =>
      phase.kind === 'fault' ? { ...phase, inject: phase.inject.map((one) => ({ ...one, kind, targets })) } : phase,
    ),
  } as Run['plan'];
  const renewed = new Set(kind.startsWith('kubelet') || kind.startsWith('node') ? targets : []);
  const [proof] = run.events.filter((one) => one.type === 'fault.attested');
  const events = run.events
    .filter((one) => one.type !== 'fault.attested')
    .filter((one) => !(one.type === 'lease.renewed' && renewed.has(one.node) && one.atMs > at.fault))
    .map((one) => (one.type === 'fault.injecting' ? { ...one, kind, targets } : one));
  const proofs = targets.flatMap((node) =>
    (['start', 'end'] as const).map((moment) =>
      Object.assign({}, proof, { node, moment, atMs: moment === 'start' ? at.injected + 60 : at.undoing - 60 }),
    ),
  );
  const complete = { ...run, plan, events: [...events, ...proofs].toSorted((a, b) => a.atMs - b.atMs) };
  return endedBy(complete, kind, targets);
};

/** Another leader from a moment of the run on, as the watch brings it. */
const handedOver = (run: Run, fromMs: number, transitions = 1): Run => {
  const seen = changed(run, (one) =>
    one.type === 'leader' && one.component === 'kube-controller-manager' && one.moment === 'end'
      ? leads(one.atMs, one.component, transitions, 'end')
      : one,
  );
  const watched = leads(fromMs, 'kube-controller-manager', transitions);
  return { ...seen, events: [...seen.events, watched].toSorted((a, b) => a.atMs - b.atMs) };
};

const runs = { tight: tightRun(), default: defaultRun() };

describe('a process that is another one at the end', () => {
  test('of any component and node, by any part of its identity, is never a pass where no fault explains it', async () => {
    const ends = runs.default.events.filter(isEnd);
    expect(ends).toHaveLength(13);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(runs)),
        fc.constantFrom(...ends),
        fc.constantFrom('pid', 'startedMs', 'boot'),
        fc.integer({ min: 1, max: 100_000 }),
        async (run, { component, node }, part, by) => {
          const other = changed(run, (one) =>
            isEnd(one) && one.component === component && one.node === node
              ? { ...one, [part]: part === 'boot' ? `b${by}` : one[part as 'pid'] + by }
              : one,
          );
          const { verdict, reasons } = await judged(other);
          expect(verdict).toBe('inconclusive');
          expect(reasons).toEqual([
            expect.stringMatching(`^${component} on ${node} was another process .*explains it$`),
          ]);
          expect(reasons[0]).toContain('no fault of the run explains it');
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  test('is named with its number and the moment of its start', async () => {
    const run = restarted(runs.default, 'kube-controller-manager', 'control-plane', at.fault + 5000);
    expect((await judged(run)).reasons).toEqual([
      'kube-controller-manager on control-plane was another process when the load had ended (1600, started at 59.5 s) than before it began (600): no fault of the run explains it',
    ]);
  });

  const explained: readonly (readonly [PlannedFault['kind'], string, string, number])[] = [
    ['kubelet-stop', 'kubelet', 'worker', 2600],
    ['node-stop', 'kube-proxy', 'worker', 2600],
    ['controller-manager-kill', 'kube-controller-manager', 'control-plane', 2600],
    ['controller-manager-pause', 'kube-controller-manager', 'control-plane', 1600],
    ['apiserver-pause', 'kube-controller-manager', 'control-plane', 1600],
    ['etcd-pause', 'kube-scheduler', 'control-plane', 1600],
    ['node-pause', 'kube-controller-manager', 'control-plane', 1600],
  ];
  test.each(explained)(
    'under %s is a finding where it is a %s on %s, and no doubt',
    async (kind, component, node, pid) => {
      const { verdict, reasons, findings } = await judged(
        restarted(under(runs.default, kind, [node]), component, node, at.undoing + 100),
      );
      expect(reasons).toEqual([]);
      expect(verdict).toBe('pass');
      expect(findings.filter((one) => one.startsWith(`${component} on ${node} `))).toEqual([
        `${component} on ${node} was another process when the load had ended (${pid}, started at 79.4 s) than before it began (600): ${kind} on ${node} explains it`,
      ]);
    },
  );

  test.each([
    // Of another node, of another component, before the fault, long after it.
    ['kubelet-stop', 'worker', 'kubelet', 'worker2', at.undoing + 100],
    ['node-stop', 'worker', 'kube-proxy', 'worker2', at.undoing + 100],
    ['kubelet-stop', 'worker', 'containerd', 'worker', at.undoing + 100],
    ['kubelet-pause', 'worker', 'kubelet', 'worker', at.undoing + 100],
    ['kubelet-pause', 'worker', 'kube-controller-manager', 'control-plane', at.fault + 5000],
    ['controller-manager-kill', 'control-plane', 'kube-scheduler', 'control-plane', at.undoing + 100],
    ['controller-manager-kill', 'control-plane', 'kube-controller-manager', 'control-plane', at.fault - 5000],
    ['controller-manager-kill', 'control-plane', 'kube-controller-manager', 'control-plane', at.undoing + 5000],
    ['kubelet-stop', 'worker', 'kubelet', 'worker', at.fault - 5000],
    ['apiserver-pause', 'control-plane', 'kubelet', 'control-plane', at.undoing + 100],
    ['apiserver-pause', 'control-plane', 'etcd', 'control-plane', at.undoing + 100],
    ['partition', 'worker', 'kube-controller-manager', 'control-plane', at.undoing + 100],
  ] as const)(
    'under %s of %s is not explained as %s on %s from %i ms on',
    async (kind, target, component, node, atMs) => {
      const { reasons } = await judged(restarted(under(runs.default, kind, [target]), component, node, atMs));
      expect(reasons).toContainEqual(
        expect.stringMatching(`^${component} on ${node} was another .*no fault of the run explains it$`),
      );
    },
  );
});

describe('a fault that ends a process', () => {
  const kinds = [
    ['kubelet-stop', 'worker', 'kubelet'],
    ['node-stop', 'worker', 'kube-proxy'],
    ['node-stop', 'worker', 'kubelet'],
    ['controller-manager-kill', 'control-plane', 'kube-controller-manager'],
  ] as const;

  test.each(kinds)('as %s on %s does is not proved while the same %s runs on', async (kind, node, component) => {
    const run = under(runs.default, kind, [node]);
    expect((await judged(run)).reasons).toEqual([]);
    const same = changed(run, (one) =>
      isEnd(one) && one.component === component && one.node === node
        ? (runs.default.events.find((old) => isEnd(old) && old.component === component && old.node === node) ?? null)
        : one,
    );
    const { verdict, reasons, faults } = await judged(same);
    expect(verdict).toBe('inconclusive');
    expect(reasons).toEqual([
      `${kind} on ${node} is not proved: ${component} on ${node} was not ended by it (600, started at -5.0 s, ran on)`,
    ]);
    expect(faults[0]?.attested).toBe(false);
  });

  test.each(kinds)('%s on %s: nor where another %s began before the injection', async (kind, node, component) => {
    const run = under(runs.default, kind, [node]);
    const early = restarted(run, component, node, at.fault - 150);
    expect((await judged(early)).reasons).toContainEqual(
      `${kind} on ${node} is not proved: ${component} on ${node} was not ended by it (2600, started at 54.4 s, ran on)`,
    );
    expect((await judged(restarted(run, component, node, at.fault + 1))).reasons).toEqual([]);
  });

  test("by the node's own clock: a kubelet that began before it was known to be stopped is not the one that its undo started", async () => {
    const clocked = changed(
      restarted(under(runs.default, 'kubelet-stop', ['worker']), 'kubelet', 'worker', at.fault + 150),
      (one) => (one.type === 'fault.injected' ? { ...one, clockMs: { worker: at.injected + 1_000_000 } } : one),
    );
    expect((await judged(clocked)).reasons).toEqual([
      'kubelet-stop on worker is not proved: kubelet on worker was not ended by it (2600, started at 54.7 s, ran on)',
    ]);
    const later = restarted(clocked, 'kubelet', 'worker', at.injected);
    expect((await judged(later)).reasons).toEqual([]);
  });

  test('is asked of each that it hits', async () => {
    const both = under(runs.default, 'kubelet-stop', ['worker', 'worker2']);
    const one = changed(both, (read) =>
      isEnd(read) && read.component === 'kubelet' && read.node === 'worker2'
        ? { ...read, pid: 600, startedMs: 995_000 }
        : read,
    );
    expect((await judged(one)).reasons).toEqual([
      'kubelet-stop on worker and worker2 is not proved: kubelet on worker2 was not ended by it (600, started at -5.0 s, ran on)',
    ]);
  });
});

describe('a leader that changed', () => {
  test('is a doubt, though the first one leads again: its Lease counts transitions', async () => {
    const again = changed(runs.default, (one) =>
      one.type === 'leader' && one.moment === 'end' && one.component === 'kube-scheduler'
        ? { ...one, transitions: 2 }
        : one,
    );
    expect((await judged(again)).reasons).toEqual([
      'another kube-scheduler led from 91.9 s on (on control-plane, 2 transitions of its Lease after 0): no fault of the run explains it',
    ]);
  });

  test('within a fault that does not explain it is one, seen by the watch', async () => {
    expect((await judged(handedOver(runs.default, at.fault + 9000))).reasons).toEqual([
      'another kube-controller-manager led from 63.5 s on (on control-plane, 1 transition of its Lease after 0): no fault of the run explains it',
    ]);
  });

  test('is a finding under a fault that cost the leader its lease, and a doubt before and long after it', async () => {
    const killed = under(runs.default, 'controller-manager-kill', ['control-plane']);
    const led = async (atMs: number): Promise<RunDocument> => judged(handedOver(killed, atMs));
    expect((await led(at.undoing + 9000)).reasons).toEqual([]);
    expect((await led(at.undoing + 9000)).findings).toEqual([
      'kube-controller-manager on control-plane was another process when the load had ended (1600, started at 79.4 s) than before it began (600): controller-manager-kill on control-plane explains it',
      'another kube-controller-manager led from 88.3 s on (on control-plane, 1 transition of its Lease after 0): controller-manager-kill on control-plane explains it',
      'worker renewed no lease for 40.8 s, though no fault targeted it',
      'worker2 renewed no lease for 30.6 s, though no fault targeted it',
    ]);
    expect((await led(at.fault - 9000)).verdict).toBe('inconclusive');
    const kill = changed(killed, (one) =>
      one.type === 'fault.undone' ||
      one.type === 'fault.undoing' ||
      (one.type === 'fault.attested' && one.moment === 'end')
        ? { ...one, atMs: one.atMs - 22_000 }
        : one,
    );
    expect((await judged(handedOver(kill, at.undoing + 9000))).reasons).toEqual([
      'kube-controller-manager on control-plane was another process when the load had ended (1600, started at 79.4 s) than before it began (600): no fault of the run explains it',
      'another kube-controller-manager led from 88.3 s on (on control-plane, 1 transition of its Lease after 0): no fault of the run explains it',
    ]);
  });
});

describe('who ran is not known', () => {
  test('of a run that has no such readings, as an older skipbeat wrote it', async () => {
    const run = changed(runs.default, (one) => (one.type === 'process.read' || one.type === 'leader' ? null : one));
    expect(await judged(run)).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['who ran before the load began is not known', 'who ran when the load had ended is not known'],
    });
  });

  test.each(['start', 'end'] as const)('where any one reading is missing at the %s', async (moment) => {
    const readings = runs.default.events.filter(
      (one) => (one.type === 'process.read' || one.type === 'leader') && one.moment === moment,
    );
    expect(readings).toHaveLength(15);
    for (const missing of readings) {
      const { verdict, reasons } = await judged(changed(runs.default, (one) => (one === missing ? null : one)));
      expect(verdict).toBe('inconclusive');
      expect(reasons).toEqual([expect.stringMatching(/^who ran .* is not known: .* not read$/)]);
    }
  });

  test('but a simulation has no other processes than its own', async () => {
    const run = changed(runs.default, (one) =>
      one.type === 'process.read' || one.type === 'leader'
        ? null
        : one.type === 'run.started'
          ? { ...one, backend: 'model', predicted: true, startedAt: null }
          : one,
    );
    expect((await judged(run)).reasons).toEqual([]);
  });
});

test('a fault of less than a leader bears explains no restart', async () => {
  const short = changed(under(runs.default, 'apiserver-pause', ['control-plane']), (one) =>
    one.type === 'fault.injecting' ? { ...one, atMs: at.undoing - 7000 } : one,
  );
  const run = restarted(short, 'kube-controller-manager', 'control-plane', at.undoing + 100);
  expect((await judged(run)).reasons).toEqual([
    'kube-controller-manager on control-plane was another process when the load had ended (1600, started at 79.4 s) than before it began (600): no fault of the run explains it',
  ]);
});
