import { skipbeat } from '../common/invocation.ts';
import { bullets, clean, paint, type Screen, wrap } from '../common/layout.ts';
import { counted } from '../common/text/counted.ts';
import type { Plan } from '../plan/index.ts';
import { numberText, type RunDocument } from '../verdict/index.ts';
import { type Again, placeOptions } from './again.ts';
import { lateRecoveries, nothingExpected, otherReasons, outcomeOf, recoveredLate, undecided } from './outcome.ts';
import { expectationLines, milestoneLines, phaseLines } from './summary-tables.ts';

export type SummaryOptions = Screen & {
  /** The run's folder as a person would type it; never cut, however narrow the screen. */
  readonly folder: string;
  /** By which it is run once more; never cut either. null: by its scenario's name. */
  readonly again: Again | null;
};

// One screen is 40 lines. These caps are what its lists may take when every block is there.
const maxReasons = 4;
const maxExpectations = 6;
const maxPhases = 5;
const maxFindings = 4;

const metText = (document: RunDocument): string => {
  const all = document.expectations.length;
  const missed = document.expectations.filter(({ held }) => !held).length;
  const late = document.verdict === 'fail' && lateRecoveries(document) > 0 ? recoveredLate : null;
  if (late !== null && missed === 0) return late;
  if (missed > 0) return `${late === null ? '' : `${late}, `}${missed} of ${counted(all, 'expectation')} not met`;
  if (all < 2) return all === 0 ? nothingExpected : 'the expectation was met';
  return all === 2 ? 'both expectations met' : `all ${all} expectations met`;
};

const verdictLine = (document: RunDocument, screen: Screen): string => {
  if (outcomeOf(document) === 'measured') return `  ${paint('MEASURED', 'bold', screen)}  ${metText(document)}`;
  if (document.verdict === 'pass') return `  ${paint('PASS', ['bold', 'green'], screen)}  ${metText(document)}`;
  if (document.verdict === 'fail') return `  ${paint('FAIL', ['bold', 'red'], screen)}  ${metText(document)}`;
  return `  ${paint('INCONCLUSIVE', ['bold', 'yellow'], screen)}  ${undecided(document)}`;
};

/** The command that a person would most likely type next. */
const nextCommand = (
  document: RunDocument,
  plan: Plan,
  { again }: SummaryOptions,
): { readonly command: string; readonly why: string } | null => {
  if (document.verdict === 'pass') return null;
  if (document.faults.some(({ startMs, undone }) => startMs !== null && !undone)) {
    const command = document.backend === 'cluster' ? `cleanup ${again?.context ?? '--context NAME'}` : 'cleanup';
    return { command: skipbeat(command), why: 'undoes what the run could not' };
  }
  if (document.verdict === 'fail') {
    return {
      command: skipbeat(`plan ${again === null ? clean(plan.scenario) : clean(again.scenario)}`),
      why: 'what was predicted',
    };
  }
  const broken = document.steps.find(({ outcome }) => outcome === 'failed' || outcome === 'timedOut');
  if (broken?.kind === 'cluster' || broken?.kind === 'workload') {
    return { command: skipbeat('doctor'), why: 'is everything here that a run needs?' };
  }
  const named = `run ${clean(plan.scenario)}${placeOptions(document, plan)}`;
  return { command: skipbeat(again === null ? named : clean(again.run)), why: 'the same again' };
};

const nextLines = (document: RunDocument, plan: Plan, options: SummaryOptions): string[] => {
  const next = nextCommand(document, plan, options);
  if (next === null) return [];
  const line = `  Try       ${next.command}`;
  const withReason = `${line}   (${next.why})`;
  return [withReason.length <= options.columns ? withReason : line];
};

const writesLine = ({ writes }: RunDocument): string =>
  `  Writes    ${rateText(writes.leasePerNodeMinute)} leases, ${rateText(writes.statusPerNodeMinute)} status posts per node and minute`;

const rateText = (rate: number | null): string => numberText(rate === null ? null : Math.round(rate * 10) / 10);

const evidenceLines = ({ evidence }: RunDocument, folder: string, screen: Screen): string[] => {
  const line = `  Evidence  ${clean(folder)}`;
  const files = evidence?.sealed === false ? '  (unsealed)' : '  (run.json, events.ndjson)';
  return [line.length + files.length <= screen.columns ? line + files : line];
};

/** Expectations that were not met stand in their table; every other reason is printed. */
const reasonLines = (document: RunDocument, screen: Screen): readonly string[] => {
  const reasons = document.verdict === 'fail' ? otherReasons(document) : document.reasons;
  return reasons.length === 0 ? [] : [...bullets(reasons, screen, maxReasons), ''];
};

const block = (lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', ...lines]);

/**
 * One screen for the end of a run: verdict, expectations, phases, first events, findings, where the evidence is.
 * At most 40 lines and, from 80 columns on, none wider than `columns` (but for the folder's path, and the command that runs it
 * once more). Ends in a line feed.
 */
export const summaryText = (document: RunDocument, plan: Plan, options: SummaryOptions): string => {
  const phases = phaseLines(document, options, maxPhases);
  const predicted = wrap('predicted, nothing was run: every figure comes from the model', options.columns - 2);
  const lines = [
    ...(document.predicted ? predicted.map((line) => `  ${paint(line, 'yellow', options)}`) : []),
    verdictLine(document, options),
    ...reasonLines(document, options),
    ...expectationLines(document, options, maxExpectations),
    ...block(phases),
    ...block(milestoneLines(document, options)),
    ...block(document.findings.length === 0 ? [] : [paint('    findings', 'dim', options)]),
    ...bullets(document.findings, options, maxFindings),
    '',
    ...(phases.length === 0 ? [] : [writesLine(document)]),
    ...evidenceLines(document, options.folder, options),
    ...nextLines(document, plan, options),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
