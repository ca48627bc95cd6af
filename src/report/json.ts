import type { RepeatsDocument, RunDocument } from '../verdict/index.ts';

/**
 * run.json: keys in the document's own order, indented by two, ending in a line feed. Control characters are escaped,
 * those beyond ASCII too, so the text is safe to print.
 */
export const runJson = (document: RunDocument | RepeatsDocument): string =>
  `${JSON.stringify(document, null, 2).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}\n`;
