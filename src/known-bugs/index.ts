export { type BugOf, type BugStatus, bugStatus, bugsOf, bugsOfMinor, bugsThatMatter, type Situation } from './find.ts';
export { measured, measuredResults } from './measured.ts';
export { knownBugs } from './table.ts';
export { affectedText, bugSentence, fixedText, measuredText } from './text.ts';
export type { KnownBug } from './types.ts';
