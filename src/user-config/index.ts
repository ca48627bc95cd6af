export { joinConfigs, readConfigFile, readConfigText } from './read/read.ts';
export { type Explained, explain, inlineProfile, isLeftOut } from './review/explain.ts';
export type { RunScope } from './review/left-out.ts';
export { outcomeOf, type ReviewOutcome, reviewConfigs } from './review/review.ts';
export { configSentences, reviewMarkdown, reviewText } from './review/review-text.ts';
export { namedVersion } from './review/settings-on.ts';
export type { ConfigFiles } from './types.ts';
