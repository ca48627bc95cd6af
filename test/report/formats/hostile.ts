import type { RunDocument } from '../../../src/verdict/index.ts';

/** Names as somebody might choose them who wants to be seen. */
export const hostileTexts = [
  '<script>alert(1)</script>',
  '"quoted" & \'apostrophes\'',
  '| a | table |',
  '@somebody see #12 and https://example.org or www.example.org',
  '[link](javascript:alert(1)) ![image](x)',
  '`code` **bold** _it_ ~~gone~~ $x$',
  'line\nbreak\r\nand \u001b[31mcolour\u001b[0m \u202eturned',
  'back\\slash } {',
  'a lone \ud800 half and \uffff',
] as const;

/** The same run with hostile text wherever a cluster, a process or a scenario may put one. */
export const hostile = (document: RunDocument): RunDocument => ({
  ...document,
  scenario: hostileTexts[0],
  title: hostileTexts[3],
  profile: { ...document.profile, name: hostileTexts[1] },
  reasons: hostileTexts,
  findings: hostileTexts,
  expectations: hostileTexts.map((figure) => ({ figure, expected: figure, observed: 1, held: false })),
  nodes: {
    ...document.nodes,
    byNode: Object.fromEntries(
      hostileTexts.map((name) => [
        name,
        { notReadyTransitions: 1, notReadySeconds: 2.5, firstNotReadyMs: 3, lastReadyMs: null },
      ]),
    ),
  },
  requests: {
    ...document.requests,
    byPhase: Object.fromEntries(
      hostileTexts.flatMap((name) => {
        const [counts] = Object.values(document.requests.byPhase);
        return counts === undefined ? [] : [[name, counts]];
      }),
    ),
  },
});
