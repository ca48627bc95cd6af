import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { cellsOf, matrixText, readMatrixFolder, rejudgeCells, runCells, writeSealed } from '../../src/matrix/index.ts';
import type { MatrixDocument } from '../../src/matrix/types.ts';

const root = mkdtempSync(join(tmpdir(), 'skipbeat-cells-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const asked = { profiles: ['default', 'fast'], versions: ['v1.34.4'], disturbances: ['pause'] } as const;

/** The matrix of a folder as far as it comes until a cell begins at which somebody ends it. */
const run = async (folder: string, document: MatrixDocument, endedAt: string | null): Promise<MatrixDocument> => {
  const person = new AbortController();
  const { document: after, stopped } = await runCells({
    folder,
    document,
    environments: new Map(),
    signal: person.signal,
    lost: new AbortController().signal,
    sealKey: null,
    notify: (line) => {
      if (line === `\n${endedAt}`) person.abort(new Error('ended by hand'));
    },
    progress: { stream: new Writable(), columns: 80, colour: false },
  });
  expect(stopped === null).toBe(endedAt === null);
  return after;
};

const begun = {
  schemaVersion: 1,
  startedAt: '2026-11-24T08:00:00.000Z',
  backend: 'model',
  predicted: true,
  cells: cellsOf(asked, asked.versions),
  asked,
  sets: [],
  results: [],
} as const satisfies MatrixDocument;

const [, fast = ''] = begun.cells.map(({ name }) => name);

/** The record of a run that somebody ended: nobody sealed it, and it has no end. */
const cutOff = (folder: string): void => {
  const path = join(folder, 'events.ndjson');
  rmSync(join(folder, 'manifest.json'));
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^.*"type":"run\.ended".*\n/m, ''));
};

test('the cell at which a person ends a matrix is in its record', async () => {
  const folder = join(root, 'ended');
  mkdirSync(folder);
  await run(folder, begun, fast);
  expect(readMatrixFolder(folder).results.map(({ name }) => name)).toEqual(begun.cells.map(({ name }) => name));
});

test('a matrix that loses its folder in a cell ends, and writes nothing over what another has put there since', async () => {
  const folder = join(root, 'lost');
  mkdirSync(folder);
  const lost = new AbortController();
  const { stopped } = await runCells({
    ...{ folder, document: begun, environments: new Map(), sealKey: null, lost: lost.signal },
    signal: new AbortController().signal,
    notify: (line) => {
      if (line === `\n${fast}`) lost.abort(new Error('what held its lock ended'));
    },
    progress: { stream: new Writable(), columns: 80, colour: false },
  });
  expect(stopped).toMatchObject({ code: 'MATRIX_BUSY', exitCode: 75 });
  expect(readMatrixFolder(folder).results.map(({ name }) => name)).toEqual(
    begun.cells.map(({ name }) => name).filter((name) => name !== fast),
  );
});

test('a try of a cell that a person ended is a try, whoever goes on, and whatever becomes of its folder', async () => {
  const folder = join(root, 'tries');
  mkdirSync(folder);
  const endedAt = async (document: MatrixDocument): Promise<MatrixDocument> => {
    const { results, ...rest } = await run(folder, document, null);
    cutOff(join(folder, results[1]?.folder ?? ''));
    const ended = results.map((one) =>
      one.name === fast ? { ...one, verdict: null, reason: 'ended by hand', figures: null } : one,
    );
    writeSealed(folder, { ...rest, results: ended }, null);
    return (await rejudgeCells(folder, readMatrixFolder(folder), null)).document;
  };
  const once = await endedAt(begun);
  expect(once.results[1]).toMatchObject({ folder: fast, figures: null, reason: 'ended by hand' });
  expect(once.results[1]).not.toHaveProperty('tries');
  const twice = await endedAt(once);
  expect(twice.results[1]).toMatchObject({ folder: `${fast}-2`, figures: null, tries: 2 });
  // Without its folder the count stays.
  rmSync(join(folder, `${fast}-2`), { recursive: true });
  const complete = await run(folder, twice, null);
  expect(complete.results[1]).toMatchObject({ verdict: 'pass', tries: 3 });
  expect(matrixText(complete)).toBe(`Kubernetes v1.34.4, predicted by the model: nothing was run
            NotReady node-s   failed    detect     evict recover   writes verdict
default            0    0.0        0         –         –       –    5.9+– pass
 by formula        0                 39.6…60.0   340…370          6.0+0.2
fast               2   13.6 274 8.1%      20.6         –     4.1 5.9+14.8 harm
 by formula      1…2                 11.2…24.5 41.7…64.1 0.0…5.2 6.0+15.0

Each run: 24.3s of kubelet-pause on worker, worker2.
NotReady: most nodes at once; node-s: node-seconds of it. failed: requests that
failed in any way, and their share. detect, evict: s from the fault to the first
node NotReady and the first pod evicted; recover: from the undo to the last node
Ready. writes: leases + status posts a node and minute. –: not seen (a pause may
be too short for it). !: outside of what is predicted, which stands beneath, with
the slack for it. pass: as expected, without harm: no node NotReady, no pod
evicted, no request failed. harm: as expected or predicted, and it does harm.
harm!: harm that nothing expected of it speaks of; the matrix ends in 2.
${fast}: begun 3 times, and earlier tries came to no result
`);
  const { document } = await rejudgeCells(folder, readMatrixFolder(folder), null);
  expect(document.results[1]).toMatchObject({ verdict: 'pass', tries: 3 });
  expect(document.results[0]).not.toHaveProperty('tries');
});
