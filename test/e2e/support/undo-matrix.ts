import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterName, fixture, leftovers, makePlace, type Place, skipbeat } from './harness.ts';
import { nodeStates, stableStates } from './node-state.ts';

const dieAt = fileURLToPath(new URL('./die-at.ts', import.meta.url));

/** Where die-at.ts ends itself with SIGKILL. */
export type Boundary =
  | 'before the journal'
  | 'between journal and switch'
  | 'between switch and injection'
  | 'after the injection'
  | 'while it stands'
  | 'in the undo';

type Made = { readonly kind: string; readonly node: string } & Readonly<Record<string, unknown>>;

/**
 * Every kind that a kernel without netem can make, with its options as a plan has them (netem is killed in a kernel of
 * its own). Those that do not get in each other's way are killed together. taints-removed is not among them: its undo only
 * reads, for the controller taints a node again by its condition, whoever died meanwhile (test/fault/taints-removed.test.ts).
 */
const quick: readonly (readonly Made[])[] = [
  [
    { kind: 'kubelet-pause', node: 'worker2' },
    { kind: 'kubelet-stop', node: 'worker' },
    { kind: 'controller-manager-pause', node: 'control-plane' },
    { kind: 'cpu-pressure', node: 'control-plane', loops: 2 },
    // A node that another fault has silenced, as plans insist on.
    { kind: 'out-of-service', node: 'worker2' },
  ],
  [
    { kind: 'node-pause', node: 'worker2' },
    { kind: 'etcd-pause', node: 'control-plane' },
  ],
  [
    { kind: 'node-stop', node: 'worker2' },
    { kind: 'apiserver-pause', node: 'control-plane' },
  ],
  [
    { kind: 'controller-manager-kill', node: 'control-plane' },
    { kind: 'latency', node: 'worker', delayMs: 100, jitterMs: 0, lossPercent: 0, direction: 'both', rampSteps: 1 },
    { kind: 'partition', node: 'worker2', direction: 'both', by: 'drop' },
  ],
  [{ kind: 'etcd-disk-latency', node: 'control-plane', delayMs: 200 }],
];

/** Made and undone by the relay, as `latency` is, and a control plane is half a minute in coming back. */
const slow: readonly (readonly Made[])[] = [
  [{ kind: 'apiserver-latency', node: 'control-plane', delayMs: 100, jitterMs: 0, rampSteps: 1 }],
  [{ kind: 'etcd-latency', node: 'control-plane', delayMs: 50, jitterMs: 0, rampSteps: 1 }],
];

const groupsOf = { quick, slow, every: [...quick, ...slow] } as const;

/**
 * Kills the harness at each of `boundaries` with every kind of fault in place, and checks whether `cleanup`, and the
 * dead-man's switch alone, bring every node back.
 * @param cluster one that is kept and stands when the tests begin
 * @param place where its state is
 */
export const killedOn = (
  cluster: string,
  place: Place,
  boundaries: readonly Boundary[],
  which: keyof typeof groupsOf,
): void => {
  const nodes = ['control-plane', 'worker', 'worker2'].map((node) => `${cluster}-${node}`);
  const groups = groupsOf[which];

  /** Until the nodes are as they were: a node that boots, and a component that is started again, take their time. */
  const restored = (before: readonly string[]): Promise<void> =>
    expect.poll(() => nodeStates(nodes), { timeout: 240_000, interval: 500 }).toEqual(before);

  describe('a harness that is killed', () => {
    let before: readonly string[] = [];
    beforeAll(async () => {
      before = await stableStates(nodes);
    });

    const kill = async ({ kind, node, ...options }: Made, boundary: string): Promise<void> => {
      const id = `${kind}-1`;
      const planned = { id, kind, targets: [node], occurrences: [{ id, startMs: 0, endMs: 5000 }], ...options };
      const ended = await execa(process.execPath, [dieAt, cluster, boundary, JSON.stringify(planned)], {
        reject: false,
        all: true,
        env: { SKIPBEAT_STATE_DIR: place.state },
      });
      expect(ended.signal, ended.all).toBe('SIGKILL');
    };
    const killAll = (faults: readonly Made[], boundary: string) =>
      Promise.all(faults.map((fault) => kill(fault, boundary)));

    const named = groups.map((faults) => ({ kinds: faults.map(({ kind }) => kind).join(', '), faults }));
    describe.each(named)('with $kinds', ({ faults }) => {
      test.each(boundaries)('%s: cleanup restores every node', async (boundary) => {
        await killAll(faults, boundary);
        const cleaned = await skipbeat(place, ['cleanup']);
        expect(cleaned.exitCode, cleaned.all).toBe(0);
        expect(leftovers(place)).toEqual([cluster]);
        await restored(before);
      });

      test("while it stands: the dead-man's switch alone restores every node", async () => {
        await killAll(faults, 'while it stands');
        await restored(before);
        expect((await skipbeat(place, ['cleanup'])).exitCode).toBe(0);
      });
    });
  });
};

/**
 * The same on a cluster that is made for it.
 * @param name of the cluster, by which its full one ends
 */
export const killedAt = (
  name: string,
  boundaries: readonly Boundary[],
  which: keyof typeof groupsOf = 'every',
): void => {
  const cluster = clusterName(name);
  const place = makePlace();

  describe(`on the cluster ${name}`, () => {
    beforeAll(async () => {
      const made = await skipbeat(place, ['run', fixture('short'), '--cluster', cluster, '--keep-cluster']);
      expect(made.exitCode, made.all).toBe(0);
    });
    afterAll(async () => {
      await skipbeat(place, ['cleanup', '--cluster', cluster]);
      place.remove();
    });
    killedOn(cluster, place, boundaries, which);
  });
};
