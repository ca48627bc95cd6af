// What a step hands on to GitHub Actions, by the files that it names in the environment.
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';

/** Appends to the file that the environment names; nothing where it names none. */
const append = (variable: 'GITHUB_OUTPUT' | 'GITHUB_STEP_SUMMARY', text: string): boolean => {
  const file = process.env[variable];
  if (file === undefined || file === '') return false;
  appendFileSync(file, text);
  return true;
};

/**
 * Sets outputs of the step. Each value stands between delimiters that nobody can guess, so no value can end early and set
 * another output.
 */
export const setOutputs = (outputs: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(outputs)) {
    const delimiter = `value-${randomUUID()}`;
    append('GITHUB_OUTPUT', `${name}<<${delimiter}\n${value}\n${delimiter}\n`);
  }
};

/** Adds Markdown to the job's summary; prints it where there is none. */
export const addSummary = (markdown: string): void => {
  if (!append('GITHUB_STEP_SUMMARY', markdown)) process.stdout.write(markdown);
};
