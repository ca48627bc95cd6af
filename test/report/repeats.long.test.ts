import { expect, test } from 'vitest';
import { repeatsText } from '../../src/report/index.ts';
import { brokenRepeats, hostileRepeats, repeatsDocument } from './formats/repeats.ts';

/** Of all three repeats, which came to their end. */
const figures = `\
                               expected  median        range  ≥ 95 %
  ✓ nodes.notReadyTransitions       ≥ 1       2        2 … 2       –
  ✓ requests.refused                ≥ 1   1,102  734 … 1,470       –

    since the fault        median          range  ≥ 95 %  seen in
    first node NotReady     2.7 s    2.7 … 2.7 s       –   3 of 3
    first refused           8.0 s    8.0 … 8.0 s       –   3 of 3
    first pod evicted      12.8 s  12.8 … 12.8 s       –   3 of 3
    last node Ready again  36.2 s  36.2 … 36.2 s       –   3 of 3
    last refused           37.4 s  37.3 … 37.4 s       –   3 of 3
    NotReady node seconds    60.8    60.8 … 60.8       –   3 of 3
    nodes unrecovered           0          0 … 0       –   3 of 3
    requests refused        1,102    734 … 1,470       –   3 of 3
    p99 of answers         2.4 ms   2.4 … 2.4 ms       –   3 of 3
    no interval of the median: fewer than 6 repeats give none of 95 %

    in so many repeats
    a node went NotReady    3 of 3: at least 36 %
    a request was refused   3 of 3: at least 36 %
    a pod was evicted       3 of 3: at least 36 %`;

const screen = { columns: 80, colour: false, folder: 'runs/x' };

test('repeats that came to their end read on one screen of 80 columns', async () => {
  expect(repeatsText(await repeatsDocument(), screen)).toBe(`  PASS  2 expectations met in all 3 repeats
${figures}

  Starts    the lease of worker was 1.0, 2.0, 3.0 s old when the faults began
  Evidence  runs/x  (run.json; each repeat in repeats/)
`);
});

test('what a reader should know of some of them stands below the figures, as far as there is room', async () => {
  const finding = 'the wall clock jumped ahead by 61.0 s between 49.0 s and 50.0 s';
  const findings = [`repeat 2: ${finding}`, ...Array.from({ length: 9 }, (_, index) => `every repeat: ${index}`)];
  const text = repeatsText({ ...(await repeatsDocument()), findings }, screen);
  expect(text).toBe(`  PASS  2 expectations met in all 3 repeats
${figures}

    findings
    - repeat 2: the wall clock jumped ahead by 61.0 s between 49.0 s and 50.0 s
    - every repeat: 0
    - every repeat: 1
    … and 7 more in run.json

  Starts    the lease of worker was 1.0, 2.0, 3.0 s old when the faults began
  Evidence  runs/x  (run.json; each repeat in repeats/)
`);
});

test.each([1, 2])('of %i that are missed in every repeat the number and its noun agree', async (count) => {
  const document = await repeatsDocument();
  const [one] = document.expectations;
  if (one === undefined) throw new Error('the plan has expectations');
  const expectations = Array.from({ length: count }, () => ({ ...one, held: false, notHeldIn: [1, 2, 3] }));
  const [first] = repeatsText({ ...document, verdict: 'fail', reasons: [], expectations }, screen).split('\n');
  const noun = count === 1 ? 'expectation' : 'expectations';
  expect(first).toBe(`  FAIL  ${count} of ${count} ${noun} not met in every repeat`);
});

test('one that was cut short is named, and what the others show is printed all the same', async () => {
  const text = repeatsText(await brokenRepeats(), screen);
  expect(text).toBe(`  INCONCLUSIVE  neither pass nor fail: not every repeat decides it
    - repeat 2 was cut short: the disk was full
    - 1 of 3 repeats came to their end
                               expected  median          range  ≥ 95 %
  ✓ nodes.notReadyTransitions       ≥ 1       2          2 … 2       –
  ✓ requests.refused                ≥ 1   1,470  1,470 … 1,470       –

    since the fault        median          range  ≥ 95 %  seen in
    first node NotReady     2.7 s    2.7 … 2.7 s       –   1 of 1
    first refused           8.0 s    8.0 … 8.0 s       –   1 of 1
    first pod evicted      12.8 s  12.8 … 12.8 s       –   1 of 1
    last node Ready again  36.2 s  36.2 … 36.2 s       –   1 of 1
    last refused           37.4 s  37.4 … 37.4 s       –   1 of 1
    NotReady node seconds    60.8    60.8 … 60.8       –   1 of 1
    nodes unrecovered           0          0 … 0       –   1 of 1
    requests refused        1,470  1,470 … 1,470       –   1 of 1
    p99 of answers         2.4 ms   2.4 … 2.4 ms       –   1 of 1
    no interval of the median: fewer than 6 repeats give none of 95 %

    in so many repeats
    a node went NotReady    1 of 1: at least 5 %
    a request was refused   1 of 1: at least 5 %
    a pod was evicted       1 of 1: at least 5 %

  Starts    the lease of worker was 1.0 s old when the faults began
  Evidence  runs/x  (run.json; each repeat in repeats/)
`);
});

test('names with escape sequences and line feeds in them break no line and turn no colour', async () => {
  const document = await hostileRepeats();
  const expectations = document.expectations.map((one) => ({ ...one, expected: '≥ 1' }));
  const text = repeatsText({ ...document, expectations }, screen);
  expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
});
