import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { clusterName, containers, fixture, leftovers, makePlace, type Place, skipbeat } from './harness.ts';

type Document = {
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly faults: readonly {
    readonly id: string;
    readonly targets: readonly string[];
    readonly attested: boolean;
    readonly undone: boolean;
    readonly evidence: readonly string[];
    readonly askedMs: number | null;
    readonly heldMs: Readonly<Record<string, number | null>>;
  }[];
};

const place = makePlace();
afterAll(place.remove);

/** Runs a scenario of the test's fixtures on a cluster: it passes, and each fault stood as long as asked. */
export const runOn = async (
  on: Place,
  cluster: string,
  scenario: string,
  ...more: readonly string[]
): Promise<Document> => {
  const out = join(on.folder, scenario);
  const ended = await skipbeat(on, ['run', fixture(scenario), '--cluster', cluster, '--out', out, ...more]);
  const document = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as Document;
  expect(document.reasons, ended.all).toEqual([]);
  expect(document.verdict).toBe('pass');
  expect(ended.exitCode).toBe(0);
  for (const { id, targets, askedMs, heldMs } of document.faults) {
    expect(Object.keys(heldMs), id).toEqual(targets);
    for (const ms of Object.values(heldMs)) {
      if (askedMs === null) expect(ms, id).toBeNull();
      else expect(Math.abs((ms ?? Number.NaN) - askedMs), id).toBeLessThanOrEqual(Math.max(500, askedMs / 20));
    }
  }
  return document;
};

/** The same on a real cluster of its own, of which nothing is left. */
export const runOf = async (scenario: string): Promise<Document> => {
  const cluster = clusterName(scenario);
  const document = await runOn(place, cluster, scenario);
  expect(await containers(`${cluster}-`)).toEqual([]);
  expect(leftovers(place)).toEqual([]);
  return document;
};

/** What was seen of one fault, a line each. */
export const evidenceOf = ({ faults }: Document, id: string): string =>
  faults.find((fault) => fault.id === id)?.evidence.join('\n') ?? 'no such fault';
