import { expect, test } from 'vitest';
import { latency } from '../../../src/fault/path/latency.ts';
import type { NodeExec } from '../../../src/node/index.ts';
import type { PlannedFaultOf } from '../../../src/plan/index.ts';

const fault: PlannedFaultOf<'latency'> = {
  ...{ id: 'latency-1', kind: 'latency', targets: ['worker', 'worker2'] },
  occurrences: [{ id: 'latency-1', startMs: 0, endMs: 60_000 }],
  ...{ delayMs: 100, jitterMs: 0, lossPercent: 0, direction: 'both', rampSteps: 1 },
};
const node = (name: string, address: string) => ({
  ...{ node: name, container: `c-${name}`, address },
  role: name.startsWith('control') ? 'control-plane' : 'worker',
});

/** Prepares it on nodes whose kernels take what `takes` says. @returns the error's code, and what was asked of the nodes */
const prepared = async (takes: (container: string, argv: string) => boolean) => {
  const asked: string[] = [];
  const exec: NodeExec = ({ node: container, argv }) => {
    const text = argv.join(' ');
    asked.push(text);
    const bare = '[{"kind":"noqueue","handle":"0:","root":true}]';
    const stdout = text.includes('survey') ? `eth0\n172.18.0.2 6443\n${bare}\n[]\n[]\n` : '';
    const exitCode = takes(container, text) ? 0 : 2;
    return Promise.resolve({
      ...{ node: container, command: text, ended: 'exited', exitCode, stdout, stderr: 'not here', durationMs: 1 },
    } as const);
  };
  const site = {
    ...{ cluster: 'c', incarnation: '', run: 'r', exec },
    nodes: [node('control-plane', '172.18.0.2'), node('worker', '172.18.0.3'), node('worker2', '172.18.0.4')],
    hold: () => {
      throw new Error('nothing is to be done yet');
    },
    host: exec,
  };
  const thrown = await latency.prepare(fault, site as never, new AbortController().signal).then(
    () => null,
    (error: unknown) => error as { readonly code?: string },
  );
  return { code: thrown?.code ?? null, relayed: asked.some((text) => text.includes('iptables')) };
};

test.each([
  [
    'only one node has netem',
    (container: string, argv: string) => !(container === 'c-worker2' && argv.includes('netem')),
  ],
  ['there is netem, and nothing to choose packets by', (_: string, argv: string) => !argv.includes('prio')],
])('a relay is taken where %s', async (_, takes) => {
  // The relay's own survey is where these nodes cannot follow any further.
  expect(await prepared(takes)).toEqual({ code: 'NETWORK_UNREADABLE', relayed: true });
});
