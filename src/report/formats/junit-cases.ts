import { type ExpectationResult, observedText, type RunDocument } from '../../verdict/index.ts';
import { lateRecoveries, nothingExpected, openReasons, recoveredLate } from '../outcome.ts';

/** What became of a case: its child element, or none where it passed. */
export type JunitEnding = {
  readonly kind: 'failure' | 'error' | 'skipped';
  readonly message: string;
  readonly lines: readonly string[];
};

export type JunitCase = { readonly name: string; readonly timeMs: number | null; readonly ending: JunitEnding | null };

/** A run of which nothing was expected has no case that passed beside its evidence, and says so in one of its own. */
const unexpected: JunitCase = {
  name: 'an expectation',
  timeMs: null,
  ending: { kind: 'skipped', message: `${nothingExpected}: measured, neither pass nor fail`, lines: [] },
};

export const evidence = { name: 'the evidence is valid' } as const;

const evidenceCase = ({ verdict, reasons, durationMs }: RunDocument): JunitCase => ({
  ...evidence,
  timeMs: durationMs,
  ending:
    verdict === 'inconclusive'
      ? { kind: 'error', message: `inconclusive: ${reasons[0] ?? 'no reason is on record'}`, lines: reasons }
      : null,
});

/** Only where a recovery did not come in time, which fails a run like an expectation that was not met. */
const recoveryCases = (document: RunDocument): readonly JunitCase[] => {
  const late = lateRecoveries(document);
  if (late === 0) return [];
  const lines = document.reasons.slice(0, late);
  const ending: JunitEnding =
    document.verdict === 'inconclusive'
      ? { kind: 'skipped', message: `inconclusive: ${recoveredLate}, which proves nothing`, lines: [] }
      : { kind: 'failure', message: lines[0] ?? recoveredLate, lines };
  return [{ name: 'the cluster recovered in time', timeMs: null, ending }];
};

/** Only where a failed run leaves something open, which would have kept it from being a pass. */
const openCases = (document: RunDocument): readonly JunitCase[] => {
  const lines = openReasons(document);
  const [first] = lines;
  return first === undefined
    ? []
    : [
        {
          name: 'nothing is left open',
          timeMs: null,
          ending: { kind: 'error', message: `inconclusive: ${first}`, lines },
        },
      ];
};

/** Why an expectation that was met proves nothing, in the run's own words; null where only the run as such says so. */
const ownReason = (reasons: readonly string[], { figure, expected }: ExpectationResult): string | null => {
  const starts = [`${figure} ${expected} `, `${figure} holds`, `${figure} counts from`];
  return starts.flatMap((start) => reasons.filter((reason) => reason.startsWith(start)))[0] ?? null;
};

/**
 * An expectation that was met is a case that passed only where its run leaves nothing open: else that it was met may be due to
 * what is open. One that was missed is a failure only where the record refutes it.
 */
const expectationCases = (document: RunDocument): readonly JunitCase[] => {
  const { expectations, verdict, reasons } = document;
  const isOpen = openReasons(document).length > 0;
  return expectations.map((result) => {
    const { figure, expected, held } = result;
    const message = `expected ${expected}, observed ${observedText(result)}`;
    const own = held ? ownReason(reasons, result) : null;
    const isRefuted =
      !held && (!isOpen || reasons.some((reason) => reason.startsWith(`${figure}: expected ${expected},`)));
    const isJudged = verdict !== 'inconclusive' && (held ? !isOpen : isRefuted);
    const why = own ?? `${message}, which proves nothing`;
    const skipped: JunitEnding = { kind: 'skipped', message: `inconclusive: ${why}`, lines: [] };
    const failed: JunitEnding = { kind: 'failure', message, lines: [`${figure}: ${message}`] };
    return { name: `${figure} ${expected}`, timeMs: null, ending: !isJudged ? skipped : held ? null : failed };
  });
};

/** The cases of a run: of its evidence, of what it leaves open, of its recovery where that was late, of each expectation. */
export const casesOf = (document: RunDocument): readonly JunitCase[] => [
  evidenceCase(document),
  ...openCases(document),
  ...recoveryCases(document),
  ...(document.expectations.length === 0 ? [unexpected] : expectationCases(document)),
];
