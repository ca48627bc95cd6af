import { clean, clip, hang, padEnd, padStart, paint, type Screen } from '../common/layout.ts';
import { type RunDocument, type StepResult, secondsText } from '../verdict/index.ts';

type Outcome = StepResult['outcome'];

const mark = (outcome: Outcome): { readonly sign: string; readonly style: 'green' | 'red' | 'yellow' } => {
  if (outcome === 'done') return { sign: '✓', style: 'green' };
  return outcome === 'failed' ? { sign: '✗', style: 'red' } : { sign: '!', style: 'yellow' };
};

const endingText = (outcome: Outcome, detail: string): string => {
  if (outcome === 'interrupted') return detail === '' ? 'interrupted' : `interrupted: ${detail}`;
  if (detail !== '' || outcome === 'done') return detail;
  if (outcome === null) return 'not finished';
  return outcome === 'failed' ? 'failed' : 'timed out';
};

export type ShownStep = {
  readonly name: string;
  /** null: the step's end is not on record. */
  readonly outcome: Outcome;
  readonly durationMs: number | null;
  readonly detail: string;
};

/** Sign, name and time, as wide in every line; what follows them starts in one column. */
export const stepHead = (sign: string, name: string, time: string): string =>
  `  ${sign} ${padEnd(clip(clean(name), 12), 9)}${padStart(time, 8)}  `;

/** `✓ cluster    19.8 s  settings read back as configured (7 of 7)`; a long detail goes on underneath. */
export const stepLines = ({ name, outcome, durationMs, detail }: ShownStep, screen: Screen): string[] => {
  const { sign, style } = mark(outcome);
  const text = endingText(outcome, clean(detail));
  const head = stepHead(sign, name, secondsText(durationMs));
  const lines = text === '' ? [head.trimEnd()] : hang(head, text, screen.columns);
  return lines.map((line, index) => (index === 0 ? line.replace(sign, paint(sign, style, screen)) : line));
};

/** Every step of a run that is over, as they would have been shown while it ran. */
export const stepsText = (document: RunDocument, screen: Screen): string =>
  document.steps
    .flatMap(({ name, outcome, startMs, endMs, detail }) =>
      stepLines({ name, outcome, durationMs: endMs === null ? null : endMs - startMs, detail }, screen),
    )
    .map((line) => `${line}\n`)
    .join('');
